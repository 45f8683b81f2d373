"""0.1 with open runs becomes this release: nothing is lost, nothing is sent twice, and what 0.1 left undone is done.

The installation was frozen on one day and is upgraded on any later one: whatever counts from the frozen day is given a
new date before the first worker starts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import WorkflowExecutionStatus

from adapters.postgres import migrations
from sequences import ids
from sequences.errors import RefusedError
from sequences.runs.state import Command
from services.enrolling.enroll import Accepted, EntryRequest
from starter.local.mail_capture import list_mail
from tests.support.rigs.flow import FlowRig, open_flow
from tests.support.rigs.upgraded import Old


class Upgraded:
    """The upgraded installation, and its old runs by the name of their story."""

    def __init__(self, flow: FlowRig, old: Old) -> None:
        self.flow = flow
        self._old = old

    async def run(self, name: str) -> Accepted:
        """An old run as enrolling it had returned it."""
        row = await self.flow.row("enrollment_row", id=self._old.runs[name])
        assert row is not None
        return Accepted(row["id"], row["workflow_id"], row["version"], started=True)

    async def fetch(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows, as they are."""
        return [dict(row) for row in await self.flow.services.database.pool.fetch(sql, *values)]

    async def until(self, sql: str, *values: object) -> None:
        """Waits until a query yields true."""

        async def met() -> bool:
            return bool(await self.flow.services.database.pool.fetchval(sql, *values))

        await self.flow.until(met)

    def mails(self) -> Counter[str]:
        """How many mails have gone to whom since the upgrade."""
        return Counter(mail.recipient for mail in list_mail(self.flow.mail.folder))


@pytest_asyncio.fixture
async def upgraded(old: Old, tmp_path: Path) -> AsyncIterator[Upgraded]:
    """The migrations were applied, and the workers of this release take over."""
    async with open_flow(old.database_url, old.temporal, tmp_path) as flow:
        yield Upgraded(flow, old)


async def test_a_run_that_waited_sends_what_is_left_once(upgraded: Upgraded) -> None:
    waits = await upgraded.run("waits")
    await upgraded.flow.skip(waits, days=8)
    await upgraded.flow.until_step(waits, "two")
    assert upgraded.mails()["waits@client.example"] == 1


async def test_a_paused_run_stays_paused_and_goes_on_when_it_is_resumed(upgraded: Upgraded) -> None:
    paused = await upgraded.run("paused")
    assert await upgraded.flow.state(paused) == "paused"
    await upgraded.flow.services.runs.command(paused.workflow_id, Command(id="resume-1", kind="resume"))
    await upgraded.flow.skip(paused, days=9)
    await upgraded.flow.until_step(paused, "two")
    assert upgraded.mails()["paused@client.example"] == 1


async def test_a_mail_that_was_put_off_is_written_anew(upgraded: Upgraded) -> None:
    await upgraded.flow.write("person", "capped", email="new@client.example", first_name="Married")
    second = await upgraded.run("capped-second")
    await upgraded.flow.skip(second, days=1, minutes=2)
    await upgraded.flow.until_step(second, "one")
    assert (upgraded.mails()["new@client.example"], upgraded.mails()["old@client.example"]) == (1, 0)


async def test_day_zero_that_came_late_is_planned_all_the_same(upgraded: Upgraded) -> None:
    undated = await upgraded.run("undated")
    day = (datetime.now(UTC) + timedelta(days=20)).date()
    await upgraded.flow.write("placement", "pl-undated", start_date=day.isoformat())
    await upgraded.until(
        "SELECT count(*) = 2 FROM enrollment_step WHERE enrollment_id = $1 AND state = 'planned' AND due_at > now()",
        undated.enrollment,
    )
    await upgraded.flow.skip(undated, days=14)
    await upgraded.flow.until_step(undated, "week-before")
    dated = await upgraded.run("dated")
    await upgraded.until(
        "SELECT bool_or(step = 'week-before' AND state = 'planned' AND due_at > now()) FROM enrollment_step"
        " WHERE enrollment_id = $1",
        dated.enrollment,
    )


async def test_what_0_1_never_delivered_is_delivered_or_listed(upgraded: Upgraded) -> None:
    await upgraded.until("SELECT count(*) = 1 FROM enrollment WHERE sequence = 'target' AND record_id = 'chained'")
    await upgraded.until("SELECT state = 'done' FROM follow_up WHERE kind = 'enroll'")
    await upgraded.until("SELECT state = 'dead' FROM follow_up WHERE kind = 'webhook'")


@pytest.mark.parametrize("name", ["waits", "ruled"])
async def test_a_run_that_0_1_left_starting_plans_itself_and_goes_on(upgraded: Upgraded, name: str) -> None:
    run = Accepted(f"eleft{name}0000", "", 1, started=False)
    await upgraded.flow.until_step(run, "one")
    assert await upgraded.flow.state(run) == "active"
    assert upgraded.mails()[f"left-{name}@client.example"] == 1
    if name == "ruled":
        await upgraded.until("SELECT state = 'open' FROM reenrollment_window WHERE enrollment_id = $1", run.enrollment)
        gate = upgraded.flow.services.client.get_workflow_handle(ids.window_workflow_id("ruled", "left-ruled"))
        assert (await gate.describe()).status is WorkflowExecutionStatus.RUNNING


@pytest.mark.parametrize("name", ["broken", "ended"])
async def test_a_row_whose_workflow_had_died_is_closed_and_the_person_is_free(upgraded: Upgraded, name: str) -> None:
    run = await upgraded.run(name)
    services = upgraded.flow.services
    await upgraded.flow.write("person", name, email=f"{name}@client.example")
    again = await services.enrolling.enroll(EntryRequest("two", "again", name))
    assert await upgraded.flow.state(run) == "stopped"
    await upgraded.flow.until_step(again, "one")


async def test_who_was_suppressed_stays_so_under_every_record_and_spelling(upgraded: Upgraded) -> None:
    await upgraded.flow.person("unb", email="SHARED@client.example", phone=None)
    await upgraded.flow.person("bou2", email="bou.nce@CLIENT.example", phone=None)
    for person, reason in (("una", "opt_out"), ("unb", "opt_out"), ("bou2", "bounced")):
        with pytest.raises(RefusedError, match=f"must not be contacted .{reason}"):
            await upgraded.flow.services.enrolling.enroll(EntryRequest("two", "n", person))
    bounced = await upgraded.run("bounced")
    await upgraded.flow.skip(bounced, days=8)
    await upgraded.until(
        "SELECT state = 'refused' FROM enrollment_step WHERE enrollment_id = $1 AND step = 'two'", bounced.enrollment
    )
    assert upgraded.mails()["Bou.Nce@Client.example"] == 0


async def test_a_window_of_0_1_stands_and_a_refusal_is_looked_at_again(upgraded: Upgraded) -> None:
    await upgraded.flow.write("person", "ruled", status="Lost")
    await upgraded.flow.write("person", "ruled", status="Chase")
    await upgraded.flow.write("person", "nomail", email="nomail@client.example")
    await upgraded.until("SELECT count(*) = 1 FROM enrollment WHERE sequence = 'ruled' AND record_id = 'nomail'")
    await upgraded.until("SELECT bool_and(watched_at IS NOT NULL) FROM change")
    assert await upgraded.fetch("SELECT count(*) AS n FROM enrollment WHERE record_id = 'ruled'") == [{"n": 1}]


async def test_nobody_is_texted_again_for_an_end_that_nobody_knows(upgraded: Upgraded) -> None:
    run = await upgraded.run("unknown")
    await upgraded.flow.skip(run, days=8)
    await upgraded.flow.until_step(run, "later")
    assert upgraded.flow.texts.sent == []


async def test_an_answer_to_a_mail_of_0_1_finds_its_run(upgraded: Upgraded) -> None:
    run = await upgraded.run("waits")
    await upgraded.flow.reply(run, "Please tell me more", step="one")
    await upgraded.flow.until_state(run, "stopped")
    assert upgraded.mails()["waits@client.example"] == 0


async def test_the_migrations_may_be_applied_by_two_at_once(old_database: str) -> None:
    await asyncio.gather(migrations.apply(old_database), migrations.apply(old_database))
    connection = await asyncpg.connect(old_database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM send") == 10
        assert ids.enrollment_workflow_id("two", "waits") == await connection.fetchval(
            "SELECT workflow_id FROM enrollment WHERE record_id = 'waits'"
        )
    finally:
        await connection.close()
