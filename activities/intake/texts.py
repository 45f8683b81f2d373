"""Incoming texts and status reports of Twilio."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from activities.intake.arrivals import Arrival, Stored, storable, store_arrival
from activities.intake.text_reports import STOP_WORD, TextReport, take_report
from activities.suppressing import suppress
from adapters.postgres import queries
from sequences.errors import RefusedError
from sequences.inbound.wish import wish_in_text
from sequences.phone import to_e164
from sequences.reactions import ReactionKind
from sequences.sms_words import TextEvent, classify_text, is_answer_too

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from activities.settings import House
    from adapters.postgres.database import Database

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
        """Stores one inbound text by its MessageSid. STOP suppresses at once; START lifts only what STOP did.

        The same MessageSid again does nothing at all: Twilio signs no time, so a START of last month may be replayed
        after the STOP of today. HELP is answered by the provider, and so not by us.
        """
        now = self._clock()
        sender = _e164(parameters.get("From", ""), self._house.phone_region)
        body = parameters.get("Body", "")
        key = f"sms:{parameters.get('MessageSid', '')}"
        event = classify_text(body, parameters.get("OptOutType"))
        async with self._database.transaction() as connection:
            await queries.run(connection, "lock_record", key=f"sms:{sender or key}")
            if await queries.value(connection, "is_known_inbound", key=storable(key)):
                return Stored(fresh=False)
            send = await self._answered(connection, sender, parameters.get("To", ""))
            event = await self._start_word_or_answer(connection, event, body, sender, now)
            kind = {TextEvent.HUMAN: ReactionKind.REPLIED, TextEvent.OPT_OUT: ReactionKind.UNSUBSCRIBED}.get(event)
            arrival = Arrival(
                key=key, channel="sms", raw=json.dumps(dict(parameters), sort_keys=True).encode(), event=event.value,
                received_at=now, sender=sender, text=body, reply_text=body, send=send,
                matched_by="newest_text" if send else None, kind=kind,
                wish=_wish(body, send) if event is TextEvent.HUMAN else (),
            )  # fmt: skip
            stored = await store_arrival(connection, arrival)
            if stored.fresh and sender and event is TextEvent.OPT_OUT:
                person = send["person_id"] if send else None
                await suppress(connection, person, sender, "sms", STOP_WORD, arrival.key, now)
        self._wake()
        return stored

    async def _answered(self, connection: Any, sender: str | None, ours: str) -> queries.Row | None:
        if sender is None:
            return None
        return await queries.row(connection, "newest_text_between", recipient=sender, ours=storable(ours))

    async def _start_word_or_answer(
        self, connection: Any, event: TextEvent, body: str, sender: str | None, now: datetime
    ) -> TextEvent:
        """START lifts what STOP did. Where no STOP stands, "YES" is a person's answer like any other."""
        if event is not TextEvent.OPT_IN or sender is None:
            return event
        lifted = await queries.run(connection, "lift_stop_word", address=sender, reason=STOP_WORD, at=now)
        return TextEvent.HUMAN if not lifted and is_answer_too(body) else event

    async def status(self, send_id: str, parameters: Mapping[str, str]) -> bool:
        """Notes the status of a text; False when we do not know the send. Old news never overwrites newer."""
        async with self._database.transaction() as connection:
            known = await take_report(connection, send_id, TextReport.of(parameters), self._clock())
        self._wake()
        return known


def _wish(body: str, send: queries.Row | None) -> tuple[str, ...]:
    return wish_in_text(body, parent_text=send["text"] if send else "")


def _e164(number: str, region: str) -> str | None:
    # Twilio writes E.164. A number that our tables do not know (they age) may say STOP all the same.
    if _E164.fullmatch(number):
        return number
    try:
        return to_e164(number, region)
    except RefusedError:
        return None
