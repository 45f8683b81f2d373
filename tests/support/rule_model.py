"""A model of auto-enrollment rules: the meaning of every condition in plain code.

The SQL of ``adapters.postgres.rules.statements`` decides in production; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sequences.auto_enroll.conditions import Condition, conditions, found_text, is_missing
from sequences.auto_enroll.finding import ConditionFinding, event_name
from sequences.definition.rules import Age, AutoEnroll, History
from sequences.records.equal_values import meets_all


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
