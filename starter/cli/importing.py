"""``relance import``: people, placements, clients and owners from a CSV file."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import csv
import enum
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from activities.importing import FileRow, RowResult
    from sequences.catalogue import Catalogue
    from starter.csv_file import Columns, CsvFile
    from starter.import_outlook import Outlook

SOME_REFUSED = 2
_SHOWN = 20


class Kind(enum.StrEnum):
    """What the rows are."""

    PERSON = "person"
    PLACEMENT = "placement"
    CLIENT = "client"
    OWNER = "owner"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("import")(import_file)


def import_file(
    file: Annotated[
        Path, typer.Argument(help="A CSV file; commas, semicolons or tabs. Its first line names the columns.")
    ],
    kind: Annotated[Kind, typer.Option(help="What the rows are.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="Which column is which field; nothing after = leaves it out."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything, then take it back.")] = False,
    refused: Annotated[
        Path | None, typer.Option(help="Write the refused rows to this file, with line and reason.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of the file.")] = "utf-8",
    as_json: Json = False,
) -> None:
    """Import people and other records from a CSV file.

    500 rows a transaction; the same file again changes nothing.

    Says who enters which sequence by rule because of it; --dry-run says so before anything is changed or sent.
    Columns that are named like a field, or like its label, find their place by themselves. An empty cell leaves the
    field as it is. Exit status: 0 when every row went in, 2 when some were refused; the others are in.
    """
    from adapters.settings import load_settings
    from starter.csv_file import map_columns, open_csv

    known = load_settings().catalogue()
    source = open_csv(file, "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    columns = map_columns(source.header, kind.value, known, mapping or ())
    if columns.ignored:
        output.warn(f"left out, no field of a {kind.value}: {', '.join(columns.ignored)}")
    if columns.elsewhere:
        output.warn(f"left out, an opt-out from a channel that we do not use: {', '.join(columns.elsewhere)}")
    for index, each in columns.opt_outs.items():
        about = "deleted records" if each.kind == "deleted" else f"opt-outs ({each.channel})"
        output.warn(f"taken for {about}: {source.header[index]}")
    results, outlooks = run(_bring_in(source, columns, kind.value, known, dry_run=dry_run))
    bad = [result for result in results if result.status == "refused"]
    if refused is not None:
        _write_refused(refused, source, bad)
    _report(file, kind.value, results, bad, outlooks, dry_run=dry_run, as_json=as_json)
    if bad:
        raise typer.Exit(SOME_REFUSED)


async def _bring_in(
    source: CsvFile, columns: Columns, kind: str, known: Catalogue, *, dry_run: bool
) -> tuple[list[RowResult], list[Outlook]]:
    from zoneinfo import ZoneInfo

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from activities.importing import Importing
    from activities.preflight import Preflight
    from activities.record_changes import RecordChanges
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Versions
    from adapters.settings import load_settings
    from starter.import_outlook import Outlooks
    from starter.services import renderer_of, utc_now

    console = output.console(stderr=True)
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    results: list[RowResult] = []
    async with open_database() as database:
        settings = load_settings()
        stored = Records(settings.organisation_timezone, settings.phone_region)
        outlooks = Outlooks(
            Versions(), stored, known, settings.phone_region, Preflight(renderer_of(settings)),
            ZoneInfo(settings.organisation_timezone), utc_now,
        )  # fmt: skip
        importing = Importing(database, RecordChanges(stored), utc_now, outlooks.look)
        with Progress(*parts, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(f"{source.path.name}", total=source.rows)
            async for batch in importing.bring_in(_rows(source, columns, kind, known), dry_run=dry_run):
                results += batch
                progress.advance(task, len(batch))
    return results, outlooks.found()


def _rows(source: CsvFile, columns: Columns, kind: str, known: Catalogue) -> Iterator[FileRow]:
    from activities.importing import FileRow, read_row

    for line, cells in source.read():
        if len(cells) > len(source.header):
            yield FileRow(line, refused=f"has {len(cells)} cells, the header {len(source.header)}")
            continue
        # Some programs leave out empty cells at the end of a row.
        full = [*cells, *[""] * (len(source.header) - len(cells))]
        fields = {name: full[index] for index, name in columns.fields.items()}
        events = {name: full[index] for index, name in columns.events.items()}
        opt_outs = [(source.header[index], each, full[index]) for index, each in columns.opt_outs.items()]
        at = full[columns.at] if columns.at is not None else ""
        yield read_row(line, kind, full[columns.id], fields, events, known, opt_outs, at)


def _write_refused(path: Path, source: CsvFile, bad: list[RowResult]) -> None:
    reasons = {result.line: result.reason for result in bad}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=source.delimiter)
        writer.writerow(["line", "reason", *source.header])
        writer.writerows([line, reasons[line], *cells] for line, cells in source.read() if line in reasons)


def _report(
    file: Path, kind: str, results: list[RowResult], bad: list[RowResult], outlooks: list[Outlook], *, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    found = Counter(result.status for result in results)
    counts: dict[str, Any] = {name: found[name] for name in ("created", "updated", "unchanged")}
    if found["deleted"]:
        counts["deleted"] = found["deleted"]
    warned = [result for result in results if result.warnings]
    opted_out = sum(bool(result.opted_out) for result in results)
    if as_json:
        refused = [{"line": result.line, "reason": result.reason} for result in bad]
        told = {"file": str(file), "kind": kind, "dry_run": dry_run, "rows": len(results), **counts, "refused": refused}
        told["opted_out"] = opted_out
        told["warnings"] = [{"line": each.line, "warnings": list(each.warnings)} for each in warned]
        output.print_json(told | {"enters": output.plain(outlooks)})
        return
    words = ", ".join(f"{number} {name}" for name, number in counts.items())
    output.say(f"{len(results)} rows: {words}, {len(bad)} refused{'; nothing was kept (dry run)' if dry_run else ''}")
    if opted_out:
        output.say(f"{opted_out} opted out: they are suppressed before any rule sees them")
    if warned:
        rows = [(each.line, "; ".join(each.warnings)) for each in warned[:_SHOWN]]
        tables.table("Taken, and in need of mending", ("line", "what"), rows, empty="")
        if len(warned) > _SHOWN:
            output.say(f"and {len(warned) - _SHOWN} more; --json names them all")
    if bad:
        tables.table(
            "Refused", ("line", "reason"), ((row.line, row.reason) for row in bad[:_SHOWN]), empty="nothing refused"
        )
        if len(bad) > _SHOWN:
            output.say(f"and {len(bad) - _SHOWN} more; --refused FILE.csv writes them all")
    for each in outlooks:
        _show(each, dry_run=dry_run)


def _show(found: Outlook, *, dry_run: bool) -> None:
    """Who enters, who waits, and why others do not."""
    from starter.cli import previews

    console = output.console()
    who = previews.count(found.would_enroll, found.records)
    label = f"{found.sequence} ({found.name})"
    verb = "would " if dry_run else ""
    if found.waits:
        many = "waits" if found.would_enroll == 1 and not dry_run else "wait"
        why = "a batch waits already" if found.standing else f"more than hold_above ({found.hold_above:,})"
        line = f"{label}: {who} {verb}{many} for `relance approve {found.sequence}` ({why})"
        console.print(output.safe(line, "yellow"), soft_wrap=True)
    elif found.would_enroll:
        many = "enters" if found.would_enroll == 1 and not dry_run else "enter"
        late = f", {found.max_per_day:,} a day" if found.max_per_day and found.would_enroll > found.max_per_day else ""
        console.print(output.safe(f"{label}: {who} {verb}{many} by rule{late}", "bold green"), soft_wrap=True)
    else:
        console.print(output.safe(f"{label}: nobody {verb}{'enter' if dry_run else 'enters'}", "bold"), soft_wrap=True)
    previews.show_refused(console, found.refused)
    previews.show_sample(console, found.sample, found.would_enroll)
    previews.show_unsocial(console, found)
    if found.asked < found.matching:
        words = f"  addresses and stop rules were checked for the first {found.asked:,}; for the rest when they enter"
        console.print(output.safe(words))
