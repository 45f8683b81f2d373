"""Mails that reached nobody: told where people look, and not followed by "did you see my mail?"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.email_address import address_key
from sequences.number_words import number_of
from sequences.reactions.soft_bounces import SOFT_BOUNCES
from sequences.reactions.undelivered import OUR_FAULT, builds_on
from sequences.sending.send_obstacles import SEND_PROBLEM
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from sequences.reactions.soft_bounces import BounceLimit
    from services.runs.planning import RunContext
    from services.runs.whole_run import EarlierSend

EVENT = "not_delivered"
"""Kind of the line in the story of a run."""


async def note_undelivered(
    connection: Connection, send: queries.SendRow, words: str, at: datetime, limit: BounceLimit | None
) -> None:
    """Writes down, once, that a report says for good that a mail did not arrive.

    The address stays good, until it has returned as many mails as ``limit`` says: then nothing goes there any more.

    Args:
        connection: in the transaction that stores the report.
        send: the mail's row.
        words: why, for people.
        at: UTC.
        limit: of soft bounces; None: as many as there are.
    """
    if await queries.send_undelivered(connection, id=send.id, at=at, reason=words) is None:
        return
    detail = {"step": send.step, "send": send.id, "reason": words}
    await queries.add_run_event(
        connection,
        enrollment_id=send.enrollment_id,
        at=at,
        kind=EVENT,
        detail=detail,
        key=f"{EVENT}:{send.id}",
    )
    title = f"{send.step} not delivered ({words})"
    if limit is not None and await _returns_too_much(connection, send, at, limit):
        title += ". Nothing more is sent to this address: it returned "
        title += f"{number_of(limit.most, 'mail')} in {number_of(limit.days, 'day')}"
    await queries.notify_owner_of_run(
        connection,
        id=f"n{send.id[1:]}-undelivered",
        enrollment_id=send.enrollment_id,
        kind=SEND_PROBLEM,
        title=title,
        at=at,
    )


async def _returns_too_much(connection: Connection, send: queries.SendRow, at: datetime, limit: BounceLimit) -> bool:
    """Suppresses the address that has returned as many mails as may be, whichever sequences they were of.

    Another address of the person is not meant, and one that somebody says to work begins anew.
    """
    address = address_key(send.recipient)
    # Of two reports at once, each sees the other's.
    await queries.lock_record(connection, key=f"returns:{address}")
    returned = await queries.mails_returned_by(
        connection, address=address, since=at - timedelta(days=limit.days), ours=list(OUR_FAULT)
    )
    if returned < limit.most:
        return False
    return await suppress(connection, NewSuppression("email", SOFT_BOUNCES, send.id, at, address=send.recipient))


def missing_mail(
    context: RunContext,
    step: Step,
    steps: Sequence[queries.EnrollmentStepRow],
    earlier: Sequence[EarlierSend],
) -> str:
    """Why a mail makes no sense now: one that it stands on never went or did not arrive. Empty when it may go.

    Args:
        context: of the run.
        step: the step that is due.
        steps: the run's rows of ``enrollment_step``.
        earlier: the run's sends.
    """
    if context.version.definition.if_undelivered == "continue" or not CHANNELS[step.channel].bounces:
        return ""
    undelivered = {row.step: row.undelivered_reason or "" for row in earlier if row.undelivered_at is not None}
    states = {row.step: row.state for row in steps}
    lost = builds_on(context.version.timings, step.id, states, undelivered)
    if not lost:
        return ""
    return f"{lost} was not delivered: {undelivered[lost]}" if lost in undelivered else f"{lost} was not sent"
