"""What the lines of a form can ask about, in the words of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sequences.editing.conditions import EVENTS, PAST_UNITS, Operator, Past, operators_of
from services.console.condition_words import field_labels

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sequences.records.catalogue import Catalogue, FieldType


@dataclass(frozen=True)
class ConditionField:
    """One field.

    Attributes:
        name: in the catalogue.
        label: what people call it.
        kind: what it holds; None: it is gone from the catalogue.
        choices: the only values there are; empty when the CRM decides.
        operators: what can be asked.
    """

    name: str
    label: str
    kind: FieldType | None = None
    choices: tuple[str, ...] = ()
    operators: tuple[Operator, ...] = tuple(Operator)


@dataclass(frozen=True)
class ConditionFields:
    """The fields that a condition may name.

    Attributes:
        known: each by its name.
    """

    known: Mapping[str, ConditionField] = field(default_factory=dict)

    def of(self, name: str) -> ConditionField:
        """The field of a line; a file may name one that the catalogue does not have."""
        return self.known.get(name) or ConditionField(name, name)

    def beside(self, names: Collection[str]) -> tuple[ConditionField, ...]:
        """Those that can be chosen for a new line: a field is asked about once."""
        return tuple(each for each in self.known.values() if each.name not in names)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """What can be asked of any of them."""
        asked = {operator for each in self.known.values() for operator in each.operators}
        return tuple(operator for operator in Operator if operator in asked)


def condition_fields(
    catalogue: Catalogue, record: str, *, presence: bool = True, values: bool = True
) -> ConditionFields:
    """The fields of conditions.

    Args:
        catalogue: built-in and declared fields.
        record: ``person | placement``: only what a run about it can see; empty for all.
        presence: whether a value may be asked for, or none.
        values: whether values may be asked for.
    """
    labels, known = field_labels(catalogue), {}
    for each in catalogue.for_record(record):
        operators = operators_of(each, presence=presence, values=values) if each.in_rules else ()
        if operators:
            label = labels.get(each.name, each.name)
            known[each.name] = ConditionField(each.name, label, each.type, each.choices, operators)
    return ConditionFields(known)


@dataclass(frozen=True)
class PastFields:
    """What can be asked about the past.

    Attributes:
        events: those that can be chosen for a new line.
    """

    events: tuple[str, ...] = EVENTS
    pasts: tuple[str, ...] = field(default=tuple(Past), init=False)
    units: tuple[str, ...] = field(default=PAST_UNITS, init=False)
