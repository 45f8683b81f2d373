"""Edits of what a step does that sends nothing: its follow-ups, by a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sequences.editing.follow_up_lines import changed_lines
from sequences.editing.steps import place_of
from sequences.editing.values import with_value
from sequences.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.editing.follow_up_lines import LineChanges
    from sequences.records.catalogue import FieldType

STEPS, DO = "steps", "do"
NOT_IN_STEPS: Final = frozenset({"send"})
"""Follow-ups that only answer a reaction: a step sends with a key of its own."""


def with_actions(text: str, step: str, change: LineChanges, types: Mapping[str, FieldType]) -> str:
    """The file in which a step does what a form says.

    Args:
        text: of the file.
        step: its id.
        change: as it came.
        types: of the fields that follow-ups may write.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: nothing would be left to do, or the file cannot be edited so.
    """
    path = (STEPS, place_of(text, step), DO)
    text, items = changed_lines(text, path, change, types)
    if not items:
        raise DefinitionError("a step does something: remove the step instead")
    return with_value(text, path, items)
