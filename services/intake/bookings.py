"""Meetings that were booked, moved or cancelled, as a calendar tells it: matched to a run, stored, told to its owner.

A meeting that is moved is a new booking in place of an old one. It stays one meeting: the run hears of it once,
whichever of the tellings comes first, and its owner hears last how it stands; ``sequences.bookings.meetings`` says how.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences import ids
from sequences.bookings.booking import Booking, BookingChange, booking_key, booking_of_key
from sequences.bookings.meetings import BookingTelling, meaning
from sequences.bookings.reading import read_booking
from sequences.channels import EMAIL
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key
from sequences.errors import TokenError
from sequences.tokens import TokenKind, is_shaped, verify
from services.intake.believe import SOLE
from services.intake.opt_outs import is_known
from services.intake.store_inbound import storable
from services.notifications import NewNotification, notify_owner
from services.reactions.write_reaction import NewReaction, write_reaction
from services.sending.contacts import prove_sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.postgres.database import Connection, Database
    from sequences.bookings.booking import Calendar
    from services.organisation import Organisation

BY_LINK: Final = "booking_link"
"""The rule of matching: the link of the run came back."""
BY_BOOKING: Final = "earlier_booking"
"""The rule of matching: what is told is about a booking whose run is known."""
MOVED: Final = "meeting_moved"
"""The event of a telling about a meeting that the run has heard of already: no reaction follows."""
KINDS: Final = {kind.value: kind for kind in (ReactionKind.MEETING_BOOKED, ReactionKind.MEETING_CANCELLED)}
"""The reaction of each event."""
_KIND_OF: Final = {
    BookingChange.BOOKED: ReactionKind.MEETING_BOOKED,
    BookingChange.CANCELLED: ReactionKind.MEETING_CANCELLED,
}
_WORDS: Final = {
    ReactionKind.MEETING_BOOKED.value: "Meeting booked",
    ReactionKind.MEETING_CANCELLED.value: "Meeting cancelled",
    MOVED: "Meeting moved",
}


@dataclass(frozen=True)
class TakenBooking:
    """What became of a telling.

    Attributes:
        fresh: False: it was known, or it is about nobody that we know and was not kept.
        reaction: id of the reaction that it made, if it made one.
    """

    fresh: bool
    reaction: str | None = None


_NOTHING: Final = TakenBooking(fresh=False)


@dataclass(frozen=True)
class _Match:
    """Whose meeting it is.

    Attributes:
        run: None: nobody can say.
        person: of the run.
        send: id of the message whose link it was, or that the run wrote last to who booked; None: nobody can say.
        rule: by which it was found.
        is_ours: it is about somebody whom we know.
    """

    run: str | None = None
    person: str = ""
    send: str | None = None
    rule: str | None = None
    is_ours: bool = True


class BookingIntake:
    """Takes in what calendars tell. Signatures were checked before."""

    def __init__(
        self, database: Database, organisation: Organisation, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._organisation = organisation
        self._clock = clock
        self._wake = wake

    async def receive(self, calendar: Calendar, body: bytes) -> TakenBooking:
        """Stores one telling; the same again, and what is about no booking, changes nothing.

        Its run is found by the link that came back, else by the booking that it is about, else by the address of who
        booked if exactly one open run wrote to it. What is left waits in the unmatched queue if the address is known
        here or a link of ours came back; meetings of everybody else who uses the page are not kept.

        Args:
            calendar: that signed it.
            body: as it came.

        Raises:
            UnfinishedError: it cannot be read.
        """
        booking = read_booking(calendar, body)
        if booking is None:
            return _NOTHING
        now = self._clock()
        async with self._database.transaction() as connection:
            # Tellings of one person's meetings come in pairs, and in any order.
            await queries.lock_record(connection, key=f"booking:{calendar}:{storable(booking.email).lower()}")
            if await queries.is_known_inbound(connection, key=storable(booking.key)):
                return _NOTHING
            match = await self._match(connection, booking)
            if not match.is_ours:
                return _NOTHING
            if match.run is not None:
                # Tellings of one run may come from two addresses.
                await queries.lock_record(connection, key=f"meetings:{match.run}")
            taken = await _store(connection, booking, match, body, now)
        self._wake()
        return taken

    async def _match(self, connection: Connection, booking: Booking) -> _Match:
        about = storable(booking.instead_of or booking.id)
        key = booking_key(booking.calendar, about, BookingChange.BOOKED)
        before = await queries.booking_row(connection, id=ids.inbound_id(key))
        linked = self._linked(booking.token)
        send = await queries.send_row(connection, id=linked) if linked is not None else None
        # A message always has a recipient, until it is erased.
        if send is not None and send.recipient:
            return _Match(send.enrollment_id, send.person_id, send.id, BY_LINK)
        if before is not None and before.run is not None and before.person_id is not None:
            return _Match(before.run, before.person_id, before.send_id, BY_BOOKING)
        # A link that we signed and whose message is gone is that of somebody who was erased: nothing of it is kept.
        looks_like_ours = linked is None and is_shaped(TokenKind.BOOKING, booking.token)
        if not booking.email:
            return _Match(is_ours=looks_like_ours)
        address = storable(address_key(booking.email))
        sends = await queries.open_runs_written_to(connection, address=address)
        if len(sends) == 1:
            return _Match(sends[0].enrollment_id, sends[0].person_id, sends[0].id, SOLE)
        known = bool(sends) or await is_known(connection, address, EMAIL.name)
        return _Match(is_ours=bool(known) or looks_like_ours)

    def _linked(self, token: str) -> str | None:
        """The message of a link; None for one that was cut, changed, or signed by nobody we know."""
        try:
            return verify(TokenKind.BOOKING, token, self._organisation.token_keys) if token else None
        except TokenError:
            return None


async def _store(connection: Connection, booking: Booking, match: _Match, body: bytes, now: datetime) -> TakenBooking:
    kind, key = _KIND_OF[booking.change], storable(booking.key)
    inbound = ids.inbound_id(key)
    if match.run is not None:
        known = await queries.tellings_of_run(connection, enrollment_id=match.run, calendar=booking.calendar)
        booked = await queries.meetings_booked(connection, enrollment_id=match.run, calendar=booking.calendar)
        found = meaning(
            [_telling(booking.calendar, row.key, row.event, row.detail) for row in known], booked, _new(booking)
        )
        reacts, is_news = found.reacts, found.is_news
    else:
        # A person may say whose it is; what is only a part of a meeting that is known needs nobody.
        replaced = booking_key(booking.calendar, storable(booking.instead_of or ""), BookingChange.BOOKED)
        was_told = booking.instead_of is not None and await queries.is_known_inbound(connection, key=replaced)
        reacts, is_news = not booking.moved and not was_told, False
    event = kind.value if reacts else MOVED
    send = await queries.send_row(connection, id=match.send) if match.send is not None else None
    detail: dict[str, Any] = {"calendar": str(booking.calendar)}
    if booking.starts_at is not None:
        detail["starts_at"] = booking.starts_at.isoformat()
    if send is not None and send.channel == EMAIL.name and _differs(booking.email, send.recipient):
        detail["other_sender"] = True
    unmatched = "unmatched" if reacts else "ignored"
    await queries.add_inbound(
        connection,
        id=inbound,
        key=key,
        channel="web",
        received_at=now,
        raw=body,
        event=event,
        sender=storable(booking.email) or None,
        text=storable(_words(booking)),
        reply_text="",
        detail=detail | _chained(booking),
        matched_by=match.rule,
        send_id=match.send,
        state="matched" if match.run is not None else unmatched,
    )
    if match.run is None:
        return TakenBooking(fresh=True)
    if send is not None:
        await prove_sent(connection, send, now)
    reaction = None
    if reacts:
        channel = send.channel if send is not None else None
        new = NewReaction(key, match.run, match.person, kind, now, detail, channel, match.send, inbound)
        reaction = await write_reaction(connection, new)
    if is_news:
        known_by = reaction if reaction is not None else inbound
        await notify_owner(connection, match.run, NewNotification(event, _title(event, booking), now, known_by))
    return TakenBooking(fresh=True, reaction=reaction)


def _chained(booking: Booking) -> dict[str, Any]:
    """What a later telling needs of this one, beside its key."""
    said: dict[str, Any] = {}
    if booking.instead_of is not None:
        said["instead_of"] = storable(booking.instead_of)
    if booking.happened_at is not None:
        said["happened_at"] = booking.happened_at.isoformat()
    return said


def _new(booking: Booking) -> BookingTelling:
    instead_of = storable(booking.instead_of) if booking.instead_of is not None else None
    return BookingTelling(
        storable(booking.id), booking.change, instead_of, booking.moved, booking.happened_at, booking.starts_at
    )


def _telling(calendar: Calendar, key: str, event: str, detail: Mapping[str, Any]) -> BookingTelling:
    booking, change = booking_of_key(calendar, key)
    return BookingTelling(
        booking,
        change,
        detail.get("instead_of"),
        moved=change is BookingChange.CANCELLED and event == MOVED,
        happened_at=_stored_instant(detail.get("happened_at")),
        starts_at=_stored_instant(detail.get("starts_at")),
    )


def _stored_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _differs(email: str, recipient: str) -> bool:
    return bool(email) and address_key(email) != address_key(recipient)


def _title(event: str, booking: Booking) -> str:
    at = f" for {booking.starts_at:%Y-%m-%d %H:%M} UTC" if booking.starts_at is not None else ""
    return f"{_WORDS[event]}{at}"


def _words(booking: Booking) -> str:
    """What a person reads of it."""
    was_moved = booking.moved or booking.instead_of is not None
    by = f" by {booking.name}" if booking.name else ""
    return f"{_title(MOVED if was_moved else _KIND_OF[booking.change].value, booking)}{by} ({booking.calendar})"
