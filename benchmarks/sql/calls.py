"""Calls one statement as the product does, again and again on one connection, and says what Postgres did."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from adapters.postgres.database import Connection

CALLS = 10
"""Postgres makes up its mind after five calls of a prepared statement."""
_ENOUGH_SECONDS = 4.0
_LONGEST_SECONDS = 120.0

_READ = """
SELECT relname, seq_tup_read, coalesce(idx_tup_fetch, 0) AS idx_tup_fetch FROM pg_stat_xact_user_tables
WHERE seq_tup_read > 0 OR idx_tup_fetch > 0
"""


@dataclass
class Told:
    """What the calls of one kind of arguments showed.

    Attributes:
        name: of the query.
        label: which kind of arguments.
        alone_ms: the median on a connection that saw this kind only.
        worst_ms: the highest median on connections that saw another kind first.
        rows: how many rows a call gave, at the most.
        read: rows that one call read, also in functions and triggers, whatever it did with them.
        scanned: of which tables it read every row, and how many.
        pages: of 8 kB, that one call looked at.
        plan: the scans of its plan.
        generic: whether Postgres settled on one plan for all arguments.
        failed: what Postgres says against it; empty: it works.
    """

    name: str
    label: str
    alone_ms: float = 0.0
    worst_ms: float = 0.0
    rows: int = 0
    read: int = 0
    scanned: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    plan: str = ""
    generic: bool = False
    failed: str = ""


@dataclass(frozen=True)
class Calls:
    """One kind of calls of a statement: the arguments of each."""

    label: str
    arguments: Callable[[int], Sequence[object]]


async def connect(url: str) -> asyncpg.Connection[Any]:
    """A connection as the product's pool makes one."""
    connection = await asyncpg.connect(
        url, server_settings={"relance.writer": "on", "statement_timeout": "120s"}, command_timeout=_LONGEST_SECONDS
    )
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    return connection


async def tell(url: str, name: str, text: str, kinds: Sequence[Calls]) -> list[Told]:
    """Calls a statement with every kind of arguments, on a new connection for each kind that comes first.

    Args:
        url: of the seeded database.
        name: of the statement.
        text: SQL with ``$1``, ``$2``, ...
        kinds: at least one.
    """
    told = {kind.label: Told(name, kind.label) for kind in kinds}
    for first in kinds:
        connection = await connect(url)
        try:
            await _in_turn(connection, text, [first, *(kind for kind in kinds if kind is not first)], told)
        finally:
            await connection.close()
    return list(told.values())


async def once(connection: asyncpg.Connection[Any], name: str, text: str, kind: Calls) -> Told:
    """Calls a statement once: no times, but what it reads and by which plan."""
    one = Told(name, kind.label)
    try:
        await _explain(connection, text, kind, one)
        await _count(connection, text, kind, one)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        one.failed = f"{type(error).__name__}: {error}"
    return one


async def prepared(connection: asyncpg.Connection[Any], name: str, text: str, kind: Calls) -> Told:
    """Calls a statement once more where it was called before: what it reads by the plan that was kept."""
    one = Told(name, kind.label)
    await _count(connection, text, kind, one)
    one.generic = await _is_generic(connection, text)
    return one


async def _in_turn(
    connection: asyncpg.Connection[Any], text: str, kinds: Sequence[Calls], told: dict[str, Told]
) -> None:
    for place, kind in enumerate(kinds):
        one = told[kind.label]
        if one.failed:
            continue
        try:
            if place == 0:
                await _explain(connection, text, kind, one)
            milliseconds = await _median(connection, text, kind, one)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            one.failed = f"{type(error).__name__}: {error}"
            continue
        if place == 0:
            one.alone_ms = milliseconds
            await _count(connection, text, kind, one)
        one.worst_ms = max(one.worst_ms, milliseconds)


async def _median(connection: asyncpg.Connection[Any], text: str, kind: Calls, one: Told) -> float:
    statement = await connection.prepare(text)
    taken: list[float] = []
    for call in range(CALLS):
        values = kind.arguments(call)
        async with undone(connection):
            began = time.perf_counter()
            rows = await statement.fetch(*values)
            taken.append((time.perf_counter() - began) * 1000)
        one.rows = max(one.rows, len(rows))
        if sum(taken) > _ENOUGH_SECONDS * 1000 and call:
            break
    one.generic = one.generic or await _is_generic(connection, text)
    return statistics.median(taken)


async def _is_generic(connection: asyncpg.Connection[Any], text: str) -> bool:
    asked = "SELECT bool_or(generic_plans > 0) FROM pg_prepared_statements WHERE statement = $1"
    return bool(await connection.fetchval(asked, text))


async def _count(connection: asyncpg.Connection[Any], text: str, kind: Calls, one: Told) -> None:
    async with undone(connection):
        # Postgres counts for as long as it likes, not for a transaction.
        before = {row["relname"]: row for row in await connection.fetch(_READ)}
        one.rows = len(await connection.fetch(text, *kind.arguments(0)))
        after = {row["relname"]: row for row in await connection.fetch(_READ)}
    one.scanned = {
        table: more for table, row in after.items() if (more := _more(row, before.get(table), "seq_tup_read")) > 0
    }
    one.read = sum(one.scanned.values()) + sum(
        _more(row, before.get(table), "idx_tup_fetch") for table, row in after.items()
    )


def _more(after: asyncpg.Record, before: asyncpg.Record | None, column: str) -> int:
    return int(after[column]) - (int(before[column]) if before is not None else 0)


async def _explain(connection: asyncpg.Connection[Any], text: str, kind: Calls, one: Told) -> None:
    async with undone(connection):
        found = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", *kind.arguments(0))
    plan = found[0]["Plan"]
    one.pages = plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
    one.plan = summary(plan)


def summary(plan: dict[str, Any]) -> str:
    """The scans of a plan, each with the index that it uses.

    >>> summary({"Node Type": "Seq Scan", "Relation Name": "change"})
    'change: all rows'
    """
    found: Counter[str] = Counter()
    _walk(plan, found)
    return "; ".join(f"{scan} x{times}" if times > 1 else scan for scan, times in found.items()) or plan["Node Type"]


def _walk(node: dict[str, Any], found: Counter[str]) -> None:
    if node["Node Type"] == "Seq Scan":
        found[f"{node['Relation Name']}: all rows"] += 1
    elif node["Node Type"] == "Function Scan":
        found[f"{node.get('Function Name', 'a function')}()"] += 1
    elif "Index Name" in node:
        found[node["Index Name"]] += 1
    elif node["Node Type"] in ("Sort", "Incremental Sort") and node.get("Actual Rows", 0) > 1000:
        found["sorts"] += 1
    for below in node.get("Plans", []):
        _walk(below, found)


@asynccontextmanager
async def undone(connection: Connection) -> AsyncIterator[None]:
    """A transaction that leaves nothing."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()
