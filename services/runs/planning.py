"""Asks the pure planner what comes next for a run, and keeps the answer where people can see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.definition.compile import reaction_period
from sequences.planning.planner import coming
from sequences.planning.values import NO_DAY_ZERO, Decided, Judged, Pause, RunFacts, UnderWay
from sequences.planning.whole_plan import replan
from sequences.runs.state import Due
from services.runs.step_rows import step_rows
from services.runs.whole_run import WholeRun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version, Versions
    from sequences.mailboxes.own_mailbox import OwnMailbox
    from sequences.planning.values import StepTiming
    from sequences.planning.whole_plan import WholePlan
    from sequences.records.record_view import RecordView, Values
    from sequences.sending.send_obstacles import Settled
    from services.runs.run_row import RunRow

_SENT = frozenset({"sent", "done", "unknown"})
WAITING = "waiting"
"""Kind of the line in a run's story that says that steps wait for day zero."""


@dataclass(frozen=True)
class RunContext:
    """A run with everything that is known of it.

    Attributes:
        assigned: fields of the assigned-by user, by the catalogue's names of an owner; empty when there is none.
        mailbox: of its own, that the mail goes out from; None: an address without a mailbox, or nobody asked.
        mailboxes: revision of all mailboxes at the moment at which it was read; None: unknown.
    """

    run: RunRow
    version: Version
    view: RecordView
    assigned: Values
    mailbox: OwnMailbox | None = None
    mailboxes: int | None = None

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

    async def look(self, connection: Connection, enrollment: str) -> tuple[RunContext, WholeRun] | None:
        """The same with the rows of the run, of one moment and without a lock. None: the run or its record is gone."""
        found = await queries.run_and_record(connection, id=enrollment)
        if found is None:
            return None
        whole = WholeRun.of(found.whole)
        if whole.run.record_type == "placement" and found.placement is None:
            return None
        version = await self._versions.get(connection, whole.run.sequence, whole.run.version)
        rules = version.definition.auto_enroll
        assigned = await self._records.owner(connection, rules.assigned_by if rules else None)
        view = self._records.view_beside_run(found)
        return RunContext(whole.run, version, view, assigned, mailboxes=found.mailboxes), whole

    async def version(self, connection: Connection, sequence: str, number: int) -> Version:
        """A published version, kept once it was read.

        Raises:
            NotFoundError: the sequence was never published in that version.
        """
        return await self._versions.get(connection, sequence, number)

    async def facts(self, connection: Connection, context: RunContext) -> RunFacts:
        """What the plan of this run depends on; reads only."""
        steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        pauses = await queries.pauses_of(connection, enrollment_id=context.run.id)
        return facts_of_run(context, steps, pauses)

    async def next_due(self, connection: Connection, context: RunContext, now: datetime, *, moved: bool = False) -> Due:
        """Plans all that is left, writes down what changes by that, and says what comes next.

        What can never go is skipped here, at ``now``, with its reason; the ones after it count from that. So is, in the
        whole of the plan, what lies in the past by the time that the run hears of it.
        """
        steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        pauses = await queries.pauses_of(connection, enrollment_id=context.run.id)
        left = remaining(context, steps, pauses, now, moved=moved)
        await self.keep(connection, context, left, now)
        return left.due

    async def keep(self, connection: Connection, context: RunContext, left: Remaining, now: datetime) -> None:
        """Writes down what changes by a plan."""
        if left.rows:
            await queries.write_steps(connection, steps=left.rows)
        if left.event is not None:
            await queries.add_run_event(connection, enrollment_id=context.run.id, at=now, **left.event)

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


def waiting_event(
    planned: WholePlan, field: str | None, now: datetime, steps: Sequence[queries.EnrollmentStepRow] = ()
) -> dict[str, Any] | None:
    """The line in a run's story when steps begin to wait for day zero, as ``add_run_event`` takes it.

    Args:
        planned: the plan of the run.
        field: of the catalogue, in which day zero is.
        now: UTC.
        steps: its rows as they were.

    Returns:
        None when no step waits that did not wait before.
    """
    waited = {row.step for row in steps if row.state == "planned" and row.reason == NO_DAY_ZERO}
    if waited.issuperset(planned.waiting):
        return None
    detail = {"steps": list(planned.waiting), "field": field}
    return {"kind": WAITING, "detail": detail, "key": f"{WAITING}:{now.isoformat()}"}


@dataclass(frozen=True)
class Remaining:
    """What is left of a run.

    Attributes:
        due: what comes next.
        rows: of its steps that change by this plan, as ``write_steps`` takes them.
        event: the line of its story that says that steps begin to wait, as ``add_run_event`` takes it, or None.
    """

    due: Due
    rows: list[dict[str, Any]]
    event: dict[str, Any] | None = None


def remaining(
    context: RunContext,
    steps: Sequence[queries.EnrollmentStepRow],
    pauses: Sequence[queries.EnrollmentPauseRow],
    now: datetime,
    *,
    moved: bool = False,
) -> Remaining:
    """Plans what is left of a run from rows that were read, and writes nothing.

    Args:
        context: of the run.
        steps: its rows.
        pauses: its rows.
        now: of the plan; UTC.
        moved: as ``facts_of_run`` takes it.
    """
    definition, timings = context.version.definition, context.version.timings
    facts = facts_of_run(context, steps, pauses, moved=moved)
    planned = replan(timings, facts, now, planned_before=bool(steps))
    rows = list(step_rows(context.run.id, timings, planned, now, steps))
    event = waiting_event(planned, definition.day_zero, now, steps)
    following = coming(planned.left)
    revision = context.run.plan_revision
    if following is not None:
        due = Due.of_step(following.step, following.due_at, following.moved_by, revision)
        return Remaining(due, rows, event)
    last = max((decided.at for decided in facts.decided), default=now)
    ends = reaction_period(definition).after(max(last, now) if planned.skipped else last)
    return Remaining(Due(at=ends, why="reaction period", revision=revision), rows, event)


def facts_of_run(
    context: RunContext,
    steps: Sequence[queries.EnrollmentStepRow],
    pauses: Sequence[queries.EnrollmentPauseRow],
    *,
    moved: bool = False,
) -> RunFacts:
    """What the plan of a run depends on, from rows that were read.

    Args:
        context: of the run.
        steps: its rows.
        pauses: its rows.
        moved: a field changed on which the plan depends. Steps that were planned by a version of Relance which did not
            keep when they had been judged are judged again.
    """
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
        closed=context.view.closed_days,
        under_way=tuple(
            UnderWay(row.step, row.goes_on_at) for row in steps if row.state == "planned" and row.goes_on_at is not None
        ),
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
