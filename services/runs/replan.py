"""Plans runs again because a field changed, or days closed or opened: one, or some hundred in a transaction.

Most of them need no more than a new plan. It is written here, under a new revision, and only runs that are due earlier
than their workflows know are signalled (by the outbox): one that wakes too early is told by ``take_step`` when it is
due now. What asks for more than a plan (a stop, a pause, follow-ups, no step left) is left to the run itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.errors import PermanentError
from sequences.planning.whole_plan import replan
from sequences.reactions.verdict import ReactionFacts, moves_the_plan, reaction_verdict
from services.runs.planning import RunContext, facts_of_run, waiting_event
from services.runs.run_row import RunRow
from services.runs.step_rows import step_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Versions
    from sequences.planning.whole_plan import WholePlan

_log = logging.getLogger("relance.runs")


@dataclass(frozen=True)
class _Moved:
    """A run that was planned again.

    Attributes:
        before: its steps as they were.
        reactions: the changes that asked for it, each with its words for people.
        at: when it was planned, by its own time; UTC.
    """

    context: RunContext
    before: Sequence[queries.EnrollmentStepRow]
    reactions: dict[str, str]
    planned: WholePlan
    at: datetime

    @property
    def earlier(self) -> bool:
        """Its workflow would wake too late. A paused one is planned once more when it resumes."""
        due = self.planned.due_at
        if due is None or self.context.run.state == "paused":
            return False
        known = next((row.due_at for row in self.before if row.state == "planned" and row.due_at is not None), None)
        return known is None or due < known


class Replanning:
    """Handles changed fields."""

    def __init__(self, database: Database, records: Records, versions: Versions) -> None:
        self._database = database
        self._records = records
        self._versions = versions

    async def replan(self, changes: Sequence[str], now: datetime) -> frozenset[str]:
        """Handles those that ask for a new plan and nothing else.

        Args:
            changes: ids of reactions of the kind ``field_changed``.
            now: UTC. A run whose own time is later, as far as its rows say, is planned by that.

        Returns:
            Those that are handled. The others are their runs' own.
        """
        async with self._database.transaction() as connection:
            asked: dict[str, list[queries.FieldChangesOfRunsRow]] = {}
            for row in await queries.field_changes_of_runs(connection, ids=list(changes)):
                asked.setdefault(row.enrollment_id, []).append(row)
            runs = [RunRow.of(row) for row in await queries.lock_runs_to_replan(connection, ids=list(asked))]
            contexts = await self._contexts(connection, runs)
            steps = _by_run(await queries.steps_of_runs(connection, ids=list(contexts)))
            pauses = _by_run(await queries.pauses_of_runs(connection, ids=list(contexts)))
            moved = []
            for run, context in contexts.items():
                found = _one(context, steps.get(run, []), pauses.get(run, []), asked[run], now)
                if found is not None:
                    moved.append(found)
            if moved:
                await _write(connection, moved, now)
        return frozenset(reaction for each in moved for reaction in each.reactions)

    async def _contexts(self, connection: Connection, runs: Sequence[RunRow]) -> dict[str, RunContext]:
        """Those whose version and record can be read."""
        found: dict[str, RunContext] = {}
        for kind in ("person", "placement"):
            those = [run for run in runs if run.record_type == kind]
            if not those:
                continue
            # Of one record two runs may have two people: a placement's that got another one.
            rounds: list[dict[str, RunRow]] = []
            for run in those:
                room = next((each for each in rounds if run.record_id not in each), None)
                if room is None:
                    rounds.append(room := {})
                room[run.record_id] = run
            for room in rounds:
                people = {record: run.person_id if kind == "placement" else record for record, run in room.items()}
                views = await self._records.views(connection, kind, people)
                for record, run in room.items():
                    if record in views:
                        version = await self._versions.get(connection, run.sequence, run.version)
                        found[run.id] = RunContext(run, version, views[record], {})
        return found


def _by_run(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.enrollment_id, []).append(row)
    return found


def _one(
    context: RunContext,
    steps: Sequence[queries.EnrollmentStepRow],
    pauses: Sequence[queries.EnrollmentPauseRow],
    asked: Sequence[queries.FieldChangesOfRunsRow],
    now: datetime,
) -> _Moved | None:
    """None: it is more than a new plan, or it cannot be planned; the run itself finds out what follows."""
    definition = context.version.definition
    reasons: dict[str, str] = {}
    moved = False
    for row in asked:
        fields = tuple(row.detail.get("fields", ()))
        verdict = reaction_verdict(definition, ReactionFacts(ReactionKind.FIELD_CHANGED, fields=fields), context.view)
        if verdict.then.kind is not ThenKind.CONTINUE or verdict.do or verdict.suppress is not None or not steps:
            return None
        closed = row.detail.get("closed_days")
        reasons[row.id] = f"closed days changed: {closed}" if closed else verdict.reason
        # Of no field: an upgrade of Relance, or closed days, which judge nothing again.
        moved = moved or not (fields or closed) or moves_the_plan(fields, definition.day_zero)
    at = _own_time(steps, pauses, now)
    try:
        planned = replan(context.version.timings, facts_of_run(context, steps, pauses, moved=moved), at)
    except PermanentError as error:
        _log.error("%s cannot be planned here: %s", context.run.id, type(error).__name__)
        return None
    if planned.steps and not planned.left:
        # The end of a run counts from its last step, and may be earlier than anything it sleeps for.
        return None
    return _Moved(context, steps, reasons, planned, at)


def _own_time(
    steps: Sequence[queries.EnrollmentStepRow], pauses: Sequence[queries.EnrollmentPauseRow], now: datetime
) -> datetime:
    """What a run has lived through is behind it, even if this clock is behind its own: one whose time was skipped."""
    lived = (
        *(row.decided_at for row in steps),
        *(row.judged_at for row in steps),
        *(pause.started_at for pause in pauses),
        *(pause.ended_at for pause in pauses),
    )
    return max([now, *(at for at in lived if at is not None)])


async def _write(connection: Connection, moved: Sequence[_Moved], now: datetime) -> None:
    rows = [
        row
        for each in moved
        for row in step_rows(each.context.run.id, each.context.version.timings, each.planned, each.at, each.before)
    ]
    if rows:
        await queries.write_steps(connection, steps=rows)
    await queries.raise_plan_revisions(
        connection, ids=[each.context.run.id for each in moved], earlier=[each.earlier for each in moved]
    )
    handled = {reaction: reason for each in moved for reaction, reason in each.reactions.items()}
    await queries.replans_handled(connection, ids=list(handled), reasons=list(handled.values()), at=now)
    await queries.add_run_events(connection, events=[event for each in moved for event in _events(each, now)], at=now)


def _events(moved: _Moved, now: datetime) -> Iterator[dict[str, Any]]:
    run, day_zero = moved.context.run.id, moved.context.version.definition.day_zero
    if (waiting := waiting_event(moved.planned, day_zero, now, moved.before)) is not None:
        yield {"enrollment_id": run} | waiting
    for reaction, reason in moved.reactions.items():
        detail = {"reaction": reaction, "kind": ReactionKind.FIELD_CHANGED, "then": "continue", "reason": reason}
        yield {"enrollment_id": run, "kind": "reaction", "detail": detail, "key": reaction}
