"""``relance scan``, ``approve`` and ``batches``: letting people in by rule, now and those who wait."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from sequences.auto_enroll.messages import ScanState
    from services.operations.scan_orders import RuleOrders
    from starter.cli.row_names import RowNames

BY = "command line"
_POLL_SECONDS = 0.3


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(scan)
    app.command()(batches)
    app.command()(approve)


def scan(
    sequence: Annotated[str, typer.Argument(help="Name of a sequence whose rules are on.", show_default=False)],
    existing: Annotated[
        bool,
        typer.Option("--existing", help="Everyone who matches now, not only those who match because of a date."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Enroll people for whom a rule has become true.

    Shows progress.
    """
    state = run(_scan(sequence, existing=existing, quiet=as_json))
    if as_json:
        output.print_json(state)
        return
    counts = f"{state.enrolled} entered, {state.refused} refused, {state.matched} matched"
    output.say(f"{sequence}: {counts}", style="green")
    if state.failed:
        output.warn(f"it stopped early ({state.failed}); run the same command to start again")
    if state.held:
        output.say(f"{state.held} wait for approval: `relance approve {sequence}`", style="yellow")
    if bool(state.origin == "existing") != existing:
        again = "; run it again now" if existing else ""
        output.warn(f"another scan ({state.origin}) was already running; these are its results{again}")


def batches(limit: Limit = 50, as_json: Json = False) -> None:
    """List who matched and waits to be enrolled.

    Batches that need approval, and matches that max_per_day moves to later days.
    """
    rows, names = run(_batches(limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Waiting to be enrolled",
        ("sequence", "batch", "waits for", "records", "since", "matched by"),
        (
            (
                Whole(row.sequence),
                names.id(IdKind.BATCH, row.batch_id),
                _waits_for(row),
                row.records,
                row.since,
                row.origin or "change",
            )
            for row in rows
        ),
        empty="no one waits to be enrolled",
    )


def approve(
    key: Annotated[
        str,
        typer.Argument(
            metavar="BATCH|SEQUENCE",
            help="A batch (its id or first characters), or a sequence for all of its batches.",
            show_default=False,
        ),
    ],
    discard: Annotated[bool, typer.Option("--discard", help="Discard the batch: enroll no one in it.")] = False,
    as_json: Json = False,
) -> None:
    """Approve or discard a batch that awaits approval.

    Everyone in it is checked again before enrollment.
    """
    records = run(_decide(key, discard=discard))
    if as_json:
        output.print_json({"key": key, "decision": "discarded" if discard else "approved", "records": records})
        return
    people = f"{records} record{'s' * (records != 1)}"
    if discard:
        output.say(f"{key}: discarded; {people} will not be enrolled", style="yellow")
    else:
        output.say(
            f"{key}: approved; {people} will be enrolled within half a minute, or as max_per_day allows", style="green"
        )


def _waits_for(row: queries.ListedBatchesRow) -> object:
    if row.state == "held":
        return output.safe("approval", "yellow")
    return "its turn (approved)" if row.batch_id else "its day (max_per_day)"


async def _scan(sequence: str, *, existing: bool, quiet: bool) -> ScanState:
    from adapters.settings import load_settings
    from sequences.auto_enroll.messages import Origin
    from services.operations.scan_orders import orders, require_rules

    # Postgres is closed last: an interpreter that ends in the very moment of Temporal's last answer aborts, because
    # the SDK's thread still hands it over.
    async with open_database() as database:
        async with database.transaction() as connection:
            await require_rules(connection, sequence)
        temporal = await orders(load_settings())
        await temporal.start_scan(sequence, Origin.EXISTING if existing else Origin.SCAN)
        return await _followed(temporal, sequence, quiet=quiet)


async def _followed(temporal: RuleOrders, sequence: str, *, quiet: bool) -> ScanState:
    """Shows how far it is until it is over; it goes on by itself when this command is interrupted."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    console = output.console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        # How many there are is not known before the end: the bar moves, and the words count.
        task = bar.add_task("scanning", total=None, said="")
        while True:
            state = await temporal.scanned(sequence)
            bar.update(task, said=f"{state.matched} matched, {state.enrolled} entered, {state.refused} refused")
            if state.done:
                return state
            await asyncio.sleep(_POLL_SECONDS)


async def _batches(limit: int) -> tuple[list[queries.ListedBatchesRow], RowNames]:
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        rows = (await page(connection, listings.BATCHES, {}, limit=limit)).rows
        return rows, await shown(connection, {IdKind.BATCH: [row.batch_id for row in rows]})


async def _decide(key: str, *, discard: bool) -> int:
    from adapters.clock import utc_now
    from services.auto_enroll import batches
    from services.reading.id_prefix import whole_id

    async with open_database() as database, database.transaction() as connection:
        decide = batches.discard if discard else batches.approve
        whole = await whole_id(connection, IdKind.BATCH, key)
        return await decide(connection, whole, BY, utc_now())
