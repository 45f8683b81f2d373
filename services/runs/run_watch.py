"""No open row without its workflow, and no workflow without its row: the watch over both, in small bites.

What has ended since the last look is found at once. What leaves no such trace (deleted, another namespace, a restored
database) is found by slow rounds over all open rows and all open workflows, a page at a time.
"""

from __future__ import annotations

import base64
import binascii
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from temporalio.client import WorkflowUpdateFailedError

from adapters.postgres import queries
from sequences import ids
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.names import ENROLLMENT_WORKFLOW, REENROLLMENT_WINDOW_WORKFLOW
from sequences.runs.run_watch import RunWatchPass
from sequences.runs.state import Command, CommandKind
from sequences.runs.whereabouts import Whereabouts, ended_outside, looks_like_the_wrong_place
from services.notifications import NewNotification, notify_owner
from services.operations.bulk import NOT_COMPARED
from services.reactions.write_reaction import signal_of
from services.runs.end_run import Outside
from services.runs.run_row import RunRow
from services.some_at_once import some_at_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from adapters.postgres.database import Database
    from sequences.runs.whereabouts import OpenWorkflow
    from services.ports import Executions, Runs

_PAGE: Final = 1000
_BITE: Final = 500
_LAG: Final = timedelta(minutes=5)
"""How far Temporal's lists may be behind."""
_FIRST_LOOK: Final = timedelta(hours=1)
_SETTLED: Final = timedelta(minutes=1)
"""What closed, started or was handed over since then is most likely still on its way."""
_STUCK_AT_ONCE: Final = 100

_log = logging.getLogger("relance.runs")
_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


class RunWatch:
    """Looks at one page of each kind at a time. Everything here is safe to repeat, and to do twice at once."""

    def __init__(self, database: Database, runs: Runs, executions: Executions) -> None:
        self._database = database
        self._runs = runs
        self._executions = executions
        self._outside = Outside(database, runs)

    async def pass_over(self, now: datetime) -> RunWatchPass:
        """One pass at ``now``, UTC: everything that has ended since the last one, and a page of each slow round.

        Raises:
            UnavailableError: Temporal does not answer; what was settled stays so.
        """
        async with self._database.transaction() as connection:
            if await queries.unsettled_restoration(connection) is not None:
                _log.error("%s", NOT_COMPARED)
                return RunWatchPass(trouble=NOT_COMPARED)
            row = await queries.run_watch_row(connection)
        assert row is not None, "the row comes with the table"
        since = row.looked_at - _LAG if row.looked_at is not None else now - _FIRST_LOOK
        found = await self._ended_runs(since, now) + await self._ended_windows(since, now)
        async with self._database.transaction() as connection:
            await queries.run_watch_looked(connection, at=now)
            lapsed = await queries.lapse_passed_windows(connection, before=now - _LAG, limit=_PAGE)
        found += RunWatchPass(lapsed=lapsed, late=await self._lost_late_reactions(now), stuck=await self._stuck(now))
        run_after, runs = await self.page_of_rows(row.run_after, now)
        window_after, windows = await self._page_of_windows(row.window_after, now)
        page, workflows = await self._page_of_workflows(row.page, now)
        found += runs + windows + workflows
        async with self._database.transaction() as connection:
            await queries.run_watch_went_on(
                connection,
                run_after=run_after,
                window_after=window_after,
                page=page,
                trouble=found.trouble or None,
            )
        if found.trouble:
            _log.error("%s", found.trouble)
        return found

    async def look_at_all(self, now: datetime, *, certain: bool = False) -> RunWatchPass:
        """Whole rounds at once, for a person who asks. Arguments and errors as of ``page_of_rows``."""
        async with self._database.transaction() as connection:
            if await queries.unsettled_restoration(connection) is not None:
                return RunWatchPass(trouble=NOT_COMPARED)
        found = await self._ended_runs(now - _FIRST_LOOK, now) + await self._ended_windows(now - _FIRST_LOOK, now)
        after = page = ""
        while True:
            after, more = await self.page_of_rows(after, now, certain=certain)
            found += more
            if not after:
                break
        while True:
            after, more = await self._page_of_windows(after, now)
            found += more
            if not after:
                break
        while True:
            page, more = await self._page_of_workflows(page, now)
            found += more
            if not page:
                break
        return found + RunWatchPass(late=await self._lost_late_reactions(now), stuck=await self._stuck(now))

    # --- rows of runs ---------------------------------------------------------------------------------------------

    async def _ended_runs(self, since: datetime, now: datetime) -> RunWatchPass:
        closed = 0
        ended = await self._executions.ended_since(ENROLLMENT_WORKFLOW, since)
        for first in range(0, len(ended), _BITE):
            sequences, records = _keys(ended[first : first + _BITE])
            async with self._database.transaction() as connection:
                rows = await queries.open_runs_of_records(connection, sequences=sequences, record_ids=records)
            reasons = await self._each(rows, lambda row: self._outside.close_if_gone(RunRow.of(row), now))
            closed += sum(reason is not None for reason in reasons)
        return RunWatchPass(closed=closed)

    async def page_of_rows(self, after: str, now: datetime, *, certain: bool = False) -> tuple[str, RunWatchPass]:
        """One page of open rows against Temporal.

        Args:
            after: the last id of the page before; empty: from the beginning.
            now: UTC.
            certain: a person says that this is the right Temporal: rows that it does not know are closed, however many.

        Returns:
            The last id of this page, empty behind the last row; and what was found.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        async with self._database.transaction() as connection:
            rows = await queries.begun_runs(connection, after=after, limit=_PAGE)
        following = rows[-1].id if len(rows) == _PAGE else ""
        listed = await self._executions.open_among(row.workflow_id for row in rows)
        missing = [RunRow.of(row) for row in rows if row.workflow_id not in listed]
        where = await self._each(missing, lambda run: self._runs.whereabouts(run.workflow_id, run.id))
        found = [(run, each) for run, each in zip(missing, where, strict=True) if each is not Whereabouts.OPEN]
        gone = sum(each is Whereabouts.GONE for _, each in found)
        trouble = ""
        if not certain and looks_like_the_wrong_place(gone, len(rows)):
            trouble = (
                f"the namespace {self._executions.namespace} of Temporal does not know {gone} of {len(rows)} open runs,"
                " so no run is closed; correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or, if it has lost them,"
                " close them with `relance reconcile --gone`"
            )
            found = [(run, each) for run, each in found if each is not Whereabouts.GONE]
        await self._each(found, lambda pair: self._outside.close(*pair, now))
        return following, RunWatchPass(closed=len(found), trouble=trouble)

    # --- windows --------------------------------------------------------------------------------------------------

    async def _ended_windows(self, since: datetime, now: datetime) -> RunWatchPass:
        gates = 0
        ended = await self._executions.ended_since(REENROLLMENT_WINDOW_WORKFLOW, since)
        for first in range(0, len(ended), _BITE):
            sequences, people = _keys(ended[first : first + _BITE])
            async with self._database.transaction() as connection:
                rows = await queries.standing_windows_of(connection, sequences=sequences, person_ids=people, now=now)
            gates += await self._open_gates(rows)
        return RunWatchPass(gates=gates)

    async def _page_of_windows(self, after: str, now: datetime) -> tuple[str, RunWatchPass]:
        async with self._database.transaction() as connection:
            rows = await queries.standing_windows(connection, after=after, now=now, limit=_PAGE)
        listed = await self._executions.open_among(_gate_of(row) for row in rows)
        gates = await self._open_gates([row for row in rows if _gate_of(row) not in listed])
        return rows[-1].id if len(rows) == _PAGE else "", RunWatchPass(gates=gates)

    async def _open_gates(self, rows: Sequence[queries.ReenrollmentWindowRow]) -> int:
        """The ledger has the last word: a window whose workflow was ended outside stands on, behind a new one.

        Lifting it is `relance windows lift`; ending its workflow in Temporal is not.
        """
        where = await self._each(rows, lambda row: self._executions.whereabouts(_gate_of(row)))
        gone = [(row, each) for row, each in zip(rows, where, strict=True) if each is not Whereabouts.OPEN]
        for row, each in gone:
            reason = f"{ended_outside(each)}; started again"
            async with self._database.transaction() as connection:
                await queries.gate_is_gone(connection, id=row.id, reason=reason)
            _log.warning("window %s %s", row.id, reason)
        return len(gone)

    # --- workflows ------------------------------------------------------------------------------------------------

    async def _page_of_workflows(self, page: str, now: datetime) -> tuple[str, RunWatchPass]:
        """One page of open workflows against the rows."""
        listed, token = await self._executions.open_page(ENROLLMENT_WORKFLOW, _token(page))
        old = [each for each in listed if each.started_at <= now - _SETTLED]
        sequences, records = _keys([each.workflow_id for each in old])
        async with self._database.transaction() as connection:
            rows = await queries.open_runs_of_records(connection, sequences=sequences, record_ids=records)
        # A row that is still starting may wait for the end of the workflow of the run before it.
        at_home = {row.workflow_id: row.id for row in rows if row.state != "starting"}
        strange = [
            each
            for each in old
            if each.workflow_id not in at_home or each.enrollment not in ("", at_home[each.workflow_id])
        ]
        found = await self._without_row(strange, len(old), now)
        return base64.b64encode(token).decode() if token else "", found

    async def _without_row(self, strange: Sequence[OpenWorkflow], looked_at: int, now: datetime) -> RunWatchPass:
        whose = await self._each(strange, self._executions.whose)
        known = {each: enrollment for each, enrollment in zip(strange, whose, strict=True) if enrollment}
        async with self._database.transaction() as connection:
            rows = await queries.enrollments_by_id(connection, ids=list(known.values()))
        by_id = {row.id: row for row in rows}
        absent = [each for each, enrollment in known.items() if enrollment not in by_id]
        closed = [
            (each, RunRow.of(row))
            for each, enrollment in known.items()
            if (row := by_id.get(enrollment)) and row.ended_at is not None and row.ended_at <= now - _SETTLED
        ]
        trouble = ""
        if looks_like_the_wrong_place(len(absent), looked_at):
            trouble = (
                f"this database does not know {len(absent)} of {looked_at} open runs of the namespace"
                f" {self._executions.namespace} of Temporal, so no run is ended; correct RELANCE_DATABASE_URL, or"
                " end them in Temporal"
            )
            absent = []
        ended = await self._each(absent, lambda each: self._executions.terminate(each, "its row is gone from Postgres"))
        ended += await self._each(closed, lambda pair: self._tell_that_it_is_over(*pair))
        return RunWatchPass(ended=sum(ended), trouble=trouble)

    async def _tell_that_it_is_over(self, found: OpenWorkflow, run: RunRow) -> bool:
        """A workflow that did not hear that its row was closed hears of it now, and ends by itself if it can."""
        reason = run.reason or run.state
        command = Command(id=f"closed:{run.id}", kind=CommandKind.STOP, reason=reason)
        try:
            await self._runs.command(found.workflow_id, command)
        except (NotFoundError, RefusedError, UnavailableError, WorkflowUpdateFailedError) as error:
            _log.warning("%s did not end on request (%s); its workflow is terminated", run.id, type(error).__name__)
            return await self._executions.terminate(found, f"its row is closed: {reason}")
        _log.warning("%s had a closed row (%s) and is ended now", run.id, reason)
        return True

    # --- what else may be lost ------------------------------------------------------------------------------------

    async def _lost_late_reactions(self, now: datetime) -> int:
        async with self._database.transaction() as connection:
            rows = await queries.lost_late_reactions(connection, before=now - _LAG, limit=_BITE)

        async def take_up(row: queries.LostLateReactionsRow) -> None:
            # Starts it only where none is open and none has completed.
            await self._runs.follow_up_late(row.enrollment_id, signal_of(row))

        await self._each(rows, take_up)
        return len(rows)

    async def _stuck(self, now: datetime) -> int:
        """Runs whose workflow code fails again and again: only somebody who looks can help, so somebody is told."""
        stuck = await self._executions.stuck(ENROLLMENT_WORKFLOW, _STUCK_AT_ONCE)
        sequences, records = _keys(stuck)
        async with self._database.transaction() as connection:
            rows = await queries.open_runs_of_records(connection, sequences=sequences, record_ids=records)
            for row in rows:
                words = "the run is stuck because its workflow fails; the worker's log says why"
                if await notify_owner(connection, row.id, NewNotification("run_stuck", words, now, key="stuck")):
                    _log.error("%s: %s", row.id, words)
        return len(rows)

    async def _each(self, items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Answer]]) -> list[_Answer]:
        return await some_at_once(items, work)


def _keys(workflow_ids: Sequence[str]) -> tuple[list[str], list[str]]:
    pairs = [ids.key_of_workflow_id(each) for each in workflow_ids]
    return [sequence for sequence, _ in pairs], [key for _, key in pairs]


def _gate_of(row: queries.ReenrollmentWindowRow) -> str:
    return ids.window_workflow_id(row.sequence, row.person_id)


def _token(page: str) -> bytes | None:
    try:
        return base64.b64decode(page, validate=True) or None
    except (binascii.Error, ValueError):
        return None
