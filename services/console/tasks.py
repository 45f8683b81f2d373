"""Tasks as a list of work: what is due, what is overdue, whose it is.

Tasks are kept to the day, as people do: due is what is due today or was before, overdue is what was due on a day before
today, on the viewer's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args
from zoneinfo import ZoneInfo

from adapters.postgres import listings, queries
from adapters.postgres.paging import one, page
from sequences.errors import NotFoundError
from services.console.whose import EVERYONE, Whose, whose_people
from services.reading.listed import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50
OWNERS: Final = 500
Show = Literal["due", "overdue", "open", "done"]
SHOWS: Final[tuple[str, ...]] = get_args(Show)


@dataclass(frozen=True)
class TasksView:
    """What is asked for.

    Attributes:
        show: which.
        mine: only the viewer's, and those without an owner.
        cursor: of the page before.
        at: what is due and overdue is asked as of then: when the first page was shown, so that the next one follows.
    """

    at: datetime
    show: str = "due"
    mine: bool = True
    cursor: str = ""


@dataclass(frozen=True)
class TaskToDo:
    """A task with the names of what it is about.

    Attributes:
        due_at: None: at any time.
        waited_for: its run waits until it is done.
        reason: why it was closed.
    """

    id: str
    title: str
    description: str | None
    due_at: datetime | None
    kind: str
    state: str
    reason: str | None
    waited_for: bool
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    owner_id: str | None
    owner_name: str | None
    person_id: str
    person_name: str | None
    sequence: str | None
    sequence_name: str | None


@dataclass(frozen=True)
class TasksToDo:
    """A page of tasks, and how many there are of each kind; ``next`` is the cursor of the following page.

    Attributes:
        overdue_before: the last midnight on the viewer's clock.
    """

    lines: tuple[TaskToDo, ...]
    next: str | None
    overdue: int
    due: int
    open: int
    overdue_before: datetime
    whose: Whose = EVERYONE


async def tasks_to_do(connection: Connection, viewer: Viewer, asked: TasksView) -> TasksToDo:
    """A page of tasks, those first that have been due for longest.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    whose = await whose_people(connection, viewer, mine=asked.mine)
    given = whose.scope.owners
    morning, tonight = day_around(asked.at, viewer.timezone)
    filters: Mapping[str, Mapping[str, object]] = {
        "due": {"state": "open", "due_before": tonight},
        "overdue": {"state": "open", "overdue_before": morning},
        "done": {"state": "done"},
    }
    wanted = {"owners": given, **filters.get(asked.show, {"state": "open"})}
    found = await page(connection, listings.TASKS_BY_DUE, wanted, cursor=asked.cursor or None, limit=PAGE)
    counts = await queries.console_task_counts(connection, owners=given, overdue_before=morning, due_before=tonight)
    lines = tuple(line_of(TaskToDo, row) for row in found.rows)
    return TasksToDo(lines, found.next, counts.overdue, counts.due, counts.open, morning, whose)


async def task_to_do(connection: Connection, task: str) -> TaskToDo:
    """One task.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = await one(connection, listings.TASKS_BY_DUE, "id", task)
    if row is None:
        raise NotFoundError("there is no such task any more")
    return line_of(TaskToDo, row)


async def assignees(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Id and name of everybody who can be given a task."""
    return tuple((row.id, row.name) for row in await queries.console_owners(connection, limit=OWNERS))


def day_around(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The last midnight on that clock, and the next."""
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    return datetime.combine(today, time(), there), datetime.combine(today + timedelta(days=1), time(), there)


def snoozes(now: datetime, zone: str) -> Mapping[str, datetime]:
    """When a task can be put off to, by name: at nine in the morning on the viewer's clock."""
    today = now.astimezone(ZoneInfo(zone)).date()

    def nine(days: int) -> datetime:
        return datetime.combine(today + timedelta(days=days), time(9), ZoneInfo(zone))

    return {"tomorrow": nine(1), "monday": nine(7 - today.weekday()), "week": nine(7)}
