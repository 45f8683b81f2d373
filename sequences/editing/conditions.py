"""One condition as the line of a form, and back: what a field shall hold, or how long ago something happened.

What a form cannot say (``any_of`` beside ``all_of``) is no line: it is shown in words, and stays as it is written.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sequences.definition.durations import Duration, DurationUnit
from sequences.definition.rules import Age, HistoricalEvent, parse_history
from sequences.errors import GrammarError
from sequences.records.catalogue import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sequences.records.catalogue import Field

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?", re.ASCII)
_PRESENCE: Final = ("present", "missing")


class Operator(enum.StrEnum):
    """What is asked of a field."""

    IS = "is"
    """One of the values."""
    ALL_OF = "all_of"
    """Each of the values: of a field that holds several."""
    PRESENT = "present"
    MISSING = "missing"

    @property
    def has_values(self) -> bool:
        """Whether values come behind it."""
        return self in (Operator.IS, Operator.ALL_OF)


@dataclass(frozen=True)
class FieldCondition:
    """What is asked of one field.

    Attributes:
        field: its name in the catalogue.
        values: as texts; empty for ``PRESENT`` and ``MISSING``.
    """

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


def operators_of(field: Field, *, presence: bool = True, values: bool = True) -> tuple[Operator, ...]:
    """What can be asked of a field.

    Args:
        field: of the catalogue.
        presence: whether a value may be asked for, or none (``qualitative`` of a rule; not ``real``).
        values: whether values may be asked for (``real`` of a rule; not ``qualitative``).
    """
    asked: tuple[Operator, ...] = ()
    if values and field.type is not FieldType.FILE:
        asked = (Operator.IS, Operator.ALL_OF) if field.type is FieldType.LIST else (Operator.IS,)
    return (*asked, Operator.PRESENT, Operator.MISSING) if presence else asked


def field_condition(field: str, written: object) -> FieldCondition | None:
    """The line for what a file says of a field; None: a form cannot say it."""
    if written in _PRESENCE:
        return FieldCondition(field, Operator(str(written)))
    operator, values = Operator.IS, written
    if isinstance(written, dict):
        said = {key: each for key, each in written.items() if each is not None}
        if len(said) != 1 or next(iter(said)) not in ("any_of", "all_of"):
            return None
        key, values = next(iter(said.items()))
        operator = Operator.ALL_OF if key == "all_of" else Operator.IS
    texts = tuple(map(_text, values if isinstance(values, list | tuple) else (values,)))
    if not texts or any(each is None for each in texts):
        return None
    return FieldCondition(field, operator, tuple(each for each in texts if each is not None))


def written_condition(condition: FieldCondition, kind: FieldType | None = None) -> Any:
    """What a file says for a line; None: the line asks for values and names none.

    Args:
        condition: the line.
        kind: what the field holds: a number is written as one; None: unknown.
    """
    if not condition.operator.has_values:
        return condition.operator.value
    values = [_value(each, kind) for each in condition.values]
    if not values:
        return None
    if condition.operator is Operator.ALL_OF:
        return {"all_of": values}
    # Alone these words would ask for something else.
    return values[0] if len(values) == 1 and values[0] not in _PRESENCE else values


class Past(enum.StrEnum):
    """How long ago something shall have happened."""

    MORE_THAN = "more_than"
    MORE_THAN_OR_NEVER = "more_than_or_never"
    LESS_THAN = "less_than"
    NEVER = "never"


@dataclass(frozen=True)
class PastCondition:
    """When something shall have happened last.

    Attributes:
        event: of ``HistoricalEvent``.
        amount: of units; counts for nothing with ``NEVER``.
        unit: such as ``months``.
    """

    event: str
    past: Past
    amount: int = 1
    unit: str = DurationUnit.YEARS.value


EVENTS: Final = tuple(event.value for event in HistoricalEvent)
PAST_UNITS: Final = tuple(unit.value for unit in DurationUnit)


def past_condition(event: str, written: object) -> PastCondition | None:
    """The line for what a file says of an event; None: it cannot be read."""
    if not isinstance(written, str):
        return None
    try:
        history = parse_history(written)
    except GrammarError:
        return None
    if history.ago is None:
        return PastCondition(event, Past.NEVER)
    past = Past.LESS_THAN if history.age is Age.LESS_THAN else Past.MORE_THAN
    past = Past.MORE_THAN_OR_NEVER if history.never else past
    return PastCondition(event, past, history.ago.amount, history.ago.unit.value)


def written_past(condition: PastCondition) -> str:
    """What a file says for a line. Whether it makes sense the check of the file says."""
    if condition.past is Past.NEVER:
        return "never"
    ago = Duration(condition.amount, DurationUnit(condition.unit))
    age = Age.LESS_THAN if condition.past is Past.LESS_THAN else Age.MORE_THAN
    return f"{age.value} {ago} ago" + (" or never" if condition.past is Past.MORE_THAN_OR_NEVER else "")


def values_of(lines: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """Values as somebody typed them, one on each line, and those that were ticked; each once."""
    typed = (line.strip() for line in (*lines.splitlines(), *more))
    return tuple(dict.fromkeys(filter(None, typed)))


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _value(text: str, kind: FieldType | None) -> str | bool | int | float:
    if kind is FieldType.BOOLEAN and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind is FieldType.NUMBER and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
