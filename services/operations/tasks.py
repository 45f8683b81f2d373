"""What people do with tasks: done, snoozed, given to somebody else. The same again does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.reactions.tasks import STEP, TASK_DONE
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class TaskChanged:
    """A task as it is now.

    Attributes:
        changed: False when it was so already.
        told: the run waits for it and was told that it goes on.
    """

    id: str
    state: str
    owner_id: str | None
    due_at: datetime | None
    changed: bool
    told: bool = False


async def task_done(connection: Connection, task: str, by: str, now: datetime) -> TaskChanged:
    """Somebody did it. A run that waits for it hears of it through the outbox, as of anything that came back.

    Args:
        connection: in a transaction.
        task: id.
        by: who, for people; may be empty.
        now: UTC.

    Raises:
        NotFoundError: there is no such task.
        RefusedError: it is closed.
    """
    row = await _locked(connection, task)
    if row.state == "done":
        return TaskChanged(row.id, row.state, row.owner_id, row.due_at, changed=False)
    _must_be_open(row)
    await queries.task_done(connection, id=row.id, at=now, by=by or None)
    told = row.step is not None and row.waited_for
    if told:
        run = await RunRow.load(connection, row.enrollment_id)
        reaction = NewReaction(
            key=reaction_key("task", row.id),
            run=run.id,
            person=run.person_id,
            kind=TASK_DONE,
            received_at=now,
            detail={"task": row.id, STEP: row.step},
            holds=False,
        )
        await write_reaction(connection, reaction)
    return TaskChanged(row.id, "done", row.owner_id, row.due_at, changed=True, told=told)


async def snooze(connection: Connection, task: str, until: datetime) -> TaskChanged:
    """It is due later. A run that waits for it goes on at its own time all the same.

    Raises:
        NotFoundError: there is no such task.
        RefusedError: it is done or closed.
    """
    row = await _locked(connection, task)
    _must_be_open(row)
    await queries.snooze_task(connection, id=row.id, due_at=until)
    return TaskChanged(row.id, row.state, row.owner_id, until, changed=row.due_at != until)


async def assign(connection: Connection, task: str, owner: str) -> TaskChanged:
    """Somebody else is to do it.

    Raises:
        NotFoundError: there is no such task or user.
        RefusedError: it is done or closed.
    """
    row = await _locked(connection, task)
    _must_be_open(row)
    if not await queries.is_owner(connection, id=owner):
        raise NotFoundError(f"unknown owner {owner}; the CRM or `relance import --kind owner` adds owners")
    await queries.assign_task(connection, id=row.id, owner_id=owner)
    return TaskChanged(row.id, row.state, owner, row.due_at, changed=row.owner_id != owner)


async def _locked(connection: Connection, task: str) -> queries.TaskRow:
    row = await queries.lock_task(connection, id=task)
    if row is None:
        raise NotFoundError(f"unknown task {task}; `relance tasks` lists them")
    return row


def _must_be_open(row: queries.TaskRow) -> None:
    if row.state == "closed":
        raise RefusedError(
            RequestRefused.TASK_CLOSED, f"the task was closed: {row.reason or 'it is not wanted any more'}"
        )
    if row.state != "open":
        raise RefusedError(RequestRefused.TASK_CLOSED, f"the task is already {row.state}")
