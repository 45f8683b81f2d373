"""Planned messages that will go later than planned: the person has got, or gets, as many as the limit allows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.channels import is_channel
from sequences.definition.compile import frequency_limits
from sequences.planning.zones import is_zone
from sequences.sending.cap_forecast import MessageAhead, SentMessage, put_off
from services.reading.going_later import MOST, GoesLater

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from services.reading.going_later import LaterAsked

LOOKS_BACK: Final = timedelta(days=7)
"""Of longer limits what happened before that is not known here."""


async def put_off_by_persons(
    connection: Connection, versions: Versions, asked: LaterAsked, now: datetime
) -> tuple[GoesLater, ...] | None:
    """The planned messages that the limit of messages to one person puts off, as the plans of now say.

    Args:
        connection: of ``looking``.
        versions: of sequences; they have the limits.
        asked: which days, and of whom.
        now: UTC.

    Returns:
        None: too much is planned.
    """
    since = min(asked.start or now, now) - LOOKS_BACK
    of_all = asked.people is None and asked.scope.owner_ids is None
    if of_all and await queries.planned_between(connection, since=since, until=asked.stop, most=MOST) >= MOST:
        return None
    rows = await queries.console_crowded(
        connection,
        since=since,
        start=asked.start or since,
        stop=asked.stop,
        now=now,
        of_people=None if asked.people is None else list(asked.people),
        owners=asked.scope.owners,
        most=MOST,
    )
    if rows and rows[0].looked_at >= MOST:
        return None
    planned = await _planned(connection, versions, rows)
    sent: dict[str, list[SentMessage]] = defaultdict(list)
    if planned:
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
            timezone=row.timezone,
            again_from=again[row.enrollment_id, row.step],
            limit="person",
        )
        for row in rows
        if (row.enrollment_id, row.step) in again
    )


async def _planned(
    connection: Connection, versions: Versions, rows: Sequence[queries.ConsoleCrowdedRow]
) -> Mapping[str, list[MessageAhead]]:
    found: dict[str, list[MessageAhead]] = defaultdict(list)
    for row in rows:
        version = await versions.get(connection, row.sequence, row.version)
        timing = version.timing_of.get(row.step)
        if timing is None or not is_channel(timing.channel):
            continue
        channel = str(timing.channel)
        limit = frequency_limits(version.definition).get(channel)
        zone = row.timezone if row.timezone and is_zone(row.timezone) else "UTC"
        found[row.person_id].append(MessageAhead(row.enrollment_id, row.step, channel, row.due_at, zone, limit))
    return found
