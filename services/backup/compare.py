"""Compares rows with Temporal after one of them was restored, and settles what they disagree on without a second send.

Where the database is the older one, messages may have gone out without a row: their steps become unknown, and what
came back meanwhile stops its run. Where Temporal is the older one, or empty, the rows are right: their runs are started
again. Workflows without an open row are ended. Everything here is safe to repeat.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from adapters.postgres import queries
from sequences import ids
from sequences.errors import NotFoundError
from sequences.planning.values import Channel
from sequences.runs.after_restore import (
    ANSWER_LOST,
    MAY_HAVE_GONE_OUT,
    ROW_LOST,
    UNDER_WAY,
    Difference,
    Disagreement,
    FoundRun,
    RestoreComparison,
    RunEvidence,
    StepAtBackup,
    doubtful_steps,
)
from sequences.runs.state import Phase, RunState
from sequences.runs.whereabouts import OpenWorkflow, Whereabouts, ended_outside
from sequences.sending.send_obstacles import SEND_PROBLEM
from services.backup.restoration import unsettled
from services.notifications import NewNotification, notify_owner
from services.runs.end_run import close, end_run
from services.runs.planning import remaining
from services.runs.run_row import RunRow
from services.runs.whole_run import WholeRun
from services.sending.suppress import NewSuppression, suppress
from services.some_at_once import some_at_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.runs.after_restore import Restoration
    from sequences.runs.state import Due
    from services.backup.doubt import SendDoubt
    from services.ports import Executions, RunHistories, Runs
    from services.runs.planning import Planning, RunContext

_PAGE: Final = 500
_READ_WITHIN: Final = timedelta(days=1)
_FINISHED: Final = "finished"
_log = logging.getLogger("relance.runs")
_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class _Known:
    """What Temporal knows of the run of a row.

    Attributes:
        found: the newest execution under its id, if it is this run's; None: Temporal does not know the run.
        evidence: of the time that the rows know nothing of; None: Temporal does not know the run.
        over: why the run is over in Temporal; empty: it is not.
    """

    found: FoundRun | None
    evidence: RunEvidence | None
    over: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """One comparison.

    Attributes:
        runs: starts what Temporal does not know.
        executions: ends what has no row.
        histories: what Temporal knows.
        doubt: writes down that a message may have gone out.
        dry_run: nothing is changed.
        seen: is told how many rows and workflows were compared since it was told last.
    """

    database: Database
    planning: Planning
    runs: Runs
    executions: Executions
    histories: RunHistories
    doubt: SendDoubt
    dry_run: bool = False
    seen: Callable[[int], None] = field(default=lambda _: None)

    async def compare(self, now: datetime) -> RestoreComparison:
        """Compares everything and, unless this is a dry run, settles it.

        Args:
            now: UTC.

        Raises:
            UnavailableError: Temporal does not answer; what was settled stays so, and the hold stays on.
        """
        async with self.database.statement() as connection:
            restoration = await unsettled(connection)
        found: list[Disagreement] = []
        workflows = 0
        # First what is in the way of a run that is started again.
        async for page in self._workflows(restoration):
            for run in await self._each(page, lambda each: self._workflow(each, now)):
                found += run
            workflows += len(page)
            self.seen(len(page))
        after, rows = "", 0
        while True:
            async with self.database.statement() as connection:
                some = await queries.open_runs_after(connection, after=after, limit=_PAGE)
            for row in await self._each(some, lambda each: self._row(RunRow.of(each), restoration, now)):
                found += row
            rows += len(some)
            self.seen(len(some))
            if len(some) < _PAGE:
                break
            after = some[-1].id
        found += await self._other_messages(restoration, now)
        if not self.dry_run:
            await self._settled(restoration, now)
        return RestoreComparison(self.dry_run, rows, workflows, tuple(found), settled=not self.dry_run)

    async def _settled(self, restoration: Restoration | None, now: datetime) -> None:
        async with self.database.transaction() as connection:
            await queries.deliver_reactions_again(connection)
            if restoration is not None:
                await queries.settle_restoration(connection, id=restoration.id, at=now)

    # --- workflows ------------------------------------------------------------------------------------------------

    async def _workflows(self, restoration: Restoration | None) -> AsyncIterator[list[FoundRun]]:
        """Open ones, and those that began after the backup, whatever became of them."""
        known: set[str] = set()
        page: list[FoundRun] = []
        sources = [self.histories.open_runs()]
        if restoration is not None:
            sources.append(self.histories.begun_since(restoration.backup_at - UNDER_WAY))
        for source in sources:
            async for run in source:
                if run.run_id in known:
                    continue
                known.add(run.run_id)
                page.append(run)
                if len(page) == _PAGE:
                    yield page
                    page = []
        if page:
            yield page

    async def _workflow(self, run: FoundRun, now: datetime) -> list[Disagreement]:
        async with self.database.statement() as connection:
            rows = await queries.enrollments_by_id(connection, ids=[run.enrollment])
        if rows and (not run.open or rows[0].ended_at is None):
            return []
        lost = not rows
        why = ROW_LOST if lost else f"its row is closed: {rows[0].reason or rows[0].state}"
        if lost:
            await self._keep(run, now)
        elif not self.dry_run:
            _log.warning("%s: %s; its workflow is ended", run.enrollment, why)
        if run.open and not self.dry_run:
            await self._terminate(run, why)
        kind = Difference.ROW_LOST if lost else Difference.ROW_CLOSED
        return [Disagreement(kind, run.enrollment or run.workflow_id, why)]

    async def _terminate(self, run: FoundRun, why: str) -> None:
        await self.executions.terminate(OpenWorkflow(run.workflow_id, run.run_id, run.started_at), why)

    async def _keep(self, run: FoundRun, now: datetime) -> None:
        """Writes a closed row for a run whose own is lost, so that its story and its id do not begin a second time."""
        evidence = await self.histories.evidence(run, run.started_at, now)
        state = run.state
        if self.dry_run or state is None or not run.enrollment:
            return
        forbids = evidence.forbids((), run.ended_with)
        async with self.database.transaction() as connection:
            kept = await queries.keep_lost_run(
                connection,
                id=run.enrollment,
                workflow_id=run.workflow_id,
                sequence=state.sequence,
                version=state.version,
                record_type="person" if state.record == state.person else "placement",
                record_id=state.record,
                person_id=state.person or state.record,
                owner_id=state.owner or None,
                enrolled_at=run.started_at,
                at=now,
                reason=ROW_LOST,
            )
            if kept is not None:
                detail = {"reason": ROW_LOST, "steps": list(evidence.taken)}
                await queries.add_run_event(
                    connection, enrollment_id=run.enrollment, at=now, kind="stopped", detail=detail, key="closed"
                )
                await notify_owner(
                    connection, run.enrollment, NewNotification(SEND_PROBLEM, ROW_LOST, now, key="row-lost")
                )
            if forbids and state.person:
                await suppress(connection, NewSuppression("all", forbids, run.enrollment, now, person=state.person))

    # --- rows -----------------------------------------------------------------------------------------------------

    async def _row(self, run: RunRow, restoration: Restoration | None, now: datetime) -> list[Disagreement]:
        known = await self._known(run, restoration)
        async with self.database.transaction() as connection:
            whole = await WholeRun.lock(connection, run.id)
            if whole.run.closed:
                return []
            try:
                context = await self.planning.context(connection, whole.run)
            except NotFoundError as error:
                return await self._unreadable(connection, whole.run, str(error), now)
            found = await self._doubts(connection, context, whole, known, restoration, now)
            ends = await self._ends(connection, whole, known, restoration, now)
            first = None if ends is not None else await self._goes_on(connection, context, known, now)
        if ends is not None:
            if known.found is not None and known.found.open and not self.dry_run:
                await self._terminate(known.found, ends.words)
            return [*found, ends]
        if first is None:
            return found
        # In its own time: the rows are right already, and whoever asks again starts it again.
        if not self.dry_run:
            await self.runs.start(run.workflow_id, _state_of(whole.run, first), first)
        words = "it is started again" if first.step is None else f"it is started again; next: {first.step}"
        return [*found, Disagreement(Difference.LOST_IN_TEMPORAL, run.id, words)]

    async def _known(self, run: RunRow, restoration: Restoration | None) -> _Known:
        found = await self.histories.found(run.workflow_id)
        if found is None:
            return _Known(None, None)
        if found.enrollment not in ("", run.id):
            # A later run of the record can only have begun when this one was over.
            later = restoration is not None and found.started_at >= restoration.backup_at
            over = ended_outside(Whereabouts.REPLACED) if later else ""
            return _Known(None, RunEvidence() if later else None, over)
        evidence = RunEvidence()
        if restoration is not None:
            evidence = await self.histories.evidence(found, restoration.backup_at - UNDER_WAY, restoration.lost_at)
        return _Known(found, evidence, "" if found.open else found.ended_with or ended_outside(found.where))

    async def _unreadable(self, connection: Connection, run: RunRow, why: str, now: datetime) -> list[Disagreement]:
        if not self.dry_run:
            await end_run(connection, run, why, now)
        return [Disagreement(Difference.ENDED_IN_TEMPORAL, run.id, why)]

    async def _doubts(
        self,
        connection: Connection,
        context: RunContext,
        whole: WholeRun,
        known: _Known,
        restoration: Restoration | None,
        now: datetime,
    ) -> list[Disagreement]:
        if restoration is None:
            return []
        sends = {step.id: step.channel != Channel.ACTION for step in context.version.definition.steps}
        steps = [
            StepAtBackup(row.step, planned=row.state == "planned", due_at=row.due_at, sends=sends.get(row.step, False))
            for row in whole.steps
        ]
        doubtful = doubtful_steps(steps, known.evidence, restoration.lost_at, paused=whole.run.state == "paused")
        due = {row.step: row.due_at for row in whole.steps}
        for step in doubtful:
            if not self.dry_run:
                at = min(due[step] or restoration.lost_at, restoration.lost_at)
                await self.doubt.step(connection, context, whole, step, at, now)
        return [Disagreement(Difference.MAY_HAVE_GONE_OUT, whole.run.id, f"step {step}") for step in doubtful]

    async def _ends(
        self,
        connection: Connection,
        whole: WholeRun,
        known: _Known,
        restoration: Restoration | None,
        now: datetime,
    ) -> Disagreement | None:
        run = whole.run
        evidence = known.evidence or RunEvidence()
        stored = await queries.known_reactions(connection, ids=[each.id for each in evidence.heard])
        ended_with = known.found.ended_with if known.found is not None and restoration is not None else ""
        forbids = evidence.forbids(stored, ended_with)
        if forbids and not self.dry_run:
            await suppress(connection, NewSuppression("all", forbids, run.id, now, person=run.person_id))
        # Without a restore, a run that waits for its start is the dispatcher's.
        if known.over and (restoration is not None or run.state != "starting"):
            if not self.dry_run:
                if known.found is not None and known.found.ended_with:
                    state = _FINISHED if known.over.startswith(_FINISHED) else "stopped"
                    await close(connection, run, state, known.over, now)
                else:
                    await end_run(connection, run, known.over, now)
                await queries.settle_lost_answers(connection, enrollment_id=run.id, reason=known.over, at=now)
            return Disagreement(Difference.ENDED_IN_TEMPORAL, run.id, known.over)
        if restoration is None:
            return None
        unhandled = await queries.unhandled_answers(connection, enrollment_id=run.id)
        answers = [*(each.kind for each in evidence.answers(stored)), *(row.kind for row in unhandled)]
        if not answers and not forbids:
            return None
        if not self.dry_run:
            await self._stop(connection, run, now)
        kinds = ", ".join(dict.fromkeys(answers)) or forbids
        return Disagreement(Difference.ANSWER_LOST, run.id, f"{kinds}: the run stops")

    async def _stop(self, connection: Connection, run: RunRow, now: datetime) -> None:
        await queries.settle_lost_answers(connection, enrollment_id=run.id, reason=ANSWER_LOST, at=now)
        await end_run(connection, run, ANSWER_LOST, now)
        key = "answer-lost"
        await queries.add_task_to_look(
            connection,
            id=ids.follow_up_id(run.id, key, 0),
            enrollment_id=run.id,
            reaction_id=None,
            title="Read an answer that came around the loss of the database",
            description=ANSWER_LOST,
            due_at=now + _READ_WITHIN,
            at=now,
        )

    async def _goes_on(self, connection: Connection, context: RunContext, known: _Known, now: datetime) -> Due | None:
        """Plans what is left. Returns what comes first of a run that has to be started again; None: it need not."""
        run = context.run
        starts = run.state != "starting" and known.found is None
        if self.dry_run:
            return await self._first_by_rows(connection, context, now) if starts else None
        due = await self.planning.next_due(connection, context, now)
        if starts:
            return due
        if run.state != "starting":
            # Its workflow may have slept through a newer plan, or know of one that is lost.
            await queries.raise_plan_revisions(connection, ids=[run.id], earlier=[True])
        return None

    async def _first_by_rows(self, connection: Connection, context: RunContext, now: datetime) -> Due:
        steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        pauses = await queries.pauses_of(connection, enrollment_id=context.run.id)
        return remaining(context, steps, pauses, now).due

    # --- messages that are no steps -------------------------------------------------------------------------------

    async def _other_messages(self, restoration: Restoration | None, now: datetime) -> list[Disagreement]:
        if restoration is None:
            return []
        async with self.database.transaction() as connection:
            follow_ups = await queries.messages_in_doubt(connection, until=restoration.backup_at)
            answers = await queries.answers_in_doubt(connection, until=restoration.backup_at)
            if not self.dry_run:
                for row in follow_ups:
                    await self.doubt.follow_up(connection, row, now)
                for answer in answers:
                    await queries.doubt_answer(connection, id=answer.id, at=now, reason=MAY_HAVE_GONE_OUT)
                    await self.doubt.tell(connection, answer.enrollment_id, f"answer {answer.id}", now)
        messages = [(row.enrollment_id, f"message {row.id}") for row in follow_ups]
        messages += [(row.enrollment_id, f"answer {row.id}") for row in answers]
        return [Disagreement(Difference.MAY_HAVE_GONE_OUT, run, words) for run, words in messages]

    async def _each(self, items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Answer]]) -> list[_Answer]:
        return await some_at_once(items, work)


def _state_of(run: RunRow, first: Due) -> RunState:
    """What a run is started again with. One that was paused stays so until somebody resumes it."""
    state = RunState(
        enrollment=run.id,
        sequence=run.sequence,
        version=run.version,
        record=run.record_id,
        person=run.person_id,
        owner=run.owner_id or "",
    )
    if run.state == "paused":
        state.begin_with(first)
        # As after a continue-as-new: what comes first does not begin it anew.
        state.continued, state.phase, state.pause_reason = 1, Phase.PAUSED, run.reason or ""
    return state
