"""What ops want to know of retention: what is kept for how long, what comes next, and what the last pass did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.retained_tables import RETAINED_TABLES, what_is_old
from sequences.number_words import number_of
from sequences.retention import RetentionClass, cutoff
from services.retention.notice import notices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.queries import RetentionRow
    from sequences.retention import PeriodInForce

A_GLANCE: Final = 500
EVERYTHING: Final = 100_000
"""Old rows of a table that are looked at for a number: a page must not take seconds, a command not minutes."""
OVERDUE: Final = timedelta(days=3)
"""A pass each day: without one for so long, nothing removes anything any more."""


@dataclass(frozen=True)
class RetainedClass:
    """One class.

    Attributes:
        kind: its name.
        setting: the variable of its period.
        period: what the setting says: a duration, or ``forever``.
        in_force: the period by which rows are removed now.
        in_force_from: when the setting comes into force; None: it is.
        oldest: the instant of the oldest row that is kept; None: there is none.
        due: rows that the next pass removes.
        due_then: rows that the first pass under the announced period would remove now.
        at_least: there are more than were counted.
        last_began: when the last pass began; None: there was none.
        last_ended: when it ended; None: it has not.
        last_removed: rows.
        removed_ever: rows.
    """

    kind: RetentionClass
    setting: str
    period: str
    in_force: str
    in_force_from: datetime | None
    oldest: datetime | None
    due: int
    due_then: int
    at_least: bool
    last_began: datetime | None
    last_ended: datetime | None
    last_removed: int
    removed_ever: int


async def retention_overview(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime, most: int = A_GLANCE
) -> tuple[RetainedClass, ...]:
    """Every class; nothing is changed.

    Args:
        connection: ours.
        periods: by class, as the settings have them.
        now: UTC.
        most: old rows of a table that are counted.
    """
    await queries.keep_plans_of_functions(connection)
    known = {row.kind: row for row in await queries.retention_rows(connection)}
    told = await notices(connection, periods, now)
    return tuple([await _class(connection, kind, told[kind], known.get(kind), now, most) for kind in periods])


async def _class(
    connection: Connection,
    kind: RetentionClass,
    told: PeriodInForce,
    known: RetentionRow | None,
    now: datetime,
    most: int,
) -> RetainedClass:
    tables = [table for table in RETAINED_TABLES if table.kind is kind]
    found = [await what_is_old(connection, table, cutoff(told.in_force, now), most) for table in tables]
    then = found
    if told.starts_at is not None:
        then = [await what_is_old(connection, table, cutoff(told.period, now), most) for table in tables]
    return RetainedClass(
        kind=kind,
        setting=f"RELANCE_RETAIN_{kind.upper()}",
        period=told.period,
        in_force=told.in_force,
        in_force_from=told.starts_at,
        oldest=min((each.oldest for each in found if each.oldest is not None), default=None),
        due=sum(each.due for each in found),
        due_then=sum(each.due for each in then),
        at_least=any(each.more for each in (*found, *then)),
        last_began=known.started_at if known else None,
        last_ended=known.ended_at if known else None,
        last_removed=known.removed if known else 0,
        removed_ever=known.removed_ever if known else 0,
    )


def retention_words(
    rows: Sequence[RetentionRow], told: Mapping[RetentionClass, PeriodInForce], now: datetime
) -> tuple[bool, str]:
    """Whether the passes go on, and what is to come, for ``relance health``.

    Args:
        rows: what is stored.
        told: what is in force and announced.
        now: UTC.
    """
    ends = [row.ended_at for row in rows if row.ended_at is not None]
    first = min((row.since for row in rows), default=now)
    newest = max(ends, default=None)
    if now - (newest or first) > OVERDUE:
        since = f"the last one ended {newest:%Y-%m-%d %H:%M} UTC" if newest else "there was none yet"
        return False, (
            f"no pass has ended for more than {number_of(OVERDUE.days, 'day')} ({since}): is a worker of the queue "
            "relance running, and is the schedule retention of Temporal not paused? `relance retention run` is a pass"
        )
    coming: dict[datetime, list[str]] = {
        each.starts_at: [] for each in told.values() if each.starts_at is not None and each.starts_at > now
    }
    for kind, each in told.items():
        if each.starts_at is not None and each.starts_at in coming:
            coming[each.starts_at].append(f"{kind} older than {each.period}")
    words = [f"from {at:%Y-%m-%d} removes {', '.join(what)}" for at, what in sorted(coming.items())]
    if words:
        return True, f"{'; '.join(words)}: `relance retention` has the numbers, RELANCE_RETAIN_... the periods"
    return True, f"the last pass ended {newest:%Y-%m-%d %H:%M} UTC" if newest else "no pass yet"
