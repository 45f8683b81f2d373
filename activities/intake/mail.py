"""Incoming mail: read, matched to the send it answers, stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from activities.intake.arrivals import Arrival, Stored, storable, store_arrival
from adapters.postgres import queries
from sequences.addresses import email_key
from sequences.errors import TokenError
from sequences.inbound.about_send import OTHER_RECIPIENT, about_send
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
            meant = _meant(mail, send, rule, token, self._house.reply_domain)
            arrival = Arrival(
                key=key, channel="email", raw=raw, event=meant.event, received_at=self._clock(), sender=mail.sender,
                text=mail.text, reply_text=meant.reply_text, detail=meant.detail, send=send, matched_by=meant.rule,
                kind=meant.kind,
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
            runs = await queries.rows(connection, "sole_open_run_of_sender", address=storable(email_key(about)))
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


@dataclass(frozen=True)
class _Meant:
    event: str
    kind: ReactionKind | None
    rule: str | None
    reply_text: str
    detail: dict[str, Any]


def _meant(
    mail: InboundMail, send: queries.Row | None, rule: str | None, token: TokenKind | None, reply_domain: str
) -> _Meant:
    """What the mail comes to, now that it is known which send it is about."""
    detail = _detail(mail)
    if send is None:
        return _Meant(mail.event.value, KINDS.get(mail.event), rule, mail.reply_text, detail)
    if _is_ours(mail, send):
        # Also what a recruiter wrote in the thread by hand. It proves that the send went out, and nothing else.
        return _Meant(OWN_COPY, None, OWN_COPY, mail.reply_text, detail)
    about = about_send(
        mail, recipient=send["recipient"], sender=send["sender"], reply_domain=reply_domain, parent_text=send["text"]
    )
    detail |= dict.fromkeys(about.flags, True)
    if about.status:
        detail["status"] = about.status
    kind = KINDS.get(about.event)
    if rule == "sole_open_run" and kind in (ReactionKind.BOUNCED, ReactionKind.COMPLAINED):
        # Anybody can write a bounce: one that proves no knowledge of our mail suppresses nobody.
        kind = None
    if kind is ReactionKind.BOUNCED and OTHER_RECIPIENT in about.flags:
        kind = None
    if token is TokenKind.UNSUBSCRIBE and about.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY):
        # RFC 2369: a mail to the List-Unsubscribe address asks for one thing, whatever it says. Mail programs write it
        # themselves and say so; an absence is never told to that address.
        kind = ReactionKind.UNSUBSCRIBED
    return _Meant(about.event.value, kind, rule, about.reply_text, detail)


def _is_ours(mail: InboundMail, send: queries.Row) -> bool:
    """True for a mail from the very address that the send went out from."""
    written = mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY)
    return written and bool(mail.sender) and mail.sender == send["sender"].lower()


def _detail(mail: InboundMail) -> dict[str, Any]:
    detail: dict[str, Any] = {"reasons": list(mail.reasons)}
    if mail.status:
        detail["status"] = mail.status
    if mail.return_date is not None:
        detail["return_date"] = mail.return_date.isoformat()
    if mail.calendar_answer:
        detail["calendar_answer"] = mail.calendar_answer
    return detail
