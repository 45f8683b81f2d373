"""Passes replies on to owners: each is forwarded, notified of or left in the list, once, as soon as it is judged."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from adapters.mail.outgoing.message import AUTOMATIC, build_email
from adapters.outage_errors import where
from adapters.postgres import queries
from sequences import ids
from sequences.channels import EMAIL
from sequences.errors import NotFoundError, PermanentError
from sequences.inbound.trust import DOUBT, mark_of
from sequences.reactions.sentiment import Intent
from sequences.replies.forward import RepliedWith, ReplyJudgement, forward_of, judged
from sequences.replies.judged_later import judged_later
from sequences.replies.original import LARGEST, Original, read_original, thread_of
from sequences.replies.way import MARK, REPLIED, WROTE_IT, way_of, why_not_forwarded
from sequences.sending.email_content import EmailHeaders
from sequences.sending.owner_mails import MailKind
from sequences.tokens import TokenKind, sign
from services.notifications import NewNotification, colleague, notify
from services.replies.what_followed import lines_of
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Connection, Database
    from sequences.replies.way import OwnAddresses, RepliesBy
    from services.organisation import Organisation
    from services.runs.planning import Planning, RunContext

_log = logging.getLogger("relance.replies")

_A_PASS: Final = 200
_AGAIN_AFTER: Final = timedelta(minutes=10)
"""A reply that could not be passed on for a fault of ours."""


@dataclass(frozen=True)
class _PassedOn:
    """What became of a reply: how it reaches its owner, or why not at all."""

    state: RepliesBy
    reason: str | None = None
    mail: str | None = None


@dataclass(frozen=True, kw_only=True)
class ForwardReplies:
    """Decides about replies that wait in ``reply_forwarding``.

    Attributes:
        way: of the organisation.
        own: addresses to which no reply is forwarded.
        zone: the organisation's.
        seal: gets every finished mail and returns the bytes to freeze.
    """

    database: Database
    planning: Planning
    organisation: Organisation
    way: RepliesBy
    own: OwnAddresses
    zone: ZoneInfo
    seal: Callable[[bytes], bytes] | None = None

    async def write(self, now: datetime) -> int:
        """Passes on every reply that is due at ``now``, each in its own transaction; returns how many were decided."""
        decided = 0
        for _ in range(_A_PASS):
            done = await self._next(now)
            if done is None:
                break
            decided += done
        return decided

    async def _next(self, now: datetime) -> bool | None:
        """None: nothing is due; False: it failed on our side, and is put off."""
        reply = ""
        try:
            async with self.database.transaction() as connection:
                # Of a mail that is too large to be attached a byte more says so.
                row = await queries.next_reply_forwarding(connection, now=now, most=LARGEST + 1)
                if row is None:
                    return None
                reply = row.reaction_id
                unjudged = not _is_judged(row)
                if unjudged and await queries.reply_is_judged(connection, id=reply):
                    # It was judged between what was read and the lock: the next look at it sees that.
                    await queries.put_off_reply(connection, reaction_id=reply, due_at=now)
                    return False
                done = await (self._pass_on_again if row.again else self._pass_on)(connection, row, now)
                await queries.settle_reply_forwarding(
                    connection,
                    reaction_id=reply,
                    state=done.state,
                    at=now,
                    reason=done.reason,
                    mail_id=done.mail,
                    unjudged=unjudged,
                )
        except Exception as error:
            if not reply:
                raise
            # One reply must not hold up the others. The words of the error may quote it.
            _log.error("reply %s cannot be passed on to its owner now: %s", reply, where(error))
            async with self.database.transaction() as connection:
                await queries.put_off_reply(connection, reaction_id=reply, due_at=now + _AGAIN_AFTER)
            return False
        _log.info("reply %s: %s%s", reply, done.state, f" ({done.reason})" if done.reason else "")
        return True

    async def _pass_on(self, connection: Connection, row: queries.NextReplyForwardingRow, now: datetime) -> _PassedOn:
        if row.label and row.intent == Intent.AUTO_REPLY and not row.needs_review:
            return _PassedOn("none", "an automatic answer")
        try:
            run = await RunRow.load(connection, row.enrollment_id)
            context = await self.planning.context(connection, run)
        except NotFoundError:
            return _PassedOn("none", "the record is gone")
        owner = await self._owner(connection, context)
        if owner is None:
            return _PassedOn("none", "the record has no owner")
        definition = context.version.definition
        way = way_of(definition.replies, cast("RepliesBy | None", owner.replies), self.way)
        if way == "forward":
            send = await queries.send_row(connection, id=row.send_id) if row.send_id else None
            problem = why_not_forwarded(owner.email, row.sender, send.recipient if send else None, self.own)
            if problem is None:
                return await self._forward(connection, _Reply(context, owner, row, send), now)
            if problem == WROTE_IT:
                return _PassedOn("none", problem)
            done = await self._notify(connection, context, row, now)
            return replace(done, reason=done.reason or f"not forwarded: {problem}")
        if way == "notify":
            return await self._notify(connection, context, row, now)
        return _PassedOn("none", "by setting")

    async def _pass_on_again(
        self, connection: Connection, row: queries.NextReplyForwardingRow, now: datetime
    ) -> _PassedOn:
        """With its judgement alone; how it was passed on stays as it was written down."""
        done = await self._pass_on(connection, row, now)
        if done.reason:
            _log.info("reply %s, judged later: %s (%s)", row.reaction_id, done.state, done.reason)
        return _PassedOn("notify" if row.mail_id is None else "forward", row.reason, row.mail_id)

    async def _owner(self, connection: Connection, context: RunContext) -> queries.OwnerToNotifyRow | None:
        owner = colleague(context, "owner")
        return await queries.owner_to_notify(connection, id=owner) if owner is not None else None

    async def _notify(
        self, connection: Connection, context: RunContext, row: queries.NextReplyForwardingRow, now: datetime
    ) -> _PassedOn:
        if await queries.notified_by_rule(connection, reaction_id=row.reaction_id):
            return _PassedOn("notify", "by the rule of the sequence")
        judgement = _judgement(row)
        label = f" ({judgement.label})" if judgement.label else ""
        title = f"replied{label}, {context.version.definition.name}; `relance replies {row.reaction_id[:10]}`"
        key = row.reaction_id
        if row.again:
            title = (
                f"{judged(judgement, row.reaction_id)} {context.version.definition.name}, reply {row.reaction_id[:10]}"
            )
            key = f"{key}-judged"
        await notify(connection, context, NewNotification(REPLIED, title, now, key=key))
        return _PassedOn("notify")

    async def _forward(self, connection: Connection, reply: _Reply, now: datetime) -> _PassedOn:
        row, owner = reply.row, reply.owner
        raw = row.raw if row.channel == EMAIL.name else None
        original = await asyncio.to_thread(read_original, raw) if raw else Original()
        # Of a mail that answers several runs of one owner the owner gets one.
        identity = ids.notice_mail_id(owner.id, "judged" if row.again else "reply", row.inbound_id or row.reaction_id)
        followed = await lines_of(connection, row.reaction_id)
        written = judged_later if row.again else forward_of
        content = written(_replied_with(reply, original, followed), self.organisation.company, self.zone)
        headers = await self._headers(connection, reply, identity, original, now)
        mark = f"{MARK}: {sign(TokenKind.FORWARD, identity, self.organisation.key)}\r\n".encode()
        try:
            mail = AUTOMATIC + mark + await asyncio.to_thread(build_email, headers, content)
        except PermanentError as error:
            return _PassedOn("none", f"it cannot be written: {error}")
        if self.seal is not None:
            mail = await asyncio.to_thread(self.seal, mail)
        added = await queries.add_owner_mail(
            connection,
            id=identity,
            owner_id=owner.id,
            kind=MailKind.REPLY.value,
            day=None,
            recipient=headers.recipient_address,
            content=mail,
            created_at=now,
        )
        return _PassedOn("forward", None if added else "with the same mail of another run", identity)

    async def _headers(
        self, connection: Connection, reply: _Reply, identity: str, original: Original, now: datetime
    ) -> EmailHeaders:
        """From us, to the owner; an answer goes to the person, in the thread that both of them have."""
        row, owner, organisation = reply.row, reply.owner, self.organisation
        run = reply.context.run.id
        domain = organisation.mail_domain
        before = await queries.forwards_of_run(connection, enrollment_id=run, owner_id=owner.id, before=row.received_at)
        sent = await queries.mails_of_thread(connection, enrollment_id=run)
        first = (f"<{row.mail_id}@{domain}>",) if row.mail_id else ()
        thread = thread_of(tuple(sent), tuple(f"<{each}@{domain}>" for each in before), (original.message_id,), first)
        by_mail = row.channel == EMAIL.name and "@" in (row.sender or "")
        return EmailHeaders(
            message_id=f"<{identity}@{domain}>",
            sender_name=f"{reply.person} (reply)",
            sender_address=organisation.sender_address,
            recipient_name=" ".join(filter(None, (owner.first_name, owner.last_name))) or None,
            recipient_address=(owner.email or "").strip(),
            reply_to=str(row.sender) if by_mail else organisation.sender_address,
            date=now,
            in_reply_to=thread[-1] if thread else None,
            references=thread,
        )


@dataclass(frozen=True)
class _Reply:
    context: RunContext
    owner: queries.OwnerToNotifyRow
    row: queries.NextReplyForwardingRow
    send: queries.SendRow | None

    @property
    def person(self) -> str:
        """Their name, or what else they are called."""
        return str(self.context.view.person.get("full_name") or self.row.sender or "somebody")


def _replied_with(reply: _Reply, original: Original, followed: list[str]) -> RepliedWith:
    row = reply.row
    whole = row.wish_in_other_words or not row.reply_text
    done = [f"the run: {row.decision} ({row.decision_reason})"] if row.decision and row.handled_at else []
    return RepliedWith(
        reaction=row.reaction_id,
        person=reply.person,
        channel=row.channel or EMAIL.name,
        written_by=row.sender or "",
        words=(row.full_text if whole else row.reply_text) or "",
        subject=reply.send.subject if reply.send else None,
        sequence=reply.context.version.definition.name,
        at=row.received_at,
        judgement=_judgement(row),
        followed=[*done, *followed],
        original=original,
    )


def _is_judged(row: queries.NextReplyForwardingRow) -> bool:
    return row.label is not None or row.opt_out or row.handled_at is not None


def _judgement(row: queries.NextReplyForwardingRow) -> ReplyJudgement:
    return ReplyJudgement(
        label=row.label,
        intent=row.intent,
        confidence=row.confidence,
        opt_out=row.opt_out,
        needs_review=row.needs_review,
        by_person=row.by_person,
        doubt=mark_of(row.detail) if DOUBT in row.detail else None,
    )
