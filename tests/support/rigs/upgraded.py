"""An installation of 0.1 with open runs, as it lay on the disk: its Postgres, and the database of its Temporal."""

from __future__ import annotations

import functools
import gzip
import json
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from pogo_core.util import migrate as pogo

from adapters.postgres import migrations
from starter.local.temporal import LocalTemporal

FROZEN = Path(__file__).parents[2] / "upgrade"
LAST_MIGRATION = "0015_reviews"


@dataclass
class Old:
    """What 0.1 left: ``runs`` are the enrollments by the name of their story (see ``make_0_1.py``)."""

    database_url: str
    temporal: LocalTemporal
    runs: dict[str, str]


def _old_migrations(folder: Path) -> None:
    folder.mkdir()
    for file in sorted(migrations.folder().glob("*.sql")):
        if file.stem <= LAST_MIGRATION:
            shutil.copy(file, folder)


async def _restore(url: str, tables: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    """The schema of 0.1, made by its own migrations, and its rows."""
    _old_migrations(folder)
    connection = await asyncpg.connect(url)
    try:
        await pogo.apply(connection, folder, schema_name="public", logger=logging.getLogger("relance.tests.old"))
        # Rows come as they were: no trigger, and no order of foreign keys.
        await connection.execute("SET session_replication_role = replica")
        for table, rows in tables.items():
            await connection.execute(
                f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE'
                f' SELECT * FROM jsonb_populate_recordset(NULL::"{table}", $1::jsonb)',
                json.dumps(rows),
            )
        await connection.execute("SET session_replication_role = origin")
        for row in await connection.fetch(
            "SELECT * FROM (SELECT table_name AS t, column_name AS c,"
            " pg_get_serial_sequence(quote_ident(table_name), column_name) AS s"
            " FROM information_schema.columns WHERE table_schema = 'public') AS serial WHERE s IS NOT NULL"
        ):
            await connection.execute(
                f'SELECT setval(\'{row["s"]}\', (SELECT coalesce(max("{row["c"]}"), 0) + 1 FROM "{row["t"]}"), false)'
            )
    finally:
        await connection.close()


async def restore(url: str, folder: Path) -> None:
    """Puts the rows of the installation into an empty database; nothing of this release is applied to it."""
    await _restore(url, _kept()["tables"], folder / "migrations")


@asynccontextmanager
async def open_old(url: str, folder: Path) -> AsyncIterator[Old]:
    """The installation, on a database that has its rows, with its Temporal."""
    (folder / "temporal").mkdir()
    (folder / "temporal" / "temporal.db").write_bytes(gzip.decompress((FROZEN / "0.1.temporal.db.gz").read_bytes()))
    async with LocalTemporal(folder / "temporal", time_skipping=True, ui_port=None) as temporal:
        yield Old(url, temporal, _kept()["runs"])


@functools.cache
def _kept() -> dict[str, Any]:
    return dict(json.loads(gzip.decompress((FROZEN / "0.1.json.gz").read_bytes())))
