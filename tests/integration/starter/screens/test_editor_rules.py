"""The rules of a draft as a form, without scripts: from nothing to published, and what cannot be done there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sequences.access.role import Role
from starter.console.app import PATH
from tests.support.rigs.cli import RecordedRules
from tests.support.screens.html import parse
from tests.support.screens.rig import ConsoleRig, open_console_rig

EDIT = "/sequences/win-back/edit/rules"


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    """A new sequence, and four people: two clients, one of them written to lately, and two candidates."""
    async with open_console_rig(database_url, rules=RecordedRules()) as console:
        api = console.api
        for person, kind in {
            "p1": "Client contact",
            "p2": "Client contact",
            "p3": "Candidate",
            "p4": "Candidate",
        }.items():
            await api.person(person, first_name=person, last_name="Ray", type=kind, email=f"{person}@c.example")
        await api.execute("INSERT INTO owner (id, first_name, email) VALUES ('o1', 'Lea', 'lea@agency.example')")
        await api.execute("UPDATE person SET owner_id = 'o1'")
        await api.execute("UPDATE person SET last_contacted = $1 WHERE id <> 'p1'", api.now)
        await console.act("/new-sequence", sequence="win-back", title="Win back")
        yield console


async def change(console: ConsoleRig, what: str, **form: str) -> str:
    """Sends one of the forms of the page as a browser does; what the page says then."""
    root = parse(await console.page(EDIT))
    mark = root.xpath("//input[@name='mark']/@value")[0]
    answer = await console.act(f"{EDIT}/{what}", **{"mark": mark, **form})
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"].removeprefix(PATH)
    assert "said=draft_saved" in where
    return await console.text(where)


async def source(console: ConsoleRig) -> str:
    (row,) = await console.api.fetch("SELECT files ->> 'sequence.yaml' AS source FROM sequence_draft")
    return str(row["source"])


def past(event: str, past: str, amount: str = "1", unit: str = "years", prefix: str = "new-") -> dict[str, Any]:
    values = {"event": event, "past": past, "amount": amount, "unit": unit}
    return {"group": "historical", "prefix": prefix} | {f"{prefix}{key}": each for key, each in values.items()}


def field(group: str, name: str, operator: str, values: str = "") -> dict[str, Any]:
    asked = {"field": name, "operator": operator, "values": values}
    return {"group": group, "prefix": "x-"} | {f"x-{key}": each for key, each in asked.items()}


async def test_not_contacted_for_a_year_not_again_within_six_months_looked_at_first_held_above_fifty(
    console: ConsoleRig,
) -> None:
    page = await console.page("/sequences/win-back/edit")
    assert f"{PATH}{EDIT}" in page
    text = await console.text(EDIT)
    assert "Nobody is enrolled automatically" in text
    assert "Last contacted: more than 1 year ago Type: Client contact" in text
    # The example says it already, but for people who were never written to.
    text = await change(console, "switch", on="yes")
    assert "Switch off" in text
    await change(console, "condition", **past("last_contacted", "more_than_or_never"))
    text = await change(console, "limits", amount="6", unit="months", hold_above="50", counts="1")
    assert "of 4, 1 remain" in text
    assert "All people: 4" in text
    assert "Meet every condition 1 Refused 0 Would be enrolled 1" in text
    assert "Near misses p2 Ray" in text
    assert "Loops Win back its message is a contact" in text
    written = await source(console)
    assert "    last_contacted: more than 1 year ago or never\n" in written
    assert "  prevent_reenrollment_within: 6 months\n  hold_above: 50            # more people" in written
    changes = await console.page("/sequences/win-back/edit/changes")
    assert "1 person already matches its rules" in changes
    mark = parse(changes).xpath("//input[@name='mark']/@value")[0]
    done = await console.act("/sequences/win-back/edit/publish", mark=mark, existing="yes")
    assert done.status_code == 303, done.text
    assert "Last contacted: more than 1 year ago or never" in await console.text("/sequences/win-back/rules")


async def test_conditions_of_each_group_come_change_and_go(console: ConsoleRig) -> None:
    await change(console, "switch", on="yes")
    await change(console, "condition", **field("qualitative", "person.resume", "missing"))
    # What a field can hold shows once it is chosen.
    chosen = await console.page(f"{EDIT}?new=person.type")
    assert 'name="new-real-' not in chosen
    chosen = await console.page(f"{EDIT}?new=person.city")
    assert 'name="new-real-values"' in chosen
    await change(console, "condition", **field("real", "person.city", "is", "Leeds\n York \nLeeds"))
    await change(console, "condition", **field("real", "person.type", "is", ""), **{"x-value-0": "Candidate"})
    text = await change(console, "remove", group="historical", name="last_contacted")
    assert "Remain" not in text
    written = await source(console)
    for words in (
        "  qualitative:\n    person.resume: missing\n",
        "    person.type: Candidate\n",
        "    person.city: [Leeds, York]\n",
    ):
        assert words in written, words
    assert "historical" not in written
    await change(console, "switch", on="no")
    assert "# auto_enroll:\n#   qualitative:\n#     person.resume: missing\n" in await source(console)
    await change(console, "record", record="placement")
    assert "record: placement " in await source(console)
    assert "has errors" not in await console.text(EDIT)


async def test_what_is_refused(console: ConsoleRig) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("condition", field("real", "person.city", "is")),
        ("condition", field("real", "person.city", "present")),
        ("condition", field("qualitative", "person.city", "is", "Leeds")),
        ("condition", field("unknown", "person.city", "is", "Leeds")),
        ("condition", field("real", "person.nothing", "is", "Leeds")),
        ("condition", past("last_seen", "never")),
        ("limits", {"hold_above": "5"}),
        ("limits", {"amount": "5000", "unit": "days"}),
        ("record", {"record": "client"}),
    ]
    for what, form in wrong:
        assert (await console.act(f"{EDIT}/{what}", mark="any", **form)).status_code in (409, 422), (what, form)
    assert (await console.act(f"{EDIT}/eat", mark="any")).status_code == 422
    assert (await console.act(f"{EDIT}/switch", mark="old", on="yes")).status_code == 409
    assert (await console.act("/sequences/none/edit/rules/switch", mark="any", on="yes")).status_code == 404
    console.see(role=Role.AUDITOR)
    await console.page(EDIT, 403)
    assert (await console.act(f"{EDIT}/switch", on="yes")).status_code == 403
    console.see(role=Role.RECRUITER)
    await change(console, "switch", on="yes")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("historical: {last_contacted: some time}", "These words do not say how long ago."),
        ("real: {custom.gone: [x]}", "There is no field"),
        ('real: {"a b, #c\\"": [x]}', "There is no field"),
        ("real: {person.city: {any_of: [a], all_of: [b]}}", "Only the file can say this."),
        ("hold_above: 5", "A rule without conditions would enroll everybody."),
        ("cycle_protection: window\n  real: {person.city: [a]}", "Loop protection window"),
        ("prevent_reenrollment_within: a while\n  real: {person.city: [a]}", "Again: a while"),
        ("real: [", "until the file can be read"),
    ],
)
async def test_what_the_form_cannot_say_is_shown_and_left(console: ConsoleRig, rules: str, words: str) -> None:
    text = (await source(console)) + f"\nauto_enroll:\n  {rules}\n"
    await console.api.execute("UPDATE sequence_draft SET files = files || $1", {"sequence.yaml": text})
    assert words in await console.text(EDIT)
    if "until" not in words:
        await change(console, "condition", **field("real", "person.status", "is", "Hot"))
        for line in rules.splitlines():
            assert line.strip().partition(":")[2].strip("}") in await source(console)


async def test_the_form_is_a_fragment_for_htmx_and_numbers_come_after_it(console: ConsoleRig) -> None:
    await change(console, "switch", on="yes")
    part = await console.fragment(EDIT)
    assert part.strip().startswith('<div id="rule-form"')
    assert 'hx-get="/console/sequences/win-back/edit/rules?counts=1" hx-trigger="load, again"' in part
    assert "data-left" not in part
    counted = parse(await console.fragment(f"{EDIT}?counts=1"))
    assert counted.xpath("//*[@data-left]/@data-left") == ["left-historical-last_contacted", "left-real-person-type"]
    assert counted.xpath("//*[@data-left]/text()") == ["of 4, 0 remain", "of 4, 0 remain"]
