"""Leads and lists: who is on them, whose people are shown, and the files of those who may save them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from sequences.access.role import PeopleVisible, Role
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig


async def make(console: ConsoleRig, runs: dict[str, str]) -> None:
    """Two leads, and two people on one list."""
    api = console.api
    for number, (person, owner) in enumerate((("p1", "o1"), ("p2", "o2"))):
        at = api.now - timedelta(minutes=number)
        await api.execute(
            "INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            f"l{number}",
            person,
            "=cmd|<b>",
            owner,
            runs[person],
            at,
        )
        await api.execute(
            "INSERT INTO list_member (list, person_id, added_at, enrollment_id) VALUES ('warm <i>', $1, $2, $3)",
            person,
            at,
            runs[person] if number else None,
        )


async def test_leads(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "No lead fits." in await console.text("/leads")
    await make(console, runs)
    page = await console.page("/leads")
    assert cells(page, "Ann Ray")[1:] == ["=cmd|<b>", "Hello there", "Tue 4 May 2027, 11:00", "active", "Lea Dupont"]
    assert "Ben Ray" in page
    assert "Ben Ray" not in await console.page("/leads?whose=mine")
    assert "No lead fits." in await console.text("/leads?sequence=quiet")
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert "Ben Ray" not in await console.page("/leads")
    await console.page("/leads?cursor=nonsense", 422)


async def test_lists(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "There are no lists." in await console.text("/lists")
    await make(console, runs)
    page = await console.page("/lists")
    assert cells(page, "warm <i>")[1:] == ["2", "Tue 4 May 2027, 11:00"]
    (href, _) = parse(page).xpath("//tbody//a/@href")
    members = await console.page(href.removeprefix("/console"))
    assert cells(members, "Ann Ray")[1:3] == ["", "Tue 4 May 2027, 11:00"]
    assert cells(members, "Ben Ray")[1] == "Hello there"
    assert text_of(parse(members).xpath("//h1")[0]) == "warm <i>"
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    # The number is that of the list behind it.
    assert cells(await console.page("/lists"), "warm")[1] == "1"
    assert "Ben Ray" not in await console.page(href.removeprefix("/console"))


async def test_they_are_files_for_those_who_may_save_people(console: ConsoleRig, runs: dict[str, str]) -> None:
    await make(console, runs)
    console.see(role=Role.ADMIN)
    assert "/console/leads.csv" in await console.page("/leads")
    console.proved = False
    asked = await console.http.get("/console/leads.csv")
    assert asked.headers["location"].startswith("/console/confirm/")
    console.proved = True
    answer = await console.http.get("/console/leads.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["person"], row["name"], row["source"], row["run"]) for row in rows] == [
        ("p1", "Ann Ray", "'=cmd|<b>", "active"),
        ("p2", "Ben Ray", "'=cmd|<b>", "active"),
    ]
    answer = await console.http.get("/console/leads.csv", params={"list": "warm <i>"})
    assert len(answer.text.splitlines()) == 3


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.LEAD, Role.AUDITOR])
async def test_others_save_nothing(console: ConsoleRig, runs: dict[str, str], role: Role) -> None:
    await make(console, runs)
    console.see(role=role)
    assert "leads.csv" not in await console.page("/leads")
    assert (await console.http.get("/console/leads.csv")).status_code == 403
