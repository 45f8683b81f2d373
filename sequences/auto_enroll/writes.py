"""What a sequence writes, and whether that makes a rule true: the two ends of an edge between sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sequences.auto_enroll.conditions import Condition, conditions, fields_read, found_text, is_missing
from sequences.definition import follow_ups as kinds
from sequences.definition.durations import Duration
from sequences.definition.follow_ups import FollowUp
from sequences.definition.model import SequenceDefinition
from sequences.definition.rules import AutoEnroll, HistoricalEvent
from sequences.records.catalogue import Group
from sequences.records.equal_values import meets_all

CONTACTED = f"person.{HistoricalEvent.CONTACTED.value}"
"""The field that a message we send writes."""
CUSTOM = f"{Group.CUSTOM}."


@dataclass(frozen=True, slots=True)
class Write:
    """One automated write.

    Attributes:
        value: the text that rules compare; None for an emptied field and for ``CONTACTED``.
        open: what rules then find nobody knows here: a custom field emptied on a placement uncovers the person's.
    """

    field: str
    value: str | None = None
    open: bool = False


def actions(definition: SequenceDefinition) -> Iterator[FollowUp]:
    """All follow-ups, in reactions and in steps."""
    for reaction in definition.reactions:
        yield from reaction.do
    for step in definition.steps:
        yield from step.do or ()


def writes(definition: SequenceDefinition) -> tuple[Write, ...]:
    """What the sequence writes by itself, each once: fields that it sets, and the contact when it sends anything."""
    found: dict[Write, None] = {}
    for item in actions(definition):
        if isinstance(item, kinds.SetField):
            for field, value in item.set_field.items():
                uncovers = value is None and definition.record == "placement" and field.startswith(CUSTOM)
                found[Write(field, found_text(value), uncovers)] = None
    sends = any(isinstance(item, kinds.Send) for item in actions(definition))
    if sends or any(step.template for step in definition.steps):
        found[Write(CONTACTED)] = None
    return tuple(found)


def endpoints(definition: SequenceDefinition) -> tuple[str, ...]:
    """Receivers of webhooks that follow-ups name, each once."""
    named = (item.webhook.endpoint for item in actions(definition) if isinstance(item, kinds.Webhook))
    return tuple(dict.fromkeys(name for name in named if name is not None))


def enrolls(definition: SequenceDefinition) -> tuple[str, ...]:
    """Sequences that a follow-up enrolls into, each once."""
    return tuple(dict.fromkeys(item.enroll for item in actions(definition) if isinstance(item, kinds.Enroll)))


@dataclass(frozen=True, slots=True)
class Fed:
    """A write can make a rule true: at once, or ``after`` time has passed."""

    field: str
    after: Duration | None = None


def feeds(write: Write, rules: AutoEnroll) -> Fed | None:
    """Whether ``write`` can make ``rules`` true, seen from its field alone; None when it cannot.

    Every condition on the field must agree with the value. A contact is "less than N ago" at once and "more than N ago"
    when N has passed; it is never "never". What a new owner's own fields hold nobody knows here: they may be right.
    """
    if write.open and write.field in fields_read(rules):
        return Fed(write.field)
    own = [condition for condition in conditions(rules) if condition.field == write.field]
    if not own:
        return Fed(write.field) if write.field in fields_read(rules) else None
    if write.field == CONTACTED:
        history = own[0].history
        if history is None or history.ago is None:
            return None
        return Fed(CONTACTED, own[0].waits_for)
    return Fed(write.field) if all(_agrees(condition, write.value) for condition in own) else None


def _agrees(condition: Condition, value: str | None) -> bool:
    if condition.group == "qualitative":
        return is_missing(value) is not condition.present
    return meets_all(condition.among, value)
