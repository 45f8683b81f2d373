"""Attaching that can be taken back for some seconds: a row first, and the run hears of it when the time is up."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.operations.attach import asks_to_stop, attach
from services.operations.waiting_reviews import UNDO

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


class AttachSoon(enum.Enum):
    """What became of a message that somebody attaches."""

    WAITS = "waits"
    """It can be taken back."""
    AT_ONCE = "at once"
    """It asks not to be contacted, and that waits for nothing."""
    SAME = "same"
    """It belongs to this run already."""


@dataclass(frozen=True)
class AttachedBy:
    """Who attaches a message; ``name`` is shown to others, and ``user_id`` may take it back."""

    name: str
    user_id: str


async def attach_soon(
    connection: Connection, inbound: str, enrollment: str, by: AttachedBy, now: datetime
) -> AttachSoon:
    """Writes down that a message is to belong to a run. All that attaching refuses is refused here.

    Args:
        connection: in a transaction.
        inbound: id of the message.
        enrollment: id of the run.
        by: who asks.
        now: UTC.

    Raises:
        NotFoundError: there is no such message, or no such run.
        RefusedError: it belongs to another run, or somebody attached it in the last seconds.
    """
    # What it would write is rolled back; what it would refuse is known.
    trial = connection.transaction()
    await trial.start()
    try:
        done = await attach(connection, inbound, enrollment, by=by.name, now=now)
    finally:
        await trial.rollback()
    if done.repeated:
        return AttachSoon.SAME
    if await queries.waiting_attachment_of(connection, inbound_id=inbound) is None and await asks_to_stop(
        connection, inbound, enrollment
    ):
        await attach(connection, inbound, enrollment, by=by.name, now=now)
        return AttachSoon.AT_ONCE
    added = await queries.add_waiting_attachment(
        connection,
        inbound_id=inbound,
        enrollment_id=enrollment,
        asked_by=by.name,
        user_id=by.user_id,
        asked_at=now,
        due_at=now + UNDO,
    )
    if added is None:
        raise RefusedError(RequestRefused.ALREADY_ATTACHED, "it was attached to a run a moment ago")
    return AttachSoon.WAITS


async def take_back_attachment(connection: Connection, inbound: str, user_id: str) -> None:
    """Takes back what the same user attached: nothing has happened.

    Raises:
        RefusedError: the run has heard of it by now, or somebody else attached it.
    """
    if await queries.take_back_attachment(connection, inbound_id=inbound, user_id=user_id) is None:
        raise RefusedError(RequestRefused.ALREADY_ATTACHED, "it is too late to undo this: the run has the message")


async def make_attachment(connection: Connection, inbound: str, now: datetime) -> bool:
    """The message belongs to its run; False: it was taken back, or another dispatcher did it.

    What cannot be attached any more is dropped: the message matches no run, as before.

    Args:
        connection: in a transaction.
        inbound: id of the message.
        now: UTC.
    """
    row = await queries.take_waiting_attachment(connection, inbound_id=inbound)
    if row is None:
        return False
    try:
        async with connection.transaction():
            done = await attach(connection, inbound, row.enrollment_id, by=row.asked_by, now=now)
    except (NotFoundError, RefusedError):
        return False
    return not done.repeated
