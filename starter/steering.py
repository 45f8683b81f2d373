"""What people ask of one run: pause, resume, stop, skip, send now, move; whichever way they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activities.run_row import RunRow
from sequences.errors import NotFoundError, UnavailableError
from sequences.errors import RefusedError as Refused
from sequences.run import Command, CommandAnswer

if TYPE_CHECKING:
    from activities.ports import Runs
    from adapters.postgres.database import Database


async def steer(
    database: Database, runs: Runs, enrollment: str, kind: str, *, key: str, reason: str = "", mode: str = "",
    step: str = "",
) -> CommandAnswer:  # fmt: skip
    """Asks something of the open run of ``enrollment``.

    Args:
        database: Postgres.
        runs: Temporal.
        enrollment: its id.
        kind: ``pause | resume | stop | skip | send-now | move``.
        key: the caller's idempotency key, or something random.
        reason: shown in the story of the run; no personal data.
        mode: of a resume: ``shift | skip | send_one``; empty for the sequence's own. Of a move: the version.
        step: of skip and send-now; empty for the next one.

    Raises:
        NotFoundError: there is no such enrollment.
        RefusedError: it makes no sense now; the message says why.
        UnavailableError: Postgres, Temporal or every worker does not answer.
    """
    async with database.transaction() as connection:
        row = await RunRow.load(connection, enrollment)
    if row.closed:
        # Its workflow id may belong to a newer run of the same record by now: that one is not meant.
        raise Refused(f"the run is over: {row.state} ({row.reason or 'no reason'})")
    try:
        return await runs.command(row.workflow_id, Command(key, kind, reason, mode, step))
    except NotFoundError:
        if row.state == "starting":
            raise UnavailableError("the run has not reached Temporal yet; try again in a few seconds") from None
        raise
