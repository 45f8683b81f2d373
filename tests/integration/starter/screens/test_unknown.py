"""Unknown sends: the list, and settling one by hand, once."""

from __future__ import annotations

import pytest

from sequences.access.role import PeopleVisible, Role
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import unknown_send


async def state(console: ConsoleRig, send: str) -> tuple[str, str | None]:
    (row,) = await console.api.fetch("SELECT state, resolution FROM send WHERE id = $1", send)
    return row["state"], row["resolution"]


async def test_an_admin_says_that_it_went_out(console: ConsoleRig, runs: dict[str, str]) -> None:
    send = await unknown_send(console.api, runs["p1"])
    console.see(role=Role.ADMIN)
    (home,) = parse(await console.page("/")).xpath("//a[@href='/console/unknown']")
    assert text_of(home).startswith("1")
    line = cells(await console.page("/unknown"), "Ann Ray")
    assert line[1] == "Hello there one, e-mail"
    assert line[3:5] == ["the <server> hung up", "is treated as sent"]
    assert "Did this message go out?" in await console.fragment(f"/unknown/{send}/settle?what=sent")
    done = await console.act(f"/unknown/{send}/settle", what="sent")
    assert done.headers["location"] == "/console/unknown?said=unknown_sent"
    assert await state(console, send) == ("sent", "proved")
    (event,) = await console.api.fetch("SELECT kind, detail FROM enrollment_event WHERE kind = 'send_proved'")
    assert event["detail"]["by"] == "Lea Dupont, by hand"
    assert "Every message is known" in await console.text("/unknown")
    # Too late to say something else.
    done = await console.act(f"/unknown/{send}/settle", key="k2", what="not_sent")
    assert done.headers["location"] == "/console/unknown?said=same"
    assert await state(console, send) == ("sent", "proved")


async def test_an_admin_says_that_it_did_not(console: ConsoleRig, runs: dict[str, str]) -> None:
    send = await unknown_send(console.api, runs["p1"])
    console.see(role=Role.ADMIN)
    assert "Nothing is sent again because of that" in await console.text(f"/unknown/{send}/settle?what=not_sent")
    done = await console.act(f"/unknown/{send}/settle", what="not_sent")
    assert done.headers["location"] == "/console/unknown?said=unknown_not_sent"
    assert await state(console, send) == ("unknown", "given_up")
    assert [row["kind"] for row in await console.api.fetch("SELECT kind FROM enrollment_event")][-1] == "send_given_up"
    assert "not sent again" in await console.text("/people/p1")
    assert (await console.act(f"/unknown/{send}/settle", key="k2", what="")).status_code == 422
    assert (await console.act("/unknown/none/settle", key="k3", what="sent")).status_code == 404


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.LEAD, Role.AUDITOR])
async def test_others_see_it_only(console: ConsoleRig, runs: dict[str, str], role: Role) -> None:
    send = await unknown_send(console.api, runs["p1"])
    console.see(role=role)
    page = await console.page("/unknown")
    assert "Ann Ray" in page
    assert "/settle" not in page
    assert (await console.act(f"/unknown/{send}/settle", what="sent")).status_code == 403


async def test_those_of_others_are_not_there(console: ConsoleRig, runs: dict[str, str]) -> None:
    await unknown_send(console.api, runs["p2"])
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert "Ben Ray" not in await console.page("/unknown")
