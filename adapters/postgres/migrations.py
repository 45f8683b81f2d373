"""Numbered SQL migrations, applied at start by pogo (the package pogo-migrate)."""

from __future__ import annotations

import logging
from importlib.resources import files
from pathlib import Path

import asyncpg
from pogo_core.util import migrate as pogo

# Any constant would do; it must only be the same for everybody who migrates this database.
_LOCK = 7_265_214_523

_quiet = logging.getLogger("relance.migrations")


def folder() -> Path:
    """Where the numbered ``.sql`` files live."""
    return Path(str(files("adapters.postgres"))) / "migrations"


async def apply(url: str) -> None:
    """Brings the database at ``url`` to the newest schema; idempotent, also when several processes start at once."""
    connection = await asyncpg.connect(url)
    try:
        if await _all_applied(connection):
            return
        # pogo takes no lock of its own: two workers that start together would both try to create the tables.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        _quiet.setLevel(logging.ERROR)
        await pogo.apply(connection, folder(), schema_name="public", logger=_quiet)
    finally:
        await connection.close()


async def _all_applied(connection: asyncpg.Connection) -> bool:
    """Asked first, because pogo reads and splits all the SQL before it asks: a sixth of a second for every command."""
    if await connection.fetchval("SELECT to_regclass('public._pogo_migration')") is None:
        return False
    rows = await connection.fetch("SELECT migration_id FROM public._pogo_migration")
    return {file.stem for file in folder().glob("*.sql")} <= {row["migration_id"] for row in rows}
