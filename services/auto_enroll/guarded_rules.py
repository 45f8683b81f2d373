"""Runs rules so that a broken one stops no other, and says once that it is broken."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

import asyncpg

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import ChangedRecords
from sequences.errors import PermanentError
from sequences.records.changed_fields import changed_fields, is_creation
from services.auto_enroll.rule_notifications import notify_broken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.rules.evaluator import ActiveRule

_Answer = TypeVar("_Answer")
_log = logging.getLogger("relance.rules")

# What another attempt cures; everything else that Postgres says of one rule is that rule's own fault.
_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
)


async def guarded(
    connection: Connection, rule: ActiveRule, now: datetime, ask: Callable[[], Awaitable[_Answer]]
) -> _Answer | None:
    """What ``ask`` answers; None when the rule is broken, which is recorded and told once.

    Args:
        connection: in a transaction.
        rule: asked.
        now: UTC.
        ask: one of the methods of ``Rules``, on the same connection.
    """
    if rule.compiled is None:
        await _note(connection, rule, rule.broken or "it cannot be compiled", now)
        return None
    try:
        # A failed statement would take the whole transaction with it.
        async with connection.transaction():
            return await ask()
    except _PASSING:
        raise
    except (asyncpg.PostgresError, PermanentError) as error:
        problem = type(error).__name__
        _log.error("a rule cannot be evaluated: %s", problem, extra={"sequence": rule.version.sequence})
        await _note(connection, rule, f"Postgres refuses it ({problem})", now)
        return None


async def _note(connection: Connection, rule: ActiveRule, problem: str, now: datetime) -> None:
    fresh = await queries.note_broken(connection, sequence=rule.version.sequence, broken=problem)
    if fresh:
        await notify_broken(connection, rule.version, problem, now)


class Changes:
    """Which records a batch of change rows concerns, for one rule at a time."""

    def __init__(self, rows: Iterable[queries.ChangeRow]) -> None:
        self._rows = [(row, frozenset(changed_fields(row.fields, row.before, row.after)), _is_new(row)) for row in rows]

    def concerned(self, rule: ActiveRule) -> ChangedRecords:
        """What changed in a field that the rule reads.

        Of a new record every field is new, also those that are missing; a person told after their placement makes the
        placement new. Another person behind a placement changes everything that a rule reads of the person.
        """
        if rule.compiled is None:
            return ChangedRecords()
        fields = rule.compiled.fields
        if rule.compiled.record == "placement":
            fields |= {"placement.person"}
        found: dict[str, dict[str, None]] = {}
        kinds = entities_of(rule.compiled.record)
        for row, changed, new in self._rows:
            if changed & fields or (new and row.entity in kinds):
                found.setdefault(f"{row.entity}s", {})[row.entity_id] = None
        return ChangedRecords(**{entity: list(each) for entity, each in found.items()})

    @property
    def touched(self) -> dict[str, list[str]]:
        """Everything that changed at all: ids by entity."""
        found: dict[str, dict[str, None]] = {}
        for row, _, _ in self._rows:
            found.setdefault(row.entity, {})[row.entity_id] = None
        return {entity: list(each) for entity, each in found.items()}


def entities_of(record: str) -> tuple[str, ...]:
    """The entities that make a record of that kind new when they are new themselves."""
    return ("person",) if record == "person" else ("placement", "person")


def _is_new(row: queries.ChangeRow) -> bool:
    return row.entity in ("person", "placement") and is_creation(row.before)
