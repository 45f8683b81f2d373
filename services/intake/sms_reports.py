"""What a provider reports of one of our texts: stored once, kept if it is news, and followed by what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.definition.reactions import ReactionKind
from sequences.sms.error_codes import OPTED_OUT, names_dead_number, parse_code
from sequences.sms.statuses import MessageStatus, advance, is_failure, parse_status
from sequences.sms.twilio_address import from_twilio
from services.intake.store_inbound import storable
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.runs.run_row import RunRow
from services.sending.contacts import note_contacted, prove_sent
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection

_BY_TWILIO = [name for name, spec in CHANNELS.items() if spec.by_twilio]
STOP_WORD = "stop_word"
"""Reason of a suppression that a STOP made, here or at the provider; START lifts it."""


@dataclass(frozen=True)
class SmsReport:
    """One status callback.

    Attributes:
        sid: the provider's id of the text.
        word: its status as reported, which may be one that we do not know.
        status: the same, or None when we do not know it.
        code: of the error, or None.
        sender: the number that the text came from, as a messaging service chose it.
    """

    sid: str
    word: str
    status: MessageStatus | None
    code: int | None
    sender: str | None

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> SmsReport:
        """Reads the form of a callback."""
        clean = storable(from_twilio(parameters)[1])
        word = clean.get("MessageStatus") or clean.get("SmsStatus") or ""
        sid = clean.get("MessageSid") or clean.get("SmsSid") or ""
        return cls(sid, word.strip().lower(), parse_status(word), parse_code(clean.get("ErrorCode")), clean.get("From"))


async def take_report(connection: Connection, send_id: str, report: SmsReport, now: datetime) -> bool:
    """Stores a report and does what follows from it. The same one again changes nothing.

    Args:
        connection: in a transaction of its own.
        send_id: from the signed URL that the provider called: it is right even before we have stored the id that the
            provider gave the text, and when its answer to us got lost.
        report: of the provider.
        now: UTC.

    Returns:
        False when we know no such text.
    """
    send = await queries.lock_sms(connection, id=send_id, channels=_BY_TWILIO)
    if send is None:
        return await _of_answer(connection, send_id, report, now)
    await _prove(connection, send, now)
    if not report.sid:
        return True
    await queries.provider_id_if_missing(connection, id=send_id, provider_message_id=report.sid)
    fresh = await queries.add_sms_report(
        connection,
        provider_message_id=report.sid,
        status=report.word,
        send_id=send_id,
        error_code=None if report.code is None else str(report.code),
        at=now,
    )
    if fresh is not None:
        await _keep(connection, send, report)
        await _follow(connection, send, report, now)
    return True


async def _of_answer(connection: Connection, answer: str, report: SmsReport, now: datetime) -> bool:
    """A report about a recruiter's answer: the provider has it, and may say that it did not arrive."""
    failed = report.status is not None and is_failure(report.status)
    found = await queries.answer_reported(
        connection,
        id=answer,
        state="failed" if failed else "sent",
        at=now,
        code=None if report.code is None else str(report.code),
        reason=f"the provider reports: {report.word}",
    )
    return found is not None


async def _prove(connection: Connection, send: queries.SendRow, now: datetime) -> None:
    """A report about a text whose answer got lost, or has not been read yet, proves that the provider has it."""
    await prove_sent(connection, send, now)
    if await queries.tried_sms_proved(connection, id=send.id, at=now):
        run = await RunRow.load(connection, send.enrollment_id)
        await note_contacted(connection, run, send.id, send.claimed_at or now)


async def _keep(connection: Connection, send: queries.SendRow, report: SmsReport) -> None:
    known = parse_status(send.provider_status or "")
    if report.sid != (send.provider_message_id or report.sid):
        # `if_unknown: resend` made a second text of this send. Reaching the person once is what counts.
        if report.status is None or is_failure(report.status):
            return
        known = None if known is not None and is_failure(known) else known
    kept = advance(known, report.status)
    if kept is not None and kept is not known:
        error = str(report.code) if report.code is not None and is_failure(kept) else None
        await queries.keep_sms_status(connection, id=send.id, status=kept.value, error=error)


async def _follow(connection: Connection, send: queries.SendRow, report: SmsReport, now: datetime) -> None:
    if report.code is None:
        return
    if report.code == OPTED_OUT:
        await suppress(
            connection,
            NewSuppression(send.channel, STOP_WORD, send.id, now, person=send.person_id, address=send.recipient),
        )
    elif report.status is not None and is_failure(report.status) and names_dead_number(report.code, report.sender):
        # One reaction a send, as for a number that was refused at once; the run's policy says what follows, and the
        # default is to stop and to suppress the number, not the person.
        await write_reaction(
            connection,
            NewReaction(
                key=reaction_key("refused", send.id),
                run=send.enrollment_id,
                person=send.person_id,
                kind=ReactionKind.BOUNCED,
                received_at=now,
                detail={"code": str(report.code)},
                channel=send.channel,
                send=send.id,
            ),
        )
