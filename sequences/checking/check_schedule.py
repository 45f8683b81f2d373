"""Whether zones, holidays, windows and clocks can be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from sequences.author_messages import did_you_mean, listed, shown
from sequences.channels import CHANNELS
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Loc, Severity
from sequences.definition.clock_text import join_ranges, overlap, parse_clock, parse_range, parse_texting_hours
from sequences.planning.wallclock import ClockRange
from sequences.planning.workdays import has_holidays, holiday_codes, parts_that_differ
from sequences.planning.zones import zone_names

_YEARS: Final = (2026, 2027, 2028)
"""The years in which the parts of a country are compared. Fixed, so that the answer does not depend on the day."""


def check_schedule(data: Mapping[str, Any]) -> Iterator[Finding]:
    """The sequence's schedule, each step's, and what both together mean for each step."""
    yield from _block(("schedule",), plain_values.mapping(data.get("schedule")))
    reported: set[Loc] = set()
    for i, step in plain_values.mappings(data.get("steps")):
        yield from _block(("steps", i, "schedule"), plain_values.mapping(step.get("schedule")))
        for finding in _together(data, i, step):
            if finding.loc not in reported:
                reported.add(finding.loc)
                yield finding
    yield from _at_any_time(data)


def _at_any_time(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Nobody means to write to people at night: whoever does says so with ``window: any``."""
    messages = [
        (i, step)
        for i, step in plain_values.mappings(data.get("steps"))
        if any(step.get(channel) for channel in CHANNELS)
    ]
    open_ended = [(i, step) for i, step in messages if effective(data, i, step, "window")[1] is None]
    if not open_ended:
        return
    allowed = "`schedule: {window: 08:00-18:00, weekdays_only: true}`, or `window: any` if that is intended"
    if not plain_values.mapping(data.get("schedule")) and not any(
        plain_values.mapping(step.get("schedule")) for _, step in messages
    ):
        message = "Messages go at any time and on any day, also at night and on weekends."
        yield Finding(("steps",), message, "no `schedule`", allowed, Severity.WARNING, target="key")
        return
    # A step with a time of its own goes at that time; the schedule that is there says on which days.
    if any(step.get("at") is None for _, step in open_ended):
        message = "Messages go at any time of the day, also at night."
        yield Finding(("schedule",), message, "no `window`", allowed, Severity.WARNING)


def _block(loc: Loc, block: Mapping[str, Any]) -> Iterator[Finding]:
    zone = block.get("timezone")
    if isinstance(zone, str) and zone != "recipient" and zone not in zone_names():
        hint = did_you_mean(zone, ["recipient", *sorted(zone_names())])
        message = f"Unknown time zone.{hint}"
        yield Finding((*loc, "timezone"), message, shown(zone), "`recipient` or an IANA name such as `Europe/London`")
    yield from _holidays((*loc, "holidays"), block.get("holidays"))
    ranges: list[ClockRange] = []
    for here, text in plain_values.values(block.get("window"), (*loc, "window")):
        window = plain_values.parsed(parse_range, text)
        if window is not None and overlap(ranges, window):
            yield Finding(here, "Two windows overlap.", shown(text), "windows that do not overlap")
        ranges.extend([window] if window is not None else [])


def _holidays(loc: Loc, code: object) -> Iterator[Finding]:
    if not isinstance(code, str):
        return
    country = code.split("-", 1)[0]
    if not has_holidays(code):
        near = [known for known in sorted(holiday_codes()) if known.startswith(f"{country}-")]
        hint = did_you_mean(code, holiday_codes()) or (" Did you mean `GB`?" if code.upper() in {"UK", "GBR"} else "")
        allowed = "a country such as `GB`, or a part of one such as `GB-ENG`"
        allowed += f"; known here: {listed([country, *near], 12)}" if has_holidays(country) else ""
        yield Finding(loc, f"No holidays are known for this code.{hint}", shown(code), allowed)
    elif "-" not in code and (parts := _parts_that_differ(code)):
        message = f"Parts of `{code}` have other holidays than the list of `{code}` itself."
        yield Finding(loc, message, f"`{code}`", f"`{code}`, or one of {listed(parts, 6)}", Severity.WARNING)


@cache
def _parts_that_differ(country: str) -> tuple[str, ...]:
    """The parts of a country whose holidays are not the country's own list in some year, sorted."""
    return tuple(sorted({part for year in _YEARS for part in parts_that_differ(country, year)}))


def _together(data: Mapping[str, Any], i: int, step: Mapping[str, Any]) -> Iterator[Finding]:
    window_loc, window = effective(data, i, step, "window")
    ranges = join_ranges(
        r for _, text in plain_values.values(window, window_loc) if (r := plain_values.parsed(parse_range, text))
    )
    at = plain_values.parsed(parse_clock, step.get("at"))
    loc: Loc = ("steps", i, "at")
    spec = next((spec for name, spec in CHANNELS.items() if spec.hours and step.get(name) is not None), None)
    if spec is not None and spec.hours is not None:
        written = effective(data, i, step, "texting_hours")[1]
        narrowed = plain_values.parsed(parse_texting_hours, written) or spec.hours
        hours = ClockRange(max(narrowed.start, spec.hours.start), min(narrowed.end, spec.hours.end))
        name = f"{_clock(hours.start)}-{_clock(hours.end)}"
        if ranges and not overlap(ranges, hours):
            message = (
                f"The window does not overlap the hours for {spec.title.lower()}, {name}, so such a step "
                "could never be sent."
            )
            yield Finding(window_loc, message, shown(window), f"a window that overlaps `{name}`")
            return
        if at is not None and not hours.start <= at < hours.end:
            message = f"This is outside the hours for {spec.title.lower()}, {name}: "
            message += "the message moves to the next allowed minute."
            yield Finding(loc, message, shown(step["at"]), f"a time inside `{name}`", Severity.WARNING)
            return
    if at is not None and ranges and not any(r.start <= at < r.end for r in ranges):
        message = "This is outside the window: the step moves to the next opening."
        yield Finding(loc, message, shown(step["at"]), f"a time inside {_names(ranges)}", Severity.WARNING)


def effective(data: Mapping[str, Any], i: int, step: Mapping[str, Any], key: str) -> tuple[Loc, Any]:
    """What holds for a step under a key of the schedule, and where it is written: in the step or the sequence."""
    own = plain_values.mapping(step.get("schedule"))
    if key in own:
        return ("steps", i, "schedule", key), own[key]
    return ("schedule", key), plain_values.mapping(data.get("schedule")).get(key)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _names(ranges: tuple[ClockRange, ...]) -> str:
    return listed(f"{_clock(r.start)}-{_clock(r.end)}" for r in ranges)
