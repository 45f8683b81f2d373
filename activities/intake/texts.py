"""Incoming texts and status reports of Twilio."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from activities.intake.arrivals import Arrival, Stored, store_arrival
from activities.suppressing import suppress
from adapters.postgres import queries
from sequences.errors import RefusedError
from sequences.phone import to_e164
from sequences.reactions import ReactionKind
from sequences.sms_words import TextEvent, classify_text
from sequences.text_statuses import advance, parse_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from activities.settings import House
    from adapters.postgres.database import Database

_STOP_WORD = "stop_word"
_CODE_OPTED_OUT = "21610"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class TextIntake:
    """Takes texts in. Signatures were checked before."""

    def __init__(
        self, database: Database, house: House, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._wake = wake

    async def receive(self, parameters: Mapping[str, str]) -> Stored:
        """Stores one inbound text by its MessageSid. STOP suppresses at once; START lifts only what STOP did."""
        now = self._clock()
        sender = _e164(parameters.get("From", ""), self._house.phone_region)
        body = parameters.get("Body", "")
        event = classify_text(body, parameters.get("OptOutType"))
        async with self._database.transaction() as connection:
            send = await queries.row(connection, "newest_text_to", recipient=sender) if sender else None
            event = await self._start_word_or_answer(connection, event, sender, now)
            kind = {TextEvent.HUMAN: ReactionKind.REPLIED, TextEvent.OPT_OUT: ReactionKind.UNSUBSCRIBED}.get(event)
            arrival = Arrival(
                key=f"sms:{parameters.get('MessageSid', '')}", channel="sms",
                raw=json.dumps(dict(parameters), sort_keys=True).encode(), event=event.value, received_at=now,
                sender=sender, text=body, reply_text=body, send=send, matched_by="newest_text" if send else None,
                kind=kind,
            )  # fmt: skip
            stored = await store_arrival(connection, arrival)
            if stored.fresh and sender and event is TextEvent.OPT_OUT:
                await suppress(connection, None, sender, "sms", _STOP_WORD, arrival.key, now)
        self._wake()
        return stored

    async def _start_word_or_answer(
        self, connection: Any, event: TextEvent, sender: str | None, now: datetime
    ) -> TextEvent:
        """START lifts what STOP did. Where no STOP stands, "YES" is a person's answer like any other."""
        if event is not TextEvent.OPT_IN or sender is None:
            return event
        lifted = await queries.run(connection, "lift_stop_word", address=sender, reason=_STOP_WORD, at=now)
        return event if lifted else TextEvent.HUMAN

    async def status(self, send_id: str, parameters: Mapping[str, str]) -> bool:
        """Notes the status of a text; False when we do not know the send. Old news never overwrites newer."""
        now = self._clock()
        async with self._database.transaction() as connection:
            send = await queries.row(connection, "send_row", id=send_id)
            if send is None:
                return False
            status = parameters.get("MessageStatus", "")
            known = parse_status(send["provider_status"] or "")
            kept = advance(known, parse_status(status))
            if kept is not None and kept is not known:
                await queries.run(connection, "provider_status", id=send_id, status=kept.value)
            if sid := parameters.get("MessageSid"):
                await queries.run(connection, "provider_id_if_missing", id=send_id, provider_message_id=sid)
            # A report about a text whose answer got lost proves that Twilio has it.
            await queries.run(connection, "send_proved", id=send_id, at=now)
            if parameters.get("ErrorCode") == _CODE_OPTED_OUT:
                await suppress(connection, None, send["recipient"], "sms", _STOP_WORD, send_id, now)
        return True


def _e164(number: str, region: str) -> str | None:
    # Twilio writes E.164. A number that our tables do not know (they age) may say STOP all the same.
    if _E164.fullmatch(number):
        return number
    try:
        return to_e164(number, region)
    except RefusedError:
        return None
