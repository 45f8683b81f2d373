"""A review that can be taken back for some seconds: a row first, and a review when the time is up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.reactions.sentiment import Intent, Label
from services.operations.review import Opinion, review

if TYPE_CHECKING:
    from adapters.postgres.database import Connection

UNDO: Final = timedelta(seconds=10)
"""How long it can be taken back; the run hears of it some two seconds later."""


@dataclass(frozen=True)
class Said:
    """What somebody said of a reply.

    Attributes:
        until: UTC; until then they can take it back.
        notes: what they should know, such as that the run is over.
    """

    reply: str
    label: str
    intent: str
    until: datetime
    notes: tuple[str, ...] = ()


async def say(connection: Connection, reply: str, opinion: Opinion, user_id: str, now: datetime) -> Said:
    """Writes down what somebody says of a reply. All that a review refuses is refused here.

    Args:
        connection: in a transaction.
        reply: id of the reply.
        opinion: what it means; ``by`` is shown to others.
        user_id: who may take it back.
        now: UTC.

    Raises:
        NotFoundError: there is no such reply.
        UnclearError: the intent does not fit, or must be said.
        RefusedError: it is no reply, or somebody said something of it in the last seconds.
    """
    # What it would write is rolled back; what it would refuse is known.
    trial = connection.transaction()
    await trial.start()
    try:
        checked = await review(connection, reply, opinion, now)
    finally:
        await trial.rollback()
    until = now + UNDO
    added = await queries.add_waiting_review(
        connection,
        reaction_id=reply,
        label=opinion.label,
        intent=checked.intent,
        not_an_opt_out=opinion.not_an_opt_out,
        not_theirs=opinion.not_theirs,
        reviewer=opinion.by or "",
        user_id=user_id,
        said_at=now,
        due_at=until,
    )
    if added is None:
        there = await queries.waiting_review_of(connection, reaction_id=reply)
        by = f"{there.reviewer or 'somebody'} said {there.label}" if there else "somebody else said what it means"
        raise RefusedError(RequestRefused.KEY_USED, f"{by} a moment ago")
    return Said(reply, checked.label, checked.intent, until, checked.notes)


async def take_back(connection: Connection, reply: str, user_id: str) -> None:
    """Takes back what the same user said: nothing has happened.

    Raises:
        RefusedError: it is a review by now, or somebody else's word.
    """
    if await queries.take_back_review(connection, reaction_id=reply, user_id=user_id) is None:
        raise RefusedError(RequestRefused.KEY_USED, "it is too late to undo this; review the reply again instead")


async def make_review(connection: Connection, reply: str, now: datetime) -> bool:
    """What was said becomes a review; False: it was taken back, or another dispatcher made it.

    What cannot be one any more (the person was deleted meanwhile) is dropped: the reply needs review again.

    Args:
        connection: in a transaction.
        reply: id of the reply.
        now: UTC.
    """
    row = await queries.take_waiting_review(connection, reaction_id=reply)
    if row is None:
        return False
    opinion = Opinion(
        Label(row.label),
        Intent(row.intent) if row.intent is not None else None,
        row.reviewer or None,
        not_an_opt_out=row.not_an_opt_out,
        not_theirs=row.not_theirs,
    )
    try:
        async with connection.transaction():
            await review(connection, reply, opinion, now)
    except (NotFoundError, RefusedError):
        return False
    return True
