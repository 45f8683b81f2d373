"""Incoming mail: read, matched to the send it answers, stored."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from activities.intake.arrivals import Arrival, Stored, storable, store_arrival
from adapters.postgres import queries
from sequences.errors import TokenError
from sequences.inbound.model import InboundEvent, InboundMail
from sequences.inbound.parse import parse_mail
from sequences.reactions import ReactionKind
from sequences.tokens import TokenKind, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from activities.settings import House
    from adapters.postgres.database import Database

KINDS = {
    InboundEvent.HUMAN: ReactionKind.REPLIED,
    InboundEvent.AUTO_REPLY: ReactionKind.OUT_OF_OFFICE,
    InboundEvent.HARD_BOUNCE: ReactionKind.BOUNCED,
    InboundEvent.COMPLAINT: ReactionKind.COMPLAINED,
}
"""Which reaction a mail makes; the other events make none."""

OWN_COPY = "own_copy"
"""The event, and the rule of matching, of a mail that we sent ourselves: a reader of a mailbox finds those too."""

_TOKEN_KINDS = (TokenKind.REPLY, TokenKind.BOUNCE, TokenKind.UNSUBSCRIBE)


class MailIntake:
    """Takes mail in, whichever way it came."""

    def __init__(
        self, database: Database, house: House, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._wake = wake

    async def receive(self, raw: bytes, recipients: Iterable[str]) -> Stored:
        """Stores one mail; when this returns it is safe to acknowledge it. The same bytes again change nothing.

        A token that we did not sign is no error: the mail may be a person's all the same, so the other rules of
        matching are asked, and a mail that none of them places waits in the unmatched queue.
        """
        mail = parse_mail(raw)
        key = f"mail:{mail.message_id}:{hashlib.sha256(raw).hexdigest()}"
        async with self._database.transaction() as connection:
            send, rule, token = await self._match(connection, mail, tuple(recipients))
            kind, event = KINDS.get(mail.event), mail.event.value
            if rule == "sole_open_run" and kind in (ReactionKind.BOUNCED, ReactionKind.COMPLAINED):
                # Anybody can write a bounce: one that proves no knowledge of our mail suppresses nobody.
                kind = None
            if send is not None and _is_ours(mail, send):
                # Also what a recruiter wrote in the thread by hand. It proves that the send went out, and nothing else.
                rule, token, kind, event = OWN_COPY, None, None, OWN_COPY
            if token is TokenKind.UNSUBSCRIBE and mail.event is InboundEvent.HUMAN:
                # RFC 2369: a mail to the List-Unsubscribe address asks for one thing, whatever it says.
                kind = ReactionKind.UNSUBSCRIBED
            detail = _detail(mail, None if event == OWN_COPY else send)
            arrival = Arrival(
                key=key, channel="email", raw=raw, event=event, received_at=self._clock(), sender=mail.sender,
                text=mail.text, reply_text=mail.reply_text, detail=detail, send=send, matched_by=rule, kind=kind,
            )  # fmt: skip
            stored = await store_arrival(connection, arrival)
        self._wake()
        return stored

    async def _match(
        self, connection: Any, mail: InboundMail, recipients: tuple[str, ...]
    ) -> tuple[queries.Row | None, str | None, TokenKind | None]:
        own = await self._by_message_id(connection, mail.message_id)
        if own is not None and _is_ours(mail, own):
            return own, OWN_COPY, None
        for address in (*recipients, *mail.recipients):
            for kind in _TOKEN_KINDS:
                send = await self._by_token(connection, kind, address)
                if send is not None:
                    return send, "token", kind
        ids_named = (*mail.in_reply_to, *reversed(mail.references), mail.original_message_id)
        for message_id in ids_named:
            found = await self._by_message_id(connection, message_id)
            if found is not None:
                return found, "message_id", None
        about = mail.sender if mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY) else mail.recipient
        if about:
            runs = await queries.rows(connection, "sole_open_run_of_sender", address=storable(about))
            if len(runs) == 1:
                return runs[0], "sole_open_run", None
        return None, None, None

    async def _by_message_id(self, connection: Any, message_id: str) -> queries.Row | None:
        if not message_id:
            return None
        return await queries.row(connection, "send_by_message_id", message_id=storable(message_id))

    async def _by_token(self, connection: Any, kind: TokenKind, address: str) -> queries.Row | None:
        local, _, domain = address.rpartition("@")
        if domain.lower() != self._house.reply_domain.lower():
            return None
        try:
            return await queries.row(connection, "send_row", id=verify(kind, local, self._house.token_keys))
        except TokenError:
            return None


def _is_ours(mail: InboundMail, send: queries.Row) -> bool:
    """True for a mail from the very address that the send went out from."""
    written = mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY)
    return written and bool(mail.sender) and mail.sender == send["sender"].lower()


def _detail(mail: InboundMail, send: queries.Row | None) -> dict[str, Any]:
    detail: dict[str, Any] = {"reasons": list(mail.reasons)}
    if mail.status:
        detail["status"] = mail.status
    if mail.return_date is not None:
        detail["return_date"] = mail.return_date.isoformat()
    if mail.calendar_answer:
        detail["calendar_answer"] = mail.calendar_answer
    if send is not None and mail.event is InboundEvent.HUMAN and mail.sender != send["recipient"].lower():
        detail["other_sender"] = True
    return detail
