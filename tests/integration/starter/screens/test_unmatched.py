"""Mail that belongs to nobody: found by its sender or by name, attached, set aside; what each role sees of it."""

from __future__ import annotations

import pytest

from sequences.access.role import PeopleVisible, Role
from services.operations.attach import attach
from services.operations.waiting_reviews import UNDO
from starter.server.lane import Lane
from starter.server.undoable import Attachments
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.samples import LEAD
from tests.support.screens.world import MAIL, unmatched_mail


async def seconds_later(console: ConsoleRig) -> None:
    """The time to undo is over, and the dispatcher looks, as it does every two seconds."""
    console.api.now += UNDO
    await Lane(console.api.database, Attachments(console.api.database, console.api.clock), console.api.clock).look()


async def test_a_mail_is_attached_to_the_run_of_who_has_its_address(console: ConsoleRig, runs: dict[str, str]) -> None:
    await console.api.sent(runs["p1"])
    mail = await unmatched_mail(console.api)
    assert "1 message that matches no run" in await console.text("/?whose=everyone")
    (home,) = parse(await console.page("/")).xpath("//a[@href='/console/unmatched']")
    assert text_of(home).startswith("1")
    assert cells(await console.page("/unmatched"), "p1@client")[:2] == [
        "p1@client.example",
        "Re: Café <b>jobs</b> Yes, please.",
    ]
    page = await console.page(f"/unmatched/{mail}")
    assert "Ann Ray" in page
    (field,) = parse(page).xpath("//form//input[@name='enrollment']")
    assert field.get("value") == runs["p1"]
    done = await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p1"])
    assert done.headers["location"] == f"/console/unmatched?undo={mail}"
    await seconds_later(console)
    (row,) = await console.api.fetch("SELECT state, attached_to, attached_by FROM inbound")
    assert (row["state"], row["attached_to"], row["attached_by"]) == ("matched", runs["p1"], "Lea Dupont")
    assert [row["kind"] for row in await console.api.fetch("SELECT kind FROM reaction")] == ["replied"]
    assert "Every message belongs to a run." in await console.text("/unmatched")
    assert "belongs to a run by now" in await console.text(f"/unmatched/{mail}")
    # The same again, as from a second window.
    done = await console.act(f"/unmatched/{mail}/attach", key="k2", enrollment=runs["p1"])
    assert done.headers["location"] == "/console/unmatched?said=same"
    assert (await console.act(f"/unmatched/{mail}/attach", key="k3", enrollment=runs["p2"])).status_code == 409


async def test_attaching_can_be_taken_back_for_ten_seconds(console: ConsoleRig, runs: dict[str, str]) -> None:
    mail = await unmatched_mail(console.api)
    await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p1"])
    page = await console.page(f"/unmatched?undo={mail}")
    assert "It goes to the run of Ann Ray in Hello there." in page
    assert f"/unmatched/{mail}/undo" in page
    # It is in no list meanwhile, and no run has heard of it.
    assert "Every message belongs to a run." in page
    assert "no run" not in await console.text("/")
    assert "Attach" not in await console.text(f"/unmatched/{mail}?q=ben")
    assert await console.api.fetch("SELECT FROM reaction") == []
    # A second one who attaches it is told; the undo is that of the first.
    answer = await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p3"])
    assert (answer.status_code, "a moment ago" in answer.text) == (409, True)
    console.see(user_id="u9")
    assert "/undo" not in await console.page(f"/unmatched?undo={mail}")
    assert (await console.act(f"/unmatched/{mail}/undo")).status_code == 409
    console.see(user_id=LEAD.user_id)
    answer = await console.act(f"/unmatched/{mail}/undo")
    assert answer.headers["location"] == f"/console/unmatched/{mail}?said=undone"
    assert "p1@client.example" in await console.text("/unmatched")
    await seconds_later(console)
    assert await console.api.fetch("SELECT FROM reaction") == []
    # Once the seconds are up it is too late; what went to another run meanwhile stays there.
    await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p1"])
    async with console.api.database.transaction() as connection:
        await attach(connection, mail, runs["p3"], by="CLI", now=console.api.now)
    await seconds_later(console)
    assert (await console.act(f"/unmatched/{mail}/undo")).status_code == 409
    (row,) = await console.api.fetch("SELECT attached_to FROM inbound")
    assert row["attached_to"] == runs["p3"]


async def test_a_wish_not_to_be_contacted_waits_for_nothing(console: ConsoleRig, runs: dict[str, str]) -> None:
    await console.api.sent(runs["p1"])
    mail = await unmatched_mail(console.api, text="Please remove me from your list.")
    done = await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p1"])
    assert done.headers["location"] == "/console/unmatched?said=attached_at_once"
    (row,) = await console.api.fetch("SELECT person_id, channel, reason FROM suppression")
    assert (row["person_id"], row["reason"]) == ("p1", "opt_out")


async def test_people_are_found_by_name_too(console: ConsoleRig, runs: dict[str, str]) -> None:
    mail = await unmatched_mail(console.api, sender="who@knows.example")
    assert "No person has the address that it came from." in await console.text(f"/unmatched/{mail}")
    text = await console.text(f"/unmatched/{mail}?q=ben")
    assert "Ben Ray" in text
    # Ben is another recruiter's, but a lead without a team works with everybody.
    assert "Attach" in text
    console.see(role=Role.RECRUITER)
    assert "another recruiter's" in await console.text(f"/unmatched/{mail}?q=ben")
    assert (await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p2"])).status_code == 403
    assert (await console.act(f"/unmatched/{mail}/attach", key="k2", enrollment="none")).status_code == 404
    assert "Nobody was found." in await console.text(f"/unmatched/{mail}?q=zzzz")


async def test_what_is_set_aside_is_found_again(console: ConsoleRig, runs: dict[str, str]) -> None:
    mail = await unmatched_mail(console.api)
    done = await console.act(f"/unmatched/{mail}/dismiss")
    assert done.headers["location"] == "/console/unmatched?said=set_aside"
    assert "Every message belongs" in await console.text("/unmatched")
    assert "by Lea Dupont" in await console.text("/unmatched?show=aside")
    await console.api.sent(runs["p1"])
    assert (await console.act(f"/unmatched/{mail}/attach", enrollment=runs["p1"])).status_code == 303
    assert "Nothing was set aside." in await console.text("/unmatched?show=aside")


@pytest.mark.parametrize("role", [Role.AUDITOR])
async def test_an_auditor_sees_that_it_came_and_not_its_words(
    console: ConsoleRig, runs: dict[str, str], role: Role
) -> None:
    mail = await unmatched_mail(console.api, text="secret words")
    console.see(role=role)
    assert "secret words" not in await console.page("/unmatched")
    page = await console.text(f"/unmatched/{mail}")
    assert "Your role does not read messages." in page
    assert "Attach" not in page
    assert (await console.act(f"/unmatched/{mail}/dismiss")).status_code == 403


async def test_who_sees_their_own_people_learns_no_more_of_others(console: ConsoleRig, runs: dict[str, str]) -> None:
    mail = await unmatched_mail(console.api, sender="who@knows.example")
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    page = await console.page(f"/unmatched/{mail}?q=ben")
    assert "Ben Ray" in page
    assert "p2@client.example" not in page


async def test_pages_and_what_is_not_there(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "Every message belongs" in await console.text("/unmatched")
    await console.page("/unmatched/inone", 404)
    await console.page("/unmatched?cursor=nonsense", 422)


async def test_a_message_says_what_its_reader_found(console: ConsoleRig) -> None:
    await unmatched_mail(console.api)
    await console.api.execute("UPDATE inbound SET detail = $1", {"reasons": ["human", "signed_by_no_key"]})
    assert "it came to a reply address that no key of ours has signed" in await console.text(f"/unmatched/{MAIL}")
