"""Whether the steps that people do make sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequences.author_messages import shown
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Severity
from sequences.definition.task_steps import COLLEAGUES, is_field
from sequences.ids import is_external_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.field_uses import FieldUses


def check_tasks(data: Mapping[str, Any], uses: FieldUses) -> Iterator[Finding]:
    """Fields in their words, who does them, and for how long a run waits."""
    for i, step in plain_values.mappings(data.get("steps")):
        task, loc = plain_values.mapping(step.get("task")), ("steps", i, "task")
        yield from uses.template(loc, step.get("task"))
        for key in ("title", "description"):
            yield from uses.template((*loc, key), task.get(key))
        assignee = task.get("assign")
        if isinstance(assignee, str) and assignee not in COLLEAGUES:
            if is_field(assignee):
                yield from uses.named((*loc, "assign"), assignee, "rules", target="value")
            elif not is_external_id(assignee):
                allowed = "`owner`, `assigned_by`, the id of a user, or a field such as `custom.recruiter`"
                yield Finding((*loc, "assign"), "This is nobody to give a task to.", shown(assignee), allowed)
        within, waits = task.get("within"), task.get("wait") == "done"
        if waits and within is None:
            message = "How long does the run wait for this task?"
            yield Finding((*loc, "wait"), message, "no `within`", "`within: 3 days` beside it")
        if within is not None and task and not waits:
            message = "The run does not wait for this task, so `within` has no effect."
            yield Finding(
                (*loc, "within"), message, shown(within), "`wait: done` beside it", Severity.WARNING, target="key"
            )
