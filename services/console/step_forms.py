"""The forms of a step's card: what the file says of its conditions, wordings, task and own times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sequences.channels import CHANNELS, legal_hours
from sequences.definition.happenings import HappeningKind
from sequences.definition.variants import MOST
from sequences.editing.only_if import OF_A_TASK, OnlyIf, only_if
from sequences.editing.step_settings import OwnTimes, channel_of, step_times
from sequences.editing.task_form import TaskForm, task_form
from sequences.editing.variants import VariantLine, variant_lines
from services.drafts.step_parts import templates_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.drafts.draft import SequenceDraft


@dataclass(frozen=True)
class StepForms:
    """What the forms of one step begin with. None among them: the file says more than the form can.

    Attributes:
        channel: the step sends on it; empty: it sends nothing.
        only_if: what must hold when it is due.
        sending: ids of the steps above that send.
        tasks: ids of the steps above that are tasks.
        wordings: lines of its variants; none: it has one wording.
        task: what somebody is to do.
        subject: of its own, or empty.
        template: the message that it sends, or empty.
        templates: all messages of the draft on its channel.
        times: its own.
        before_day_zero: whether its time may have passed at enrollment.
        in_thread: its mail answers an earlier one, and shows that one's subject.
    """

    channel: str = ""
    only_if: OnlyIf | None = field(default_factory=OnlyIf)
    sending: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    wordings: tuple[VariantLine, ...] | None = ()
    task: TaskForm | None = None
    subject: str = ""
    template: str = ""
    templates: tuple[str, ...] = ()
    times: OwnTimes | None = field(default_factory=OwnTimes)
    before_day_zero: bool = False
    in_thread: bool = False

    @property
    def mail_like(self) -> bool:
        """Whether its message has a subject."""
        return bool(self.channel) and CHANNELS[self.channel].mail_like

    @property
    def texts(self) -> bool:
        """Whether it goes in the hours of text messages only."""
        return legal_hours(self.channel) is not None

    @property
    def may_have_more(self) -> bool:
        """Whether another wording can be added."""
        return self.wordings is not None and len(self.wordings) < MOST

    @property
    def happenings(self) -> tuple[str, ...]:
        """What can be asked about the steps above; none: there is nothing above that a person could react to."""
        return tuple(kind.value for kind in HappeningKind if (self.tasks if kind in OF_A_TASK else self.sending))


def step_forms(draft: SequenceDraft, values: Mapping[str, Any], above: Sequence[Mapping[str, Any]]) -> StepForms:
    """The forms of a step.

    Args:
        draft: that it is in.
        values: what the file says of it.
        above: what it says of the steps before it.
    """
    channel = channel_of(values)
    when, subject, template = values.get("when"), values.get("subject"), values.get(channel)
    return StepForms(
        channel,
        only_if(values.get("if")),
        _ids(each for each in above if channel_of(each)),
        _ids(each for each in above if each.get("task") is not None),
        variant_lines(values.get("variants")),
        task_form(values["task"]) if values.get("task") is not None else None,
        subject if isinstance(subject, str) else "",
        template if isinstance(template, str) else "",
        templates_of(draft, channel) if channel else (),
        step_times(values.get("schedule")),
        isinstance(when, str) and "before" in when,
        any(CHANNELS[name].mail_like for each in above if (name := channel_of(each))),
    )


def _ids(steps: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(each["id"] for each in steps if isinstance(each.get("id"), str))
