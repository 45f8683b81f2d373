"""Clicks and preferences end to end: a real mail, its links, the outbox, the run."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.channels import CHANNELS
from sequences.reactions.click_judgement import Hit
from sequences.sending.tracked_links import shorten
from sequences.tokens import TokenKind, verify
from services.intake.links import LinkIntake
from services.reading.run_story import timeline
from starter.local.mail_capture import list_mail, read_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
LINKS_LATER = """
sequence: links-later
name: Links later
record: person
frequency_cap: exempt
steps:
  - {id: one, email: bd/remind}
  - {id: two, when: 2 days after one, email: bd/introduce}
  - {id: three, when: 2 days after two, email: bd/thank-you}
reactions:
  - on: clicked
    do: [{create_lead: {source: links-later}}]
    then: stop
"""
SCANNER, HOME = "203.0.113.9", "198.51.100.7"


async def _reminded(flow: FlowRig) -> Any:
    """A run whose second mail went out: its own time is days ahead of the hits', so none is too quick."""
    await flow.publish("links-later", LINKS_LATER)
    await flow.person()
    accepted = await flow.enroll("links-later")
    await flow.until_step(accepted, "one")
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two")
    return accepted


def _links(flow: FlowRig) -> list[str]:
    """Ids of the tracked links of the newest mail, as a scanner would find them: every href."""
    folder = flow.folder / "mail"
    html = read_mail(folder, list_mail(folder)[-1].file).html or ""
    tokens = re.findall(r'href="[^"]+/c/([^"/]+)"', html)
    return [verify(TokenKind.CLICK, token, flow.services.organisation.token_keys) for token in tokens]


def _intake(flow: FlowRig) -> LinkIntake:
    # Wall-clock seconds are not waited for here: what is judged after how long is tested by its own.
    return LinkIntake(flow.services.database, utc_now, flow.dispatcher.wake, judged_after=timedelta(0))


async def test_a_scanner_follows_every_link_and_the_run_goes_on_and_a_person_stops_it(flow: FlowRig) -> None:
    accepted = await _reminded(flow)
    intake, links = _intake(flow), _links(flow)
    assert len(links) >= 2
    began = utc_now()
    # A burst is judged as a whole: the honeypot was hit by the time that the first verdict is due.
    for number, link in reversed(list(enumerate(links))):
        await intake.click(link, Hit(began + timedelta(milliseconds=100 * number), "GET", EDGE, SCANNER))

    async def judged() -> bool:
        rows = await flow.rows("hits_of", id=accepted.enrollment)
        return len(rows) >= len(links) and all(row["verdict"] != "waiting" for row in rows)

    await flow.until(judged)
    rows = await flow.rows("hits_of", id=accepted.enrollment)
    assert [row["verdict"] for row in rows] == ["machine"] * len(links)
    assert [row["honeypot"] for row in rows] == [False] * (len(links) - 1) + [True]
    assert await flow.rows("reactions_of", enrollment_id=accepted.enrollment) == []
    assert await flow.state(accepted) not in ("stopped", "finished")

    target = await intake.click(links[0], Hit(began - timedelta(minutes=5), "GET", FIREFOX, HOME))
    assert target is not None
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "clicked (clicked)"
    assert (await flow.steps(accepted))["three"] == "cancelled"
    assert len(await flow.listed(listings.LEADS)) == 1


async def test_a_click_that_ends_a_run_whose_file_names_no_clicks_is_told_to_the_owner(flow: FlowRig) -> None:
    quiet = LINKS_LATER.replace("on: clicked", "on: replied.negative")
    await flow.publish("links-later", quiet)
    await flow.person()
    accepted = await flow.enroll("links-later")
    await flow.until_step(accepted, "one")
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two")
    began = utc_now()
    target = await _intake(flow).click(_links(flow)[0], Hit(began - timedelta(minutes=5), "GET", FIREFOX, HOME))
    assert target is not None
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "clicked (default)"
    (notice,) = [row for row in await flow.listed(listings.NOTIFICATIONS) if row["kind"] == "clicked"]
    assert notice["owner_id"] == "dana"
    assert f"ended because a link was followed ({shorten(target)})" in notice["title"]
    async with flow.services.database.transaction() as connection:
        story = await timeline(connection, accepted.enrollment)
    assert f"clicked {shorten(target)} in two" in [moment.what for moment in story.moments]


async def test_nothing_at_all_on_the_preference_page_ends_the_run_and_can_be_undone(flow: FlowRig) -> None:
    accepted = await _reminded(flow)
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]["id"]
    preferences = _intake(flow).preferences
    await preferences.choose(send, None)
    await flow.until_state(accepted, "stopped")
    assert (await flow.steps(accepted))["three"] == "cancelled"

    async def standing() -> list[tuple[str, str]]:
        rows = await flow.rows("suppressions_of", person_id="p1", email="p1@client.example", phone=None)
        return [(row["channel"], row["reason"]) for row in rows]

    # The run's own handling of the reaction adds nothing that the person could not take back.
    assert await standing() == [("all", "preferences")]
    await preferences.choose(send, frozenset(CHANNELS))
    assert await standing() == []
