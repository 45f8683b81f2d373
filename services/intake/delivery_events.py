"""What mail providers tell of mails that they sent for us, matched to the mail, stored and obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences import ids
from sequences.channels import EMAIL
from sequences.definition.reactions import ReactionKind
from sequences.email_address import email_key
from sequences.inbound.model import InboundEvent
from sequences.reactions.undelivered import undelivered_words
from services.intake.opt_outs import obey_stranger
from services.intake.store_inbound import Arrival, Stored, storable, store_arrival
from services.sending.contacts import prove_sent
from services.sending.undelivered import note_undelivered

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.inbound.delivery_events.event import DeliveryEvent
    from services.organisation import Organisation

_KINDS: Final = {
    InboundEvent.HARD_BOUNCE: ReactionKind.BOUNCED,
    InboundEvent.COMPLAINT: ReactionKind.COMPLAINED,
}
_NOTHING: Final = Stored(fresh=False)


class DeliveryEventIntake:
    """Takes in what providers tell. That it is theirs was checked before."""

    def __init__(
        self, database: Database, organisation: Organisation, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._organisation = organisation
        self._clock = clock
        self._wake = wake

    async def receive(self, told: DeliveryEvent, raw: bytes) -> Stored:
        """Stores one event; the same again changes nothing, and in whichever order they come, the same follows.

        What says only that the provider has the mail is not stored; it proves that a mail in doubt went out. An event
        about a mail of another program is nothing of ours, unless somebody whom we know wants no more mail.

        Args:
            told: the event.
            raw: as it came.
        """
        now, key = self._clock(), storable(told.key)
        async with self._database.transaction() as connection:
            await queries.lock_record(connection, key=f"inbound:{key}")
            if await queries.is_known_inbound(connection, key=key):
                return _NOTHING
            send = await _send_of(connection, told)
            if not told.is_news:
                if send is not None:
                    await prove_sent(connection, send, now)
                return _NOTHING
            if send is None and not await _forbidden(connection, told, now):
                return _NOTHING
            arrival = _arrival(told, send, raw, now)
            stored = await store_arrival(connection, arrival)
            words = undelivered_words([told.failure.reason], told.failure.event.value, other=False)
            if send is not None and words:
                await note_undelivered(connection, send, words, now, self._organisation.soft_bounces)
        self._wake()
        return stored


async def _send_of(connection: Connection, told: DeliveryEvent) -> queries.SendRow | None:
    """The mail that it is about, unless that was erased, or the event is about another recipient of it."""
    for message_id in told.message_ids:
        found = await queries.send_by_message_id(connection, message_id=storable(f"<{message_id}>"))
        if found is not None and found.recipient:
            return found if email_key(found.recipient) == email_key(told.failure.address) else None
    return None


async def _forbidden(connection: Connection, told: DeliveryEvent, now: datetime) -> bool:
    """Obeys who wants no more mail, whichever program's mail it was that they say it about."""
    if not told.unsubscribed and told.failure.event is not InboundEvent.COMPLAINT:
        return False
    address, source = storable(told.failure.address), ids.inbound_id(storable(told.key))
    return bool(address) and await obey_stranger(connection, address, EMAIL.name, source, now)


def _arrival(told: DeliveryEvent, send: queries.SendRow | None, raw: bytes, now: datetime) -> Arrival:
    failure = told.failure
    kind = ReactionKind.UNSUBSCRIBED if told.unsubscribed else _KINDS.get(failure.event)
    event = ReactionKind.UNSUBSCRIBED.value if told.unsubscribed else failure.event.value
    detail: dict[str, object] = {"reasons": ["provider_event", failure.reason]}
    if failure.status:
        detail["status"] = failure.status
    return Arrival(
        key=told.key,
        channel=EMAIL.name,
        raw=raw,
        event=event,
        received_at=now,
        sender=failure.address or None,
        detail=detail,
        send=send,
        matched_by="message_id" if send is not None else None,
        kind=kind,
    )
