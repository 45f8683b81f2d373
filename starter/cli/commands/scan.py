"""``relance scan``: enrolls people for whom a rule has become true."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from sequences.auto_enroll.messages import ScanState
    from services.operations.scan_orders import RuleOrders

_POLL_SECONDS = 0.3


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
        output.say(f"{number_of(state.held, 'awaits', 'await')} approval: `relance approve {sequence}`", style="yellow")
    if bool(state.origin == "existing") != existing:
        again = "; run it again now" if existing else ""
        output.warn(f"another scan ({state.origin}) was already running; these are its results{again}")


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
