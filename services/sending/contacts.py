"""What our own messages and their answers say of a person: when we last wrote, when they last replied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.events import Events, NewEvent
from adapters.postgres.records import ChangeOrigin
from sequences import ids
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.sending.outcome import TransportOutcome
    from services.runs.whole_run import WholeRun
    from services.sending.attempt import Attempt

BY_ANSWER = "what came back"
"""What proves most: a reply, a bounce, a click or a status."""
_ORIGIN = "relance"
_CONTACTED = "last_contacted"


async def settle_sent(connection: Connection, attempt: Attempt, outcome: TransportOutcome) -> None:
    """Settles a claimed send as sent and notes the contact, in one message to Postgres, which is its own transaction.

    Args:
        connection: in a transaction or not.
        attempt: handed it over. Nothing is written when the send is not its claimer's any more.
        outcome: what the server said.
    """
    run = attempt.context.run
    await queries.settle_sent(
        connection,
        id=attempt.send,
        claimer=attempt.claimed_by,
        at=attempt.now,
        code=outcome.code,
        reason=outcome.reason or None,
        provider_message_id=outcome.provider_message_id,
        event_id=ids.event_id(run.person_id, _CONTACTED, attempt.send),
        kind=_CONTACTED,
        origin=_ORIGIN,
        lineage=_lineage(run),
    )


async def settle_sent_step(
    connection: Connection,
    attempt: Attempt,
    whole: WholeRun,
    outcome: TransportOutcome,
    rows: Sequence[dict[str, Any]],
) -> bool:
    """Does what ``settle_sent`` does, ends the step and writes the plan of what is left, in one message to Postgres.

    Args:
        connection: in a transaction or not.
        attempt: handed it over.
        whole: the run from which the plan was made.
        outcome: what the server said.
        rows: of that plan, as ``write_steps`` takes them.

    Returns:
        False when the run is not as it was: nothing was written.
    """
    run = attempt.context.run
    settled = await queries.settle_sent_step(
        connection,
        run=run.id,
        version=run.version,
        revision=run.plan_revision,
        mark=whole.mark,
        step=attempt.step.id,
        steps=rows,
        send=attempt.send,
        claimer=attempt.claimed_by,
        at=attempt.now,
        code=outcome.code,
        reason=outcome.reason or None,
        provider_message_id=outcome.provider_message_id,
        event_id=ids.event_id(run.person_id, _CONTACTED, attempt.send),
        kind=_CONTACTED,
        origin=_ORIGIN,
        lineage=_lineage(run),
    )
    return bool(settled)


async def note_contacted(connection: Connection, run: RunRow, send: str, at: datetime) -> None:
    """Notes that a message of ours went out to the run's person: an automated write, with the run's lineage.

    Args:
        connection: in the transaction that settles the send as sent.
        run: whose step it was.
        send: id of the send; it is one contact, however often it is told.
        at: UTC; the run's own time at which it was handed over.
    """
    origin = ChangeOrigin(_ORIGIN, at, lineage=_lineage(run))
    await Events().add(connection, NewEvent(run.person_id, _CONTACTED, at, send), origin)


async def prove_sent(
    connection: Connection,
    send: queries.SendRow | queries.UnknownSendsRow,
    at: datetime,
    *,
    by: str = BY_ANSWER,
    provider_message_id: str | None = None,
) -> bool:
    """Something shows that a send went out: one that was ``unknown`` is sent, and was a contact when it went.

    Args:
        connection: in a transaction.
        send: its row.
        at: UTC; when the proof came.
        by: what shows it, for people.
        provider_message_id: the provider's own id, where the proof names it.

    Returns:
        True when it was unknown until now.
    """
    reason = f"proved by {by}"
    proved = await queries.send_proved(
        connection, id=send.id, at=at, reason=reason, provider_message_id=provider_message_id
    )
    if not proved:
        return False
    run = await RunRow.load(connection, send.enrollment_id)
    await queries.step_was_sent(connection, enrollment_id=run.id, step=send.step, reason=reason)
    await queries.add_run_event(
        connection,
        enrollment_id=run.id,
        at=at,
        kind="send_proved",
        detail={"step": send.step, "send": send.id, "by": by},
        key=f"proved:{send.id}:{send.attempts}",
    )
    await note_contacted(connection, run, send.id, send.claimed_at or at)
    return True


async def note_replied(connection: Connection, person: str, inbound: str, at: datetime) -> None:
    """Notes a person's own reply. A human did it, so it has no lineage and takes away the one that was there."""
    await Events().add(connection, NewEvent(person, "last_replied", at, inbound), ChangeOrigin(_ORIGIN, at))


def _lineage(run: RunRow) -> list[str]:
    return [*run.lineage, run.sequence]
