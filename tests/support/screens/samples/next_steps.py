"""The steps of the next 24 hours."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.next_steps import DueStep, DueSteps, NextStepsAsked
from services.console.whose import EVERYONE
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
_STEP = DueStep(AT, "America/New_York", "one", "e1", "hello", "Hello <page>", "p1", "Ann <page>", "active", None)
_WAITS = (
    replace(_STEP, hold_reason="holidays <page>"),
    replace(_STEP, state="paused", person_name=None, sequence_name=None, timezone=None),
    replace(_STEP, state="reacting", hold_reason="ill"),
)
_KEPT = {
    "asked": NextStepsAsked(AT),
    "found": DueSteps(EVERYONE, (_STEP,), "c"),
    "counted_at": AT.isoformat(),
    "address": Address("/console/next-steps", {}),
}

TEMPLATE = "screens/next_steps.html"
MODELS: dict[str, dict[str, object]] = {
    "goes": _KEPT,
    "waits": {**_KEPT, "asked": NextStepsAsked(AT, goes=False), "found": DueSteps(EVERYONE, _WAITS, None)},
    "nothing_goes": {**_KEPT, "found": DueSteps(EVERYONE, (), None)},
    "nothing_waits": {**_KEPT, "asked": NextStepsAsked(AT, goes=False), "found": DueSteps(EVERYONE, (), None)},
}
