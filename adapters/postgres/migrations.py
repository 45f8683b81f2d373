"""Numbered SQL migrations, applied at start by pogo (the package pogo-migrate)."""

from __future__ import annotations

import logging
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from pogo_core.util import migrate as pogo

from adapters.postgres import address_keys

if TYPE_CHECKING:
    from collections.abc import Collection

    from adapters.postgres.database import Connection

# Any constant would do; it must only be the same for everybody who migrates this database.
_LOCK = 7_265_214_523

_quiet = logging.getLogger("relance.migrations")


def folder() -> Path:
    """Where the numbered ``.sql`` files live."""
    return Path(str(files("adapters.postgres"))) / "migrations"


async def apply(url: str, phone_region: str | None = None) -> None:
    """Brings the database at ``url`` to the newest schema; idempotent, also when several processes start at once.

    Args:
        url: ``postgresql://user:password@host:port/database``.
        phone_region: ISO 3166-1 alpha-2 country in which numbers without one are read; with it the keys of addresses
            that SQL could not make are made as well. Some 10,000 people take a second, once.
    """
    # As our own writes: what follows from a migration is no change that anybody made to a record.
    connection = await asyncpg.connect(url, server_settings={"relance.writer": "on"})
    try:
        await _apply_schema(connection)
        if phone_region is not None:
            await address_keys.refresh(connection, phone_region)
    finally:
        await connection.close()


async def apply_only(connection: asyncpg.Connection, names: Collection[str]) -> None:
    """Makes the schema of an earlier moment: of these migrations only, in an empty database.

    Args:
        connection: outside of a transaction. It keeps everybody else from migrating until it is closed.
        names: of the migrations; all of them are in our folder.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    _quiet.setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as some:
        for name in names:
            shutil.copy(folder() / f"{name}.sql", some)
        await pogo.apply(connection, Path(some), schema_name="public", logger=_quiet)


def ours() -> frozenset[str]:
    """Names of all migrations of this release."""
    return frozenset(file.stem for file in folder().glob("*.sql"))


async def differences(connection: Connection) -> tuple[list[str], list[str]]:
    """Our migrations that a database lacks, and those of it that we do not know, each in order."""
    rows = await connection.fetch("SELECT migration_id FROM public._pogo_migration")
    applied = {row["migration_id"] for row in rows}
    return sorted(ours() - applied), sorted(applied - ours())


async def _apply_schema(connection: asyncpg.Connection) -> None:
    if await _all_applied(connection):
        return
    # pogo takes no lock of its own: two workers that start together would both try to create the tables.
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    _quiet.setLevel(logging.ERROR)
    await pogo.apply(connection, folder(), schema_name="public", logger=_quiet)
    await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _all_applied(connection: asyncpg.Connection) -> bool:
    """Asked first, because pogo reads and splits all the SQL before it asks: a sixth of a second for every command."""
    if await connection.fetchval("SELECT to_regclass('public._pogo_migration')") is None:
        return False
    rows = await connection.fetch("SELECT migration_id FROM public._pogo_migration")
    return ours() <= {row["migration_id"] for row in rows}
