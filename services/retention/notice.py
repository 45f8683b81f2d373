"""Announces periods: what is in force now is stored, so that a shorter setting removes nothing before its notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.retention import PeriodInForce, RetentionClass, period_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection


async def notices(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime
) -> dict[RetentionClass, PeriodInForce]:
    """What is in force and what is to come, as of ``now`` (UTC), by the settings ``periods``."""
    known = await _known(connection)
    return {kind: period_in_force(kind, known.get(kind), period, now) for kind, period in periods.items()}


async def give_notice(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime
) -> dict[RetentionClass, PeriodInForce]:
    """The same, and stores it. ``connection`` is in a transaction."""
    await queries.lock_retention(connection)
    return await _store(connection, await notices(connection, periods, now))


async def skip_notice(
    connection: Connection, periods: Mapping[RetentionClass, str], now: datetime
) -> dict[RetentionClass, PeriodInForce]:
    """Brings all periods into force at once, as somebody has asked who has read what that removes."""
    await queries.lock_retention(connection)
    return await _store(connection, {kind: PeriodInForce(period, period, now) for kind, period in periods.items()})


async def _known(connection: Connection) -> dict[RetentionClass, PeriodInForce]:
    return {
        RetentionClass(row.kind): PeriodInForce(row.in_force, row.period, row.since)
        for row in await queries.retention_rows(connection)
        # A class of a newer release, after a step back to this one.
        if row.kind in set(RetentionClass)
    }


async def _store(
    connection: Connection, found: dict[RetentionClass, PeriodInForce]
) -> dict[RetentionClass, PeriodInForce]:
    known = await _known(connection)
    for kind, each in found.items():
        if known.get(kind) != each:
            await queries.note_retention_period(
                connection, kind=kind, in_force=each.in_force, period=each.period, since=each.since
            )
    return found
