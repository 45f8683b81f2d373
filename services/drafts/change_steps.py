"""Changes of single steps of a draft: the edits of a card, each saved by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.templates.template_files import template_of
from sequences.channels import CHANNELS
from sequences.definition.scalar_types import SLUG_PATTERN
from sequences.editing import steps as edits
from sequences.editing.actions import DO
from sequences.editing.follow_up_lines import new_item
from sequences.editing.outline import outline
from sequences.editing.step_values import step_values, with_step_values
from sequences.editing.task_form import TaskForm, written_task
from sequences.editing.timing import Timing, when_of
from sequences.errors import RefusedError, RequestRefused
from services.drafts.draft import SEQUENCE_FILE
from services.drafts.edit_source import SourceEdits

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.postgres.database import Connection
    from services.drafts.draft import SequenceDraft
    from services.drafts.step_parts import StepChange

TASK: Final = "task"
TASKS: Final = {
    "call": "Call {{ person.full_name }}",
    "linkedin": "Write to {{ person.full_name }} on LinkedIn",
    "letter": "Send {{ person.full_name }} a letter",
    "other": "Talk to {{ person.full_name }}",
}
"""Titles to begin with, by the kind of the task."""
KINDS: Final = (*map(str, CHANNELS), *TASKS, DO)
"""What a new step can be."""
FIRST_MAIL: Final = """Subject: Write a subject

Hi {{ person.first_name | default("there") }},

Write here what you would say if you met.

{{ owner.signature }}

{{ organisation_footer }}
"""
"""A mail to begin with."""
_WORDS: Final = 'Hi {{ person.first_name | default("there") }}, write here what you would say.\n'


@dataclass(frozen=True)
class NewStep:
    """A step to be added.

    Attributes:
        kind: a channel, the kind of a task, or ``do``.
        name: as somebody typed it; the id is made from it.
        after: id of the step above; empty: it becomes the first.
        timing: when it goes.
    """

    kind: str
    name: str
    after: str
    timing: Timing


@dataclass(frozen=True)
class StepChanges:
    """Changes steps of one draft.

    Attributes:
        source: where it is saved.
    """

    source: SourceEdits

    async def move(self, connection: Connection, step: str, place: int) -> SequenceDraft:
        """Moves a step to another place, counted from 0.

        Raises:
            NotFoundError: there is no such step.
            DraftConflictError: another text is there by now.
            DefinitionError: the file has to be edited for that.
        """
        return await self._edit(connection, lambda text: edits.moved(text, step, place))

    async def shift(self, connection: Connection, step: str, by: int) -> SequenceDraft:
        """Moves a step up (-1) or down (1). The errors are those of ``move``."""
        return await self._edit(
            connection, lambda text: edits.moved(text, step, max(0, edits.place_of(text, step) + by))
        )

    async def remove(self, connection: Connection, step: str) -> SequenceDraft:
        """Removes a step; its message stays, as one that no step uses. The errors are those of ``move``."""
        return await self._edit(connection, lambda text: edits.without(text, step))

    async def retime(self, connection: Connection, step: str, timing: Timing, at: str) -> SequenceDraft:
        """Says when a step goes; ``at`` is a time of day, or empty. The errors are those of ``move``."""
        values = {"when": when_of(timing), "at": at or None}
        return await self._edit(connection, lambda text: edits.with_values(text, step, values))

    async def add(self, connection: Connection, new: NewStep) -> str:
        """Adds a step with a message to begin with.

        Returns:
            The id of the step.

        Raises:
            NotFoundError: there is no such step above.
            RefusedError: there is no such kind of step.
            DraftConflictError: another text is there by now.
            DefinitionError: the file has to be edited for that.
        """
        if new.kind not in KINDS:
            raise RefusedError(RequestRefused.INVALID, "there is no such kind of step")
        added = ""

        def edited(draft: SequenceDraft) -> dict[str, str | None]:
            nonlocal added
            added = _free_id(draft, new)
            when = when_of(new.timing)
            values = {"id": added} | ({"when": when} if when else {})
            more: dict[str, Any] = {}
            files: dict[str, str | None] = {}
            if title := TASKS.get(new.kind):
                more[TASK] = written_task(title, TaskForm(title, new.kind))
            elif new.kind == DO:
                more[DO] = [new_item("create_task", draft.sequence, "")]
            else:
                spec = CHANNELS[new.kind]
                values[new.kind] = template = free_template(draft, f"{draft.sequence}/{added}")
                files[template + spec.endings[0]] = FIRST_MAIL if spec.mail_like else _WORDS
            text = with_step_values(edits.with_step(draft.source, new.after, values), added, more)
            return {SEQUENCE_FILE: text, **files}

        await self.source.save(connection, edited)
        return added

    async def change(self, connection: Connection, step: str, change: StepChange) -> SequenceDraft:
        """Changes what a step says. The errors are those of ``move`` and of the change."""

        def edited(draft: SequenceDraft) -> dict[str, str | None]:
            edit = change(draft, step_values(draft.source, step))
            return {SEQUENCE_FILE: with_step_values(draft.source, step, edit.values), **edit.files}

        return await self.source.save(connection, edited)

    async def _edit(self, connection: Connection, edit: Callable[[str], str]) -> SequenceDraft:
        return await self.source.save(connection, lambda draft: {SEQUENCE_FILE: edit(draft.source)})


def _is_step(values: object) -> bool:
    return isinstance(values, dict)


def _free_id(draft: SequenceDraft, new: NewStep) -> str:
    wanted = re.sub(r"[^a-z0-9]+", "-", new.name.lower()).strip("-")[:50].strip("-")
    if not re.fullmatch(SLUG_PATTERN, wanted, re.ASCII):
        wanted = new.kind
    taken = {part.values.get("id") for part in outline(draft.source) if part.key == "steps" and _is_step(part.values)}
    return _free(wanted, taken | {"enrollment"})


def free_template(draft: SequenceDraft, wanted: str) -> str:
    """The name of a message that the draft does not have yet, like the one that is wanted."""
    return _free(wanted, {found[0] for path in draft.files if (found := template_of(path))})


def _free(wanted: str, taken: set[object]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 1000) if (name := f"{wanted}-{number}") not in taken)
