"""Today, people and one person, as their pages: what they link, what an act does, and whose people it is for."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from sequences.access.role import PeopleVisible, Role
from sequences.channels import CHANNELS
from sequences.runs.state import CommandKind
from tests.support.screens.html import parse
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.viewers import DANA


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, DANA) as console:
        await console.api.execute(
            "INSERT INTO owner (id, first_name, last_name) VALUES ('o1', 'Dana', 'Reed'), ('o2', 'Kim', 'Lee')"
        )
        yield console


async def run_of(console: ConsoleRig, owner: str = "o1") -> str:
    enrollment = await console.api.enrolled()
    await console.api.execute("UPDATE person SET owner_id = $1, last_name = '<Example>'", owner)
    await console.api.execute("UPDATE enrollment SET owner_id = $1", owner)
    await console.api.execute("UPDATE enrollment_step SET due_at = $1", console.api.now + timedelta(hours=2))
    return enrollment


async def text_of(console: ConsoleRig, path: str) -> str:
    """What the middle of a page says, in one line."""
    return " ".join("".join(parse(await console.page(path)).xpath("//main")[0].itertext()).split())


async def test_today_names_what_goes(console: ConsoleRig) -> None:
    assert "Nothing waits for you." in await text_of(console, "/")
    await run_of(console)
    page = await console.page("/")
    assert 'href="/console/people/p1">Alex &lt;Example&gt;</a>' in page
    # 10:00 is now in London; the step is due two hours later.
    assert "1 step is due" in await text_of(console, "/")


async def test_people_are_found_from_every_page(console: ConsoleRig) -> None:
    await run_of(console)
    page = await console.page("/people?q=alex")
    assert 'href="/console/people/p1"' in page
    assert 'role="search" action="/console/people"' in page
    assert "p1@client.example" in page
    assert "Nobody was found." in await text_of(console, "/people?q=zz")
    assert "There are no people yet" not in await text_of(console, "/people")
    console.see(people_visible=PeopleVisible.OWN)
    await console.api.execute("UPDATE person SET owner_id = 'o2'")
    page = await console.page("/people?q=alex")
    assert ("Kim Lee" in page, "p1@client.example" in page) == (True, False)


async def test_a_person_without_an_address_says_that_no_mail_can_go(console: ConsoleRig) -> None:
    await run_of(console)
    assert "no e-mail can go" not in await text_of(console, "/people/p1")
    await console.api.execute("UPDATE person SET email = NULL")
    page = await text_of(console, "/people/p1")
    assert "none: no e-mail can go to this person" in page
    assert "Enroll in a sequence, or see why not" in page
    # Those who may not enroll are not told that they can.
    console.see(role=Role.AUDITOR)
    assert "In a sequence or not, and why" in await text_of(console, "/people/p1")


async def test_a_person_says_why(console: ConsoleRig) -> None:
    await run_of(console)
    text = await text_of(console, "/people/p1?sequence=hello")
    assert "Alex <Example> is in Hello since 4 May 2027, enrolled by hand; the run is active." in text
    assert "one is due" in text
    await console.api.publish("other")
    assert "is not in Hello: it has no rules" in await text_of(console, "/people/p1?sequence=other")
    assert "no sequence 'none' is published" in await text_of(console, "/people/p1?sequence=none")
    await console.page("/people/p9", 404)


async def test_a_person_says_what_the_answer_rests_on(console: ConsoleRig) -> None:
    await run_of(console)
    rules = {"real": {"person.status": ["Hot"]}, "qualitative": {"person.city": "missing"}}
    await console.api.publish("other", auto_enroll={**rules, "prevent_reenrollment_within": "6 months"})
    await console.api.execute(
        "INSERT INTO rule_state (sequence, version, since) VALUES ('other', 1, $1)", console.api.now
    )
    await console.api.execute("UPDATE person SET status = 'Cold'")
    text = await text_of(console, "/people/p1?sequence=other")
    assert "1 of 2 conditions is not met; Status should be Hot, found Cold." in text
    rows = [
        [" ".join("".join(cell.itertext()).split()) for cell in row.xpath("./th|./td")]
        for row in parse(await console.page("/people/p1?sequence=other")).xpath(
            "//section[@aria-labelledby='why']//tbody/tr"
        )
    ]
    assert rows == [["City", "empty", "empty", "yes"], ["Status", "Hot", "Cold", "no"]]
    assert 'href="/console/sequences/other/rules"' in await console.page("/people/p1?sequence=other")
    await console.api.execute("UPDATE person SET status = 'Hot'")
    await console.api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p1', 'all', 'opt_out', 'r1', $1)",
        console.api.now,
    )
    text = await text_of(console, "/people/p1?sequence=other")
    assert "every condition is met, but refused: must not be contacted" in text
    assert "Refusedmust not be contacted" in text


async def test_all_runs_are_stopped_or_paused(console: ConsoleRig) -> None:
    run = await run_of(console)
    row = await console.api.row("enrollment_row", id=run)
    for what, kind in (("pause", CommandKind.PAUSE), ("stop", CommandKind.STOP)):
        answer = await console.act(f"/people/p1/{what}", key="k1")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/people/p1?said=person_{what}")
        (workflow, command), *_ = console.api.runs.commands[-1:]
        assert (workflow, command.kind) == (row["workflow_id"], kind)
        assert command.id == f"{kind}:k1:{run}"
    await console.api.execute("UPDATE enrollment SET state = 'stopped'")
    assert (await console.act("/people/p1/stop")).headers["location"].endswith("said=same")
    assert len(console.api.runs.commands) == 2


async def test_all_runs_are_paused_until_a_day(console: ConsoleRig) -> None:
    await run_of(console)
    question = await console.fragment("/people/p1/pause")
    assert "1 run is open." in question
    assert 'min="2027-05-05"' in question
    answer = await console.act("/people/p1/pause", key="k1", until="2027-05-20", reason="holiday")
    assert answer.headers["location"] == "/console/people/p1?said=person_pause"
    (_, command) = console.api.runs.commands[-1]
    # The day begins on Dana's clock, in London.
    assert (command.mode, command.reason) == ("2027-05-19T23:00:00+00:00", "holiday")
    for day in ("2027-05-04", "soon", "9999-12-31T"):
        refused = await console.act("/people/p1/pause", key=day, until=day)
        assert refused.status_code == 409, day
    assert len(console.api.runs.commands) == 1


async def test_a_person_is_not_contacted_any_more(console: ConsoleRig) -> None:
    await run_of(console)
    assert (await console.act("/people/p1/suppress", channel="pigeon")).status_code == 409
    answer = await console.act("/people/p1/suppress", channel="email")
    assert answer.headers["location"] == "/console/people/p1?said=person_suppressed"
    (row,) = await console.api.fetch("SELECT person_id, channel, reason, source FROM suppression")
    assert (row["person_id"], row["channel"], row["reason"], row["source"]) == ("p1", "email", "by_hand", "user:u1")
    assert (await console.act("/people/p1/suppress", channel="email")).headers["location"].endswith("said=same")
    assert "Do not contact this person by e-mail." in await text_of(console, "/people/p1")


async def test_a_consent_is_given_and_withdrawn_on_the_page(console: ConsoleRig) -> None:
    await run_of(console)
    assert "WhatsApp message: has not agreed" in await text_of(console, "/people/p1")
    by = "/people/p1/consents/whatsapp"
    assert (await console.act(f"{by}/give")).status_code == 409
    given: dict[str, Any] = {"source-whatsapp": "phone <call>", "since-whatsapp": "2027-05-02"}
    answer = await console.act(f"{by}/give", **given)
    assert answer.headers["location"] == "/console/people/p1?said=consent_given"
    assert "WhatsApp message: agreed since 2027-05-02 (phone <call>)" in await text_of(console, "/people/p1")
    assert (await console.act(f"{by}/give", **given)).headers["location"].endswith("said=same")
    answer = await console.act(f"{by}/withdraw")
    assert answer.headers["location"] == "/console/people/p1?said=consent_withdrawn"
    page = await text_of(console, "/people/p1")
    assert "WhatsApp message: taken back" in page
    assert "Do not contact this person by WhatsApp." in page
    assert "took back their consent" in page
    (row,) = await console.api.fetch("SELECT reason, source FROM suppression WHERE lifted_at IS NULL")
    assert (row["reason"], row["source"]) == ("consent_withdrawn", "user:u1")
    for unknown in ("fax", "sms"):
        assert (await console.act(f"/people/p1/consents/{unknown}/give", **given)).status_code == 404
    acts = await console.api.fetch("SELECT act, subject FROM audit_event WHERE act LIKE '%consent' ORDER BY id")
    assert (acts[0]["act"], acts[-1]["act"]) == ("give_consent", "give_consent")
    assert "person:p1" in acts[1]["subject"]


async def test_whose_people_a_recruiter_notes_consents_of(console: ConsoleRig) -> None:
    await run_of(console, "o2")
    console.see(role=Role.RECRUITER)
    by = "/people/p1/consents/whatsapp"
    given: dict[str, Any] = {"source-whatsapp": "phone"}
    # To protect somebody is everybody's, to say that they agreed is not.
    assert (await console.act(f"{by}/give", **given)).status_code == 403
    assert (await console.act(f"{by}/withdraw")).status_code == 303
    assert "They agreed" not in await console.page("/people/p1")


async def test_lists_of_channels_know_every_channel(console: ConsoleRig) -> None:
    await run_of(console)
    for path in ("/people/p1", "/inbox", "/suppressions/add"):
        shown = parse(await console.page(path)).xpath("//select[@name='channel']/option/@value")
        assert [each for each in shown if each not in ("", "all")] == [str(name) for name in CHANNELS], path


async def test_a_person_is_enrolled_with_the_placement_that_the_page_is_about(console: ConsoleRig) -> None:
    await run_of(console)
    await console.api.execute("INSERT INTO placement (id, person_id) VALUES ('pl1', 'p1')")
    await console.api.publish("onboarding", record="placement")
    page = await console.page("/people/p1?sequence=onboarding")
    assert '<input type="hidden" name="placement" value="pl1">' in page
    answer = await console.act("/people/p1/enroll", sequence="onboarding", placement="pl1")
    assert answer.status_code == 303, answer.text
    (row,) = await console.api.fetch("SELECT record_id FROM enrollment WHERE sequence = 'onboarding'")
    assert row["record_id"] == "pl1"


async def test_a_person_is_enrolled_once_for_one_press(console: ConsoleRig) -> None:
    await run_of(console)
    await console.api.publish("other")
    for _ in range(2):
        answer = await console.act("/people/p1/enroll", sequence="other", key="k1")
        assert answer.headers["location"] == "/console/people/p1?said=person_enrolled"
    assert len(await console.api.fetch("SELECT * FROM enrollment WHERE sequence = 'other'")) == 1
    refused = await console.act("/people/p1/enroll", sequence="hello", key="k2")
    assert refused.status_code == 409
    assert "Nothing was changed" in refused.text


async def test_others_people(console: ConsoleRig) -> None:
    await run_of(console, "o2")
    console.see(people_visible=PeopleVisible.OWN)
    text = await text_of(console, "/people/p1")
    assert "This person belongs to another recruiter" in text
    assert ("p1@client.example" in text, "one is due" in text) == (False, False)
    for act in ("stop", "pause", "suppress", "enroll"):
        assert (await console.act(f"/people/p1/{act}")).status_code == 403
    # Who sees them may protect them, and no more.
    console.see(people_visible=PeopleVisible.ALL)
    assert "1 run is open. It ends" in await text_of(console, "/people/p1/stop")
    assert (await console.act("/people/p1/stop")).status_code == 303
    assert (await console.act("/people/p1/enroll", sequence="hello")).status_code == 403
    console.see(role=Role.AUDITOR)
    assert (await console.act("/people/p1/stop")).status_code == 403
    assert "Stop all runs" not in await console.page("/people/p1")
