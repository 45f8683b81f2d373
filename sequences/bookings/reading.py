"""The webhooks of Calendly and Cal.com as bookings. They are strangers' words: whatever is odd is no booking.

Sources: developer.calendly.com, "Webhook payloads" and "Webhook payloads for rescheduled events" (a moved meeting is a
cancelled booking with ``rescheduled: true`` and a created one with ``old_invitee``); cal.com/docs, "Webhooks" (a moved
meeting is one ``BOOKING_RESCHEDULED`` with a new ``uid`` and ``rescheduleUid``). When something happened is
``created_at`` beside ``event`` in the one and ``createdAt`` beside ``triggerEvent`` in the other; a webhook that is
repeated has it unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from sequences.bookings.booking import Booking, BookingChange, Calendar
from sequences.bookings.link import METADATA, TRACKED
from sequences.errors import UnfinishedError

_LONGEST: Final = 500
_CALENDLY: Final = {"invitee.created": BookingChange.BOOKED, "invitee.canceled": BookingChange.CANCELLED}
_CAL_COM: Final = {
    "BOOKING_CREATED": BookingChange.BOOKED,
    "BOOKING_RESCHEDULED": BookingChange.BOOKED,
    "BOOKING_CANCELLED": BookingChange.CANCELLED,
}


def read_calendly(document: Mapping[str, Any]) -> Booking | None:
    """A webhook of Calendly; None for an event that is about no booking.

    Raises:
        UnfinishedError: the event is one of a booking, and lacks the id of it.
    """
    change = _CALENDLY.get(_text(document, "event"))
    if change is None:
        return None
    payload = _part(document, "payload")
    return Booking(
        Calendar.CALENDLY,
        change,
        _identity(payload, "uri"),
        instead_of=_text(payload, "old_invitee") or None if change is BookingChange.BOOKED else None,
        moved=change is BookingChange.CANCELLED and payload.get("rescheduled") is True,
        email=_text(payload, "email"),
        name=_text(payload, "name"),
        starts_at=_instant(_part(payload, "scheduled_event").get("start_time")),
        happened_at=_instant(document.get("created_at")),
        token=_text(_part(payload, "tracking"), TRACKED),
    )


def read_cal_com(document: Mapping[str, Any]) -> Booking | None:
    """A webhook of Cal.com; None for an event that is about no booking, such as its test (``PING``).

    A request that the recruiter has yet to accept is none; it is told again when it is accepted.

    Raises:
        UnfinishedError: as ``read_calendly``.
    """
    change = _CAL_COM.get(_text(document, "triggerEvent"))
    if change is None:
        return None
    payload = _part(document, "payload")
    attendees = payload.get("attendees")
    first = attendees[0] if isinstance(attendees, list) and attendees else None
    person = first if isinstance(first, Mapping) else {}
    return Booking(
        Calendar.CAL_COM,
        change,
        _identity(payload, "uid"),
        instead_of=_text(payload, "rescheduleUid") or None if change is BookingChange.BOOKED else None,
        email=_text(person, "email"),
        name=_text(person, "name"),
        starts_at=_instant(payload.get("startTime")),
        happened_at=_instant(document.get("createdAt")),
        token=_text(_part(payload, "metadata"), METADATA),
    )


READERS: Final[Mapping[Calendar, Callable[[Mapping[str, Any]], Booking | None]]] = MappingProxyType(
    {Calendar.CALENDLY: read_calendly, Calendar.CAL_COM: read_cal_com}
)


def read_booking(calendar: Calendar, body: bytes) -> Booking | None:
    """The booking in the body of a webhook; None: it is about none.

    Raises:
        UnfinishedError: the body is no JSON object, or a booking without its id.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping):
        raise UnfinishedError("not_json")
    return READERS[calendar](document)


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    return found.strip()[:_LONGEST] if isinstance(found, str) else ""


def _identity(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST or not found.isprintable():
        raise UnfinishedError(f"no_{name}")
    return found


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
