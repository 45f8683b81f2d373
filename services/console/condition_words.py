"""The conditions of a rule in the words of people: what a field is called, what is wanted, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.explaining.verdict import value_words
from services.reading.fields import field_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.auto_enroll.conditions import Condition
    from sequences.auto_enroll.finding import ConditionFinding
    from sequences.records.catalogue import Catalogue

GROUPS = ("historical", "qualitative", "real")
"""In the order in which people read them."""


@dataclass(frozen=True)
class ConditionWords:
    """One condition.

    Attributes:
        label: what the field is called.
        wanted: as written; ``present`` and ``missing`` of a qualitative one.
        found: of one record; None: there is no value, or nobody was asked about.
        met: by that record.
    """

    group: str
    label: str
    wanted: str
    found: str | None = None
    met: bool = True


def field_labels(catalogue: Catalogue) -> dict[str, str]:
    """What each field is called that a rule can name, by its name in the catalogue."""
    labels = {}
    for line in field_lines(catalogue):
        name = line.name if "." in line.name else f"person.{line.name}"
        # Of a placement, a client and an owner it must be said whose it is.
        plain = line.group in ("person", "custom")
        labels[name] = line.label if plain else f"{line.group.title()}: {line.label.lower()}"
    return labels


def condition_words(condition: Condition, labels: Mapping[str, str]) -> ConditionWords:
    """A condition of a rule."""
    return ConditionWords(condition.group, _label(condition.field, labels), condition.wanted)


def finding_words(finding: ConditionFinding, labels: Mapping[str, str]) -> ConditionWords:
    """A condition with what one record has."""
    found = None if finding.found is None else value_words(finding.found)
    return ConditionWords(finding.group, _label(finding.field, labels), finding.wanted, found or None, finding.true)


def _label(field: str, labels: Mapping[str, str]) -> str:
    # A field that is gone from the catalogue still has its name in the file.
    return labels.get(field, field)
