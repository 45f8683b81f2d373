"""``relance reconcile``: rows against workflows, all of them and now, as the watch does a page at a time."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_everything, run

if TYPE_CHECKING:
    from sequences.runs.run_watch import RunWatchPass


def reconcile(
    gone: Annotated[
        bool,
        typer.Option("--gone", help="Close all runs that Temporal has lost, however many."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Repair runs and workflows that differ after an outage.

    Closes runs whose workflow is gone, and ends workflows whose run is closed.
    """
    found = run(_reconcile(certain=gone))
    if as_json:
        output.print_json(found)
        return
    closed, windows = number_of(found.closed, "run"), number_of(found.gates, "window")
    ended = number_of(found.ended, "workflow")
    output.say(f"{closed} closed, {windows} started again, {ended} ended")
    if found.late:
        output.say(f"{number_of(found.late, 'late reply', 'late replies')} processed again")
    if found.stuck:
        stuck = number_of(
            found.stuck, "run is stuck because its workflow fails", "runs are stuck because their workflow fails"
        )
        output.warn(f"{stuck}; the worker's log says why")
    if found.trouble:
        output.warn(found.trouble, "red")
        raise typer.Exit(4)


async def _reconcile(*, certain: bool) -> RunWatchPass:
    from adapters.clock import utc_now
    from adapters.temporal.executions import TemporalExecutions
    from services.runs.run_watch import RunWatch

    async with open_everything() as services:
        watch = RunWatch(services.database, services.runs, TemporalExecutions(services.client))
        return await watch.look_at_all(utc_now(), certain=certain)
