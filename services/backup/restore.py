"""Restores a backup into an empty database. From its commit on everything is on hold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.backup.archive import BackupReader, table_part
from adapters.backup.tables import (
    Loading,
    connected,
    forget_schema,
    others_connected,
    rows_found,
    tables_of,
)
from adapters.postgres import migrations, queries
from sequences.errors import RefusedError, RequestRefused
from services.backup.restoration import begin_restoration

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from adapters.backup.manifest import Manifest
    from adapters.backup.tables import Plain

_NAMED = 5
_CURSORS_LOST = 1_000_000
"""More events than there can have been since a backup."""


@dataclass(frozen=True)
class RestoreTarget:
    """Where a backup is restored.

    Attributes:
        database_url: of an empty database.
        phone_region: for the keys of addresses.
        uploads: folder of files that come by forms; None: its files are left in the backup.
    """

    database_url: str
    phone_region: str
    uploads: Path | None


@dataclass(frozen=True)
class Restored:
    """What was restored.

    Attributes:
        files: that were written.
        files_there: that were there already, and stayed.
        migrated: migrations that this release has beyond the backup's.
    """

    manifest: Manifest
    files: int
    files_there: int
    migrated: int


async def restore_backup(
    path: Path,
    target: RestoreTarget,
    *,
    lost_at: datetime | None,
    now: datetime,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Restored:
    """Checks the file, makes the schema of its time, loads it in one transaction, and migrates it forward.

    Args:
        path: of the file.
        target: where it goes.
        lost_at: from then on the lost database was not used any more; None: it may have been, until now.
        now: UTC.
        progress: is told what comes next, how many parts are done, and how many there are.

    Raises:
        NotFoundError: there is no such file.
        RefusedError: the file is damaged or of a newer release, the database is not empty, or somebody uses it.
        SettingsError: Postgres refuses us.
        UnavailableError: Postgres does not answer.
    """
    reader = BackupReader(path)
    try:
        manifest = reader.manifest
        unknown = sorted(set(manifest.migrations) - migrations.ours())
        if unknown:
            raise RefusedError(
                RequestRefused.FILE,
                f"the backup was taken by Relance {manifest.relance} with migrations that this release does not have"
                f" ({', '.join(unknown[:_NAMED])}); restore it with that release",
            )
        parts = reader.parts()
        for done, part in enumerate(parts):
            progress(f"check {part}", done, len(parts))
            await asyncio.to_thread(reader.check, part)
        async with connected(target.database_url) as connection:
            await _require_empty(connection)
            await forget_schema(connection)
            await migrations.apply_only(connection, manifest.migrations)
            async with connection.transaction():
                await _load(connection, reader, progress)
                await begin_restoration(connection, backup_at=manifest.taken_at, lost_at=lost_at, now=now)
            await connection.execute("ANALYZE")
        await migrations.apply(target.database_url, target.phone_region)
        async with connected(target.database_url) as connection:
            # Cursors that were handed out since the backup point at nothing, and not at other events.
            await queries.move_stream_head(connection, by=_CURSORS_LOST)
        files, there = await asyncio.to_thread(_extract, reader, target.uploads, progress)
    finally:
        reader.close()
    return Restored(manifest, files, there, len(migrations.ours() - set(manifest.migrations)))


async def _require_empty(connection: Plain) -> None:
    others = await others_connected(connection)
    if others:
        raise RefusedError(
            RequestRefused.BUSY,
            f"{others} other connections use this database; stop every `relance serve`, dispatcher and worker first",
        )
    found = await rows_found(connection)
    if found:
        some = ", ".join(f"{name} ({number})" for name, number in list(found.items())[:_NAMED])
        raise RefusedError(
            RequestRefused.INVALID,
            f"the database is not empty: {some}. Nothing was changed. Create a new database and name it in"
            " RELANCE_DATABASE_URL; keep the old one until you know that you do not need it",
        )


async def _load(connection: Plain, reader: BackupReader, progress: Callable[[str, int, int], None]) -> None:
    manifest = reader.manifest
    tables = [table for table in await tables_of(connection) if table.name in manifest.tables]
    loading = Loading(connection)
    await loading.begin(tables)
    for done, table in enumerate(tables):
        progress(table.name, done, len(tables))
        part = manifest.tables[table.name]
        with reader.open(table_part(table.name)) as source:
            rows = await loading.load(table, part.columns, source)
        if rows != part.rows:
            raise RefusedError(
                RequestRefused.FILE, f"{rows} rows of {table.name} were loaded, and the manifest says {part.rows}"
            )
    await loading.end(tables, manifest.numbers)


def _extract(reader: BackupReader, folder: Path | None, progress: Callable[[str, int, int], None]) -> tuple[int, int]:
    names = list(reader.manifest.files)
    if folder is None or not names:
        return 0, 0
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    for done, name in enumerate(names):
        progress("files", done, len(names))
        try:
            reader.extract_file(name, folder / name)
        except FileExistsError:
            continue
        written += 1
    return written, len(names) - written
