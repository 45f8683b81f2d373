"""What our own messages and their answers say of a person: when we last wrote, when they last replied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from activities.run_row import RunRow
from adapters.postgres import queries
from adapters.postgres.events import Events

if TYPE_CHECKING:
    from datetime import datetime

_ORIGIN = "relance"


async def note_contacted(connection: Any, run: RunRow, send: str, at: datetime) -> None:
    """Notes that a message of ours went out to the run's person: an automated write, with the run's lineage.

    Args:
        connection: in the transaction that settles the send as sent.
        run: whose step it was.
        send: id of the send; it is one contact, however often it is told.
        at: UTC; the run's own time at which it was handed over.
    """
    await Events().add(
        connection, run.person_id, "last_contacted", at, origin=_ORIGIN, source=send, recorded_at=at,
        lineage=(*run.lineage, run.sequence),
    )  # fmt: skip


async def prove_sent(connection: Any, send: queries.Row, at: datetime) -> None:
    """Something came back about a send: one that was ``unknown`` had gone out, and was a contact when it did.

    Args:
        connection: in a transaction.
        send: its row.
        at: UTC; when the proof came.
    """
    if await queries.run(connection, "send_proved", id=send["id"], at=at):
        run = await RunRow.load(connection, send["enrollment_id"])
        await note_contacted(connection, run, send["id"], send["claimed_at"] or at)


async def note_replied(connection: Any, person: str, inbound: str, at: datetime) -> None:
    """Notes a person's own reply. A human did it, so it has no lineage and takes away the one that was there."""
    await Events().add(
        connection, person, "last_replied", at, origin=_ORIGIN, source=inbound, recorded_at=at
    )  # fmt: skip
