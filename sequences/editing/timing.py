"""``when:`` of a step as the choices of a form, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sequences.definition.when_text import parse_when
from sequences.errors import GrammarError
from sequences.planning.values import AfterEnrollment, AfterStep, AroundDayZero, OnDate, Unit

ENROLLMENT: Final = "enrollment"
BEFORE, AFTER, ON_DAY_ZERO, ON_DATE = "before", "after", "day_zero", "date"
OF_A_STEP: Final = "step:"
"""Before the id of the step that is counted from."""


@dataclass(frozen=True)
class Timing:
    """The choices.

    Attributes:
        base: what is counted from: ``enrollment``, ``step:ID``, ``before`` or ``after`` (day zero), ``day_zero`` (on
            it), ``date``; empty: right after the step above, or at enrollment.
        amount: how many.
        unit: of what, such as ``business days``.
        day: of ``date``, as ``2027-05-04``.
    """

    base: str = ""
    amount: int = 1
    unit: str = Unit.DAYS.value
    day: str = ""


def timing_of(when: str) -> Timing:
    """The choices that a text stands for; those of an empty one when it cannot be read."""
    try:
        read = parse_when(when)
    except GrammarError:
        return Timing()
    match read:
        case AfterEnrollment(amount, unit):
            return Timing(ENROLLMENT, amount, unit.value)
        case AfterStep(amount, unit, step):
            return Timing(OF_A_STEP + step, amount, unit.value)
        case AroundDayZero(0, _):
            return Timing(ON_DAY_ZERO)
        case AroundDayZero(amount, unit):
            return Timing(BEFORE if amount < 0 else AFTER, abs(amount), unit.value)
        case OnDate(day):
            return Timing(ON_DATE, day=day.isoformat())
    return Timing()


def when_of(timing: Timing) -> str | None:
    """The text for choices; None: the step has no ``when``. Whether it makes sense the check of the file says."""
    unit = timing.unit.removesuffix("s") if timing.amount == 1 else timing.unit
    span = f"{timing.amount} {unit}"
    if timing.base == ENROLLMENT:
        return f"{span} after enrollment"
    if timing.base.startswith(OF_A_STEP):
        return f"{span} after {timing.base.removeprefix(OF_A_STEP)}"
    if timing.base in (BEFORE, AFTER):
        return f"{span} {timing.base} day zero"
    if timing.base == ON_DAY_ZERO:
        return "on day zero"
    return f"on {timing.day}" if timing.base == ON_DATE else None
