"""The language of the planner's tables, and the hypothesis profiles: `planner` (default) and `nightly`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sequences.planning.closed_days import parse_days
from sequences.planning.values import (
    AfterEnrollment,
    AfterStep,
    AroundDayZero,
    Channel,
    Decided,
    IfPast,
    Immediately,
    OnDate,
    Pause,
    RunFacts,
    Schedule,
    StepPlan,
    StepTiming,
    Unit,
    When,
    ZoneFacts,
)
from sequences.planning.wallclock import ClockRange


@dataclass
class Case:
    """A parsed row: the facts of a run, its steps, and what each undecided step should be."""

    facts: RunFacts
    steps: list[StepTiming] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def ranges(text: str) -> tuple[ClockRange, ...]:
    pairs = (part.split("-") for part in text.split(","))
    return tuple(ClockRange(minutes(start), minutes(end)) for start, end in pairs)


def when(text: str) -> When:
    if not text:
        return Immediately()
    if text == "on day zero":
        return AroundDayZero(0, Unit.DAYS)
    if text.startswith("on "):
        return OnDate(date.fromisoformat(text[3:]))
    match = re.fullmatch(r"(\d+) (business days|\w+) (after|before) (.+)", text)
    assert match, text
    amount, unit, side, anchor = int(match[1]), Unit(match[2]), match[3], match[4]
    if anchor == "day zero":
        return AroundDayZero(-amount if side == "before" else amount, unit)
    return AfterEnrollment(amount, unit) if anchor == "enrollment" else AfterStep(amount, unit, anchor)


def scheduled(schedule: Schedule, key: str, value: str) -> Schedule:
    changes: dict[str, Callable[[], dict[str, Any]]] = {
        "timezone": lambda: {"timezone": value},
        "window": lambda: {"windows": ranges(value)},
        "weekdays": lambda: {"weekdays_only": True},
        "holidays": lambda: {"holidays": value},
        "if_past": lambda: {"if_past": IfPast(value)},
        "texting": lambda: {"texting_hours": ranges(value)[0]},
    }
    return replace(schedule, **changes[key]())


def parse(run: str, rows: str) -> Case:
    schedule, zones, known = Schedule(), ZoneFacts(), RunFacts(enrolled_at=datetime(2027, 1, 1, tzinfo=UTC))
    for part in (part.strip() for part in run.split(";")):
        key, _, value = part.partition(" ")
        if key == "enrolled":
            known = replace(known, enrolled_at=datetime.fromisoformat(value))
        elif key == "day":
            text = value.removeprefix("zero ")
            known = replace(known, day_zero=datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text))
        elif key == "closed":
            known = replace(known, closed=known.closed | frozenset(parse_days(value)))
        elif key in {"sent", "skipped"}:
            step, at = value.split()
            past = Decided(step, datetime.fromisoformat(at), key == "sent")
            known = replace(known, decided=(*known.decided, past))
        elif key == "pause":
            start, end = (datetime.fromisoformat(at) for at in value.split("/"))
            known = replace(known, pauses=(*known.pauses, Pause(start, end)))
        elif key in {"person", "phone", "placement", "client", "organisation"}:
            zones = replace(zones, **{key: value})
        else:
            schedule = scheduled(schedule, key, value)
    case = Case(replace(known, zones=zones))
    for row in (row.strip() for row in rows.strip().splitlines()):
        words, _, expected = row.partition("->")
        words, *own = (part.strip() for part in words.split(";"))
        step_schedule = schedule
        for part in own:
            key, _, value = part.partition(" ")
            step_schedule = scheduled(step_schedule, key, value)
        step, channel, *rest = words.split(" ", 2)
        text, _, at = f" {rest[0] if rest else ''}".partition(" at ")
        case.steps.append(
            StepTiming(step, Channel(channel), when(text.strip()), minutes(at) if at else None, step_schedule)
        )
        if expected:
            case.expected.append(f"{step} {expected.strip()}")
    return case


def shown(planned: StepPlan, *, zone: bool) -> str:
    words = [planned.step]
    if planned.due_at is None:
        words += ["skipped", str(planned.skipped)]
    else:
        # In a fold, PEP 495 makes aware times of two zones unequal whatever they are: compare in UTC.
        assert planned.local is not None
        assert planned.local.astimezone(UTC) == planned.due_at
        words += [f"{planned.due_at:%Y-%m-%dT%H:%MZ}", *planned.moved_by]
    return " ".join([*words, f"[{planned.timezone} {planned.timezone_source}]"] if zone else words)
