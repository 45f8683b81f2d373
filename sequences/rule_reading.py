"""Which fields an auto-enrollment rule reads and a sequence writes, and how values are compared, once for all."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sequences.definition import Sequence
from sequences.durations import Duration
from sequences.follow_ups import FollowUp, SetField
from sequences.rules import Age, AutoEnroll, History, parse_history

RuleGroup = Literal["historical", "qualitative", "real"]
WHITESPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What ``str.strip`` takes away; a value of nothing else is blank, and a blank value is missing."""
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
        texts: of a real condition: what the value's text may be.
        wanted: in words.
    """

    group: RuleGroup
    field: str
    wanted: str
    history: History | None = None
    present: bool = True
    texts: tuple[str, ...] = ()

    @property
    def waits_for(self) -> Duration | None:
        """The span after which a ``more than N ago`` condition comes true by itself; None for all others."""
        return self.history.ago if self.history is not None and self.history.age is Age.MORE_THAN else None


def conditions(rules: AutoEnroll) -> Iterator[Condition]:
    """All conditions of a rule, in the order in which people read them: historical, qualitative, real."""
    for event, words in rules.historical.items():
        yield Condition("historical", f"person.{event.value}", words, history=parse_history(words))
    for field, presence in rules.qualitative.items():
        yield Condition("qualitative", field, presence, present=presence == "present")
    for field, values in rules.real.items():
        texts = tuple(dict.fromkeys(text for value in values for text in wanted_texts(value)))
        yield Condition("real", field, " or ".join(str(found_text(value)) for value in values), texts=texts)


def fields_read(rules: AutoEnroll) -> frozenset[str]:
    """Catalogue names of the fields that a rule reads, events and the links to owner and client among them."""
    named = {condition.field for condition in conditions(rules)}
    return frozenset(named).union(*(_LINKS.get(name.partition(".")[0], frozenset()) for name in named))


def written_fields(definition: Sequence) -> frozenset[str]:
    """Catalogue names of the fields that runs of a sequence write by themselves.

    A message that we send is a contact, so a sequence that sends writes ``person.last_contacted``.
    """
    written = {field for item in _follow_ups(definition) if isinstance(item, SetField) for field in item.set_field}
    if any(step.email is not None or step.sms is not None for step in definition.steps):
        written.add("person.last_contacted")
    return frozenset(written)


def _follow_ups(definition: Sequence) -> Iterator[FollowUp]:
    for step in definition.steps:
        yield from step.do or ()
    for reaction in definition.reactions:
        yield from reaction.do


def found_text(value: Any) -> str | None:
    """A stored value as text: numbers without needless zeros, ``true`` and ``false``; None stays None."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _number(value)
        case datetime() | date():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def wanted_texts(value: str | bool | float) -> tuple[str, ...]:
    """The texts that stand for an authored value: a CRM may keep a number or a boolean as text."""
    match value:
        case str():
            return (value,)
        case bool():
            return ("true", "True", "TRUE") if value else ("false", "False", "FALSE")
        case _:
            short = _number(value)
            whole = (f"{short}.0",) if "." not in short else ()
            return tuple(dict.fromkeys((short, str(value), *whole)))


def is_missing(value: Any) -> bool:
    """True for null and for blank text."""
    return not (found_text(value) or "").strip()


def _number(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    exact = Decimal(repr(value))
    return format(exact.normalize(), "f") if exact else "0"
