"""What people ask of one run: pause, resume, stop, skip, send now, move; whichever way they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused, UnavailableError
from sequences.runs.state import Command, CommandAnswer, CommandKind, Phase
from sequences.runs.whereabouts import is_ended_outside
from services.runs.end_run import Outside
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.ports import Runs


async def steer(
    database: Database,
    runs: Runs,
    enrollment: str,
    command: Command,
    clock: Callable[[], datetime] = utc_now,
) -> CommandAnswer:
    """Asks something of the open run of ``enrollment``. One whose workflow is not there any more is closed by that.

    Args:
        database: Postgres.
        runs: Temporal.
        enrollment: its id.
        command: what is asked; its id is the caller's idempotency key, or something random.
        clock: the wall clock, for the end of a run whose own clock has stopped.

    Raises:
        NotFoundError: there is no such enrollment.
        RefusedError: it makes no sense now; the message says why.
        UnavailableError: Postgres, Temporal or every worker does not answer.
    """
    async with database.transaction() as connection:
        row = await RunRow.load(connection, enrollment)
    if row.closed:
        if command.kind == CommandKind.STOP and is_ended_outside(row.reason):
            # Whoever stops a run because its workflow is gone must not care who closed the row first.
            return CommandAnswer(changed=False, phase=Phase.CLOSED, detail=row.reason or "")
        # Its workflow id may belong to a newer run of the same record by now: that one is not meant.
        raise RefusedError(RequestRefused.RUN, f"the run is over: {row.state} ({row.reason or 'no reason'})")
    try:
        return await runs.command(row.workflow_id, command)
    except NotFoundError:
        if row.state == "starting":
            raise UnavailableError("the run has not started in Temporal yet; try again in a few seconds") from None
    # Nobody there takes commands: the row must not outlive its workflow.
    why = await Outside(database, runs).close_if_gone(row, clock())
    if why is None:
        raise UnavailableError("the run is being restarted; try again in a few seconds")
    async with database.transaction() as connection:
        now_is = await RunRow.load(connection, enrollment)
    if command.kind != CommandKind.STOP or now_is.state != "stopped":
        raise RefusedError(RequestRefused.RUN, f"the run is over: {now_is.state} ({why or 'no reason'})")
    return CommandAnswer(changed=True, phase=Phase.CLOSED, detail=why)


async def look(database: Database, runs: Runs, enrollment: str, clock: Callable[[], datetime] = utc_now) -> None:
    """Closes an open run whose workflow is not there any more, so that who looks at it sees what it is.

    With Temporal away it is shown as Postgres has it.
    """
    async with database.transaction() as connection:
        row = await queries.enrollment_row(connection, id=enrollment)
    if row is None:
        return
    try:
        await Outside(database, runs).close_if_gone(RunRow.of(row), clock())
    except UnavailableError:
        return
