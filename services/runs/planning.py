"""Asks the pure planner what comes next for a run, and keeps the answer where people can see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.definition.compile import reaction_period
from sequences.planning.planner import coming, decided_now, plan
from sequences.planning.values import NO_DAY_ZERO, Decided, Judged, Pause, RunFacts
from sequences.runs.state import Due
from sequences.sending.send_obstacles import Settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version, Versions
    from sequences.planning.values import StepPlan, StepTiming
    from sequences.records.record_view import RecordView, Values
    from services.runs.run_row import RunRow

_SENT = frozenset({"sent", "done", "unknown"})
WAITING = "waiting"
"""Kind of the line in a run's story that says that steps wait for day zero."""


@dataclass(frozen=True)
class RunContext:
    """A run with everything that is known of it.

    Attributes:
        assigned: fields of the assigned-by user, by the catalogue's names of an owner; empty when there is none.
    """

    run: RunRow
    version: Version
    view: RecordView
    assigned: Values

    def timing(self, step: str) -> StepTiming:
        """The timing of one of its steps."""
        return next(timing for timing in self.version.timings if timing.id == step)


class Planning:
    """Reads the facts of a run and plans what is left of it."""

    def __init__(self, records: Records, versions: Versions) -> None:
        self._records = records
        self._versions = versions

    async def context(self, connection: Connection, run: RunRow) -> RunContext:
        """The run, its version and its record.

        Raises:
            NotFoundError: the record is gone.
        """
        version = await self._versions.get(connection, run.sequence, run.version)
        view = await self._records.view(connection, run.record_type, run.record_id, person=run.person_id)
        rules = version.definition.auto_enroll
        assigned = await self._records.owner(connection, rules.assigned_by if rules else None)
        return RunContext(run, version, view, assigned)

    async def version(self, connection: Connection, sequence: str, number: int) -> Version:
        """A published version, kept once it was read.

        Raises:
            NotFoundError: the sequence was never published in that version.
        """
        return await self._versions.get(connection, sequence, number)

    async def facts(
        self,
        connection: Connection,
        context: RunContext,
        *,
        steps: Sequence[queries.EnrollmentStepRow] | None = None,
        moved: bool = False,
    ) -> RunFacts:
        """What the plan of this run depends on.

        Args:
            connection: reads only.
            context: of the run.
            steps: its rows of ``enrollment_step``, where they are read already.
            moved: a field changed on which the plan depends. Steps that were planned by a version of Relance which did
                not keep when they had been judged are judged anew.
        """
        if steps is None:
            steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        return await self._facts(connection, context, steps, moved=moved)

    async def _facts(
        self, connection: Connection, context: RunContext, steps: Sequence[queries.EnrollmentStepRow], *, moved: bool
    ) -> RunFacts:
        pauses = await queries.pauses_of(connection, enrollment_id=context.run.id)
        return facts_of_run(context, steps, pauses, moved=moved)

    async def plans(
        self, connection: Connection, context: RunContext, now: datetime, *, moved: bool = False
    ) -> tuple[StepPlan, ...]:
        """What is left of a run as it stands at ``now``; reads only."""
        steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        facts = await self._facts(connection, context, steps, moved=moved)
        # The first plan of a run is that of its enrollment, however long ago that was.
        return plan(context.version.timings, facts, replanned_at=now if steps else None)

    async def next_due(self, connection: Connection, context: RunContext, now: datetime, *, moved: bool = False) -> Due:
        """Plans all that is left, writes it down, and says what comes next.

        What can never go is skipped here, at ``now``, with its reason; the ones after it count from that. So is, in the
        whole of the plan, what lies in the past by the time that the run hears of it.
        """
        while True:
            plans = await self.plans(connection, context, now, moved=moved)
            await self._note_waiting(connection, context, plans, now)
            for step in plans:
                await self._write(connection, context, step, now)
            skipped = decided_now(plans)
            if not skipped:
                return await self._due(connection, context, coming(plans), now)
            for step in skipped:
                await self.decide(connection, context, step.step, Settled("skipped", step.skipped or ""), now)

    async def _due(self, connection: Connection, context: RunContext, following: StepPlan | None, now: datetime) -> Due:
        revision = context.run.plan_revision
        if following is None:
            facts = await self.facts(connection, context)
            last = max((decided.at for decided in facts.decided), default=now)
            at = reaction_period(context.version.definition).after(last)
            return Due(at=at, why="reaction period", revision=revision)
        return Due.of_step(following.step, following.due_at, following.moved_by, revision)

    async def _note_waiting(
        self, connection: Connection, context: RunContext, plans: Sequence[StepPlan], now: datetime
    ) -> None:
        """Leaves a line in the story when steps begin to wait."""
        waiting = [step.step for step in plans if step.waits]
        if not waiting:
            return
        rows = await queries.steps_of(connection, enrollment_id=context.run.id)
        before = {row.step for row in rows if row.state == "planned" and row.reason == NO_DAY_ZERO}
        if before.issuperset(waiting):
            return
        event = waiting_event(waiting, context.version.definition.day_zero, now)
        await queries.add_run_event(connection, enrollment_id=context.run.id, at=now, **event)

    async def _write(self, connection: Connection, context: RunContext, step: StepPlan, now: datetime) -> None:
        position = [timing.id for timing in context.version.timings].index(step.step)
        await queries.plan_step(
            connection,
            enrollment_id=context.run.id,
            step=step.step,
            position=position,
            due_at=step.due_at,
            reason=step.skipped,
            moved_by=list(step.moved_by),
            timezone=step.timezone,
            timezone_source=step.timezone_source,
            own_at=step.own,
            judged_at=step.judged_at or now,
        )

    async def decide(self, connection: Connection, context: RunContext, step: str, came: Settled, at: datetime) -> None:
        """A step is behind the run, for what came of it."""
        await queries.decide_step(
            connection,
            enrollment_id=context.run.id,
            step=step,
            state=came.state,
            at=at,
            reason=came.reason or None,
        )


def waiting_event(steps: Sequence[str], field: str | None, now: datetime) -> dict[str, Any]:
    """The line in a run's story when steps begin to wait for day zero, as ``add_run_event`` takes it.

    Args:
        steps: that wait.
        field: of the catalogue, in which day zero is.
        now: UTC.
    """
    return {"kind": WAITING, "detail": {"steps": list(steps), "field": field}, "key": f"{WAITING}:{now.isoformat()}"}


def facts_of_run(
    context: RunContext,
    steps: Sequence[queries.EnrollmentStepRow],
    pauses: Sequence[queries.EnrollmentPauseRow],
    *,
    moved: bool,
) -> RunFacts:
    """What the plan of a run depends on, from rows that were read; ``moved`` as ``Planning.facts`` takes it."""
    return RunFacts(
        enrolled_at=context.run.enrolled_at,
        day_zero=context.view.day_zero(context.version.definition.day_zero),
        zones=context.view.zones,
        decided=tuple(
            Decided(row.step, row.decided_at, row.state in _SENT)
            for row in steps
            if row.state not in ("planned", "cancelled") and row.decided_at is not None
        ),
        pauses=tuple(
            Pause(row.started_at, row.ended_at, row.mode == "shift") for row in pauses if row.ended_at is not None
        ),
        judged=tuple(_judged(steps, context.run.enrolled_at, moved=moved)),
    )


def _judged(steps: Sequence[queries.EnrollmentStepRow], enrolled: datetime, *, moved: bool) -> Iterator[Judged]:
    """Steps whose own instant was judged before; a step that waited has none, and is judged when it gets one."""
    for row in steps:
        if row.state != "planned":
            continue
        if row.own_at is not None:
            assert row.judged_at is not None, "both are written together"
            yield Judged(row.step, row.own_at, row.judged_at)
        elif row.judged_at is None and not moved:
            yield Judged(row.step, None, enrolled)
