"""``relance choose``: ends a comparison of variants."""

# ruff: noqa: PLC0415 - the domain and Postgres are imported by the command, never by `--help`.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.publishing.choose import AuthorsFile, Choice, Chosen


def choose(
    sequence: Annotated[str, typer.Argument(help="Name of a published sequence.", show_default=False)],
    step: Annotated[str, typer.Argument(help="Id of a step with variants.", show_default=False)],
    variant: Annotated[str, typer.Argument(help="Name of the variant that is kept.", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Option(
            help="The file of the sequence, which is edited too; comments stay.", dir_okay=False, show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep one variant of a step: publishes a version with it.

    Open runs stay on their versions: no person gets two variants.
    """
    from services.publishing.choose import Choice

    chosen = run(_choose(Choice(sequence, step, variant), _read(file)))
    if file is not None and chosen.text is not None:
        # Written once it is published: a file that says more than Postgres can be published again, and changes nothing.
        _write(file, chosen.text)
    if as_json:
        plain = output.plain(chosen)
        assert isinstance(plain, dict)
        edited = plain.pop("text") is not None
        output.print_json(plain | {"file_edited": edited})
        return
    _report(chosen, file)


async def _choose(choice: Choice, file: AuthorsFile | None) -> Chosen:
    from adapters.clock import utc_now
    from adapters.postgres.versions import Versions
    from services.publishing.choose import choose as keep

    async with open_database(migrate=True) as database:
        return await keep(database, Versions(), choice, utc_now(), file)


def _read(file: Path | None) -> AuthorsFile | None:
    from adapters.authoring_settings import load_authoring_settings
    from adapters.files.bounded import MOST_OF_YAML, read_bounded
    from sequences.errors import DefinitionError
    from services.publishing.choose import AuthorsFile

    if file is None:
        return None
    try:
        text = read_bounded(file, MOST_OF_YAML).decode("utf-8")
    except OSError as error:
        raise DefinitionError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{file}: is not UTF-8") from error
    return AuthorsFile(str(file), text, load_authoring_settings().custom())


def _write(file: Path, text: str) -> None:
    from sequences.errors import RefusedError, RequestRefused

    try:
        file.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise RefusedError(RequestRefused.FILE, f"--file: {file} cannot be written: {error.strerror}") from None


def _report(chosen: Chosen, file: Path | None) -> None:
    label = f"{chosen.sequence} version {chosen.version}"
    said = "published" if chosen.new else "had been published already"
    output.say(
        f"{label} {said}: {chosen.step} is {chosen.variant} for everybody who enters from now on",
        style="green" if chosen.new else None,
    )
    if chosen.had:
        output.say(f"  {number_of(chosen.had, 'open run')} got the message already and keep the variant they got")
    if chosen.waiting:
        move = f"`relance migrate {chosen.sequence} --to {chosen.version}`"
        output.say(
            f"  {number_of(chosen.waiting, 'open run')} of older versions get the variant that was drawn for them; "
            f"to give them this one, use {move}"
        )
    if file is None:
        output.say("  change the file too, or its next publish brings the variants back; --file does both")
    elif chosen.text is not None:
        output.say(f"  {file} was edited")
    else:
        output.say(f"  {file} says so already")
