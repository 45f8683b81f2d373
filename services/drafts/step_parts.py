"""What the forms of a step's card change in a draft: conditions, wordings, the task, and the step's own settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.templates.template_files import template_of
from sequences.channels import CHANNELS
from sequences.editing.only_if import only_if, written_only_if
from sequences.editing.step_settings import channel_of, step_times, written_times
from sequences.editing.task_form import task_form, written_task
from sequences.editing.variants import (
    VariantLine,
    free_name,
    variant_lines,
    with_another,
    with_lines,
    with_second,
    without_one,
)
from sequences.errors import NotFoundError, RefusedError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sequences.editing.only_if import OnlyIf
    from sequences.editing.step_settings import OwnTimes
    from sequences.editing.task_form import TaskForm
    from sequences.records.catalogue import FieldType
    from services.drafts.draft import SequenceDraft

    StepChange = Callable[[SequenceDraft, dict[str, Any]], "StepEdit"]
    """From the draft and what a step says to what it says then."""


@dataclass(frozen=True)
class StepEdit:
    """What a step says then.

    Attributes:
        values: by key; None: the step has no such key any more.
        files: texts by path that come with it.
    """

    values: Mapping[str, Any]
    files: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class StepSettings:
    """What *More* says of a step.

    Attributes:
        subject: of its own; empty: that of its message.
        template: the message that it sends; empty: the same as now.
        times: its own.
    """

    subject: str
    template: str
    times: OwnTimes


def ask_only_if(wanted: OnlyIf, kinds: Mapping[str, FieldType]) -> StepChange:
    """Says what must hold when the step is due. A line that asks for values and names none is refused."""

    def change(_: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        empty = next((line.field for line in wanted.fields if line.operator.has_values and not line.values), None)
        if empty is not None:
            raise _invalid(f"{empty}: say which values, or ask whether it has a value at all")
        _said(only_if(step.get("if")), "if")
        return StepEdit({"if": written_only_if(step.get("if"), wanted, kinds)})

    return change


def set_task(wanted: TaskForm) -> StepChange:
    """Says what somebody is to do."""

    def change(_: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        if not wanted.title.strip():
            raise _invalid("task: say what is to be done")
        if step.get("task") is None:
            raise _invalid("this step is no task any more")
        _said(task_form(step["task"]), "task")
        return StepEdit({"task": written_task(step["task"], wanted)})

    return change


def set_settings(wanted: StepSettings) -> StepChange:
    """Says what else the step has of its own."""

    def change(draft: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        _said(step_times(step.get("schedule")), "schedule")
        values: dict[str, Any] = {"schedule": written_times(step.get("schedule"), wanted.times)}
        channel = channel_of(step)
        if channel and CHANNELS[channel].mail_like:
            values["subject"] = wanted.subject or None
        if channel and wanted.template and wanted.template != step[channel]:
            if wanted.template not in templates_of(draft, channel):
                raise NotFoundError(f"the draft has no message {wanted.template!r} any more")
            values[channel] = wanted.template
        return StepEdit(values)

    return change


def compare_wordings(subject: str = "") -> StepChange:
    """Gives a step a second wording, or one more: another subject, or else a whole text that begins as a copy."""

    def change(draft: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        channel = channel_of(step)
        if not channel:
            raise _invalid("only a step that sends a message can have several wordings")
        written = step.get("variants") or []
        name = free_name(written)
        files: dict[str, str | None] = {}
        line = VariantLine(name, subject=subject)
        if not subject:
            template, files = _copied(draft, step[channel], name)
            line = VariantLine(name, template=template)
        return StepEdit({"variants": with_another(written, line) if written else with_second(line)}, files)

    return change


def set_wordings(lines: Sequence[VariantLine]) -> StepChange:
    """Says what the wordings are called, what they weigh and which subjects they have."""

    def change(_: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        _said(variant_lines(step.get("variants")), "variants")
        return StepEdit({"variants": with_lines(step.get("variants") or [], lines)})

    return change


def drop_wording(name: str) -> StepChange:
    """Takes one wording away; with two, the other one stays as the step's only one."""

    def change(draft: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        lines = variant_lines(step.get("variants")) or ()
        others = [line.name for line in lines if line.name != name]
        if len(others) == 1 and len(lines) > 1:
            return keep_wording(others[0])(draft, step)
        return StepEdit({"variants": without_one(step.get("variants") or [], name)})

    return change


def keep_wording(name: str) -> StepChange:
    """Back to one wording: the step says what this one says. Texts of the others stay, as ones that no step uses."""

    def change(_: SequenceDraft, step: dict[str, Any]) -> StepEdit:
        line = next((each for each in variant_lines(step.get("variants")) or () if each.name == name), None)
        if line is None:
            raise NotFoundError(f"the step has no wording {name!r} any more")
        values: dict[str, Any] = {"variants": None}
        if line.subject:
            values["subject"] = line.subject
        if line.template:
            values[channel_of(step)] = line.template
        return StepEdit(values)

    return change


def templates_of(draft: SequenceDraft, channel: str) -> tuple[str, ...]:
    """Names of the messages of a draft that go on a channel."""
    found = {name for path in draft.files if (name := _name(path, channel))}
    return tuple(sorted(found))


def _name(path: str, channel: str) -> str:
    found = template_of(path)
    return found[0] if found is not None and found[1] == channel else ""


def _copied(draft: SequenceDraft, template: str, name: str) -> tuple[str, dict[str, str | None]]:
    """The name of a new message, and its texts: those of another one."""
    taken = {found[0] for path in draft.files if (found := template_of(path))}
    wanted = (f"{template}-{name}", *(f"{template}-{name}-{number}" for number in range(2, 1000)))
    new = next(each for each in wanted if each not in taken)
    files: dict[str, str | None] = {
        new + path.removeprefix(template): text
        for path, text in draft.files.items()
        if (found := template_of(path)) and found[0] == template
    }
    return new, files


def _said(form: object, key: str) -> None:
    """What no form can say is changed in the file, and by no form."""
    if form is None:
        raise _invalid(f"`{key}` says more than this form can: change it in the file")


def _invalid(words: str) -> RefusedError:
    return RefusedError(RequestRefused.INVALID, words)
