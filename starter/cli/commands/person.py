"""``relance person``: what a person may ask of the data that is stored about them."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.private_files import FOLDER, create_private
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.uploads.store import UploadStore
    from services.privacy.export_person import ExportedPerson

_UNUSUAL: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME: Final = 100

app = typer.Typer(
    help="What is stored about a person.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _person() -> None:
    """What is stored about a person."""


@app.command("export")
def export_(
    person: Annotated[str, typer.Argument(help="Id of the person.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A new folder for the data as JSON and as text, for received messages and for files.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Export everything that is stored about a person.

    As a text for people, or as JSON. Links that act for the person are left out. That it was exported is in the audit
    log.
    """
    from services.privacy.readable import readable

    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter("it exists and is not an empty folder", param_hint="--out")
    exported, uploads = run(_export(person))
    # What strangers wrote must not steer a terminal, in which the file may be read, too.
    text = output.safe(readable(exported.data))
    if out is None:
        if as_json:
            output.print_json(exported.data)
        else:
            output.console().print(text, soft_wrap=True, end="")
        return
    written = _write(out, exported, text.plain, uploads)
    if as_json:
        output.print_json(written)
        return
    output.say(f"{out}: {len(written.files)} files", style="green")
    for name in written.missing:
        output.warn(f"{name} is stored as a file that is no longer there")


@dataclass(frozen=True)
class Written:
    """What an export wrote.

    Attributes:
        files: their names in the folder.
        missing: names of uploads whose file is gone, or whose folder is not set here.
    """

    folder: str
    files: list[str]
    missing: list[str]


async def _export(person: str) -> tuple[ExportedPerson, UploadStore | None]:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from adapters.uploads.store import UploadStore
    from services.access.audit import CLI
    from services.privacy.export_person import export_person
    from starter.composition import organisation_of

    settings = load_settings()
    keys = organisation_of(settings).token_keys
    async with open_database(migrate=True) as database:
        exported = await export_person(database, keys, person, CLI, utc_now())
    folder = settings.uploads_folder
    return exported, UploadStore(Path(folder), settings.upload_megabytes * 1024 * 1024) if folder else None


def _write(folder: Path, exported: ExportedPerson, text: str, uploads: UploadStore | None) -> Written:
    """Only the user who exports may read it."""
    import json

    contents = {
        "person.json": (json.dumps(output.plain(exported.data), indent=2) + "\n").encode(),
        "person.txt": text.encode(),
    }
    contents |= {f"messages/{each.id}.{each.ending}": each.raw for each in exported.messages}
    missing = []
    for each in exported.files:
        kept = uploads.path(each.file) if uploads is not None else None
        if kept is None:
            missing.append(each.name)
            continue
        contents[f"files/{each.id}-{_UNUSUAL.sub('_', each.name)[-_LONGEST_NAME:]}"] = kept.read_bytes()
    for name, content in contents.items():
        path = folder / name
        for place in (folder, path.parent):
            place.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        create_private(path, content)
    return Written(str(folder), list(contents), missing)
