"""``relance render``: what a step would send to a person, without sending it."""

# ruff: noqa: PLC0415 - Postgres and the template engine are imported by the command, never by `--help`.
from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from adapters.settings import Settings
    from services.publishing.render import Rendered, Rendering
    from services.publishing.write_alone import Recipient


def render(
    sequence: Annotated[str, typer.Argument(help="Name of a sequence.", show_default=False)],
    step: Annotated[str, typer.Argument(help="Id of a step that sends.", show_default=False)],
    person: Annotated[str, typer.Argument(help="Id of the person.", show_default=False)],
    record: Annotated[
        str | None, typer.Option(help="Id of the placement, for a sequence about placements.", show_default=False)
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(
            help="Variant of the step; default: the one that their newest run gets, else the first.", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the HTML to this file, to view in a browser.", dir_okay=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A sequence file, published or not, instead of the newest version.")
    ] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder of the templates of --file.", file_okay=False)] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Write the bytes that would be handed over, and nothing else, to standard output."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a step would send to a person. Sends nothing.

    Headers, text, HTML, files and segments. Nothing is stored.

    With `--raw`: the whole mail with its headers and files (an .eml file), or the words of a text.
    """
    from adapters.settings import load_settings
    from services.publishing.write_alone import Recipient

    settings = load_settings()
    version = unpublished(settings, sequence, file, templates) if file is not None else None
    recipient = Recipient(person, record, variant)
    if raw:
        _only_raw(html, as_json)
        sys.stdout.buffer.write(run(_raw(settings, sequence, version, step, recipient)))
        sys.stdout.buffer.flush()
        return
    rendered = run(_render(settings, sequence, version, step, recipient))
    if html is not None:
        _write(html, rendered)
    if as_json:
        output.print_json(rendered)
        return
    _show(rendered, html)


def _only_raw(html: Path | None, as_json: bool) -> None:
    if html is not None or as_json:
        raise typer.BadParameter("--raw writes the bytes alone: leave --html and --json out")


def unpublished(settings: Settings, sequence: str, file: Path, templates: Path | None) -> Version:
    """The version that a file would be.

    Raises:
        InvalidSequenceError: it has mistakes.
        NotFoundError: it is another sequence.
    """
    from adapters.postgres.versions import Version
    from sequences.checking import InvalidSequenceError
    from sequences.errors import NotFoundError
    from services.publishing.check_and_publish import check_files

    (checked,) = check_files([file], templates, need_templates=True, custom_fields=settings.custom())
    if checked.sequence is None:
        raise InvalidSequenceError(checked.problems)
    if checked.sequence.sequence != sequence:
        raise NotFoundError(f"{file} is the sequence {checked.sequence.sequence!r}, not {sequence!r}")
    stored = {name: source.to_json() for name, source in checked.templates.items()}
    return Version(sequence, 0, checked.sequence, stored)


async def _render(
    settings: Settings, sequence: str, version: Version | None, step: str, recipient: Recipient
) -> Rendered:
    from adapters.clock import utc_now

    async with _asked(settings, sequence, version, recipient) as (rendering, connection, wanted, whom):
        return await rendering.step(connection, wanted, step, whom, utc_now())


async def _raw(settings: Settings, sequence: str, version: Version | None, step: str, recipient: Recipient) -> bytes:
    from adapters.clock import utc_now
    from starter.mail_wiring import signer_of

    async with _asked(settings, sequence, version, recipient) as (rendering, connection, wanted, whom):
        signing = replace(rendering, seal=signer_of(settings))
        return (await signing.raw(connection, wanted, step, whom, utc_now())).content


@asynccontextmanager
async def _asked(
    settings: Settings, sequence: str, version: Version | None, recipient: Recipient
) -> AsyncIterator[tuple[Rendering, Connection, Version, Recipient]]:
    """What renders, where it reads, the version, and the recipient by their whole ids."""
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Versions
    from services.organisation import renderer_of
    from services.publishing.render import Rendering
    from services.reading.id_prefix import whole_id
    from starter.composition import organisation_of

    async with open_database() as database, database.transaction() as connection:
        wanted = version or await Versions().get(connection, sequence)
        person = await whole_id(connection, IdKind.PERSON, recipient.person)
        record = recipient.record and await whole_id(connection, IdKind.PLACEMENT, recipient.record)
        stored = Records(settings.organisation_timezone, settings.phone_region)
        rendering = Rendering(stored, renderer_of(settings), organisation_of(settings))
        yield rendering, connection, wanted, replace(recipient, person=person, record=record)


def _write(file: Path, rendered: Rendered) -> None:
    from sequences.errors import RefusedError, RequestRefused

    if rendered.html is None:
        raise RefusedError(RequestRefused.INVALID, f"--html: {rendered.step} is a text message and has no HTML")
    try:
        file.write_text(rendered.html, encoding="utf-8")
    except OSError as error:
        raise RefusedError(RequestRefused.FILE, f"--html: {file} cannot be written: {error.strerror}") from None


def _show(rendered: Rendered, html: Path | None) -> None:
    which, step = output.version_label(rendered.version), output.step_label(rendered.step, rendered.variant)
    output.say(f"{rendered.sequence}, {which}: {step} by {_by(rendered)}", style="bold")
    headers: dict[str, Any] = dict(rendered.headers) or {"To": rendered.to}
    for name, value in headers.items():
        output.say(f"{name}: {value}")
    output.say()
    output.say(rendered.text.rstrip("\n"))
    output.say()
    for each in rendered.files:
        kind = "image" if each.inline else "attachment"
        output.say(f"{kind}: {each.name} ({each.content_type}, {_size(each.size)})")
    if rendered.segments is not None:
        many, long = number_of(rendered.segments, "segment"), number_of(len(rendered.text), "character")
        output.say(f"{many}, {rendered.encoding}, {long}")
    else:
        output.say(f"{_size(rendered.size)} on the wire" + (f"; HTML written to {html}" if html else ""))
    for warning in rendered.warnings:
        output.say(f"warning: {warning}", style="yellow")


def _by(rendered: Rendered) -> str:
    from sequences.channels import CHANNELS

    return CHANNELS[rendered.channel].label


def _size(size: int) -> str:
    return f"{size} bytes" if size < 10_000 else f"{size / 1024:.0f} kB"
