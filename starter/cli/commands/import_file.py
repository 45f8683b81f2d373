"""``relance import``: people, placements, clients and owners from a file."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import csv
import enum
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.private_files import private_opener
from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.options import Encoding, Json, Sheet
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.files.open_file import RowsFile
    from services.records.file_rows import FileTable
    from services.records.import_outlook import Outlook
    from services.records.import_reasons import Reason
    from services.records.import_rows import RowResult

SOME_REFUSED = 2
_SHOWN = 20


class Kind(enum.StrEnum):
    """What the rows are."""

    PERSON = "person"
    PLACEMENT = "placement"
    CLIENT = "client"
    OWNER = "owner"


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file (commas, semicolons, tabs), or a workbook such as .xlsx.")],
    kind: Annotated[Kind, typer.Option(metavar="KIND", help=f"What the rows are: {', '.join(Kind)}.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="Which column is which field; nothing after = ignores the column."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything, then roll it back.")] = False,
    refused: Annotated[
        Path | None, typer.Option(help="Write rows that were refused, fully or partly, to this file, with reasons.")
    ] = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    dates: Annotated[
        Literal["dmy", "mdy"] | None,
        typer.Option(
            help="Whether 04/05/2027 is 4 May (dmy) or 5 April (mdy); default: detected if the dates are unambiguous."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import records from a CSV file or a workbook.

    500 rows a transaction. Importing the same file again changes nothing.

    Shows who is enrolled by rule because of it; with --dry-run, before anything is changed or sent. Columns that are
    named like a field, or like its label, are recognised. An empty cell, or one that cannot be read, leaves the field
    as it is.

    Exit status: 0 if everything was imported, 2 if rows or fields were refused; the others were imported.
    """
    from adapters.files.columns import map_columns
    from adapters.files.dates import Order
    from adapters.files.open_file import open_rows
    from adapters.settings import load_settings
    from services.records.file_rows import FileTable, dates_in

    known = load_settings().catalogue()
    source = open_rows(file, encoding, sheet)
    columns = map_columns(source.header, kind.value, known, mapping or ())
    read = dates_in(source, columns, Order(dates) if dates else None)
    if columns.ignored:
        output.warn(f"ignored columns (not fields of a {kind.value}): {', '.join(columns.ignored)}")
    if columns.elsewhere:
        output.warn(f"ignored columns (opt-outs from channels that are not used): {', '.join(columns.elsewhere)}")
    for index, each in columns.opt_outs.items():
        about = "deleted records" if each.kind == "deleted" else f"opt-outs ({each.channel})"
        output.warn(f"taken for {about}: {source.header[index]}")
    if columns.guessed:
        taken = ", ".join(f"{source.header[index]} = {name}" for index, name in columns.guessed.items())
        output.warn(f"recognised by the names that other programs use: {taken}")
    if columns.country is not None:
        output.warn(f"used for the country of phone numbers: {source.header[columns.country]}")
    done = run(_bring_in(FileTable(source, columns, kind.value, known, read), dry_run=dry_run))
    bad = [result for result in done.results if result.status == "refused" or result.problems]
    if refused is not None:
        _write_refused(refused, source, bad)
    if as_json:
        output.print_json(_as_dict(done))
    else:
        _report(done)
    if bad:
        raise typer.Exit(SOME_REFUSED)


@dataclass(frozen=True)
class _Imported:
    """What became of a file."""

    table: FileTable
    results: list[RowResult]
    outlooks: list[Outlook]
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what became of them, without those that were refused."""
        found = Counter(result.status for result in self.results)
        names = ["created", "updated", "unchanged"] + ["deleted"] * bool(found["deleted"])
        return {name: found[name] for name in names}

    @property
    def opted_out(self) -> int:
        """Rows that hold an opt-out."""
        return sum(bool(result.opted_out) for result in self.results)


async def _bring_in(table: FileTable, *, dry_run: bool) -> _Imported:
    from zoneinfo import ZoneInfo

    from adapters.clock import utc_now
    from adapters.postgres.records import Records
    from adapters.postgres.rules.evaluator import Rules
    from adapters.settings import load_settings
    from services.auto_enroll.queue import Queue
    from services.enrolling.eligibility import eligibility_of
    from services.records.file_owners import file_owners
    from services.records.import_outlook import Outlooks
    from services.records.import_rows import Importing
    from services.records.record_changes import RecordChanges

    results: list[RowResult] = []
    async with open_database() as database:
        settings = load_settings()
        zone = ZoneInfo(settings.organisation_timezone)
        stored = Records(settings.organisation_timezone, settings.phone_region)
        rules = Rules(catalogue=table.known)
        outlooks = Outlooks(rules, eligibility_of(settings, stored), Queue(zone), utc_now)
        importing = Importing(database, RecordChanges(stored), utc_now, outlooks.look)
        async with database.statement() as connection:
            table = replace(table, owners=await file_owners(connection))
        with output.progress() as bar:
            task = bar.add_task(table.source.path.name, total=table.source.rows)
            async for batch in importing.bring_in(table.rows(zone), dry_run=dry_run):
                results += batch
                bar.advance(task, len(batch))
    return _Imported(table, results, outlooks.found(), dry_run)


def _write_refused(path: Path, source: RowsFile, bad: list[RowResult]) -> None:
    reasons = {each.line: each.reason or "; ".join(reason for _, reason in each.problems) for each in bad}
    with open(path, "w", encoding="utf-8", newline="", opener=private_opener) as file:
        writer = csv.writer(file, delimiter=source.delimiter)
        writer.writerow(["line", "reason", *source.header])
        writer.writerows([line, reasons[line], *cells] for line, cells in source.read() if line in reasons)


def _as_dict(done: _Imported) -> dict[str, object]:
    from services.records.import_reasons import reasons_of

    results = done.results
    return {
        "file": str(done.table.source.path),
        "kind": done.table.kind,
        "dry_run": done.dry_run,
        "rows": len(results),
        **done.counts,
        "refused": [{"line": each.line, "reason": each.reason} for each in results if each.status == "refused"],
        "problems": [
            {"line": each.line, "field": name, "reason": reason} for each in results for name, reason in each.problems
        ],
        "opted_out": done.opted_out,
        "warnings": [{"line": each.line, "warnings": list(each.warnings)} for each in results if each.warnings],
        "reasons": output.plain(reasons_of(results)),
        "enters": output.plain(done.outlooks),
    }


def _report(done: _Imported) -> None:
    from services.records.import_reasons import reasons_of

    results = done.results
    words = ", ".join(f"{number} {name}" for name, number in done.counts.items())
    refused = sum(result.status == "refused" for result in results)
    left_out = sum(len(result.problems) for result in results)
    fields = f", {number_of(left_out, 'field')} skipped" if left_out else ""
    kept = "; nothing was saved (dry run)" if done.dry_run else ""
    output.say(f"{number_of(len(results), 'row')}: {words}, {refused} refused{fields}{kept}")
    if done.opted_out:
        output.say(f"{done.opted_out} opted out; they are suppressed before any rule is evaluated")
    _show_reasons(reasons_of(results))
    for each in done.outlooks:
        _show(each, dry_run=done.dry_run)


_TITLES = {
    "row": "Refused",
    "field": "Skipped fields; the rest of the row was imported",
    "warning": "Imported, but needs correction",
}


def _show_reasons(reasons: list[Reason]) -> None:
    for what, title in _TITLES.items():
        of_kind = [each for each in reasons if each.what == what]
        if of_kind:
            tables.table(title, ("rows", "lines", "what"), [_row(each) for each in of_kind[:_SHOWN]], empty="")
        if len(of_kind) > _SHOWN:
            output.say(f"and {number_of(len(of_kind) - _SHOWN, 'more reason')}; --json lists them all")
    if any(each.count > len(each.lines) for each in reasons if each.what != "warning"):
        output.say("--refused FILE.csv writes all these rows with reasons")


def _row(reason: Reason) -> tuple[int, str, str]:
    more = ", ..." if reason.count > len(reason.lines) else ""
    return reason.count, ", ".join(map(str, reason.lines)) + more, reason.reason


def _show(found: Outlook, *, dry_run: bool) -> None:
    """Who enters, who waits, and why others do not."""
    from starter.cli.commands import preview

    console = output.console()
    who = preview.count(found.would_enroll, found.records)
    label = f"{found.sequence} ({found.name})"
    verb = "would " if dry_run else ""
    if found.waits:
        many = "waits" if found.would_enroll == 1 and not dry_run else "wait"
        why = "a batch already waits" if found.standing else f"more than hold_above ({found.hold_above:,})"
        line = f"{label}: {who} {verb}{many} for `relance approve {found.sequence}` ({why})"
        console.print(output.safe(line, "yellow"), soft_wrap=True)
    elif found.would_enroll:
        many = "enters" if found.would_enroll == 1 and not dry_run else "enter"
        late = f", {found.max_per_day:,} a day" if found.max_per_day and found.would_enroll > found.max_per_day else ""
        console.print(output.safe(f"{label}: {who} {verb}{many} by rule{late}", "bold green"), soft_wrap=True)
    else:
        console.print(output.safe(f"{label}: no one {verb}{'enter' if dry_run else 'enters'}", "bold"), soft_wrap=True)
    preview.show_refused(console, found.refused)
    preview.show_sample(console, found.sample, found.would_enroll)
    preview.show_unsocial(console, found)
    if found.asked < found.matching:
        words = (
            f"  addresses and stop rules were checked for the first {found.asked:,}; the rest are checked when enrolled"
        )
        console.print(output.safe(words))
