"""What is planned, one by one: everybody who gets a step on a day, and the message as it will be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.channels import is_channel
from sequences.errors import NotFoundError, RelanceError
from sequences.records.record_view import full_name
from services.publishing.write_alone import Recipient
from services.reading.going_later import LaterAsked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from sequences.access.viewer import Viewer
    from services.publishing.render import Rendered, Rendering
    from services.reading.going_later import GoesLater

PAGE: Final = 100


@dataclass(frozen=True)
class PlannedAsked:
    """A step on a day of the viewer's calendar."""

    day: date
    sequence: str
    step: str
    cursor: str = ""


@dataclass(frozen=True)
class PlannedFor:
    """Somebody who gets it.

    Attributes:
        waits: for more than the clock.
        again_from: it goes later, because of the limit of a person or of a mailbox: when at the earliest.
    """

    enrollment: str
    person_id: str
    person_name: str | None
    due_at: datetime
    timezone: str | None
    waits: bool
    again_from: datetime | None = None


@dataclass(frozen=True)
class PlannedPeople:
    """A page of them, the earliest first; ``next`` is the cursor of the following one."""

    people: tuple[PlannedFor, ...]
    next: str | None


@dataclass(frozen=True)
class PlannedMessage:
    """A step of a run as it will be.

    Attributes:
        state: of the step, such as ``planned`` or ``sent``.
        owner_id: whose the person is.
        message: None: the step sends none, or it cannot be written now.
        problem: why it cannot be written.
        task: what a person is given to do; empty: nothing.
        conditions: it has some, and is skipped unless they hold.
    """

    enrollment: str
    sequence: str
    sequence_name: str
    version: int
    step: str
    person_id: str
    person_name: str | None
    owner_id: str | None
    due_at: datetime | None
    timezone: str | None
    state: str
    message: Rendered | None = None
    problem: str = ""
    task: str = ""
    conditions: bool = False


def later_asked(viewer: Viewer, asked: PlannedAsked, found: PlannedPeople) -> LaterAsked:
    """What is asked of the limits of persons and mailboxes for a page of people."""
    start, stop = _span(viewer, asked)
    return LaterAsked(start, stop, viewer.sees, tuple({each.person_id for each in found.people}))


def with_later(found: PlannedPeople, step: str, later: Iterable[GoesLater]) -> PlannedPeople:
    """The same people, with what the limits of persons and of mailboxes put off."""
    again = {each.run: each.again_from for each in later if each.step == step}
    people = (replace(each, again_from=again.get(each.enrollment)) for each in found.people)
    return replace(found, people=tuple(people))


async def planned_people(connection: Connection, viewer: Viewer, asked: PlannedAsked) -> PlannedPeople:
    """Everybody whom the viewer sees and who gets a step on a day.

    Args:
        connection: of ``looking``.
        viewer: who looks.
        asked: which step, and when.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    start, stop = _span(viewer, asked)
    filters = {
        "sequence": asked.sequence,
        "step": asked.step,
        "owners": viewer.sees.owners,
        "since": start,
        "until": stop,
    }
    found = await page(connection, listings.PLANNED_STEPS, filters, cursor=asked.cursor or None, limit=PAGE)
    people = tuple(
        PlannedFor(
            enrollment=row.enrollment_id,
            person_id=row.person_id,
            person_name=row.person_name,
            due_at=row.due_at,
            timezone=row.timezone,
            waits=row.held,
        )
        for row in found.rows
    )
    return PlannedPeople(people, found.next)


def _span(viewer: Viewer, asked: PlannedAsked) -> tuple[datetime, datetime]:
    zone = ZoneInfo(viewer.timezone)
    return datetime.combine(asked.day, time(), zone), datetime.combine(asked.day + timedelta(days=1), time(), zone)


async def planned_step(connection: Connection, versions: Versions, enrollment: str, step: str) -> PlannedMessage:
    """A step of a run, without its message.

    Args:
        connection: of ``looking``.
        versions: of sequences.
        enrollment: whose step.
        step: its id.

    Raises:
        NotFoundError: there is no such run, or it has no such step.
    """
    run = await queries.enrollment_row(connection, id=enrollment)
    if run is None:
        raise NotFoundError(f"unknown enrollment {enrollment}")
    row = next(
        (each for each in await queries.steps_of(connection, enrollment_id=enrollment) if each.step == step), None
    )
    if row is None:
        raise NotFoundError(f"this run has no step {step}")
    version = await versions.get(connection, run.sequence, run.version)
    person = await queries.person_row(connection, id=run.person_id)
    written = version.step(step)
    return PlannedMessage(
        enrollment=enrollment,
        sequence=run.sequence,
        sequence_name=version.definition.name,
        version=run.version,
        step=step,
        person_id=run.person_id,
        person_name=full_name(person.first_name, person.last_name) if person else None,
        owner_id=person.owner_id if person else None,
        due_at=row.due_at,
        timezone=row.timezone,
        state=row.state,
        task=written.task.title if written.task else "",
        conditions=written.conditions is not None,
    )


async def with_message(
    connection: Connection, versions: Versions, rendering: Rendering, found: PlannedMessage, now: datetime
) -> PlannedMessage:
    """The same with its message, written with the code that sends.

    Args:
        connection: of ``looking``.
        versions: of sequences.
        rendering: the composer.
        found: the step.
        now: UTC.
    """
    version = await versions.get(connection, found.sequence, found.version)
    if not is_channel(version.step(found.step).channel) and not found.task:
        return found
    run = await queries.enrollment_row(connection, id=found.enrollment)
    placement = run.record_id if run is not None and version.definition.record == "placement" else None
    recipient = Recipient(found.person_id, placement)
    try:
        if found.task:
            return replace(found, task=await rendering.task(connection, version, found.step, recipient, now))
        message = await rendering.step(connection, version, found.step, recipient, now)
    except RelanceError as error:
        return replace(found, problem=str(error))
    return replace(found, message=message)
