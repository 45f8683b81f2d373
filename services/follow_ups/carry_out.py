"""Carries out follow-ups, each once: those that are rows of ours at once, those that go out later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences import ids
from sequences.definition import follow_ups as kinds
from sequences.definition.durations import parse_duration
from sequences.definition.policies import FIND_THEM, READ_IT
from sequences.definition.task_steps import COLLEAGUES, is_field
from sequences.errors import TemplateError
from sequences.sending.deliveries import KINDS, SEND
from services.notifications import NewNotification, colleague, notify
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from services.ports import TemplateRenderer
    from services.records.record_changes import RecordChanges
    from services.runs.planning import RunContext
    from services.sending.compose_email import Composer


TASK = "task"
"""Kind of the notification about a task that a step handed out."""


@dataclass(frozen=True)
class Cause:
    """What led to follow-ups.

    Attributes:
        key: the reaction's id, ``finished``, or ``step:<id>``.
        kind: for people, such as ``replied.positive``.
        at: the run's time.
        reaction: id of the reaction, or None.
        reading: what the task to read what came says; a stranger's words, so it is never rendered.
    """

    key: str
    kind: str
    at: datetime
    reaction: str | None = None
    reading: str = ""


@dataclass(frozen=True)
class _Doing:
    connection: Connection
    context: RunContext
    cause: Cause
    id: str


class FollowUps:
    """Executes the follow-ups of a policy in the caller's transaction."""

    def __init__(self, renderer: TemplateRenderer, composer: Composer, changes: RecordChanges) -> None:
        self._renderer = renderer
        self._composer = composer
        self._changes = changes

    async def carry_out(
        self,
        connection: Connection,
        context: RunContext,
        cause: Cause,
        wanted: Sequence[kinds.FollowUp],
        first: int = 0,
    ) -> None:
        """Does each follow-up that was not done yet. Those that go out wait in the outbox."""
        for position, item in enumerate(wanted, start=first):
            leaves = item.kind in (*KINDS, SEND)
            identity = ids.follow_up_id(context.run.id, cause.key, position)
            added = await queries.add_follow_up(
                connection,
                id=identity,
                enrollment_id=context.run.id,
                cause=cause.key,
                event=cause.kind if cause.reaction else cause.key,
                position=position,
                kind=item.kind,
                arguments=item.model_dump(mode="json"),
                state="pending" if leaves else "done",
                at=cause.at,
            )
            if added is not None and not leaves:
                doing = _Doing(connection, context, cause, identity)
                result = await self._do(doing, item)
                await queries.settle_follow_up(connection, id=identity, state="done", result=result)

    async def hand_out(self, connection: Connection, context: RunContext, step: Step, now: datetime) -> None:
        """Gives the task of a step to whoever does it, and tells them; once, however often it is asked."""
        task = step.task
        assert task is not None, "only task steps have something to hand out"
        values, owner = self._composer.values(context), _assignee(context, task.assign)
        identity, title = ids.task_id(context.run.id, step.id), self._words(task.title, values)
        added = await queries.hand_out_task(
            connection,
            id=identity,
            title=title,
            description=self._words(task.description, values) if task.description else None,
            kind=task.kind,
            due_at=now,
            owner_id=owner,
            person_id=context.view.person_id,
            enrollment_id=context.run.id,
            step=step.id,
            waited_for=task.waits,
            at=now,
        )
        if added is not None and owner is not None:
            await queries.add_notification(
                connection,
                id=f"n{identity[1:]}",
                owner_id=owner,
                kind=TASK,
                title=title,
                enrollment_id=context.run.id,
                person_id=context.view.person_id,
                created_at=now,
            )

    async def _do(self, doing: _Doing, item: kinds.FollowUp) -> str | None:
        connection, context, now = doing.connection, doing.context, doing.cause.at
        person = context.view.person_id
        match item:
            case kinds.CreateTask(create_task=task):
                await self._task(doing, task)
            case kinds.CreateLead(create_lead=lead):
                await queries.add_lead(
                    connection,
                    id=doing.id,
                    person_id=person,
                    source=lead.source,
                    owner_id=context.view.owner_id,
                    enrollment_id=context.run.id,
                    created_at=now,
                )
            case kinds.AddToList(add_to_list=name):
                await queries.add_to_list(
                    connection, list=name, person_id=person, added_at=now, enrollment_id=context.run.id
                )
            case kinds.RemoveFromList(remove_from_list=name):
                await queries.remove_from_list(connection, list=name, person_id=person)
            case kinds.SetField(set_field=fields):
                await self._changes.set_fields(connection, context, fields, now)
            case kinds.Notify(notify=whom):
                title = f"{doing.cause.kind}: {context.version.definition.name}"
                return await notify(
                    connection, context, NewNotification(doing.cause.kind, title, now, key=doing.id), whom
                )
            case kinds.Suppress(suppress=channel):
                await suppress(connection, NewSuppression(channel, "by_sequence", doing.cause.key, now, person=person))
        return None

    async def _task(self, doing: _Doing, task: kinds.Task) -> None:
        values = self._composer.values(doing.context)
        description = self._words(task.description, values) if task.description else None
        if task in (READ_IT.create_task, FIND_THEM.create_task):
            description = doing.cause.reading or None
        await queries.add_task(
            doing.connection,
            id=doing.id,
            title=self._words(task.title, values),
            description=description,
            due_at=parse_duration(task.due, at_least=0).after(doing.cause.at) if task.due else None,
            owner_id=colleague(doing.context, task.assign),
            person_id=doing.context.view.person_id,
            enrollment_id=doing.context.run.id,
            reaction_id=doing.cause.reaction,
            created_at=doing.cause.at,
        )

    def _words(self, text: str, values: dict[str, Any]) -> str:
        try:
            return self._renderer.render_text(text, values)
        except TemplateError:
            # A task with an unfilled title is worth more than no task.
            return text


def _assignee(context: RunContext, assign: str) -> str | None:
    """Id of the user who does a task; the owner where a field names nobody."""
    if assign in COLLEAGUES:
        return colleague(context, assign)
    if is_field(assign):
        found = context.view.value(assign)
        return str(found).strip() if found and str(found).strip() else colleague(context, "owner")
    return assign
