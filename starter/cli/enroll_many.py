"""``relance enroll --file`` and ``--list``: many at once, after a look at who would enter."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.commands import preview
from starter.cli.session import interactive, open_everything, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.enrolling.enroll_many import EnrollingMany, EnrollOutcome, Meant, Target

SOME_REFUSED = 2
_SHOWN = 20


@dataclass(frozen=True)
class ManyAsked:
    """Who is to be enrolled, and how.

    Attributes:
        sequence: name of a published one.
        file: with the ids; None: ``listed`` says who.
        listed: name of a list.
        column: of the file; None: found by its name.
        sheet: of a workbook.
        key: idempotency key.
        again: also people who were in the sequence before.
        dry_run: only look.
        yes: do not ask.
    """

    sequence: str
    file: Path | None = None
    listed: str | None = None
    column: str | None = None
    sheet: str | None = None
    key: str | None = None
    again: bool = False
    dry_run: bool = False
    yes: bool = False


def enroll_many(asked: ManyAsked, *, as_json: bool) -> None:
    """Looks at everybody, asks where it must, enrolls, and reports."""
    target, meant, found = run(_enroll(asked, quiet=as_json))
    if as_json:
        output.print_json(_as_dict(target, meant, found, dry_run=asked.dry_run))
    else:
        _report(target, meant, found, dry_run=asked.dry_run)
    if found.troubled:
        raise typer.Exit(SOME_REFUSED)


async def _enroll(asked: ManyAsked, *, quiet: bool) -> tuple[Target, list[Meant], EnrollOutcome]:
    from services.enrolling.enroll_many import EnrollingMany

    async with open_everything() as services:
        many = EnrollingMany(services.database, services.versions, services.enrolling)
        target = await many.target(asked.sequence)
        if asked.file is not None:
            meant = ids_in(asked.file, target, asked.column, asked.sheet)
        else:
            meant = await many.of_list(target, asked.listed or "")
        found = await _looked(many, target, meant, again=asked.again)
        if asked.dry_run:
            return target, meant, found
        _confirm(target, found, yes=asked.yes, quiet=quiet)
        nonce = asked.key or uuid.uuid4().hex
        with _progress("enrolling", len(meant)) as step:
            done = await many.enroll(target, meant, again=asked.again, nonce=nonce, step=step)
        return target, meant, done


async def _looked(many: EnrollingMany, target: Target, meant: list[Meant], *, again: bool) -> EnrollOutcome:
    with _progress("looking", len(meant)) as step:
        return await many.look(target, meant, again=again, step=step)


def _confirm(target: Target, found: EnrollOutcome, *, yes: bool, quiet: bool) -> None:
    """Many at once, and messages at night, go out only when somebody says so."""
    from sequences.errors import SettingsError

    many = len(found.enrolled)
    above = many > target.hold_above
    if yes or not (above or (found.odd_hours and interactive())):
        return
    who = preview.count(many, target.records)
    if not interactive():
        raise SettingsError(
            f"{who} would enter {target.sequence}, more than hold_above ({target.hold_above:,}); --yes enrolls them, "
            "--dry-run shows who they are"
        )
    if not quiet:
        preview.show_refused(output.console(stderr=True), found.reasons)
    more = f", more than hold_above ({target.hold_above:,})" if above else ""
    hours = f"; {found.odd_hours} would get the first message at an unusual time, such as {found.odd_example}"
    odd = hours if found.odd_hours else ""
    typer.confirm(f"{who} would enter {target.sequence} ({target.name}){more}{odd}. Enroll?", abort=True, err=True)


def ids_in(file: Path, target: Target, column: str | None, sheet: str | None) -> list[Meant]:
    """The ids of a file, from the column that is named like one.

    Raises:
        SettingsError: the file cannot be used, or no column is the id.
    """
    from adapters.files.columns import columns_of, id_column, plain_name
    from adapters.files.open_file import open_rows
    from sequences.author_messages import did_you_mean
    from sequences.errors import SettingsError
    from sequences.records.equal_values import BLANK
    from services.enrolling.enroll_many import Meant

    source = open_rows(file, None, sheet)
    record = target.records
    if column:
        names = [plain_name(cell) for cell in source.header]
        if plain_name(column) not in names:
            hint = did_you_mean(column, source.header)
            raise SettingsError(
                f"--column {column!r}: {file.name} has no such column.{hint} {columns_of(source.header)}"
            )
        index: int | None = names.index(plain_name(column))
    else:
        index = id_column(source.header, record)
    if index is None:
        why = f"no column holds the id of the {record}; name it with --column NAME"
        raise SettingsError(f"{file.name}: {why}. {columns_of(source.header)}")
    cells = ((line, row[index].strip(BLANK) if index < len(row) else "") for line, row in source.read())
    return [Meant(line, cell) for line, cell in cells]


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    with output.progress() as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _as_dict(target: Target, meant: list[Meant], found: EnrollOutcome, *, dry_run: bool) -> dict[str, object]:
    return {
        "sequence": target.sequence,
        "version": target.version,
        "records": target.records,
        "dry_run": dry_run,
        "rows": len(meant),
        "enrolled": len(found.enrolled),
        "started": found.started,
        "problem": found.problem,
        "reasons": found.reasons,
        "enrollments": []
        if dry_run
        else [{"record": record, "enrollment": enrollment} for record, enrollment in found.enrolled.items()],
        "would_enroll": list(found.enrolled) if dry_run else [],
        "refused": [output.plain(each) for each in found.refused],
    }


def _report(target: Target, meant: list[Meant], found: EnrollOutcome, *, dry_run: bool) -> None:
    who = preview.count(len(found.enrolled), target.records)
    enter, others = ("would enter", "would not; nothing was changed (dry run)") if dry_run else ("entered", "did not")
    line = f"{number_of(len(meant), 'row')}: {who} {enter} version {target.version} of {target.sequence}"
    output.say(f"{line}, {len(found.refused)} {others}", style="green")
    preview.show_refused(output.console(), found.reasons)
    shown = [each for each in found.refused if each.reason not in ("already_enrolled", "once")][:_SHOWN]
    if shown:
        rows = ((each.id, each.line, each.reason, each.detail) for each in shown)
        tables.table("Not enrolled", (target.records, "line", "reason", "detail"), rows, empty="")
    if "once" in found.reasons:
        output.say("--again also enrolls people who were in it before")
    if found.problem:
        output.warn(f"they cannot start yet: {found.problem}", "red")
    elif not dry_run and found.started < len(found.enrolled):
        output.say(f"{len(found.enrolled) - found.started} will start as soon as Temporal answers", style="yellow")
