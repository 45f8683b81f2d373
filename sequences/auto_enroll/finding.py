"""What a rule says of one record: the meaning of every condition in plain code.

The SQL of ``adapters.postgres.rules.statements`` says the same of many records at once; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sequences.auto_enroll.conditions import Condition, RuleGroup, conditions, found_text, is_missing
from sequences.definition.rules import Age, AutoEnroll, History
from sequences.records.equal_values import meets_all


@dataclass(frozen=True)
class ConditionFinding:
    """One condition and the value found.

    Attributes:
        group: ``historical | qualitative | real``.
        field: catalogue name, such as ``person.status`` or ``person.last_contacted``.
        wanted: the condition in words.
        found: the value as text, an event as ISO 8601 in UTC; None when there is none.
        true: whether the condition is met.
    """

    group: RuleGroup
    field: str
    wanted: str
    found: str | None
    true: bool


def evaluate(
    rules: AutoEnroll, value: Callable[[str], Any], event: Callable[[str], datetime | None], now: datetime
) -> list[ConditionFinding]:
    """Every condition with the value found; the rule is true when all of them are.

    Args:
        rules: of a sequence.
        value: of a field by catalogue name, as ``RecordView.value`` gives it.
        event: latest time (UTC) of an event such as ``last_contacted``, None when it never happened.
        now: UTC.
    """
    return [_finding(condition, value, event, now) for condition in conditions(rules)]


def edge(rules: AutoEnroll, event: Callable[[str], datetime | None], now: datetime) -> datetime | None:
    """When the rule last came true by time passing: the latest ``event + N`` of its ``more than N ago`` conditions.

    None when no such condition has an event, or when the latest of them lies after ``now``.
    """
    edges = []
    for condition in conditions(rules):
        ago = condition.waits_for
        at = event(event_name(condition.field)) if ago else None
        if ago is not None and at is not None:
            edges.append(ago.after(at))
    latest = max(edges, default=None)
    return latest if latest is not None and latest <= now else None


def event_name(field: str) -> str:
    """``last_contacted`` for ``person.last_contacted``."""
    return field.partition(".")[2]


def _finding(
    condition: Condition, value: Callable[[str], Any], event: Callable[[str], datetime | None], now: datetime
) -> ConditionFinding:
    found: Any
    if condition.history is not None:
        found = event(event_name(condition.field))
        true = holds(condition.history, found, now)
    else:
        found = value(condition.field)
        if condition.group == "qualitative":
            true = is_missing(found) is not condition.present
        else:
            true = meets_all(condition.among, found)
    return ConditionFinding(condition.group, condition.field, condition.wanted, found_text(found), true)


def holds(history: History, at: datetime | None, now: datetime) -> bool:
    """Whether an event whose latest time is ``at`` meets a historical condition."""
    if at is None:
        return history.never
    if history.ago is None:
        return False
    cutoff = history.ago.before(now)
    return at < cutoff if history.age is Age.MORE_THAN else at > cutoff
