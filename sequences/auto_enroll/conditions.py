"""Which fields an auto-enrollment rule reads and a sequence writes, and how values are compared, once for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sequences.definition.durations import Duration
from sequences.definition.follow_ups import FollowUp, Send, SetField
from sequences.definition.model import SequenceDefinition
from sequences.definition.rules import Age, AutoEnroll, History, Several, parse_history, wanted_groups
from sequences.records.equal_values import WHITESPACE, Wanted, found_text, is_missing, meets_all, wanted_texts

RuleGroup = Literal["historical", "qualitative", "real"]
_LINKS = {
    "owner": frozenset({"person.owner", "placement.owner"}),
    "client": frozenset({"person.client", "placement.client"}),
}
"""Fields of an owner or a client are found through these: another owner changes the value of ``owner.email``."""


@dataclass(frozen=True)
class Condition:
    """One condition of a rule, whatever its group.

    Attributes:
        field: its catalogue name; an event such as ``last_contacted`` is ``person.last_contacted``.
        history: of a historical condition.
        present: of a qualitative condition: whether a value is asked for, or none.
        among: of a real condition: groups of values, of each of which the field has one.
        wanted: in words.
    """

    group: RuleGroup
    field: str
    wanted: str
    history: History | None = None
    present: bool = True
    among: tuple[Wanted, ...] = ()

    @property
    def waits_for(self) -> Duration | None:
        """The span after which a ``more than N ago`` condition comes true by itself; None for all others."""
        return self.history.ago if self.history is not None and self.history.age is Age.MORE_THAN else None


def conditions(rules: AutoEnroll) -> Iterator[Condition]:
    """All conditions of a rule, in the order in which people read them: historical, qualitative, real."""
    for event, words in rules.historical.items():
        yield Condition("historical", f"person.{event.value}", words, history=parse_history(words))
    for name, presence in rules.qualitative.items():
        yield Condition("qualitative", name, presence, present=presence == "present")
    for name, written in rules.real.items():
        yield Condition("real", name, in_words(written), among=wanted_of(written))


def wanted_of(written: tuple[str | bool | float, ...] | Several) -> tuple[Wanted, ...]:
    """The values of a rule or a stop rule as stored ones are compared with them: one of each is wanted."""
    return tuple(map(Wanted.of, wanted_groups(written)))


def condition_holds(written: tuple[str | bool | float, ...] | Several | str, found: object) -> bool:
    """Whether a value meets what a stop rule or a step asks for: ``present``, ``missing``, or values."""
    missing = is_missing(found)
    if isinstance(written, str):
        return missing is (written == "missing")
    return not missing and meets_all(wanted_of(written), found)


def in_words(written: tuple[str | bool | float, ...] | Several | str) -> str:
    """What is asked of a field, for people."""
    if isinstance(written, str):
        return written
    groups = [" or ".join(str(found_text(value)) for value in group) for group in wanted_groups(written)]
    if isinstance(written, Several) and written.any_of and len(groups) > 1:
        return f"{' and '.join(groups[:-1])}, and one of: {groups[-1]}"
    return " and ".join(groups)


def fields_read(rules: AutoEnroll) -> frozenset[str]:
    """Catalogue names of the fields that a rule reads, events and the links to owner and client among them."""
    named = {condition.field for condition in conditions(rules)}
    return frozenset(named).union(*(_LINKS.get(name.partition(".")[0], frozenset()) for name in named))


def written_fields(definition: SequenceDefinition) -> frozenset[str]:
    """Catalogue names of the fields that runs of a sequence write by themselves.

    A message that we send is a contact, so a sequence that sends writes ``person.last_contacted``.
    """
    written = {name for item in _follow_ups(definition) if isinstance(item, SetField) for name in item.set_field}
    sends = any(isinstance(item, Send) for item in _follow_ups(definition))
    if sends or any(step.template is not None for step in definition.steps):
        written.add("person.last_contacted")
    return frozenset(written)


def _follow_ups(definition: SequenceDefinition) -> Iterator[FollowUp]:
    for step in definition.steps:
        yield from step.do or ()
    for reaction in definition.reactions:
        yield from reaction.do


__all__ = [
    "WHITESPACE",
    "Condition",
    "condition_holds",
    "conditions",
    "fields_read",
    "found_text",
    "in_words",
    "is_missing",
    "wanted_of",
    "wanted_texts",
    "written_fields",
]
