"""Planned messages that will go later than planned: the person has got, or gets, as many as the limit allows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.definition.compile import frequency_limits
from sequences.planning.values import Channel
from sequences.sending.cap_forecast import MessageAhead, SentMessage, put_off

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions

LOOKS_BACK: Final = timedelta(days=7)
"""Of longer limits what happened before that is not known here."""
MOST: Final = 20_000
"""Where more steps than this are planned, it would take long, and nobody looks at each: nothing is said."""


@dataclass(frozen=True)
class GoesLater:
    """A planned message that the limit puts off.

    Attributes:
        owner_id: of the run.
        due_at: as planned.
        again_from: the earliest instant of the next try.
    """

    run: str
    sequence: str
    step: str
    owner_id: str | None
    due_at: datetime
    again_from: datetime


@dataclass(frozen=True)
class CrowdedAsked:
    """What is asked for.

    Attributes:
        start: of the days that are shown; UTC or aware.
        stop: their end.
        people: of whom; None: of all.
    """

    start: datetime
    stop: datetime
    people: tuple[str, ...] | None = None


async def going_later(
    connection: Connection, versions: Versions, asked: CrowdedAsked, now: datetime
) -> tuple[GoesLater, ...]:
    """The planned messages that the limit puts off, as the plans of now say.

    Args:
        connection: of ``looking``.
        versions: of sequences; they have the limits.
        asked: which days, and of whom.
        now: UTC.
    """
    since = min(asked.start, now) - LOOKS_BACK
    rows = await queries.console_crowded(
        connection,
        since=since,
        start=asked.start,
        stop=asked.stop,
        now=now,
        of_people=None if asked.people is None else list(asked.people),
        most=MOST,
    )
    if not rows or rows[0].looked_at >= MOST:
        return ()
    planned = await _planned(connection, versions, rows)
    sent: dict[str, list[SentMessage]] = defaultdict(list)
    for row in await queries.console_sent_lately(connection, people=sorted(planned), since=since, now=now):
        sent[row.person_id].append(SentMessage(row.channel, row.claimed_at))
    again: dict[tuple[str, str], datetime] = {}
    for person, messages in planned.items():
        again |= put_off(messages, sent[person])
    return tuple(
        GoesLater(
            run=row.enrollment_id,
            sequence=row.sequence,
            step=row.step,
            owner_id=row.owner_id,
            due_at=row.due_at,
            again_from=again[row.enrollment_id, row.step],
        )
        for row in rows
        if (row.enrollment_id, row.step) in again
    )


async def _planned(
    connection: Connection, versions: Versions, rows: Sequence[queries.ConsoleCrowdedRow]
) -> Mapping[str, list[MessageAhead]]:
    found: dict[str, list[MessageAhead]] = defaultdict(list)
    for row in rows:
        definition = (await versions.get(connection, row.sequence, row.version)).definition
        channel = next((step.channel for step in definition.steps if step.id == row.step), Channel.ACTION)
        if channel == Channel.ACTION:
            continue
        limit = frequency_limits(definition).get(channel)
        zone = row.timezone or "UTC"
        found[row.person_id].append(MessageAhead(row.enrollment_id, row.step, channel, row.due_at, zone, limit))
    return found
