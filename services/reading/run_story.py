"""One enrollment as people look at it: where it is, its steps, and everything that happened, in order.

The command line and the HTTP API show the same values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import Versions
from sequences.errors import NotFoundError
from sequences.planning.values import NO_DAY_ZERO
from sequences.records.record_view import full_name
from sequences.runs.hold import Hold
from sequences.runs.step_conditions import condition_words
from sequences.sending.wording import drawn
from services.reading.holds import holds_over
from services.reading.run_story_words import Moment, RunRows, moments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection
    from sequences.definition.model import SequenceDefinition

UNPLANNED = "unplanned"
WAITING = "waiting"


@dataclass(frozen=True)
class StepLine:
    """One step of a run.

    Attributes:
        state: ``planned | waiting | sent | done | skipped | refused | failed | unknown | cancelled``, or ``unplanned``
            as long as nothing is known about it. ``waiting``: for a day zero that is not known yet.
        due_at: UTC; when it is, or was, due.
        decided_at: UTC; when it was sent, skipped and so on.
        timezone: IANA name in which its day and clock are read.
        timezone_source: where that zone was found.
        moved_by: the rules of time that moved it.
        reason: of its state.
        template: its name, of the variant that the run gets; None for actions.
        variant: of the message that was written, or that the run will get; None: the step has none.
        conditions: what must hold when it is due, each in words; empty: nothing.
        provider_status: the latest status from the provider, such as ``delivered``.
    """

    step: str
    channel: str
    state: str
    due_at: datetime | None = None
    decided_at: datetime | None = None
    timezone: str | None = None
    timezone_source: str | None = None
    moved_by: tuple[str, ...] = ()
    reason: str | None = None
    template: str | None = None
    send: str | None = None
    subject: str | None = None
    provider_status: str | None = None
    variant: str | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """The story of one enrollment. Instants are UTC.

    Attributes:
        moments: what happened, then what is planned, in order.
        next_step: None when nothing is planned or the run is over.
        next_due_at: None as well when that step waits for day zero.
        holds: what keeps an open run from sending now, the widest first.
    """

    enrollment: str
    workflow_id: str
    sequence: str
    name: str
    version: int
    record_type: str
    record_id: str
    person_id: str
    person_name: str | None
    owner_id: str | None
    via: str
    lineage: tuple[str, ...]
    state: str
    reason: str | None
    enrolled_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    next_step: str | None
    next_due_at: datetime | None
    steps: tuple[StepLine, ...]
    moments: tuple[Moment, ...]
    holds: tuple[Hold, ...] = ()


async def timeline(connection: Connection, enrollment: str) -> Timeline:
    """The story of ``enrollment`` as Postgres tells it.

    Raises:
        NotFoundError: there is no such enrollment.
    """
    row = await queries.enrollment_row(connection, id=enrollment)
    if row is None:
        raise NotFoundError(f"unknown enrollment {enrollment}")
    version = await Versions().get(connection, row.sequence, row.version)
    names = await person_names(connection, [row.person_id])
    sends = await queries.sends_of(connection, enrollment_id=enrollment)
    reactions = await queries.reactions_of(connection, enrollment_id=enrollment)
    # Of what came back, or of a mail with which its address had returned too many.
    sources = [each.id for each in reactions] + [each.id for each in sends]
    suppressions = await queries.suppressions_from(connection, sources=sources)
    rows = RunRows(
        enrollment=row,
        steps=await queries.steps_of(connection, enrollment_id=enrollment),
        sends=sends,
        reactions=reactions,
        follow_ups=await queries.follow_ups_of(connection, enrollment_id=enrollment),
        pauses=await queries.pauses_of(connection, enrollment_id=enrollment),
        tasks=await queries.tasks_of(connection, enrollment_id=enrollment),
        events=await queries.run_events(connection, enrollment_id=enrollment),
        suppressions=suppressions,
    )
    story = assemble(rows, version.definition, names.get(row.person_id))
    if row.ended_at is not None:
        return story
    return replace(story, holds=await holds_over(connection, row.sequence, row.owner_id))


def assemble(rows: RunRows, definition: SequenceDefinition, person_name: str | None) -> Timeline:
    """The story from its rows; pure."""
    row = rows.enrollment
    steps = tuple(_step_lines(rows, definition))
    dated = (step for step in steps if step.state == "planned" and step.due_at is not None)
    ahead = next(dated, None) or next((step for step in steps if step.state == WAITING), None)
    return Timeline(
        enrollment=row.id,
        name=definition.name,
        person_name=person_name,
        lineage=tuple(row.lineage),
        state=row.state,
        reason=row.reason,
        enrolled_at=row.enrolled_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        next_step=ahead.step if ahead else None,
        next_due_at=ahead.due_at if ahead else None,
        steps=steps,
        moments=moments(rows),
        workflow_id=row.workflow_id,
        sequence=row.sequence,
        version=row.version,
        record_type=row.record_type,
        record_id=row.record_id,
        person_id=row.person_id,
        owner_id=row.owner_id,
        via=row.via,
    )


def _step_lines(rows: RunRows, definition: SequenceDefinition) -> Iterable[StepLine]:
    known = {row.step: row for row in rows.steps}
    sends = {row.step: row for row in rows.sends}
    for step in definition.steps:
        row, send = known.get(step.id), sends.get(step.id)
        said = drawn(step, rows.enrollment.id)
        yield StepLine(
            step=step.id,
            channel=step.channel,
            state=_state(row),
            due_at=row.due_at if row else None,
            decided_at=row.decided_at if row else None,
            timezone=row.timezone if row else None,
            timezone_source=row.timezone_source if row else None,
            moved_by=tuple(row.moved_by) if row else (),
            reason=_reason(row),
            template=said.template if said else None,
            send=send.id if send else None,
            subject=send.subject if send else None,
            provider_status=send.provider_status if send else None,
            variant=send.variant if send else said.variant if said else None,
            conditions=condition_words(step.conditions) if step.conditions else (),
        )
    # Of a run that was moved: steps that only the version before had.
    here = {step.id for step in definition.steps}
    for name, row in known.items():
        if name not in here:
            send = sends.get(name)
            yield StepLine(
                step=name,
                channel=send.channel if send else "",
                state=row.state,
                due_at=row.due_at,
                decided_at=row.decided_at,
                reason=row.reason,
                send=send.id if send else None,
                subject=send.subject if send else None,
                variant=send.variant if send else None,
            )


def _state(row: queries.EnrollmentStepRow | None) -> str:
    if row is None:
        return UNPLANNED
    return WAITING if row.state == "planned" and row.reason == NO_DAY_ZERO else str(row.state)


def _reason(row: queries.EnrollmentStepRow | None) -> str | None:
    """Of a step that can not go as things stand now, but may if the step above it goes earlier or the date moves."""
    if row is None or row.reason is None:
        return None
    undecided = row.state == "planned" and row.due_at is None and row.reason != NO_DAY_ZERO
    return f"cannot be sent at present ({row.reason})" if undecided else str(row.reason)


async def person_names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Full names of people by id, for showing; whoever has none is left out."""
    found = await queries.person_names(connection, ids=sorted(set(ids)))
    named = ((row.id, full_name(row.first_name, row.last_name)) for row in found)
    return {identity: name for identity, name in named if name is not None}
