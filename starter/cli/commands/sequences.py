"""``relance new``, ``check``, ``schema`` and ``forecast``: sequence files. Needs no server."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from starter.cli import output
from starter.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sequences.checking import FileProblem
    from services.publishing.check_and_publish import CheckedFile

BAD_INPUT = 2
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sequence files.", show_default=False)]
Templates = Annotated[
    Path | None,
    typer.Option(help="Folder of the templates; default: `templates` beside the sequences' folder.", file_okay=False),
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(new)
    app.command()(check)
    app.command()(schema)
    app.command()(forecast)


def new(
    name: Annotated[str, typer.Argument(help="The id of the sequence, such as `new-services`.", show_default=False)],
    title: Annotated[str | None, typer.Option(help="What people call it.", show_default=False)] = None,
    record: Annotated[Literal["person", "placement"], typer.Option(help="What one run is about.")] = "person",
    folder: Annotated[
        Path, typer.Option(help="Folder for `sequences/NAME.yaml` and `templates/NAME/`.", file_okay=False)
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Start a sequence of your own: a file and two e-mails.

    In working hours, with an unsubscribe line. Needs no server.
    """
    from services.publishing.new_sequence import begin_sequence

    written = begin_sequence(folder, name, title, record)
    if as_json:
        output.print_json({"sequence": name, "files": [str(path) for path in written]})
        return
    for path in written:
        output.say(f"written: {path}", style="green")
    output.say(f"Change the words, then: relance check {written[0]}")


def check(files: Files, templates: Templates = None, as_json: Json = False) -> None:
    """Check sequence files and their templates for mistakes.

    Needs no server. Exit status 2 when there is an error.
    """
    from adapters.authoring_settings import load_authoring_settings
    from services.publishing.check_and_publish import check_files

    checked = check_files(files, templates, custom_fields=load_authoring_settings().custom())
    good = all(item.good for item in checked)
    if as_json:
        output.print_json({"ok": good, "files": [_as_dict(item) for item in checked]})
    else:
        for item in checked:
            show_problems(item.problems)
            _show_verdict(item)
    if not good:
        raise typer.Exit(BAD_INPUT)


def schema() -> None:
    """Print the JSON Schema of a sequence file, for editors."""
    from sequences.definition.schema import schema_text

    # Bytes: the schema is UTF-8 whatever the terminal's encoding, as the committed file is.
    sys.stdout.flush()
    sys.stdout.buffer.write(schema_text().encode())
    sys.stdout.buffer.flush()


def forecast(
    file: Annotated[Path, typer.Argument(help="A sequence file.", show_default=False)],
    record: Annotated[
        Path, typer.Option(help="JSON with the record's fields: {person: {...}, placement: {...}}.", show_default=False)
    ],
    at: Annotated[str, typer.Option(help="The instant of enrollment, ISO 8601 with Z or offset.", show_default=False)],
    timezone: Annotated[
        str,
        typer.Option(help="Time zone of the organisation: the last fallback.", envvar="RELANCE_ORGANISATION_TIMEZONE"),
    ] = "UTC",
    as_json: Json = False,
) -> None:
    """Show when each step would go for one record, and why.

    For a record enrolled at an instant. Needs no server, no templates.
    """
    from sequences.planning.forecast import as_json as step_as_json
    from services.publishing.forecast import forecast_file
    from starter.cli import tables

    made = forecast_file(file, record, at, timezone)
    for warning in made.warnings:
        output.warn(f"warning: {warning}")
    steps = [step_as_json(plan) for plan in made.plans]
    if as_json:
        output.print_json(steps)
        return
    tables.table(
        f"{made.sequence.name}: enrolled {output.local(made.enrolled_at, None)} UTC",
        ("step", "due (UTC)", "local time", "zone", "zone from", "moved by", "skipped"),
        (
            (
                plan.step,
                step["due_at"],
                plan.local and f"{plan.local:%a %d %b %Y %H:%M}",
                plan.timezone,
                plan.timezone_source,
                ", ".join(plan.moved_by),
                plan.skipped and output.safe(plan.skipped, "yellow"),
            )
            for plan, step in zip(made.plans, steps, strict=True)
        ),
        empty="no steps",
    )


def _as_dict(item: CheckedFile) -> dict[str, Any]:
    return {
        "file": item.file,
        "ok": item.good,
        "sequence": item.sequence.sequence if item.sequence else None,
        "templates": sorted(item.templates),
        "fields_without_default": {name: list(fields) for name, fields in item.required.items() if fields},
        "problems": list(item.problems),
    }


def _show_verdict(item: CheckedFile) -> None:
    errors = sum(problem.severity == "error" for problem in item.problems)
    warnings = len(item.problems) - errors
    counts = ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in ((errors, "error"), (warnings, "warning")) if n)
    if item.sequence is None:
        output.say(f"{item.file}: {counts}", style="bold red")
        return
    steps, templates = len(item.sequence.steps), len(item.templates)
    good = f"{item.file}: good ({item.sequence.sequence}, {steps} steps, {templates} templates)"
    output.say(good + (f", {counts}" if counts else ""), style="green")
    show_required(item)


def show_required(item: CheckedFile) -> None:
    """Which fields a person must have, or the message is not written."""
    needed = {name: fields for name, fields in item.required.items() if fields}
    if needed:
        output.say("  fields used without a default; people without one do not get that message:", style="bright_black")
    for name, fields in needed.items():
        output.say(f"    {name}: {', '.join(fields)}")


def show_problems(problems: Iterable[FileProblem], *, stderr: bool = False) -> None:
    """Prints each problem with its place, what was found and what is allowed."""
    console = output.console(stderr=stderr)
    for problem in problems:
        colour = "red" if problem.severity == "error" else "yellow"
        line = output.safe(f"{problem.file}:{problem.line}:{problem.column}: ", "bold")
        line.append(f"{problem.severity}: ", colour)
        line.append_text(output.safe(problem.message))
        console.print(line, soft_wrap=True)
        for label, value in (("found", problem.found), ("allowed", problem.allowed)):
            if value:
                console.print(output.safe(f"    {label}: ", "bright_black") + output.safe(value), soft_wrap=True)
