"""Moves one open run to another version of its sequence. What the preview shows is what the move does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import RefusedError, RequestRefused
from sequences.planning.planner import coming, plan
from sequences.planning.values import Decided
from sequences.runs.version_move import BEHIND, Move, NumberedVersion, plan_move

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.definition.model import SequenceDefinition
    from sequences.planning.values import RunFacts, StepPlan
    from services.runs.planning import Planning, RunContext


@dataclass(frozen=True)
class Skip:
    """A step of the new version that the move puts behind the run; ``at`` is what later steps count from."""

    step: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Prepared:
    """A move before anything is written.

    Attributes:
        context: the run as it would be on the new version.
        move: what becomes of its steps.
        skips: those that are not sent: passed ones, and new or altered ones whose day had passed by now.
        plans: what would be left to do, in order.
    """

    context: RunContext
    move: Move
    skips: tuple[Skip, ...]
    plans: tuple[StepPlan, ...]

    @property
    def next(self) -> StepPlan | None:
        """The step that would come next; one without instant waits. None when every step is behind the run."""
        left = [step for step in self.plans if step.due_at is not None or step.waits]
        return coming(left)


async def prepare(
    planning: Planning, connection: Connection, context: RunContext, version: int, now: datetime
) -> Prepared:
    """Works out the move of an open run to ``version`` at ``now`` (UTC); reads only.

    Raises:
        NotFoundError: the sequence was never published in that version, or the record is gone.
        RefusedError: the run is over, or it cannot go there; the message says why.
    """
    if context.run.closed:
        raise RefusedError(RequestRefused.RUN, "the run is over")
    target = await planning.context(connection, replace(context.run, version=version))
    rows = await queries.steps_of(connection, enrollment_id=context.run.id)
    begun = await queries.begun_sends(connection, enrollment_id=context.run.id)
    earlier = await _earlier(planning, connection, context, target, rows)
    move = plan_move(
        NumberedVersion(context.version.version, context.version.definition),
        NumberedVersion(version, target.version.definition),
        {row.step: row.state for row in rows},
        begun={row.step: row.state for row in begun},
        earlier=earlier,
    )
    decided_at = {row.step: row.decided_at for row in rows if row.decided_at is not None}
    passed = tuple(Skip(each.step, each.reason, decided_at.get(each.instead_of or "", now)) for each in move.passed)
    # Dropped, but perhaps out: it is behind the run from now on, and nothing goes before what was sent.
    perhaps_out = {row.step for row in begun if row.state != "planned"}.intersection(move.dropped)
    dropped = tuple(Skip(step, move.dropped_reason, now) for step in sorted(perhaps_out))
    facts = _with(await planning.facts(connection, target), passed + dropped)
    news = {*move.added, *move.altered}
    facts = replace(facts, judged=tuple(each for each in facts.judged if each.step not in news))
    late = _late(target, facts, news, now)
    plans = plan(target.version.timings, _with(facts, late), replanned_at=now)
    return Prepared(target, move, passed + late, plans)


async def _earlier(
    planning: Planning,
    connection: Connection,
    context: RunContext,
    target: RunContext,
    rows: list[queries.EnrollmentStepRow],
) -> list[SequenceDefinition]:
    """Versions before the newer of the two, when steps were decided that the target does not have.

    The row of a step does not say under which version it was decided: any of them may have named it.
    """
    known = {timing.id for timing in target.version.timings}
    if all(row.step in known or row.state not in BEHIND for row in rows):
        return []
    newest = max(context.version.version, target.version.version)
    found = [await planning.version(connection, context.run.sequence, number) for number in range(1, newest)]
    return [version.definition for version in found]


def _late(target: RunContext, facts: RunFacts, news: Collection[str], now: datetime) -> tuple[Skip, ...]:
    """New and altered steps whose day lies before the move: ``if_past`` holds for them as it does at enrollment.

    Steps that the move leaves as they are may be overdue for reasons of their own, such as a pause.
    """
    planned = plan(target.version.timings, facts, replanned_at=now)
    return tuple(
        Skip(each.step, each.skipped, now) for each in planned if each.step in news and each.skipped and each.past
    )


def _with(facts: RunFacts, skips: tuple[Skip, ...]) -> RunFacts:
    return replace(facts, decided=facts.decided + tuple(Decided(each.step, each.at, sent=False) for each in skips))


async def move(
    planning: Planning, connection: Connection, context: RunContext, version: int, now: datetime
) -> RunContext:
    """Moves an open run to ``version``, in the caller's transaction, and returns it as it is then.

    The rows of its steps are brought in line; what is left is for the caller to plan (``Planning.next_due``).

    Args:
        planning: reads the run's facts and versions.
        connection: in a transaction.
        context: the run as it is.
        version: where it goes.
        now: the workflow's time, UTC.

    Raises:
        NotFoundError: the sequence was never published in that version.
        RefusedError: it cannot go there; nothing was changed.
    """
    prepared = await prepare(planning, connection, context, version, now)
    run, moved = context.run, prepared.move
    if not await queries.set_run_version(connection, id=run.id, version=version):
        raise RefusedError(RequestRefused.RUN, "the run is over")
    await queries.forget_links_of_untried_sends(connection, enrollment_id=run.id)
    await queries.forget_untried_sends(connection, enrollment_id=run.id)
    reason = moved.dropped_reason
    await queries.drop_steps(connection, enrollment_id=run.id, steps=moved.dropped, reason=reason, at=now)
    await queries.refuse_dropped_sends(connection, enrollment_id=run.id, steps=moved.dropped, reason=reason, at=now)
    unwanted = [*moved.dropped, *(step for step in moved.altered if step not in _tasks(prepared.context))]
    await queries.close_tasks_of_steps(
        connection, enrollment_id=run.id, steps=unwanted, reason=f"moved to version {version}", at=now
    )
    await queries.bring_back_steps(connection, enrollment_id=run.id, steps=[*moved.kept, *moved.added])
    await queries.judge_again(connection, enrollment_id=run.id, steps=[*moved.added, *moved.altered], at=now)
    order = [timing.id for timing in prepared.context.version.timings]
    for skip in prepared.skips:
        await queries.pass_step(
            connection,
            enrollment_id=run.id,
            step=skip.step,
            position=order.index(skip.step),
            reason=skip.reason,
            at=skip.at,
        )
    # What is not in this version stands behind it, so that no two steps share a place.
    rows = await queries.steps_of(connection, enrollment_id=run.id)
    known = set(order)
    await queries.place_steps(
        connection,
        enrollment_id=run.id,
        steps=[*order, *(row.step for row in rows if row.step not in known)],
    )
    return prepared.context


def _tasks(context: RunContext) -> frozenset[str]:
    """The steps for whose tasks a run waits."""
    steps = context.version.definition.steps
    return frozenset(step.id for step in steps if step.task is not None and step.task.waits)
