"""Suppressions: found by the beginning of an address, added, and lifted with a reason."""

from __future__ import annotations

import pytest

from sequences.access.role import PeopleVisible, Role
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig


async def suppress(console: ConsoleRig, person: str | None, address: str | None = None, reason: str = "opt_out") -> int:
    (row,) = await console.api.fetch(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ($1, $2, 'all', $3, 'r1', $4) RETURNING id",
        person,
        address,
        reason,
        console.api.now,
    )
    found: int = row["id"]
    return found


async def shown(console: ConsoleRig, query: str) -> list[str]:
    """The first cells of the list."""
    return [text_of(each) for each in parse(await console.page(f"/suppressions?{query}")).xpath("//tbody/tr/th")]


async def test_they_are_found_by_the_beginning_of_an_address(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "Nobody is suppressed." in await console.text("/suppressions")
    await suppress(console, "p1")
    await suppress(console, None, "dead@client.example", "bounced")
    await suppress(console, None, "+33612345678", "stop_word")
    assert sorted(await shown(console, "")) == ["+33612345678", "Ann Ray p1@client.example", "dead@client.example"]
    assert await shown(console, "q=dead") == ["dead@client.example"]
    assert await shown(console, "q=P1@client.example") == ["Ann Ray p1@client.example"]
    assert await shown(console, "q=p1@cl") == ["Ann Ray p1@client.example"]
    assert await shown(console, "q=%2B336") == ["+33612345678"]
    assert await shown(console, "q=%2B33 6 12 34 56 78") == ["+33612345678"]
    assert await shown(console, "reason=bounced") == ["dead@client.example"]
    assert "Only: no such mailbox." in await console.text("/suppressions?reason=bounced")
    assert "No suppression fits." in await console.text("/suppressions?q=nobody%25")
    # From the page of the mailboxes a reason leads there.
    assert "/console/suppressions?reason=opt_out" in await console.page("/deliverability")
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN, owner_id="o2")
    # That somebody must not be contacted is no secret; their address is.
    assert sorted(await shown(console, "")) == ["Ann Ray p…@client.example", "d…@client.example", "…678"]
    # Nor is it found letter by letter; who has the whole address knows it.
    assert await shown(console, "q=dea") == []
    assert await shown(console, "q=dead@client.example") == ["d…@client.example"]
    assert await shown(console, "q=%2B33612345678") == ["…678"]
    assert "Whole address or number" in await console.text("/suppressions")
    # Of one's own people, and what one added oneself, it is whole.
    await suppress(console, None, "p2@client.example", "bounced")
    await console.act("/suppressions/add", address="new@client.example", channel="all")
    assert (await shown(console, ""))[:2] == ["new@client.example", "p2@client.example"]


async def test_an_address_is_added_by_anybody_who_writes_to_people(console: ConsoleRig, runs: dict[str, str]) -> None:
    console.see(role=Role.RECRUITER)
    assert "Such as ann@client.example" in await console.fragment("/suppressions/add")
    done = await console.act("/suppressions/add", address=" P3@Client.example ", channel="all")
    assert done.headers["location"] == "/console/suppressions?said=suppressed"
    assert cells(await console.page("/suppressions"), "p3@client")[2] == "a user said so"
    done = await console.act("/suppressions/add", key="k2", address="p3@client.example", channel="all")
    assert done.headers["location"] == "/console/suppressions?said=same"
    # It holds for the person who has the address.
    assert "do not contact" in await console.text("/people?q=cleo")
    for number, wrong in enumerate(["", "<b>", "ann@", "12"]):
        refused = await console.act("/suppressions/add", key=f"w{number}", address=wrong, channel="all")
        assert refused.status_code == 422, wrong
        assert "<b>" not in refused.text
    refused = await console.act("/suppressions/add", key="c", address="ann@client.example", channel="pigeon")
    assert refused.status_code == 422


async def test_an_admin_lifts_one_and_says_why(console: ConsoleRig, runs: dict[str, str]) -> None:
    opted_out = await suppress(console, "p1")
    await suppress(console, "p1", reason="by_hand")
    console.see(role=Role.ADMIN)
    question = await console.fragment(f"/suppressions/{opted_out}/lift")
    assert "own wish. Lift it only" in question
    assert (await console.act(f"/suppressions/{opted_out}/lift", reason=" ")).status_code == 422
    console.proved = False
    asked = await console.act(f"/suppressions/{opted_out}/lift", key="k1b", reason="she called")
    assert asked.headers["location"].startswith("/console/confirm/")
    assert await console.api.fetch("SELECT lifted_by FROM suppression_lift") == []
    console.proved = True
    done = await console.act(f"/suppressions/{opted_out}/lift", key="k2", reason="she <b>called</b>")
    assert done.headers["location"] == "/console/suppressions?said=lifted"
    (kept,) = await console.api.fetch("SELECT lifted_by, reason FROM suppression_lift")
    assert (kept["lifted_by"], kept["reason"]) == ("Lea Dupont", "she <b>called</b>")
    # The other one stays, so nobody writes to her yet.
    assert await shown(console, "") == ["Ann Ray p1@client.example"]
    assert "by Lea Dupont: she <b>called</b>" in await console.text("/suppressions?state=lifted")
    done = await console.act(f"/suppressions/{opted_out}/lift", key="k3", reason="again")
    assert done.headers["location"] == "/console/suppressions?said=same"
    assert (await console.act("/suppressions/999999/lift", key="k4", reason="x")).status_code == 404


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.LEAD, Role.AUDITOR])
async def test_others_do_not_lift(console: ConsoleRig, runs: dict[str, str], role: Role) -> None:
    opted_out = await suppress(console, "p1")
    console.see(role=role)
    assert "/lift" not in await console.page("/suppressions")
    assert (await console.act(f"/suppressions/{opted_out}/lift", reason="x")).status_code == 403
    assert await console.api.fetch("SELECT id FROM suppression WHERE lifted_at IS NULL")
