"""``relance check``: mistakes in sequence files, templates and forms."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sequences.checking import FileProblem
    from services.publishing.check_and_publish import CheckedFile

BAD_INPUT = 2
Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="Sequence and form files.", show_default=False)]
Templates = Annotated[
    Path | None,
    typer.Option(help="Folder of the templates; default: `templates` beside the sequences' folder.", file_okay=False),
]


def check(files: Files, templates: Templates = None, as_json: Json = False) -> None:
    """Check sequence files, their templates and forms for mistakes.

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


def _as_dict(item: CheckedFile) -> dict[str, Any]:
    return {
        "file": item.file,
        "ok": item.good,
        "sequence": item.sequence.sequence if item.sequence else None,
        "form": item.form.form if item.form else None,
        "forms": sorted(item.forms),
        "templates": sorted(item.templates),
        "fields_without_default": {name: list(fields) for name, fields in item.required.items() if fields},
        "problems": list(item.problems),
    }


def _show_verdict(item: CheckedFile) -> None:
    errors = sum(problem.severity == "error" for problem in item.problems)
    warnings = len(item.problems) - errors
    counts = ", ".join(number_of(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n)
    if item.form is not None and item.good:
        what = f"form {item.form.form}, {number_of(len(item.form.fields), 'field')}"
        output.say(f"{item.file}: good ({what})" + (f", {counts}" if counts else ""), style="green")
        return
    if item.sequence is None:
        output.say(f"{item.file}: {counts}", style="bold red")
        return
    steps, templates = number_of(len(item.sequence.steps), "step"), number_of(len(item.templates), "template")
    good = f"{item.file}: good ({item.sequence.sequence}, {steps}, {templates})"
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
