"""Takes a backup: every row of one instant and the files of forms, in one file that holds no secret of ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.backup.archive import BackupWriter, table_part
from adapters.backup.manifest import FORMAT, KeyMark, Manifest, TablePart
from adapters.backup.tables import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from adapters.backup.manifest import UploadPart


@dataclass(frozen=True)
class WhatToKeep:
    """What a backup is taken of.

    Attributes:
        database_url: of our Postgres.
        uploads: folder of files that came by forms; None: there is none, or it is kept by other means.
        token_key: the newest of RELANCE_TOKEN_KEYS; only its mark is kept.
        settings: names of settings that are set, and are not kept.
        release: of Relance.
    """

    database_url: str
    uploads: Path | None
    token_key: bytes
    settings: Sequence[str]
    release: str


async def take_backup(
    path: Path, keep: WhatToKeep, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Manifest:
    """Writes a new file; nothing stays of one that was not finished.

    Args:
        path: of the file.
        keep: of what.
        progress: is told what comes next, how many parts are done, and how many there are.

    Raises:
        RefusedError: the file exists, or cannot be written.
        SettingsError: there is no database of Relance.
        UnavailableError: Postgres does not answer.
    """
    with BackupWriter(path) as writer:
        async with Snapshot.of(keep.database_url) as snapshot:
            # What a row names was there before it: looked for afterwards, no file of the snapshot is missing.
            parts = len(snapshot.tables)
            tables: dict[str, TablePart] = {}
            for done, table in enumerate(snapshot.tables):
                progress(table.name, done, parts)
                with writer.part(table_part(table.name)) as (target, counted):
                    rows = await snapshot.copy(table, target)
                tables[table.name] = TablePart(
                    rows=rows, size=counted.size, sha256=counted.sha256, columns=table.columns
                )
            files = await asyncio.to_thread(_copy_files, writer, keep.uploads, progress)
            manifest = Manifest(
                format=FORMAT,
                relance=keep.release,
                postgres=".".join(map(str, snapshot.postgres[:2])),
                taken_at=snapshot.taken_at,
                migrations=snapshot.migrations,
                tables=tables,
                numbers=snapshot.numbers,
                files=files,
                token_key=KeyMark.of(keep.token_key),
                settings=tuple(keep.settings),
            )
        writer.finish(manifest)
    return manifest


def _copy_files(
    writer: BackupWriter, folder: Path | None, progress: Callable[[str, int, int], None]
) -> dict[str, UploadPart]:
    if folder is None or not folder.is_dir():
        return {}
    found = sorted(file for file in folder.iterdir() if file.is_file() and not file.is_symlink())
    files = {}
    for done, file in enumerate(found):
        progress("files", done, len(found))
        files[file.name] = writer.copy_file(file.name, file)
    return files
