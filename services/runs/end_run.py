"""The end of a run: by its workflow, or for it when it is not there any more or can go on no further."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.reactions.verdict import ANOTHER_PERSON
from sequences.runs.state import Due
from sequences.runs.whereabouts import Whereabouts, ended_outside
from services.notifications import NewNotification, notify_owner
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.ports import Runs

RUN_ENDED = "run_ended"
"""Kind of the notification about a run that ended without a sequence or a person wanting it."""

_log = logging.getLogger("relance.runs")


async def close(connection: Connection, run: RunRow, state: str, reason: str, now: datetime) -> Due:
    """Closes a run for good and cancels what was planned; a run closed before keeps its first reason."""
    ended = await queries.end_run(connection, id=run.id, state=state, reason=reason, at=now)
    if ended is not None and reason == ANOTHER_PERSON:
        # As long as this run was open the placement could not enter for its new person: now it is looked at again.
        await queries.placement_is_free(connection, id=run.record_id, person_id=run.person_id, at=now)
    return Due(closed=True, state=state, reason=reason)


async def end_run(connection: Connection, run: RunRow, reason: str, now: datetime) -> bool:
    """Closes an open run, cancels what was planned and tells the owner; False when it was closed already.

    Args:
        connection: in a transaction.
        run: as it was read.
        reason: shown with the run; no personal data.
        now: UTC.
    """
    if not await queries.lock_open_run(connection, id=run.id):
        # Its workflow, or somebody else who looked, was quicker: the first reason stays.
        return False
    await close(connection, run, "stopped", reason, now)
    told = await notify_owner(
        connection, run.id, NewNotification(RUN_ENDED, f"the run ended, {reason}", now, key="ended")
    )
    _log.warning("%s ended: %s%s", run.id, reason, "" if told else "; it has no owner to notify")
    return True


class Outside:
    """Closes rows whose workflow is not there any more: terminated, failed, timed out, or unknown to Temporal."""

    def __init__(self, database: Database, runs: Runs) -> None:
        self._database = database
        self._runs = runs

    async def close_if_gone(self, run: RunRow, now: datetime) -> str | None:
        """Asks Temporal for the workflow of an open run, and closes the row when it is not open.

        A run that is still starting has no workflow yet and is left alone: the dispatcher starts it.

        Returns:
            The reason when the run is over now, whoever closed it; None when its workflow is open, or nobody can say:
            the database was restored, and its rows were not compared with Temporal yet.

        Raises:
            UnavailableError: Temporal does not answer; nothing was changed.
        """
        if run.closed or run.state == "starting":
            return run.reason if run.closed else None
        found = await self._runs.whereabouts(run.workflow_id, run.id)
        if found is Whereabouts.OPEN:
            return None
        async with self._database.statement() as connection:
            if await queries.unsettled_restoration(connection) is not None:
                return None
        return await self.close(run, found, now)

    async def close(self, run: RunRow, found: Whereabouts, now: datetime) -> str:
        """Closes the row of a run whose workflow was found not to be open; returns the reason that it has now."""
        async with self._database.transaction() as connection:
            await end_run(connection, run, ended_outside(found), now)
            return (await RunRow.load(connection, run.id)).reason or ""
