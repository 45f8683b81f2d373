"""Asks the pure planner what comes next for a run, and keeps the answer where people can see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.compile import reaction_period
from sequences.planner import plan
from sequences.run import Due
from sequences.timing import Decided, Pause, RunFacts

if TYPE_CHECKING:
    from datetime import datetime

    from activities.run_row import RunRow
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version, Versions
    from sequences.record_view import RecordView, Values
    from sequences.timing import StepPlan, StepTiming

_SENT = frozenset({"sent", "done", "unknown"})


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

    async def context(self, connection: Any, run: RunRow) -> RunContext:
        """The run, its version and its record.

        Raises:
            NotFoundError: the record is gone.
        """
        version = await self._versions.get(connection, run.sequence, run.version)
        view = await self._records.view(connection, run.record_type, run.record_id, person=run.person_id)
        rules = version.definition.auto_enroll
        assigned = await self._records.owner(connection, rules.assigned_by if rules else None)
        return RunContext(run, version, view, assigned)

    async def version(self, connection: Any, sequence: str, number: int) -> Version:
        """A published version, kept once it was read.

        Raises:
            NotFoundError: the sequence was never published in that version.
        """
        return await self._versions.get(connection, sequence, number)

    async def facts(self, connection: Any, context: RunContext) -> RunFacts:
        """What the plan of this run depends on."""
        steps = await queries.rows(connection, "steps_of", enrollment_id=context.run.id)
        pauses = await queries.rows(connection, "pauses_of", enrollment_id=context.run.id)
        return RunFacts(
            enrolled_at=context.run.enrolled_at,
            day_zero=context.view.day_zero(context.version.definition.day_zero),
            zones=context.view.zones,
            decided=tuple(
                Decided(row["step"], row["decided_at"], row["state"] in _SENT)
                for row in steps
                if row["state"] not in ("planned", "cancelled")
            ),
            pauses=tuple(
                Pause(row["started_at"], row["ended_at"])
                for row in pauses
                if row["ended_at"] is not None and row["mode"] == "shift"
            ),
        )

    async def next_due(
        self, connection: Any, context: RunContext, now: datetime, *, replanned_at: datetime | None = None
    ) -> Due:
        """Plans all that is left, writes it down, and says what comes next.

        A step that can never go is skipped here, at ``now``, with its reason; the ones after it count from that.
        """
        while True:
            facts = await self.facts(connection, context)
            plans = plan(context.version.timings, facts, replanned_at=replanned_at)
            for step in plans:
                await self._write(connection, context, step)
            if not plans:
                last = max((decided.at for decided in facts.decided), default=now)
                return Due(at=reaction_period(context.version.definition).after(last), why="reaction period")
            first = plans[0]
            if first.due_at is not None:
                return Due(first.step, first.due_at, ", ".join(first.moved_by) or "planned")
            await self.decide(connection, context, first.step, "skipped", now, first.skipped or "")

    async def _write(self, connection: Any, context: RunContext, step: StepPlan) -> None:
        position = [timing.id for timing in context.version.timings].index(step.step)
        await queries.run(
            connection, "plan_step", enrollment_id=context.run.id, step=step.step, position=position,
            due_at=step.due_at, reason=step.skipped, moved_by=list(step.moved_by), timezone=step.timezone,
            timezone_source=step.timezone_source,
        )  # fmt: skip

    async def decide(
        self, connection: Any, context: RunContext, step: str, state: str, at: datetime, reason: str
    ) -> None:
        """A step is behind the run: sent, done, skipped, refused, failed or unknown."""
        await queries.run(
            connection, "decide_step", enrollment_id=context.run.id, step=step, state=state, at=at,
            reason=reason or None,
        )  # fmt: skip
