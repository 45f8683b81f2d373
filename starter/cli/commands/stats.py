"""``relance stats``: what became of the people in sequences, by step, version, owner or week."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.statistics.outcomes import By
from starter.cli import output
from starter.cli.instants import instant
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.reading.statistics import Statistics, StatisticsRequest


def stats(
    sequence: Annotated[str | None, typer.Argument(help="Name; none: all sequences.", show_default=False)] = None,
    by: Annotated[
        By | None,
        typer.Option(help="What the rows are; default: sequence, or step for one sequence.", show_default=False),
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Only this version.", show_default=False)] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only people who entered then or later: an instant or a date (UTC).", show_default=False),
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Only people of this owner.", show_default=False)] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw bars instead of a table.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output, nothing else.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Also write a chart to this file.", show_default=False)] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Count every run again first; it changes nothing that was right.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what became of people: sent, replied, opted out.

    Counts people, each once. A rate has its 95 % interval, and none is shown of fewer than 30 people.

    `relance stats SEQUENCE` answers which step works; docs/statistics.md defines every number.
    """
    from services.reading.statistics import StatisticsRequest
    from starter.cli import stats_table
    from starter.rates_svg import rates_svg
    from starter.stats_csv import csv_rows

    if (as_csv and as_json) or (plot and (as_csv or as_json)):
        raise typer.BadParameter("choose one of --csv, --json and --plot")
    if version is not None and sequence is None:
        raise typer.BadParameter("--version needs the name of a sequence")
    rows_are = by or (By.SEQUENCE if sequence is None else By.STEP)
    asked = StatisticsRequest(rows_are, sequence, version, instant("--since", since), owner)
    found = run(_stats(asked, rebuild=rebuild))
    if svg is not None:
        svg.write_text(rates_svg(found.rows, stats_table.title(asked)), encoding="utf-8")
    if as_json:
        output.print_json(found)
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(csv_rows(found))
    elif plot:
        stats_table.plot(found, stats_table.title(asked))
    else:
        stats_table.table(found, stats_table.title(asked))


async def _stats(asked: StatisticsRequest, *, rebuild: bool) -> Statistics:
    from dataclasses import replace

    from services.reading import run_outcomes
    from services.reading.id_kinds import IdKind
    from services.reading.id_prefix import whole_id
    from services.reading.statistics import statistics

    async with open_database() as database:
        if asked.owner is not None:
            async with database.transaction() as connection:
                asked = replace(asked, owner=await whole_id(connection, IdKind.OWNER, asked.owner))
        if rebuild:
            await run_outcomes.rebuild(database)
        return await statistics(database, asked)
