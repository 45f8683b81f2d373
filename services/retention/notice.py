"""Announces periods: what is in force now is stored, so that a shorter setting removes nothing before its notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.retention import Notice, RetentionClass, notice_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection


async def notices(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime
) -> dict[RetentionClass, Notice]:
    """What is in force and what is to come, as of ``now`` (UTC), by the settings ``periods``."""
    known = await _known(connection)
    return {kind: notice_of(kind, known.get(kind), period, now) for kind, period in periods.items()}


async def give_notice(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime
) -> dict[RetentionClass, Notice]:
    """The same, and stores it. ``connection`` is in a transaction."""
    await queries.lock_retention(connection)
    return await _store(connection, await notices(connection, periods, now))


async def skip_notice(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime
) -> dict[RetentionClass, Notice]:
    """Brings all periods into force at once, as somebody has asked who has read what that removes."""
    await queries.lock_retention(connection)
    return await _store(connection, {kind: Notice(period, period, now) for kind, period in periods.items()})


async def _known(connection: Connection) -> dict[RetentionClass, Notice]:
    return {
        RetentionClass(row.kind): Notice(row.in_force, row.period, row.since)
        for row in await queries.retention_rows(connection)
        # A class of a newer release, after a step back to this one.
        if row.kind in set(RetentionClass)
    }


async def _store(connection: Connection, found: dict[RetentionClass, Notice]) -> dict[RetentionClass, Notice]:
    known = await _known(connection)
    for kind, each in found.items():
        if known.get(kind) != each:
            await queries.note_retention_period(
                connection, kind=kind, in_force=each.in_force, period=each.period, since=each.since
            )
    return found
