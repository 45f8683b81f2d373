"""Every screen with nothing in it, with a database that takes too long, and with Temporal away.

The screens come from the app's own routes: one that says nothing of a state fails here until it does.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from adapters.postgres import queries
from sequences.access.role import Role
from starter.console.app import PATH, create_console
from starter.console.words import Words
from tests.support.console import new_user
from tests.support.rigs.api import ways_for
from tests.support.rigs.cli import RecordedRules
from tests.support.screens.full_world import make_full_world
from tests.support.screens.html import faults, parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.routes import walk

TOO_SLOW = Words().t("error.too_slow")
# What each screen says where there is nothing. None: there is nothing that it could lack, such as a form.
EMPTY: dict[str, str | None] = {
    "/": "Nothing waits for you.",
    "/next-steps": "Nothing goes in these 24 hours.",
    "/inbox": "There is nothing to read.",
    "/people": "There are no people yet.",
    "/approvals": "Nothing awaits approval.",
    "/tasks": "Nothing is due today.",
    "/sequences": "Nothing is published yet.",
    "/unmatched": "Every message belongs to a run.",
    "/statistics": "Nobody has entered a sequence in this span.",
    "/leads": "No lead fits.",
    "/lists": "There are no lists.",
    "/deliverability": "Nobody is suppressed.",
    "/deliverability/messages": "No message of this mailbox fits.",
    "/suppressions": "Nobody is suppressed.",
    "/unknown": "Every message is known to have gone out or not.",
    "/calendar": "Nothing is planned this week.",
    "/calendar/closed": "No days are closed.",
    "/calendar/people": "Nobody gets this step on that day.",
    "/jobs": "There was no background work yet.",
    "/follow-ups": "No follow-up was given up.",
    "/audit": "Nothing was done that fits.",
    "/settings/tokens": "There are no tokens yet.",
    "/settings/webhooks": "No receiver has a secret of its own yet.",
    "/mailboxes": "There are no mailboxes yet.",
    "/mailboxes/connect": "This mailbox is not connected.",
    "/settings/crm": "No CRM is read or written.",
    "/account": "You are linked with an owner that the CRM has not sent yet.",
    "/users": None,
    "/health": None,
    "/settings": None,
    "/new-sequence": None,
    "/people/import": None,
    "/suppressions/add": None,
    "/account/passkeys/new": None,
    "/badges": None,
    "/help": None,
    "/audit.csv": None,
    "/leads.csv": None,
}
NEEDED = {"/calendar/people": "?day=2027-05-04&sequence=hello&step=one", "/audit": "?since=2030-01-01"}
# The way to a provider and back shows no screen where all goes well.
ON_THE_WAY = {"/mailboxes/connect/start", "/mailboxes/connect/callback"}
# They ask nothing of the database, or not before somebody presses a button.
ASKS_NOTHING = {
    "/confirm/{token}/oidc",
    "/new-sequence",
    "/people/import",
    "/suppressions/add",
    "/account/passkeys/new",
    "/tasks/{task}/snooze",
    "/health",
    "/help",
    "/help/{page}",
    "/help/pictures/{picture}",
    "/settings",
}


@pytest.fixture
def screens(console: ConsoleRig) -> list[APIRoute]:
    app: FastAPI = create_console(ways_for(console.api))
    found = [route for route in walk(app.routes) if "GET" in (route.methods or ())]
    return [route for route in found if not route.path.startswith(("/sign-in", "/static"))]


async def test_every_screen_says_that_there_is_nothing(console: ConsoleRig, screens: list[APIRoute]) -> None:
    assert {route.path for route in screens if not route.param_convertors} - ON_THE_WAY == set(EMPTY)
    console.see(role=Role.ADMIN, user_id=(await new_user(console.api, Role.ADMIN)).id)
    for path, words in EMPTY.items():
        answer = await console.http.get(f"{PATH}{path}{NEEDED.get(path, '')}")
        assert answer.status_code < 400, (path, answer.text)
        if words is not None:
            assert words in text_of(parse(answer.text)), path


async def test_what_is_not_there_has_a_page_that_says_so(console: ConsoleRig, screens: list[APIRoute]) -> None:
    console.see(role=Role.ADMIN)
    for route in screens:
        if route.param_convertors:
            path = route.path.format_map(dict.fromkeys(route.param_convertors, "unknownunknown"))
            answer = await console.http.get(f"{PATH}{path}")
            assert answer.status_code in (303, 404, 409, 422), (route.path, answer.status_code)
            if answer.status_code != 303 and answer.text.startswith("<!doctype"):
                assert faults(answer.text) == [], route.path
                (message,) = parse(answer.text).xpath("//*[@data-message]")
                assert text_of(message), route.path


async def test_every_screen_says_that_the_database_takes_too_long(
    console: ConsoleRig, screens: list[APIRoute], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    world = await make_full_world(console, "p2")
    console.see(role=Role.ADMIN)
    assert {route.path for route in screens} >= ASKS_NOTHING
    # No statement waits longer than this for the locks below, whoever asks and whatever it has set for itself.
    name = await console.api.fetch("SELECT current_database() AS name")
    await console.api.execute(f"ALTER DATABASE \"{name[0]['name']}\" SET statement_timeout = '200ms'")
    await console.api.database.pool.expire_connections()
    asked = queries.console_looks

    async def soon(connection: Any, *, longest: str, workers: str) -> None:
        await asked(connection, longest="200ms", workers=workers)

    monkeypatch.setattr(queries, "console_looks", soon)
    locking = await asyncpg.connect(database_url)
    try:
        await locking.execute("SET statement_timeout = 0")
        transaction = locking.transaction()
        await transaction.start()
        tables = await locking.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        await locking.execute(f"LOCK TABLE {', '.join(row['tablename'] for row in tables)} IN ACCESS EXCLUSIVE MODE")
        for route in screens:
            if route.path in ASKS_NOTHING:
                continue
            address = f"{PATH}{world.address(route)}"
            answer = await console.http.get(address)
            assert answer.status_code in (303, 404, 422, 503), (route.path, answer.status_code, answer.text[:400])
            if answer.status_code == 503 and answer.text.startswith("<!doctype"):
                assert faults(answer.text) == [], route.path
                root = parse(answer.text)
                assert TOO_SLOW in text_of(root), (route.path, text_of(root))
                # The page has its navigation, and a way to ask once more.
                assert root.xpath("//nav"), route.path
                assert root.xpath("//main//a[text()='Try again']/@href"), route.path
            part = await console.http.get(address, headers={"HX-Request": "true"})
            if part.status_code == 503:
                assert TOO_SLOW in text_of(parse(part.text)), route.path
        await transaction.rollback()
    finally:
        await locking.close()
    assert (await console.http.get(f"{PATH}/people")).status_code == 200


async def test_screens_do_without_temporal(console: ConsoleRig, screens: list[APIRoute]) -> None:
    world = await make_full_world(console, "p2")
    console.see(role=Role.ADMIN)
    console.api.runs.down = True
    for route in screens:
        answer = await console.http.get(f"{PATH}{world.address(route)}")
        assert answer.status_code < 500, (route.path, answer.text)


async def test_an_act_without_temporal_says_so_and_keeps_what_was_typed(
    console: ConsoleRig, runs: dict[str, str]
) -> None:
    # Commands of this rig say that Temporal is down.
    console.api.runs.down = True
    answer = await console.http.post(
        f"{PATH}/people/p1/pause",
        data={"key": "k" * 16, "until": "", "why": "on holiday until May"},
        headers={"Referer": f"{console.url}{PATH}/people/p1"},
    )
    assert answer.status_code == 503, answer.text
    assert faults(answer.text) == []
    root = parse(answer.text)
    assert "Temporal is down in this test" in text_of(root)
    assert root.xpath("//nav")
    form = root.xpath("//main//form[@action='/console/people/p1/pause']")[0]
    assert [text_of(each) for each in form.xpath(".//textarea[@name='why']")] == ["on holiday until May"]
    assert root.xpath(f"//main//a[@href='{PATH}/people/p1']")
    # Sent once more when it is back, it is done.
    console.api.runs.down = False
    fields = {each.get("name"): each.get("value") for each in form.xpath(".//input[@name]")} | {"why": "on holiday"}
    again = await console.http.post(f"{PATH}/people/p1/pause", data=fields)
    assert again.status_code == 303, again.text


async def test_a_refused_act_shows_what_was_typed(console: ConsoleRig, runs: dict[str, str]) -> None:
    answer = await console.act("/inbox/runknownunknown/answer", words="Thank you, see you on Monday")
    assert answer.status_code == 404
    typed = parse(answer.text).xpath("//main//textarea[@name='words']")
    assert [text_of(each) for each in typed] == ["Thank you, see you on Monday"]


async def test_rules_say_that_a_scan_cannot_be_asked_for(console: ConsoleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = RecordedRules()
    assert rules.error is None
    await console.api.publish("hello", auto_enroll={"real": {"person.status": ["Hot"]}})
    await console.api.execute(
        "INSERT INTO rule_state (sequence, version, since) VALUES ('hello', 1, $1)", console.api.now
    )
    answer = await console.act("/sequences/hello/scan")
    assert answer.status_code == 503
    assert "Scans are unavailable: no connection to Temporal" in text_of(parse(answer.text))
