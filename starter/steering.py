"""Pausing, resuming and stopping one run, whichever way somebody asks."""

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
    database: Database, runs: Runs, enrollment: str, kind: str, *, key: str, reason: str = "", mode: str = ""
) -> CommandAnswer:
    """Asks the open run of ``enrollment`` to pause, resume or stop.

    Args:
        database: Postgres.
        runs: Temporal.
        enrollment: its id.
        kind: ``pause | resume | stop``.
        key: the caller's idempotency key, or something random.
        reason: shown in the story of the run; no personal data.
        mode: of a resume: ``shift | skip | send_one``; empty for the sequence's own.

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
        return await runs.command(row.workflow_id, Command(id=key, kind=kind, reason=reason, mode=mode))
    except NotFoundError:
        if row.state == "starting":
            raise UnavailableError("the run has not reached Temporal yet; try again in a few seconds") from None
        raise
