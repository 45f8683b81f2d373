"""A meeting as a calendar tells of it, whichever calendar it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class Calendar(enum.StrEnum):
    """The calendars that are understood. The name is part of keys of stored rows."""

    CALENDLY = "calendly"
    CAL_COM = "cal.com"


class BookingChange(enum.StrEnum):
    """What became of the meeting."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Booking:
    """One telling.

    Attributes:
        id: the calendar's id of the booking; one that was moved has a new one.
        instead_of: id of the booking that this one replaces: the meeting was moved.
        moved: of a cancelled one: another booking replaces it, and the meeting takes place.
        email: of who booked it; empty: the calendar does not say.
        name: theirs.
        starts_at: of the meeting; None: the calendar does not say.
        happened_at: when the meeting changed, by the calendar's clock; None: it does not say.
        token: what came back of our link; empty: it was not booked by one.
    """

    calendar: Calendar
    change: BookingChange
    id: str
    instead_of: str | None = None
    moved: bool = False
    email: str = ""
    name: str = ""
    starts_at: datetime | None = None
    happened_at: datetime | None = None
    token: str = ""

    @property
    def key(self) -> str:
        """Of the stored row: the same telling again is known by it."""
        return booking_key(self.calendar, self.id, self.change)


def booking_key(calendar: Calendar, booking: str, change: BookingChange) -> str:
    """Of the stored row about a change of a booking."""
    return f"booking:{calendar}:{booking}:{change}"


def booking_of_key(calendar: Calendar, key: str) -> tuple[str, BookingChange]:
    """The booking and its change that such a key was made of."""
    booking, _, change = key.removeprefix(f"booking:{calendar}:").rpartition(":")
    return booking, BookingChange(change)
