"""``relance backup``: everything that is ours, in one file."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json
from starter.cli.part_progress import part_progress
from starter.cli.session import run

if TYPE_CHECKING:
    from adapters.backup.manifest import Manifest
    from adapters.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="New file; only you may read it.", show_default=False)],
    without_files: Annotated[
        bool, typer.Option("--without-files", help="Leave the files of RELANCE_UPLOADS_FOLDER out.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Back up Postgres and the files of forms.

    Everything is of one instant, and nothing has to be stopped for it. Temporal has its own backup; secrets and other
    settings are not in the file. It holds personal data: encrypt it before it leaves this machine.
    """
    from adapters.settings import load_settings

    settings = load_settings()
    manifest = run(_take(file, settings, without_files=without_files, quiet=as_json))
    sha256 = _hash(file)
    if as_json:
        output.print_json(
            {
                "file": str(file),
                "size": file.stat().st_size,
                "sha256": sha256,
                "taken_at": manifest.taken_at,
                "schema": manifest.schema_number,
                "rows": manifest.rows,
                "tables": {name: part.rows for name, part in manifest.tables.items()},
                "files": len(manifest.files),
                "kept_elsewhere": list(manifest.settings),
            }
        )
        return
    rows, files = number_of(manifest.rows, "row"), number_of(len(manifest.files), "file")
    output.say(f"{file}: {rows}, {files}, as of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC", style="green")
    output.say(f"schema {manifest.schema_number}, sha256 {sha256}")
    output.say(
        "Keep these settings elsewhere, above all RELANCE_TOKEN_KEYS: without it no link and no reply address of mails"
        f" that were sent can be read: {', '.join(manifest.settings)}"
    )


async def _take(file: Path, settings: Settings, *, without_files: bool, quiet: bool) -> Manifest:
    from services.backup.take import WhatToKeep, take_backup
    from starter.version import version

    folder = settings.uploads_folder
    keep = WhatToKeep(
        database_url=settings.database_url,
        uploads=None if without_files or not folder else Path(folder),
        token_key=settings.keys()[0],
        settings=[f"RELANCE_{name.upper()}" for name in sorted(settings.model_fields_set)],
        release=version(),
    )
    with part_progress(quiet=quiet) as tell:
        return await take_backup(file, keep, tell)


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
