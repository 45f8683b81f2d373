"""An installation of 0.1 with open runs, as it lay on the disk: its Postgres, and the database of its Temporal."""

from __future__ import annotations

import gzip
import itertools
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
from starter.local.postgres import LocalPostgres
from starter.local.temporal import LocalTemporal

FROZEN = Path(__file__).parents[2] / "upgrade"
LAST_MIGRATION = "0015_reviews"
_numbers = itertools.count()


@dataclass
class Old:
    """What 0.1 left: ``runs`` are the enrollments by the name of their story (see ``make_0_1.py``)."""

    database_url: str
    temporal: LocalTemporal
    runs: dict[str, str]

    async def execute(self, sql: str, *values: object) -> None:
        """As 0.1, or somebody beside it, would have changed it before the upgrade."""
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute(sql, *values)
        finally:
            await connection.close()


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


@asynccontextmanager
async def open_old(postgres: LocalPostgres, tmp_path: Path) -> AsyncIterator[Old]:
    """The installation, with nothing of this release applied to it yet."""
    kept: dict[str, Any] = json.loads(gzip.decompress((FROZEN / "0.1.json.gz").read_bytes()))
    name = f"old_{next(_numbers)}"
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    folder = tmp_path / "temporal"
    folder.mkdir()
    (folder / "temporal.db").write_bytes(gzip.decompress((FROZEN / "0.1.temporal.db.gz").read_bytes()))
    try:
        await _restore(postgres.url_of(name), kept["tables"], tmp_path / "migrations")
        async with LocalTemporal(folder, time_skipping=True, ui_port=None) as temporal:
            yield Old(postgres.url_of(name), temporal, kept["runs"])
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
