"""Whether the conditions of a step hold in a run. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.auto_enroll.conditions import condition_holds, in_words
from sequences.definition.happenings import HappeningKind, parse_happening

if TYPE_CHECKING:
    from collections.abc import Collection

    from sequences.definition.happenings import Happening
    from sequences.definition.rules import StopValues
    from sequences.definition.step_conditions import StepConditions
    from sequences.records.record_view import RecordView


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that came back, or a message that was sent.

    Attributes:
        kind: such as ``clicked``; ``sent`` for a message.
        step: of the message that it is about; None: of none that is known.
        label: of a reply: what the model is sure of, or a person said.
    """

    kind: str
    step: str | None = None
    label: str | None = None


def unmet(conditions: StepConditions, view: RecordView, happened: Collection[Happened]) -> str:
    """The first condition that does not hold, in the words of the file; empty when all do.

    Args:
        conditions: of the step.
        view: the record as it is now.
        happened: in the run so far.
    """
    for field, wanted in conditions.fields.items():
        if not condition_holds(wanted, view.value(field)):
            return _field_words(field, wanted)
    for group in conditions.groups():
        if not any(_is_so(parse_happening(text), happened) for text in group):
            return _group_words(group)
    return ""


def condition_words(conditions: StepConditions) -> tuple[str, ...]:
    """All conditions, in words for people."""
    fields = (_field_words(field, wanted) for field, wanted in conditions.fields.items())
    return (*fields, *map(_group_words, conditions.groups()))


def asks_what_happened(conditions: StepConditions) -> bool:
    """Whether it needs to be known what happened in the run."""
    return conditions.happened is not None


def _field_words(field: str, wanted: StopValues) -> str:
    return f"{field}: {in_words(wanted)}"


def _group_words(group: tuple[str, ...]) -> str:
    return " or ".join(str(parse_happening(text)) for text in group)


def _is_so(asked: Happening, happened: Collection[Happened]) -> bool:
    return any(_is_it(asked, each) for each in happened) is not asked.denied


def _is_it(asked: Happening, each: Happened) -> bool:
    if asked.step is not None and each.step != asked.step:
        return False
    if each.kind == HappeningKind.REPLIED:
        return asked.kind in (HappeningKind.REPLIED, f"replied.{each.label}")
    return each.kind == asked.kind
