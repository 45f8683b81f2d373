"""Rehearsing in the console: what is asked, and what is shown. The servers of a rehearsal are not started here."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from sequences.access.role import PeopleVisible, Role
from services.jobs.job import JobKind
from services.jobs.runner import JobRunner
from services.retention.remove import Retention
from starter.console.screens import rehearse
from starter.rehearsal.job import Rehearse
from tests.support.screens.html import cells, parse
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse, "missing_servers", lambda: ())


def result(console: ConsoleRig) -> dict[str, Any]:
    now = console.api.now
    step: dict[str, Any] = {
        "step": "one",
        "channel": "email",
        "state": "sent",
        "at": f"{now.isoformat()}",
        "timezone": "Europe/London",
    }
    step |= {"moved_by": [], "reason": None, "subject": "Hello there, friend", "variant": None}
    run = {"refused": "", "state": "finished", "reason": "finished", "ended_at": f"{now.isoformat()}"}
    runs = [
        {"record": "p1", "person": "p1", **run, "steps": [step], "follow_ups": ["create_task"]},
        {"record": "p2", "person": "p2", **run, "steps": [step], "follow_ups": []},
        {"record": "p3", "person": "p3", **run, "refused": "it is suppressed", "steps": [], "follow_ups": []},
    ]
    span = {"began": now.isoformat(), "until": (now + timedelta(weeks=26)).isoformat()}
    numbers = {"mails": 2, "mails_to_owners": 0, "texts": 0, "webhooks": []}
    return {"sequence": "hello", "version": 3, **span, "runs": runs, **numbers}


@pytest_asyncio.fixture(autouse=True)
async def written(console: ConsoleRig, runs: dict[str, str]) -> None:
    """A version without errors."""
    await publish_written(console.api)


async def asked(console: ConsoleRig) -> Any:
    return await console.act("/sequences/hello/rehearse", people="5", weeks="4", replies="none", who="")


async def test_it_is_asked_for_once_and_shown_day_by_day(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "Version 3 is played." in await console.text("/sequences/hello/rehearse")
    done = await console.act(
        "/sequences/hello/rehearse", people="5", weeks="4", replies="positive", who="p1\r\np2@client.example\r\n"
    )
    (job,) = await console.api.fetch("SELECT * FROM job")
    assert done.headers["location"] == f"/console/jobs/{job['id']}"
    wanted = {"draft": False, "people": 5, "records": ["p1", "p2"], "weeks": 4, "replies": "positive"}
    assert (job["kind"], job["subject"], job["request"]) == ("rehearse", "sequence:hello", wanted)
    # One at a time.
    assert (await asked(console)).headers["location"] == f"/console/jobs/{job['id']}?said=one_rehearsal"

    lines = [{"total": 3}, {"over": 1}, {"result": result(console)}]
    script = "import sys\nsys.stdin.read()\nprint(sys.argv[1])"
    say = ("python3", "-c", script, "\n".join(map(json.dumps, lines)))
    work = Rehearse(console.api.database, console.api.clock, say)
    runner = JobRunner(console.api.database, {JobKind.REHEARSE: work}, console.api.clock, "test")
    row = await runner.claim()
    assert row is not None
    await runner.carry_out(row)
    shown = await console.page(f"/jobs/{job['id']}")
    assert "2 of 3 entered; 2 mails and 0 text messages would have gone out" in shown
    assert f"/console/jobs/{job['id']}/rehearsal" in shown
    page = await console.page(f"/jobs/{job['id']}/rehearsal")
    assert cells(page, "Tue 4 May")[1:] == ["one e-mail", "sent", "Hello there, friend"]
    text = await console.text(f"/jobs/{job['id']}/rehearsal")
    assert "Would not enter: it is suppressed." in text
    assert text.count("Hello there, friend") == 2

    # Of people whom somebody does not see the words are not shown.
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert (await console.text(f"/jobs/{job['id']}/rehearsal")).count("Hello there, friend") == 1

    # A month later it is gone.
    console.api.now += timedelta(days=31)
    console.see(role=Role.LEAD, people_visible=PeopleVisible.ALL)
    passing = Retention(console.api.database, console.api.settings.retention(), console.api.clock)
    assert sum([page.removed async for page in passing.whole_pass(console.api.now)]) > 0
    assert (await console.http.get(f"/console/jobs/{job['id']}/rehearsal")).status_code == 404


async def test_people_who_are_not_meant_clearly_are_asked_about(console: ConsoleRig, runs: dict[str, str]) -> None:
    refused = await console.act("/sequences/hello/rehearse", who="Ray\nNobody Known\nAnn Ray")
    assert refused.status_code == 422
    assert "“Ray”: several people match." in refused.text
    assert "“Nobody Known”: you see nobody" in refused.text
    assert "“Ann Ray”:" not in refused.text
    assert await console.api.fetch("SELECT 1 FROM job") == []
    many = await console.act("/sequences/hello/rehearse", who="\n".join(f"p{n}" for n in range(30)))
    assert "Name at most 20 people." in many.text


async def test_a_server_without_servers_of_its_own_says_so(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearse, "missing_servers", lambda: ("Postgres", "Temporal"))
    text = await console.text("/sequences/hello/rehearse")
    assert "not installed here: Postgres, Temporal" in text
    assert "relance rehearse hello" in text
    assert (await asked(console)).status_code == 422
    assert await console.api.fetch("SELECT 1 FROM job") == []
    done = await console.act("/sequences/hello/rehearse", who="p1", what="dates")
    assert done.headers["location"] == "/console/sequences/hello/dates?person=p1"


async def test_dates_are_shown_at_once_for_people_who_are_named(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "Name at least one person." in (await console.act("/sequences/hello/rehearse", what="dates")).text
    done = await console.act("/sequences/hello/rehearse", who="Ann Ray\np2@client.example", what="dates")
    address = "/sequences/hello/dates?person=p1&person=p2"
    assert done.headers["location"] == f"/console{address}"
    page = await console.page(address)
    assert parse(page).xpath("//section/h2/a/text()") == ["Ann Ray", "Ben Ray"]
    assert cells(page, "Tue 4 May")[1:] == ["one e-mail", "Hello Ann", ""]
    assert "07:30" in cells(page, "Tue 11 May")[0] or "10:30" in cells(page, "Tue 11 May")[0]
    assert "cannot be written" in page
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    text = await console.text(address)
    assert ("Ann Ray" in text, "Ben Ray" in text, "1 of them belongs to somebody else" in text) == (True, False, True)
    assert await console.api.fetch("SELECT 1 FROM job") == []
    assert (await console.http.get("/console/sequences/hello/dates?person=none")).status_code == 404


async def test_auditors_rehearse_nothing(console: ConsoleRig, runs: dict[str, str]) -> None:
    console.see(role=Role.AUDITOR)
    assert (await console.http.get("/console/sequences/hello/rehearse")).status_code == 403
    assert (await asked(console)).status_code == 403
