"""Incoming texts and status reports of Twilio."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import SMS
from sequences.definition.reactions import ReactionKind
from sequences.errors import RefusedError
from sequences.phone import to_e164
from sequences.sms.keywords import declared
from sequences.sms.reading import SmsEvent, SmsReading, read_sms
from sequences.sms.twilio_address import from_twilio
from services.intake.sms_reports import STOP_WORD, SmsReport, take_report
from services.intake.store_inbound import Arrival, Stored, storable, store_arrival
from services.privacy.erased_addresses import Remembered, opt_out_of_erased
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.organisation import Organisation

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LAST_TEXTS = 20
"""So many of our texts to a number are known when it answers. A tap may be about any; most are about the newest."""

KINDS: Mapping[SmsEvent, ReactionKind] = {
    SmsEvent.HUMAN: ReactionKind.REPLIED,
    SmsEvent.OPT_OUT: ReactionKind.UNSUBSCRIBED,
    SmsEvent.LIKE: ReactionKind.LIKED,
    SmsEvent.DISLIKE: ReactionKind.DISLIKED,
}
"""The reactions that texts make."""


@dataclass(frozen=True)
class _Text:
    """A text as Twilio tells it; ``sender`` is None for a number that is none."""

    key: str
    parameters: Mapping[str, str]
    sender: str | None
    received_at: datetime
    channel: str = SMS.name


class SmsIntake:
    """Takes texts in. Signatures were checked before."""

    def __init__(
        self, database: Database, organisation: Organisation, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._organisation = organisation
        self._clock = clock
        self._wake = wake

    async def receive(self, parameters: Mapping[str, str]) -> Stored:
        """Stores one inbound text by its MessageSid. STOP suppresses at once; START lifts only what STOP did.

        The same MessageSid again does nothing at all: Twilio signs no time, so a START of last month may be replayed
        after the STOP of today. A HELP that Twilio says it took (``OptOutType``) has been answered; any other reaches a
        person, since nobody can know here whether the number answers by itself.
        """
        now = self._clock()
        channel, parameters = from_twilio(parameters)
        sender = _e164(parameters.get("From", ""), self._organisation.phone_region)
        body = parameters.get("Body", "")
        key = f"sms:{parameters.get('MessageSid', '')}"
        async with self._database.transaction() as connection:
            await queries.lock_record(connection, key=f"{channel}:{sender or key}")
            if await queries.is_known_inbound(connection, key=storable(key)):
                return Stored(fresh=False)
            sends = await self._sends(connection, channel, sender, parameters.get("To", ""))
            said = parameters.get("OptOutType")
            reading = read_sms(body, [send.text for send in sends], opt_out_type=said)
            event = await self._event(connection, reading, (channel, sender), now, answered=declared(said) is not None)
            arrival = _arrival(_Text(key, parameters, sender, now, channel), reading, event, sends)
            stored = await store_arrival(connection, arrival)
            if stored.fresh and sender and event is SmsEvent.OPT_OUT:
                await self._stop(connection, arrival, sender, now)
        self._wake()
        return stored

    async def _stop(self, connection: Connection, arrival: Arrival, sender: str, now: datetime) -> None:
        """The number is suppressed; that of somebody who was erased is remembered as a hash, and no other way."""
        told = Remembered(sender, arrival.channel, STOP_WORD, now)
        if arrival.send is None and await opt_out_of_erased(
            connection, self._organisation.token_keys, told, known=False
        ):
            return
        person = arrival.send.person_id if arrival.send else None
        await suppress(
            connection, NewSuppression(arrival.channel, STOP_WORD, arrival.key, now, person=person, address=sender)
        )

    async def _sends(
        self, connection: Connection, channel: str, sender: str | None, ours: str
    ) -> list[queries.SendRow]:
        if sender is None:
            return []
        return await queries.sms_between(
            connection, channel=channel, recipient=sender, ours=storable(ours), limit=_LAST_TEXTS
        )

    async def _event(
        self,
        connection: Connection,
        reading: SmsReading,
        wrote: tuple[str, str | None],
        now: datetime,
        *,
        answered: bool,
    ) -> SmsEvent:
        """START lifts what STOP did. Where none stands, "YES" is a person's words; so is HELP that nobody answered."""
        channel, sender = wrote
        if reading.event is SmsEvent.HELP and not answered:
            return SmsEvent.HUMAN
        if reading.event is not SmsEvent.OPT_IN or sender is None:
            return reading.event
        lifted = await queries.lift_stop_word(connection, address=sender, channel=channel, reason=STOP_WORD, at=now)
        return SmsEvent.HUMAN if not lifted and reading.answers_too else reading.event

    async def status(self, send_id: str, parameters: Mapping[str, str]) -> bool:
        """Notes the status of a text; False when we do not know the send. Old news never overwrites newer."""
        async with self._database.transaction() as connection:
            known = await take_report(connection, send_id, SmsReport.of(parameters), self._clock())
        self._wake()
        return known


def _arrival(text: _Text, reading: SmsReading, event: SmsEvent, sends: Sequence[queries.SendRow]) -> Arrival:
    """The text as it is stored: about the send that it quotes, else about the newest."""
    quoted = reading.about is not None
    send = sends[reading.about or 0] if sends else None
    detail = ({"reasons": list(reading.reasons)} if reading.reasons else {}) | (
        {"taken_back": True} if reading.taken_back else {}
    )
    return Arrival(
        key=text.key,
        channel=text.channel,
        raw=json.dumps(dict(text.parameters), sort_keys=True).encode(),
        event=event.value,
        received_at=text.received_at,
        sender=text.sender,
        text=text.parameters.get("Body", ""),
        reply_text=reading.words,
        detail=detail,
        send=send,
        matched_by=("quoted_text" if quoted else "newest_text") if send else None,
        kind=KINDS.get(event),
        wish=reading.wish,
    )


def _e164(number: str, region: str) -> str | None:
    # Twilio writes E.164. A number that our tables do not know (they age) may say STOP all the same.
    if _E164.fullmatch(number):
        return number
    try:
        return to_e164(number, region)
    except RefusedError:
        return None
