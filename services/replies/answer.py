"""A recruiter answers a reply, in its thread: the row with its frozen bytes, before anything is sent."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.mail.outgoing.message import build_email
from adapters.postgres import queries
from sequences import ids
from sequences.channels import CHANNELS, EMAIL, is_channel
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key, email_problem
from sequences.errors import NotFoundError, PermanentError, RefusedError, RequestRefused
from sequences.mailboxes.own_mailbox import ReplyTo
from sequences.replies.answer import answer_subject, outside_words, suppression_problem, words_problem
from sequences.replies.original import Original, read_original, thread_of
from sequences.sending.email_content import EmailContent, EmailHeaders
from sequences.tokens import TokenKind
from services.mailboxes.directory import KnownMailboxes
from services.notifications import colleague
from services.runs.run_row import RunRow
from services.sending.free_words import free_words_may_go

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.mailboxes.own_mailbox import OwnMailbox
    from services.organisation import Organisation
    from services.runs.planning import Planning, RunContext


@dataclass(frozen=True)
class AnswerAsked:
    """What somebody answers.

    Attributes:
        reply: id of the reply.
        words: as written; nothing is added to them.
        key: the same key again for the same reply is the same answer. None: the words are the key, so that a command
            that is repeated sends nothing twice.
        by: who asks, for the record.
        anyway: also to somebody who asked not to be contacted.
    """

    reply: str
    words: str
    key: str | None = None
    by: str | None = None
    anyway: bool = False


@dataclass(frozen=True)
class AnswerWritten:
    """What became of it.

    Attributes:
        state: ``planned`` of a new one; it is sent within seconds.
        repeated: it had been asked for before; nothing was changed.
        notes: what a person should know.
        on_hold: everything is on hold, so it is sent when that ends.
    """

    answer: str
    reply: str
    enrollment: str
    channel: str
    state: str
    repeated: bool
    notes: tuple[str, ...] = ()
    on_hold: bool = False


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Writes answers.

    Attributes:
        seal: gets every finished mail and returns the bytes to freeze.
    """

    planning: Planning
    organisation: Organisation
    seal: Callable[[bytes], bytes] | None = None

    async def answer(self, connection: Connection, asked: AnswerAsked, now: datetime) -> AnswerWritten:
        """Writes an answer; who hands it to a server asks once more whether the person may be contacted.

        Args:
            connection: in a transaction.
            asked: what somebody answers.
            now: UTC.

        Raises:
            NotFoundError: there is no such reply, or its record is gone.
            RefusedError: it is no reply, it is not known where an answer should go, it has no words or too many, the
                channel takes no free words any more, the person is not to be contacted, or other words had this key
                before.
        """
        row = await queries.reply_to_answer(connection, id=asked.reply)
        if row is None:
            raise NotFoundError(f"unknown reply {asked.reply}; `relance replies` lists them")
        if row.kind != ReactionKind.REPLIED:
            raise RefusedError(RequestRefused.NOT_A_REPLY, f"{asked.reply} is not a reply ({row.kind})")
        identity = ids.answer_id(
            row.id, asked.key or hashlib.sha256(asked.words.encode("utf-8", "replace")).hexdigest()
        )
        known = await queries.answer_row(connection, id=identity)
        if known is not None:
            return _again(known, asked)
        context = await self.planning.context(connection, await RunRow.load(connection, row.enrollment_id))
        new, notes = await self._written(connection, context, row, replace(asked, key=identity), now)
        await _may_be_sent(connection, new, asked)
        if not await _add(connection, new, asked, now):
            # Somebody else asked with the same key at the same moment.
            there = await queries.answer_row(connection, id=identity)
            assert there is not None
            return _again(there, asked)
        detail = {"answer": identity, "reaction": row.id, "by": asked.by or ""}
        await queries.add_run_event(
            connection, enrollment_id=row.enrollment_id, at=now, kind="answered", detail=detail, key=identity
        )
        return AnswerWritten(
            identity,
            row.id,
            row.enrollment_id,
            new.channel,
            "planned",
            repeated=False,
            notes=notes,
            on_hold=bool(await queries.everything_is_on_hold(connection)),
        )

    async def _written(
        self,
        connection: Connection,
        context: RunContext,
        row: queries.ReplyToAnswerRow,
        asked: AnswerAsked,
        now: datetime,
    ) -> tuple[_Answer, tuple[str, ...]]:
        channel = row.channel or ""
        problem = words_problem(asked.words, channel)
        if problem is not None:
            raise RefusedError(RequestRefused.INVALID, problem)
        send = await queries.send_row(connection, id=row.send_id) if row.send_id else None
        recipient = (row.sender or (send.recipient if send else "") or "").strip()
        spec = CHANNELS.get(channel)
        if spec is None or not (spec.mail_like or spec.by_twilio) or not recipient:
            raise RefusedError(
                RequestRefused.INVALID, "the address that an answer to this reply should go to is not known"
            )
        notes: tuple[str, ...] = ()
        if send is not None and address_key(recipient) != address_key(send.recipient):
            notes = ("it goes to another address than we had written to: the one that the reply came from",)
        new = _Answer(
            id=asked.key or "",
            row=row,
            context=context,
            channel=channel,
            sender=send.sender if send else self.organisation.sender_on(channel),
            recipient=recipient,
            send=send,
        )
        if spec.mail_like:
            return await self._mail(connection, new, asked.words, now), notes
        if not new.sender:
            raise RefusedError(RequestRefused.INVALID, f"no number of ours is set for a {spec.label}")
        closed = await answers_end(connection, channel, recipient, now)
        if closed is not None:
            raise RefusedError(RequestRefused.TOO_LATE, closed)
        return replace(new, content=asked.words.encode("utf-8", "replace")), notes

    async def _mailbox(self, connection: Connection, new: _Answer) -> OwnMailbox | None:
        """The mailbox of its own that the answer goes out from, or None."""
        known = await KnownMailboxes().read(connection)
        return known.at(new.sender)

    async def _mail(self, connection: Connection, new: _Answer, words: str, now: datetime) -> _Answer:
        """As the owner, from the address that the person answered; the next answer comes back by the same token."""
        if email_problem(new.recipient) is not None:
            raise RefusedError(RequestRefused.INVALID, "the address that the reply came from is malformed")
        organisation, send = self.organisation, new.send
        original = await asyncio.to_thread(read_original, new.row.raw) if new.row.raw else Original()
        sent = await queries.mails_of_thread(connection, enrollment_id=new.context.run.id)
        # RFC 5322 section 3.6.4: the references of the mail that is answered, and its id; ours first, for it may have
        # lost them.
        thread = thread_of(tuple(sent), original.references, (original.message_id,))
        name = new.context.view.owner.get("full_name") or organisation.sender_name
        mailbox = await self._mailbox(connection, new)
        at_home = mailbox is not None and mailbox.reply_to is ReplyTo.OWN
        back = organisation.signed_address(TokenKind.REPLY, send.id) if send else organisation.sender_address
        headers = EmailHeaders(
            message_id=f"<{new.id}@{organisation.mail_domain}>",
            sender_name=str((mailbox.name if mailbox is not None else None) or name),
            sender_address=new.sender,
            recipient_name=new.context.view.person.get("full_name"),
            recipient_address=new.recipient,
            reply_to=None if at_home else back,
            date=now,
            in_reply_to=original.message_id or (thread[-1] if thread else None),
            references=thread,
        )
        subject = answer_subject(send.subject if send else None)
        try:
            raw = await asyncio.to_thread(build_email, headers, EmailContent(subject, words))
        except PermanentError as error:
            raise RefusedError(RequestRefused.INVALID, f"it cannot be written: {error}") from None
        if self.seal is not None:
            raw = await asyncio.to_thread(self.seal, raw)
        bounce = organisation.signed_address(TokenKind.BOUNCE, send.id) if send and not at_home else new.sender
        return replace(new, content=raw, subject=subject, message_id=headers.message_id, envelope_from=bounce)


async def answers_end(connection: Connection, channel: str, to: str | None, now: datetime) -> str | None:
    """Why no answer may go on a channel any more, and what to do; None: it may.

    Args:
        connection: reads only.
        channel: of the reply.
        to: the address that an answer goes to, or None.
        now: UTC.
    """
    spec = CHANNELS.get(channel)
    if spec is None or await free_words_may_go(connection, spec, address_key(to) if to else None, now):
        return None
    return outside_words(spec)


@dataclass(frozen=True)
class _Answer:
    id: str
    row: queries.ReplyToAnswerRow
    context: RunContext
    channel: str
    sender: str
    recipient: str
    send: queries.SendRow | None
    content: bytes = b""
    subject: str | None = None
    message_id: str | None = None
    envelope_from: str = ""


async def _may_be_sent(connection: Connection, new: _Answer, asked: AnswerAsked) -> None:
    assert is_channel(new.channel)
    key = address_key(new.recipient)
    email, phone = (key, None) if new.channel == EMAIL.name else (None, key)
    found = await queries.suppressions_of(connection, person_id=new.row.person_id, email=email, phone=phone)
    reasons = [row.reason for row in found if row.channel in (new.channel, "all")]
    problem = suppression_problem(reasons, anyway=asked.anyway)
    if problem is not None:
        raise RefusedError(RequestRefused.DO_NOT_CONTACT, problem)
    held = await queries.opt_out_holds_of(connection, person_id=new.row.person_id, addresses=[key])
    if not asked.anyway and any(row.channel in (new.channel, "all") for row in held):
        raise RefusedError(
            RequestRefused.DO_NOT_CONTACT,
            "an opt-out of this person awaits confirmation; say first whose word it is (`relance review list`), "
            "or use --anyway",
        )


async def _add(connection: Connection, new: _Answer, asked: AnswerAsked, now: datetime) -> bool:
    added = await queries.add_answer(
        connection,
        id=new.id,
        reaction_id=new.row.id,
        enrollment_id=new.row.enrollment_id,
        person_id=new.row.person_id,
        owner_id=colleague(new.context, "owner"),
        channel=new.channel,
        sender=new.sender,
        recipient=new.recipient,
        recipient_key=address_key(new.recipient),
        envelope_from=new.envelope_from,
        subject=new.subject,
        message_id=new.message_id,
        content=new.content,
        text=asked.words,
        anyway=asked.anyway,
        asked_by=asked.by,
        asked_at=now,
    )
    return added is not None


def _again(row: queries.AnswerRow, asked: AnswerAsked) -> AnswerWritten:
    if row.text != asked.words:
        raise RefusedError(RequestRefused.KEY_USED, "another answer to this reply had this key before")
    note = () if asked.key else ("the same words were sent before; to send them again, give a key of your own",)
    return AnswerWritten(row.id, row.reaction_id, row.enrollment_id, row.channel, row.state, repeated=True, notes=note)
