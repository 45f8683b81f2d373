"""What the webhooks of calendars say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.bookings.booking import Booking, BookingChange, Calendar, booking_key, booking_of_key
from sequences.bookings.reading import read_booking
from sequences.errors import UnfinishedError
from tests.support.bookings import INVITEES, cal_com, calendly

AT = datetime(2027, 5, 6, 9, tzinfo=UTC)
HAPPENED = datetime(2027, 5, 4, 8, 0, 1, tzinfo=UTC)


def test_calendly_tells_of_a_booking() -> None:
    found = read_booking(Calendar.CALENDLY, calendly(token="t0ken"))
    assert found == Booking(
        Calendar.CALENDLY,
        BookingChange.BOOKED,
        f"{INVITEES}/I1",
        email="p1@client.example",
        name="Alex Doe",
        starts_at=AT,
        happened_at=HAPPENED,
        token="t0ken",
    )


def test_both_say_when_it_happened() -> None:
    for calendar, body in ((Calendar.CALENDLY, calendly()), (Calendar.CAL_COM, cal_com())):
        found = read_booking(calendar, body)
        assert found is not None
        assert found.happened_at == HAPPENED
    odd = read_booking(Calendar.CALENDLY, calendly(at="yesterday"))
    assert odd is not None
    assert odd.happened_at is None


@given(st.sampled_from(Calendar), st.text(min_size=1), st.sampled_from(BookingChange))
def test_the_key_of_a_booking_says_which_it_is(calendar: Calendar, booking: str, change: BookingChange) -> None:
    assert booking_of_key(calendar, booking_key(calendar, booking, change)) == (booking, change)


def test_calendly_tells_of_a_moved_meeting_as_two() -> None:
    gone = read_booking(Calendar.CALENDLY, calendly("invitee.canceled", rescheduled=True, new_invitee=f"{INVITEES}/I2"))
    new = read_booking(Calendar.CALENDLY, calendly(booking="I2", old_invitee=f"{INVITEES}/I1"))
    assert gone is not None
    assert new is not None
    assert (gone.change, gone.moved, gone.instead_of) == (BookingChange.CANCELLED, True, None)
    assert (new.change, new.moved, new.instead_of) == (BookingChange.BOOKED, False, f"{INVITEES}/I1")


def test_cal_com_tells_of_a_moved_meeting_as_one() -> None:
    new = read_booking(Calendar.CAL_COM, cal_com("BOOKING_RESCHEDULED", "b2", rescheduleUid="b1"))
    assert new is not None
    assert (new.change, new.id, new.instead_of, new.starts_at) == (BookingChange.BOOKED, "b2", "b1", AT)
    gone = read_booking(Calendar.CAL_COM, cal_com("BOOKING_CANCELLED"))
    assert gone is not None
    assert (gone.change, gone.moved, gone.email) == (BookingChange.CANCELLED, False, "p1@client.example")


@pytest.mark.parametrize(
    ("calendar", "body"),
    [
        (Calendar.CALENDLY, calendly("routing_form_submission.created")),
        (Calendar.CALENDLY, calendly("invitee_no_show.created")),
        (Calendar.CAL_COM, cal_com("BOOKING_REQUESTED")),
        (Calendar.CAL_COM, b'{"triggerEvent": "PING", "createdAt": "2027-05-04T08:00:01.000Z"}'),
        (Calendar.CAL_COM, b'{"triggerEvent": "MEETING_ENDED", "uid": "b1"}'),
        (Calendar.CAL_COM, b'{"triggerEvent": 7}'),
        (Calendar.CALENDLY, cal_com()),
    ],
)
def test_other_events_are_no_bookings(calendar: Calendar, body: bytes) -> None:
    assert read_booking(calendar, body) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"nothing", b"\xff", b"[" * 100_000, calendly(uri=None), calendly(uri="")]
)
def test_what_cannot_be_read_is_said(body: bytes) -> None:
    with pytest.raises(UnfinishedError):
        read_booking(Calendar.CALENDLY, body)


_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = ["uid", "attendees", "metadata", "startTime", "rescheduleUid"]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, _JSON)))
def test_no_shape_of_a_payload_breaks_the_reader(payload: dict[str, Any]) -> None:
    body = json.dumps({"triggerEvent": "BOOKING_CREATED", "payload": payload}).encode()
    try:
        found = read_booking(Calendar.CAL_COM, body)
    except UnfinishedError:
        return
    assert found is not None
    assert found.id == payload["uid"]
