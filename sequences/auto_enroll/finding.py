"""What was found of one record for a rule: each condition with its value, and when it came true by time passing.

The SQL of ``adapters.postgres.rules.statements`` finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sequences.auto_enroll.conditions import RuleGroup, conditions
from sequences.definition.rules import AutoEnroll


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
