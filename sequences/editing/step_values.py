"""The values of one step, changed: keys that are new come where authors write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sequences.channels import CHANNELS
from sequences.editing.rewrite import data_of, rewritten
from sequences.editing.steps import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDER: Final = ("id", "when", "at", "if", *map(str, CHANNELS), "subject", "variants", "task", "do", "schedule")


def step_values(text: str, step: str) -> dict[str, Any]:
    """What a file says of a step, as plain values that must not be changed.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: the file cannot be read.
    """
    values: dict[str, Any] = data_of(text)["steps"][place_of(text, step)]
    return values


def steps_above(text: str, step: str) -> tuple[dict[str, Any], ...]:
    """What a file says of the steps before one. The errors are those of ``step_values``."""
    return tuple(data_of(text)["steps"][: place_of(text, step)])


def with_step_values(text: str, step: str, values: Mapping[str, Any]) -> str:
    """The file in which keys of a step say something else; all else stays letter by letter.

    Args:
        text: of the file.
        step: id of the step.
        values: plain, by key; None: the step has no such key any more.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: the file cannot be edited so.
    """
    at, data = place_of(text, step), data_of(text)
    said = dict(data["steps"][at])
    for key, value in values.items():
        if value is None:
            said.pop(key, None)
        else:
            said[key] = value
    new = [key for key in said if key not in data["steps"][at]]
    ordered = [key for key in said if key not in new]
    for key in sorted(new, key=_place):
        above = [i for i, each in enumerate(ordered) if _place(each) < _place(key)]
        ordered.insert(above[-1] + 1 if above else 1, key)
    after = {key: said[key] for key in ordered}
    return rewritten(text, {**data, "steps": [*data["steps"][:at], after, *data["steps"][at + 1 :]]})


def _place(key: str) -> int:
    return _ORDER.index(key) if key in _ORDER else len(_ORDER)
