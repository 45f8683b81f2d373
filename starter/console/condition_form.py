"""What the fields of a condition brought: those of ``templates/parts/conditions.html``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.editing.conditions import EVENTS, PAST_UNITS, FieldCondition, Operator, Past, PastCondition, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def posted_condition(form: Mapping[str, str], prefix: str) -> FieldCondition | None:
    """The line whose fields begin with ``prefix``; None: no field is chosen, or there is no such line."""
    field, operator = form.get(f"{prefix}field", "")[:200], form.get(f"{prefix}operator", "")
    if not field or operator not in set(Operator):
        return None
    asked = Operator(operator)
    ticked = [value for name, value in form.items() if name.startswith(f"{prefix}value-")]
    return FieldCondition(field, asked, values_of(form.get(f"{prefix}values", ""), ticked) if asked.has_values else ())


def posted_past(form: Mapping[str, str], prefix: str) -> PastCondition | None:
    """The line about the past whose fields begin with ``prefix``; None: nothing is chosen."""
    event, past = form.get(f"{prefix}event", ""), form.get(f"{prefix}past", "")
    if event not in EVENTS or past not in set(Past):
        return None
    amount, unit = form.get(f"{prefix}amount", ""), form.get(f"{prefix}unit", "")
    whole = int(amount) if amount.isascii() and amount.isdigit() and len(amount) < 7 else 1
    return PastCondition(event, Past(past), whole, unit if unit in PAST_UNITS else PAST_UNITS[-1])
