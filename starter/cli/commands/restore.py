"""``relance restore``: a backup into an empty database."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.instants import instant
from starter.cli.options import Json
from starter.cli.part_progress import part_progress
from starter.cli.session import run

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.settings import Settings
    from services.backup.restore import Restored


def restore(
    file: Annotated[Path, typer.Argument(help="File that relance backup wrote.", show_default=False)],
    lost_at: Annotated[
        str | None,
        typer.Option(
            help="When the lost database was last used (2027-05-04T09:00:00Z): what was due then may have gone out."
            " Default: now.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Restore a backup into an empty database.

    The database of RELANCE_DATABASE_URL. The file is checked first, and the tables are brought to this release. From
    then on everything is on hold, until relance reconcile --after-restore has compared rows and Temporal, and relance
    resume-all --everything ends the hold.
    """
    from adapters.settings import load_settings

    settings = load_settings()
    found = run(_restore(file, settings, instant("--lost-at", lost_at), quiet=as_json))
    manifest = found.manifest
    known = manifest.knows_one_of(settings.keys())
    folder_missing = bool(manifest.files) and not settings.uploads_folder
    if as_json:
        output.print_json(
            {
                "file": str(file),
                "taken_at": manifest.taken_at,
                "rows": manifest.rows,
                "files": found.files,
                "files_there": found.files_there,
                "migrated": found.migrated,
                "token_key_known": known,
                "on_hold": True,
            }
        )
    else:
        rows, files = number_of(manifest.rows, "row"), number_of(found.files, "file")
        output.say(f"{rows} and {files} of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC restored", style="green")
        if found.migrated:
            output.say(f"{number_of(found.migrated, 'migration')} of this release applied")
        output.say(
            "Everything is on hold. Next, before any worker starts: relance reconcile --after-restore --dry-run"
            " (with --journal FILE, if RELANCE_OPT_OUT_JOURNAL is not set here)"
        )
        output.say(
            "Tokens, users and receivers of webhooks are as they were then: revoke again what was revoked since."
        )
    if not known:
        output.warn(
            "RELANCE_TOKEN_KEYS does not have the key of this backup: links and reply addresses of mails that were sent"
            " cannot be read; add the old key behind the new one"
        )
    if folder_missing:
        output.warn(
            f"RELANCE_UPLOADS_FOLDER is not set, so {number_of(len(manifest.files), 'file')} of forms stayed in the"
            " backup; set it, and unzip its folder files/ there"
        )


async def _restore(file: Path, settings: Settings, lost_at: datetime | None, *, quiet: bool) -> Restored:
    from adapters.clock import utc_now
    from services.backup.restore import RestoreTarget, restore_backup

    folder = settings.uploads_folder
    target = RestoreTarget(settings.database_url, settings.phone_region, Path(folder) if folder else None)
    with part_progress(quiet=quiet) as tell:
        return await restore_backup(file, target, lost_at=lost_at, now=utc_now(), progress=tell)
