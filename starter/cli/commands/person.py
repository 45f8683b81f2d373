"""``relance person``: what a person may ask of the data about them, what they agreed to, and all their runs at once."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.private_files import FOLDER, create_private
from starter.cli import output, person_consent, person_runs
from starter.cli.options import Json, Yes
from starter.cli.session import interactive, open_database, open_everything, run

if TYPE_CHECKING:
    from adapters.uploads.store import UploadStore
    from services.privacy.erasure_report import ErasureReport
    from services.privacy.export_person import ExportedPerson

_UNUSUAL: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME: Final = 100

app = typer.Typer(
    help="What is stored about a person, consents, and all runs.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _person() -> None:
    """What is stored about a person, consents, and all runs."""


for _command in (person_runs.pause, person_runs.resume, person_runs.stop, person_consent.consent):
    app.command()(_command)


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


@app.command("erase")
def erase(
    person: Annotated[str, typer.Argument(help="Id of the person.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    may_be_contacted_again: Annotated[
        bool,
        typer.Option(
            "--may-be-contacted-again",
            help="A person who comes with one of the addresses may be contacted, unless this one had opted out.",
        ),
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Erase what is stored about a person.

    Rows, words, files, and histories in Temporal.

    It cannot be taken back. Stopped halfway, it goes on when it is asked again. What stays, and why, is in the report,
    which the audit log keeps.
    """
    from sequences.errors import RefusedError, RequestRefused

    if dry_run:
        _show(run(_preview(person, may_be_contacted_again=may_be_contacted_again)), as_json=as_json)
        return
    if not yes:
        if not interactive():
            raise RefusedError(RequestRefused.INVALID, "this cannot be taken back; add --yes, or look with --dry-run")
        typer.confirm(f"Erase everything about {person}? This cannot be taken back", abort=True, err=True)
    report, again = run(_erase(person, may_be_contacted_again=may_be_contacted_again))
    _show(report, as_json=as_json, again=again)


def _show(report: ErasureReport, *, as_json: bool, again: bool = False) -> None:
    from services.privacy.erasure_report import readable

    if as_json:
        output.print_json({**report.stored(), "repeated": again})
        return
    if again:
        output.say("already erased", style="yellow")
    output.console().print(output.safe(readable(report)), soft_wrap=True, end="")


async def _preview(person: str, *, may_be_contacted_again: bool) -> ErasureReport:
    from starter.composition import erasing_of

    async with open_everything() as services:
        return await erasing_of(services).preview(person, may_be_contacted_again=may_be_contacted_again)


async def _erase(person: str, *, may_be_contacted_again: bool) -> tuple[ErasureReport, bool]:
    """The report, and whether it was erased before."""
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.privacy.ask_to_erase import ErasureOrder
    from starter.composition import erasing_of

    async with open_everything() as services:
        erasing, now = erasing_of(services), utc_now()
        async with services.database.transaction() as connection:
            before = await erasing.asking.done_before(connection, person, now)
            if before is not None:
                return before, True
            root = await erasing.asking.begin(connection, ErasureOrder(person, CLI, may_be_contacted_again), now)
        with output.progress() as shown:
            task = shown.add_task("erasing", total=None)
            return await erasing.carry_out(root, lambda: shown.advance(task)), False


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
    from services.access.audit import CLI
    from services.privacy.export_person import export_person
    from starter.composition import organisation_of, uploads_of

    settings = load_settings()
    keys = organisation_of(settings).token_keys
    async with open_database(migrate=True) as database:
        exported = await export_person(database, keys, person, CLI, utc_now())
    return exported, uploads_of(settings)


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
