"""Meetings as calendars tell of them: proved, matched to a run, stored once, and told to it and its owner."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sequences.bookings.signatures import CAL_COM_HEADER, CALENDLY_HEADER, sign_cal_com, sign_calendly
from sequences.runs.state import ReactionCall
from sequences.tokens import TokenKind, sign
from services.enrolling.enroll import EntryRequest
from services.operations.attach import attach
from services.reading.run_story import timeline
from tests.support.bookings import INVITEES, cal_com, calendly
from tests.support.held_replies import activities_of
from tests.support.rigs.api import NOW, ApiRig
from tests.support.rigs.inbound import serving

LEAD = {"create_lead": {"source": "meeting"}}
KEYS: dict[str, Any] = {
    "calendly_signing_keys": "newer-key, calendly-key",
    "cal_com_secrets": "dana-secret, sam-secret",
}


@pytest_asyncio.fixture
async def rig(api: ApiRig, database_url: str) -> AsyncIterator[ApiRig]:
    async with serving(api, database_url, **KEYS) as made:
        yield made


def token(send: str) -> str:
    return sign(TokenKind.BOOKING, send, b"token-key-for-tests")


async def by_calendly(rig: ApiRig, body: bytes) -> httpx.Response:
    header = sign_calendly(b"calendly-key", int(NOW.timestamp()), body)
    return await rig.http.post("/bookings/calendly", content=body, headers={CALENDLY_HEADER: header})


async def by_cal_com(rig: ApiRig, body: bytes) -> httpx.Response:
    header = sign_cal_com(b"sam-secret", body)
    return await rig.http.post("/bookings/cal.com", content=body, headers={CAL_COM_HEADER: header})


async def inbound(rig: ApiRig) -> list[tuple[str, str, str]]:
    rows = await rig.fetch("SELECT event, state, coalesce(matched_by, '') AS by FROM inbound ORDER BY received_at, id")
    return sorted((row["event"], row["state"], row["by"]) for row in rows)


async def reactions(rig: ApiRig) -> list[str]:
    return [row["kind"] for row in await rig.fetch("SELECT kind FROM reaction ORDER BY kind, id")]


async def with_owner(rig: ApiRig) -> tuple[str, str]:
    enrollment = await rig.enrolled()
    await rig.execute("INSERT INTO owner (id, first_name, email) VALUES ('dana', 'Dana', 'dana@agency.example')")
    await rig.execute("UPDATE person SET owner_id = 'dana'")
    return enrollment, await rig.sent(enrollment)


@pytest.mark.parametrize(
    ("post", "telling", "calendar"), [(by_calendly, calendly, "calendly"), (by_cal_com, cal_com, "cal.com")]
)
async def test_a_booking_by_the_link_is_a_reaction_of_its_run_once(
    rig: ApiRig, post: Any, telling: Any, calendar: str
) -> None:
    enrollment, send = await with_owner(rig)
    body = telling(token=token(send))
    first, again = await post(rig, body), await post(rig, body)
    assert (first.status_code, first.json()["fresh"], again.json()["fresh"]) == (200, True, False)
    [row] = await rig.fetch("SELECT * FROM reaction")
    assert (row["id"], row["enrollment_id"], row["kind"]) == (first.json()["reaction"], enrollment, "meeting_booked")
    assert (row["send_id"], row["holds"]) == (send, True)
    assert row["detail"] == {"calendar": calendar, "starts_at": "2027-05-06T09:00:00+00:00"}
    assert await inbound(rig) == [("meeting_booked", "matched", "booking_link")]
    [told] = await rig.fetch("SELECT owner_id, kind, title FROM notification")
    assert (told["owner_id"], told["kind"]) == ("dana", "meeting_booked")
    assert told["title"] == "Hello: Meeting booked for 2027-05-06 09:00 UTC: Alex"


@pytest.mark.parametrize(
    ("rules", "then"),
    [
        ([], "stop"),
        ([{"on": "meeting_booked", "do": [LEAD], "then": "continue"}], "continue"),
    ],
)
async def test_it_stops_the_run_unless_the_file_says_otherwise(rig: ApiRig, rules: list[Any], then: str) -> None:
    await rig.person()
    await rig.publish(reactions=rules)
    enrollment = (await rig.enrolling.enroll(EntryRequest("hello", "n1", "p1"))).enrollment
    await rig.execute("UPDATE enrollment SET state = 'active', started_at = $1", rig.now)
    send = await rig.sent(enrollment)
    reaction = (await by_calendly(rig, calendly(token=token(send)))).json()["reaction"]
    decision = await activities_of(rig).handle_reaction(ReactionCall(enrollment, reaction, rig.now))
    assert decision.then == then
    leads = await rig.fetch("SELECT source FROM lead")
    assert [row["source"] for row in leads] == (["meeting"] if rules else [])
    if not rules:
        # A cancelled meeting does not begin the run again, and its rules are followed all the same.
        rig.now += timedelta(minutes=1)
        cancelled = calendly("invitee.canceled", token=token(send), rescheduled=False)
        late = (await by_calendly(rig, cancelled)).json()["reaction"]
        assert late
        decision = await activities_of(rig).handle_reaction(ReactionCall(enrollment, late, rig.now))
        assert decision.then == "none"
    async with rig.database.transaction() as connection:
        story = [each.what for each in (await timeline(connection, enrollment)).moments]
    assert "a meeting was booked for 2027-05-06 09:00 UTC" in story


async def test_a_moved_meeting_is_one_in_any_order(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    booked = calendly(token=token(send))
    gone = calendly("invitee.canceled", rescheduled=True, token=token(send), new_invitee=f"{INVITEES}/I2")
    moved = calendly(booking="I2", old_invitee=f"{INVITEES}/I1", token=token(send))
    for body in (booked, gone, moved):
        assert (await by_calendly(rig, body)).status_code == 200
    assert await reactions(rig) == ["meeting_booked"]
    assert [event for event, _, _ in await inbound(rig)] == ["meeting_booked", "meeting_moved", "meeting_moved"]
    assert len(await rig.fetch("SELECT 1 FROM notification")) == 2
    # Under its new id, and without the link, which not every calendar keeps, it is cancelled at last.
    assert (await by_calendly(rig, calendly("invitee.canceled", "I2"))).json()["reaction"]
    assert await reactions(rig) == ["meeting_booked", "meeting_cancelled"]


async def test_the_new_booking_may_come_before_the_old_one(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    await by_cal_com(rig, cal_com("BOOKING_RESCHEDULED", "b2", token(send), rescheduleUid="b1"))
    await by_cal_com(rig, cal_com("BOOKING_CREATED", "b1", token(send)))
    assert await reactions(rig) == ["meeting_booked"]
    assert len(await rig.fetch("SELECT 1 FROM notification")) == 1


def told_of_one_meeting(send: str) -> list[bytes]:
    """Calendly's webhooks about a meeting that was moved twice and then cancelled, in their order."""
    clock = [f"2027-05-04T08:0{minute}:01.000000Z" for minute in range(4)]
    starts = [{"start_time": f"2027-05-{day:02}T09:00:00.000000Z"} for day in (6, 7, 8)]
    link = token(send)

    def new(name: str, at: int, **more: Any) -> bytes:
        return calendly(booking=name, at=clock[at], token=link, scheduled_event=starts[at], **more)

    def gone(name: str, at: int, meeting: int, *, moved: bool) -> bytes:
        event = "invitee.canceled"
        return calendly(event, name, at=clock[at], token=link, rescheduled=moved, scheduled_event=starts[meeting])

    return [
        new("I1", 0),
        gone("I1", 1, 0, moved=True),
        new("I2", 1, old_invitee=f"{INVITEES}/I1"),
        gone("I2", 2, 1, moved=True),
        new("I3", 2, old_invitee=f"{INVITEES}/I2"),
        gone("I3", 3, 2, moved=False),
    ]


@pytest.mark.parametrize(
    "order",
    [
        (0, 1, 2, 3, 4, 5),
        (5, 4, 3, 2, 1, 0),
        # Both moves the wrong way round, and the beginning at the end.
        (4, 2, 0, 1, 3, 5),
        (2, 4, 5, 0, 3, 1),
        (1, 3, 5, 0, 2, 4),
        (4, 0, 2, 5, 1, 3),
    ],
)
@pytest.mark.parametrize("count", [5, 6])
async def test_a_meeting_told_in_any_order_is_one_reaction_of_each_kind(
    rig: ApiRig, order: tuple[int, ...], count: int
) -> None:
    _, send = await with_owner(rig)
    told = told_of_one_meeting(send)
    for place in (each for each in order if each < count):
        rig.now += timedelta(seconds=1)
        for _ in range(2):
            assert (await by_calendly(rig, told[place])).status_code == 200
    assert await reactions(rig) == ["meeting_booked"] + (["meeting_cancelled"] if count == 6 else [])
    assert len(await inbound(rig)) == count
    rows = await rig.fetch("SELECT kind, title FROM notification ORDER BY created_at, id")
    last = "Meeting cancelled" if count == 6 else ("Meeting moved", "Meeting booked")
    assert rows[-1]["title"].removeprefix("Hello: ").startswith(last)
    # What the owner read last is how the meeting stands.
    assert "for 2027-05-08 09:00 UTC" in rows[-1]["title"]


async def test_a_second_meeting_of_the_run_is_a_reaction_of_its_own(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    for name in ("I1", "I7"):
        await by_calendly(rig, calendly(booking=name, token=token(send)))
    await by_calendly(rig, calendly(booking="I8", old_invitee=f"{INVITEES}/I7", token=token(send)))
    assert await reactions(rig) == ["meeting_booked", "meeting_booked"]


async def test_a_cancelled_one_may_come_before_its_booking(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    await by_cal_com(rig, cal_com("BOOKING_CANCELLED", token=token(send)))
    await by_cal_com(rig, cal_com(token=token(send)))
    assert await reactions(rig) == ["meeting_booked", "meeting_cancelled"]


async def test_without_the_link_the_only_open_run_that_wrote_to_the_address(rig: ApiRig) -> None:
    await rig.sent(await rig.enrolled())
    await by_calendly(rig, calendly(email="P1@client.example"))
    assert await inbound(rig) == [("meeting_booked", "matched", "sole_open_run")]
    await by_calendly(rig, calendly(booking="I9", token=token("sunknownsend")))
    assert (await reactions(rig)) == ["meeting_booked", "meeting_booked"]


async def test_who_has_no_open_run_waits_for_a_person_and_strangers_are_not_kept(rig: ApiRig) -> None:
    enrollment = await rig.enrolled()
    await rig.person("p2", email="p2@client.example")
    stranger = await by_calendly(rig, calendly(email="who@else.example", token="spring-campaign"))
    assert (stranger.status_code, stranger.json()) == (200, {"fresh": False, "reaction": None})
    cut = token("sabcdefgh234")[:-1] + "7"
    for number, more in enumerate(({"email": "p2@client.example"}, {"email": "who@else.example", "token": cut})):
        await by_calendly(rig, calendly(booking=f"I{number}", **more))
    assert await inbound(rig) == [("meeting_booked", "unmatched", "")] * 2
    assert await reactions(rig) == []
    [waits] = await rig.fetch("SELECT id, text FROM inbound WHERE sender = 'p2@client.example'")
    assert waits["text"] == "Meeting booked for 2027-05-06 09:00 UTC by Alex Doe (calendly)"
    async with rig.database.transaction() as connection:
        attached = await attach(connection, waits["id"], enrollment, by="HTTP", now=rig.now)
    assert attached.kind == "meeting_booked"
    # What follows about the same booking finds the run that a person said.
    await by_calendly(rig, calendly("invitee.canceled", "I0", email="p2@client.example"))
    assert await reactions(rig) == ["meeting_booked", "meeting_cancelled"]


async def test_nothing_of_somebody_who_was_erased_is_kept(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    await rig.execute("UPDATE send SET recipient = '', recipient_key = NULL")
    await rig.execute("UPDATE person SET email = NULL, email_key = NULL")
    answer = await by_calendly(rig, calendly(token=token(send)))
    assert answer.json() == {"fresh": False, "reaction": None}
    assert await inbound(rig) == []


async def test_somebody_else_may_book_by_a_link_that_was_handed_on(rig: ApiRig) -> None:
    enrollment, send = await with_owner(rig)
    await by_calendly(rig, calendly(token=token(send), email="colleague@client.example"))
    async with rig.database.transaction() as connection:
        story = [each.what for each in (await timeline(connection, enrollment)).moments]
    assert "a meeting was booked for 2027-05-06 09:00 UTC, from another address" in story


async def test_a_message_that_may_have_gone_out_is_proved_by_its_link(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    await rig.execute("UPDATE send SET state = 'unknown'")
    await by_calendly(rig, calendly(token=token(send)))
    [row] = await rig.fetch("SELECT state FROM send")
    assert row["state"] == "sent"


async def test_the_stream_of_events_tells_of_it(rig: ApiRig) -> None:
    enrollment, send = await with_owner(rig)
    await by_calendly(rig, calendly(token=token(send)))
    rows = await rig.fetch("SELECT type, enrollment_id, detail FROM stream_event WHERE type LIKE 'meeting.%'")
    [(kind, run, detail)] = [(row["type"], row["enrollment_id"], row["detail"]) for row in rows]
    assert (kind, run, detail["calendar"]) == ("meeting.booked", enrollment, "calendly")


async def test_nothing_is_acknowledged_when_the_row_cannot_be_written(rig: ApiRig) -> None:
    _, send = await with_owner(rig)
    await rig.execute("ALTER TABLE inbound ADD CONSTRAINT never CHECK (channel <> 'web')")
    body = calendly(token=token(send))
    assert (await by_calendly(rig, body)).status_code == 500
    await rig.execute("ALTER TABLE inbound DROP CONSTRAINT never")
    assert (await by_calendly(rig, body)).json()["fresh"] is True


async def test_strangers_and_what_cannot_be_read(rig: ApiRig) -> None:
    body = calendly()
    old = sign_calendly(b"calendly-key", int(NOW.timestamp()) - 301, body)
    for path, headers in [
        ("/bookings/calendly", {}),
        ("/bookings/calendly", {CALENDLY_HEADER: sign_calendly(b"dana-secret", int(NOW.timestamp()), body)}),
        ("/bookings/calendly", {CALENDLY_HEADER: old}),
        ("/bookings/cal.com", {}),
        ("/bookings/cal.com", {CAL_COM_HEADER: sign_cal_com(b"calendly-key", body)}),
    ]:
        answer = await rig.http.post(path, content=body, headers=headers)
        assert answer.status_code == 403, path
    assert (await rig.http.post("/bookings/outlook", content=body)).status_code in (404, 422)
    assert (await by_calendly(rig, b"nothing")).status_code == 422
    assert (await by_calendly(rig, json.dumps({"event": "invitee.created"}).encode())).status_code == 422
    assert (await rig.http.post("/bookings/calendly", content=b"x" * 300_001)).status_code == 413
    assert (await by_cal_com(rig, b'{"triggerEvent": "PING"}')).json() == {"fresh": False, "reaction": None}
    assert await inbound(rig) == []


async def test_a_calendar_that_is_not_set_up(api: ApiRig) -> None:
    for path, setting in (("calendly", "RELANCE_CALENDLY_SIGNING_KEYS"), ("cal.com", "RELANCE_CAL_COM_SECRETS")):
        answer = await api.http.post(f"/bookings/{path}", content=calendly())
        assert answer.status_code == 403
        assert setting in answer.text
