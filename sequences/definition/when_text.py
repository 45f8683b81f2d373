"""``when:`` of a step, from words to values of ``sequences.planning.values``."""

from __future__ import annotations

import re
from datetime import date

from sequences.author_messages import did_you_mean
from sequences.errors import GrammarError
from sequences.planning.values import AfterEnrollment, AfterStep, AroundDayZero, OnDate, Unit, When

WHEN_PATTERN = (
    r"^\s*(on\s+day\s+zero|on\s+\d{4}-\d{2}-\d{2}"
    r"|\d+\s+(days?|business\s+days?|weeks?|months?)\s+(before|after)\s+day\s+zero"
    r"|\d+\s+(minutes?|hours?|days?|business\s+days?|weeks?|months?)\s+after\s+[a-z0-9][a-z0-9-]{0,62})\s*$"
)
ALLOWED = (
    "`7 days before day zero`, `on day zero`, `3 days after day zero`, `2 hours after enrollment`, "
    "`3 business days after STEP`, `on 2027-05-04`; units are minutes, hours, days, business days, weeks, months"
)
LIMITS = {
    Unit.MINUTES: 525_600,
    Unit.HOURS: 87_600,
    Unit.DAYS: 3_650,
    Unit.BUSINESS_DAYS: 2_600,
    Unit.WEEKS: 520,
    Unit.MONTHS: 120,
}
UNITS = {name: unit for unit in Unit for name in (unit.value, unit.value[:-1])}
ELAPSED = frozenset({Unit.MINUTES, Unit.HOURS})


def parse_when(text: str) -> When:
    """Read the words of ``when:``. Case and the number of spaces do not matter, except in the id of a step.

    Raises:
        GrammarError: the words say no time, or one that has no meaning (minutes around day zero).
    """
    words = text.split()
    lower = [word.lower() for word in words]
    if lower == ["on", "day", "zero"]:
        return AroundDayZero(0, Unit.DAYS)
    if len(words) == 2 and lower[0] == "on":
        return OnDate(_day(words[1], text))
    turn = next((i for i, word in enumerate(lower) if word in {"before", "after"}), None)
    if turn is None or turn < 2 or turn == len(words) - 1:
        raise GrammarError("These words do not say when.", f'"{text}"', ALLOWED)
    amount, unit = _amount(words[0], " ".join(lower[1:turn]), text)
    return _relative(amount, unit, lower[turn], words[turn + 1 :], text)


def _relative(amount: int, unit: Unit, side: str, anchor: list[str], text: str) -> When:
    lower = [word.lower() for word in anchor]
    if lower == ["day", "zero"]:
        if unit in ELAPSED:
            message = (
                f"Day zero is a date: {unit.value} before or after it have no meaning. Give the time of day with `at:`."
            )
            raise GrammarError(message, f'"{text}"', "days, business days, weeks or months before or after day zero")
        return AroundDayZero(-amount if side == "before" else amount, unit)
    if len(anchor) != 1:
        hint = did_you_mean(" ".join(lower), ["day zero", "enrollment"])
        raise GrammarError(f"After `{side}` comes one step, `enrollment` or `day zero`.{hint}", f'"{text}"', ALLOWED)
    if side == "before":
        hint = did_you_mean(lower[0], ["day zero"])
        message = f"Only day zero has a `before`: when `{anchor[0]}` comes is not known in advance.{hint}"
        raise GrammarError(message, f'"{text}"', ALLOWED)
    return AfterEnrollment(amount, unit) if lower == ["enrollment"] else AfterStep(amount, unit, anchor[0])


def _amount(number: str, unit_words: str, text: str) -> tuple[int, Unit]:
    if re.fullmatch(r"\d{1,9}", number, re.ASCII) is None:
        raise GrammarError(f"`{number}` is not a whole number.", f'"{text}"', ALLOWED)
    unit = UNITS.get(unit_words)
    if unit is None:
        raise GrammarError(f"Unknown unit of time `{unit_words}`.{_unit_hint(unit_words)}", f'"{text}"', ALLOWED)
    if int(number) > LIMITS[unit]:
        message = f"The number of {unit.value} is out of bounds."
        raise GrammarError(message, f'"{text}"', f"0 to {LIMITS[unit]} {unit.value}")
    return int(number), unit


def _unit_hint(words: str) -> str:
    if words in {"working day", "working days", "workday", "workdays", "weekday", "weekdays"}:
        return " Did you mean `business days`?"
    if words in {"year", "years"}:
        return " Write a year as `12 months`."
    return did_you_mean(words, UNITS)


def _day(word: str, text: str) -> date:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word, re.ASCII):
        try:
            day = date.fromisoformat(word)
        except ValueError as error:
            raise GrammarError(f"There is no such day: {error}.", f'"{text}"', "`on YYYY-MM-DD`") from error
        # The planner looks for allowed days around it, which must not run off Python's calendar.
        if 1970 <= day.year <= 2999:
            return day
        raise GrammarError("The year is out of bounds.", f'"{text}"', "a year from 1970 to 2999")
    hint = did_you_mean(f"on {word.lower()}", ["on day zero"])
    raise GrammarError(f"After `on` comes a date or `day zero`.{hint}", f'"{text}"', "`on day zero` or `on YYYY-MM-DD`")
