"""The rules of a sequence as a page: counted behind it, one count a viewer, and scans by those who may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.templates.source import TemplateSource
from sequences.access.role import Role
from sequences.auto_enroll.messages import Origin
from sequences.definition.model import SequenceDefinition
from starter.console.app import PATH
from tests.support.rigs.api import settings_for
from tests.support.rigs.cli import RecordedRules
from tests.support.screens.html import parse, text_of
from tests.support.screens.rig import ConsoleRig, open_console_rig

RULES = {"real": {"person.status": ["Hot"]}, "qualitative": {"person.city": "missing"}, "hold_above": 2}
RULES_ON = "INSERT INTO rule_state (sequence, version, since) VALUES ('hello', 1, $1)"
# Postgres shows the beginning of a statement.
COUNTING = (
    "SELECT count(*) AS number FROM pg_stat_activity "
    "WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT CASE WHEN %'"
)


@pytest.fixture
def scans() -> RecordedRules:
    return RecordedRules()


@pytest_asyncio.fixture
async def ruled(database_url: str, scans: RecordedRules) -> AsyncIterator[ConsoleRig]:
    """``hello`` with its rules on: Ann and Ben match, Cleo is cold, Dan has a city."""
    async with open_console_rig(database_url, rules=scans) as console:
        api = console.api
        await api.publish("hello", auto_enroll=RULES)
        await api.execute(RULES_ON, api.now)
        for person, name in {"p1": "Ann", "p2": "Ben", "p3": "Cleo", "p4": "Dan"}.items():
            status, city = "Cold" if person == "p3" else "Hot", "Leeds" if person == "p4" else None
            await api.person(
                person, first_name=name, last_name="Ray", status=status, city=city, email=f"{person}@c.example"
            )
        yield console


def text(html: str) -> str:
    return text_of(parse(html))


async def test_the_page_shows_at_once_and_the_numbers_come_after_it(ruled: ConsoleRig) -> None:
    page = await ruled.page("/sequences/hello/rules")
    assert 'hx-get="/console/sequences/hello/rules?counts=1" hx-trigger="load, again"' in page
    assert "City: empty" in text(page)
    assert "2 of 4" not in text(page)
    part = text(await ruled.fragment("/sequences/hello/rules?counts=1"))
    assert "All people 4 City: empty what is there 3 of 4 Status: Hot what is true now 2 of 4" in part
    assert "Meet every condition 2 Refused 0 Would be enrolled 2" in part
    assert "Ann Ray City: empty. Status: Hot." in part
    assert "Cleo Ray Status: Cold. Wanted: Hot." in part
    assert "Dan Ray City: Leeds. Wanted: empty." in part
    # Without scripts the same address is a whole page, and nothing loads behind it.
    whole = await ruled.page("/sequences/hello/rules?counts=1")
    assert "2 of 4" in text(whole)
    assert 'hx-trigger="load, again"' not in whole.partition('id="counts"')[2]


async def test_a_batch_that_waits_is_linked(ruled: ConsoleRig) -> None:
    await ruled.api.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, records, state, created_at) "
        "VALUES ('b2345678901', 'hello', 1, 'scan', 1, 'held', $1)",
        ruled.api.now,
    )
    page = await ruled.page("/sequences/hello/rules")
    assert 'href="/console/approvals/b2345678901"' in page
    part = text(await ruled.fragment("/sequences/hello/rules?counts=1"))
    assert "all of them would wait for approval" in part


async def test_a_sequence_without_rules_or_with_broken_ones(ruled: ConsoleRig) -> None:
    await ruled.api.publish("plain")
    assert "This sequence has no rules." in await ruled.text("/sequences/plain/rules")
    await ruled.api.execute("UPDATE rule_state SET broken = 'no field <page> any more'")
    page = await ruled.page("/sequences/hello/rules?counts=1")
    assert "The rules cannot be read: no field &lt;page&gt; any more" in page
    assert "scan" not in parse(page).xpath("string(//main//a[contains(@href, '/scan')]/@href)")
    await ruled.page("/sequences/none/rules", 404)


async def test_a_newer_count_ends_the_older_one_in_postgres(ruled: ConsoleRig) -> None:
    api = ruled.api

    async def running() -> int:
        return int((await api.fetch(COUNTING))[0]["number"])

    async def until(number: int) -> None:
        async def so() -> bool:
            return await running() == number

        await api.until(so)

    async with api.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        # The page itself reads nothing of it, and no count gets past it.
        await connection.execute("LOCK TABLE suppression IN ACCESS EXCLUSIVE MODE")
        first = asyncio.ensure_future(ruled.fragment("/sequences/hello/rules?counts=1"))
        await until(1)
        # The form of a draft's rules counts in the same way, and ends the other page's count.
        second = asyncio.ensure_future(ruled.fragment("/sequences/hello/edit/rules?counts=1"))
        assert "Another count of yours has taken the place of this one." in await first
        await until(1)
        # Somebody who leaves the page waits for nothing, and neither does Postgres.
        second.cancel()
        await until(0)
        # Another viewer's count is none of their business.
        third = asyncio.ensure_future(ruled.fragment("/sequences/hello/rules?counts=1"))
        await until(1)
        ruled.see(user_id="u9")
        fourth = asyncio.ensure_future(ruled.fragment("/sequences/hello/rules?counts=1"))
        await until(2)
        await transaction.rollback()
    assert ["2 of 4" in text(await third), "2 of 4" in text(await fourth)] == [True, True]


async def test_a_count_that_takes_too_long_says_so(ruled: ConsoleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.rule_counts.LONGEST", "10ms")
    async with ruled.api.database.transaction() as connection:
        await connection.execute("LOCK TABLE suppression IN ACCESS EXCLUSIVE MODE")
        part = await ruled.fragment("/sequences/hello/rules?counts=1")
    assert "Counting took too long, so it was stopped." in part


async def test_leads_start_a_scan_and_see_how_far_it_is(ruled: ConsoleRig, scans: RecordedRules) -> None:
    assert "/console/sequences/hello/scan" in await ruled.page("/sequences/hello/rules")
    question = await ruled.fragment("/sequences/hello/scan")
    assert parse(question).xpath("//option/@value") == ["scan", "existing"]
    for who, origin in (("existing", Origin.EXISTING), ("nonsense", Origin.SCAN)):
        done = await ruled.act("/sequences/hello/scan", who=who)
        assert done.headers["location"] == "/console/sequences/hello/rules?scan=1&said=scan_started"
        assert scans.scans[-1] == ("hello", origin)
        jobs = await ruled.api.fetch("SELECT kind, request FROM job ORDER BY created_at, id")
        assert {"origin": origin} in [row["request"] for row in jobs if row["kind"] == "scan"]
    page = await ruled.page("/sequences/hello/rules?scan=1")
    assert "The scan is running" in page
    part = await ruled.fragment("/sequences/hello/rules?scan=1")
    assert "The scan is done: 3 matched, 2 enrolled, 1 refused." in part
    assert "hx-get" not in part


async def with_wordings_and_rules(console: ConsoleRig) -> None:
    step = {
        "id": "one",
        "email": "hello/one",
        "variants": [{"name": "a", "subject": "A"}, {"name": "b", "subject": "B"}],
    }
    definition = {"sequence": "hello", "name": "Hello", "record": "person", "steps": [step], "auto_enroll": RULES}
    templates = {"hello/one": TemplateSource("hello/one", "Hello", "Hello", None).to_json()}
    async with console.api.database.transaction() as connection:
        await console.api.versions.publish(
            connection, SequenceDefinition.model_validate(definition), templates, console.api.now
        )


async def test_a_scan_and_a_choice_for_many_ask_who_it_is(database_url: str, scans: RecordedRules) -> None:
    settings = settings_for(database_url, public_url="https://relance.agency.example", confirm_above=1)
    async with open_console_rig(database_url, rules=scans, settings=settings) as console:
        await with_wordings_and_rules(console)
        await console.api.execute(RULES_ON, console.api.now)
        asked: dict[str, dict[str, Any]] = {"scan": {"who": "existing"}, "choose": {"step": "one", "variant": "b"}}
        console.proved = False
        await console.api.person("p1", status="Hot", email="p1@c.example")
        for act, form in asked.items():
            done = await console.act(f"/sequences/hello/{act}", **form)
            assert "said=" in done.headers["location"], act
        await with_wordings_and_rules(console)
        await console.api.person("p2", status="Hot", email="p2@c.example")
        for act, form in asked.items():
            done = await console.act(f"/sequences/hello/{act}", **form)
            assert "/console/confirm/" in done.headers["location"], act
        console.proved = True
        for act, form in asked.items():
            done = await console.act(f"/sequences/hello/{act}", **form)
            assert "said=" in done.headers["location"], act
        assert len(scans.scans) == 2


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.AUDITOR])
async def test_others_look_and_start_nothing(ruled: ConsoleRig, scans: RecordedRules, role: Role) -> None:
    ruled.see(role=role)
    assert "/scan" not in await ruled.page("/sequences/hello/rules")
    assert (await ruled.http.get(f"{PATH}/sequences/hello/scan")).status_code == 403
    assert (await ruled.act("/sequences/hello/scan")).status_code == 403
    assert scans.scans == []
