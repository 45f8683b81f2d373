"""What a telling of a calendar means for a run, whatever came before it: each meeting is one reaction.

Tellings come late, twice and in any order, and one that came first may be about a booking that was moved long ago. So
nothing is decided by the order in which they come: how many meetings there are, and how the last one stands, follows
from the set of all tellings and the times that the calendar gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sequences.bookings.booking import BookingChange

if TYPE_CHECKING:
    from collections.abc import Collection

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BookingTelling:
    """What a calendar told of one booking.

    Attributes:
        booking: its id.
        change: what became of it.
        instead_of: id of the booking that it replaces; None: it replaces none.
        moved: of a cancelled one: another booking replaces it.
        happened_at: by the calendar's clock; None: it does not say.
        starts_at: of the meeting.
    """

    booking: str
    change: BookingChange
    instead_of: str | None = None
    moved: bool = False
    happened_at: datetime | None = None
    starts_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """The meeting does not take place."""
        return self.change is BookingChange.CANCELLED and not self.moved


@dataclass(frozen=True, slots=True)
class MeetingStanding:
    """How the meeting of a run stands that changed last.

    Attributes:
        booking: under which it takes place, or was cancelled.
        is_cancelled: it does not take place.
        starts_at: None: nobody said.
    """

    booking: str
    is_cancelled: bool
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class TellingMeaning:
    """What follows from a telling.

    Attributes:
        reacts: the run gets the reaction of its change.
        is_news: the owner is told: nothing newer is known of that meeting.
    """

    reacts: bool
    is_news: bool


def meaning(known: Collection[BookingTelling], booked: int, new: BookingTelling) -> TellingMeaning:
    """What follows from a telling.

    Args:
        known: what was told before to the same run by the same calendar; not the new one.
        booked: how many meetings the run has heard of as booked.
        new: told now.
    """
    told = (*known, new)
    if new.change is BookingChange.CANCELLED:
        return TellingMeaning(reacts=new.is_final, is_news=new.is_final)
    reacts = meetings(told) > booked
    before, after = standing(known), standing(told)
    is_current = after is not None and after.booking == new.booking and after != before and not after.is_cancelled
    # A second meeting is news although something else happened later.
    is_another = reacts and booked > 0 and new.booking in _leaves(told)
    return TellingMeaning(reacts, is_news=is_current or (is_another and not _is_cancelled(told, new.booking)))


def meetings(told: Collection[BookingTelling]) -> int:
    """How many meetings were booked: as many as bookings that replace none, and one where no such one is known yet.

    A booking in place of an unknown one may belong to any of the meetings, and so is none of its own: what it replaced
    is told sooner or later. So the number never falls when more is told.
    """
    bookings = [each for each in told if each.change is BookingChange.BOOKED]
    first = {each.booking for each in bookings if each.instead_of is None}
    return max(1, len(first)) if bookings else 0


def standing(told: Collection[BookingTelling]) -> MeetingStanding | None:
    """How the meeting stands that changed last; None: nobody knows, as it was moved, and not yet told to when."""
    leaves = _leaves(told)
    times = {
        booking: max(each.happened_at or _LONG_AGO for each in told if each.booking == booking) for booking in leaves
    }
    if not times:
        return None
    last = max(times, key=lambda booking: (times[booking], booking))
    starts = [each.starts_at for each in told if each.booking == last and each.starts_at is not None]
    return MeetingStanding(last, _is_cancelled(told, last), max(starts, default=None))


def _leaves(told: Collection[BookingTelling]) -> set[str]:
    """Bookings that no other one replaced."""
    replaced = {each.instead_of for each in told if each.change is BookingChange.BOOKED}
    replaced |= {each.booking for each in told if each.change is BookingChange.CANCELLED and each.moved}
    return {each.booking for each in told} - replaced


def _is_cancelled(told: Collection[BookingTelling], booking: str) -> bool:
    return any(each.booking == booking and each.is_final for each in told)
