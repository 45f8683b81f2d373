"""Quiet hours: when text messages must not go, whatever a sequence file says."""

from __future__ import annotations

from sequences.planning.wallclock import ClockRange

LEGAL_QUIET_FLOOR = ClockRange(8 * 60, 21 * 60)
"""Texts go 08:00-21:00 in the recipient's own zone: a legal floor, narrowed but never widened."""


def texting_hours(floor: ClockRange, wanted: ClockRange) -> ClockRange:
    """The hours that a schedule leaves of the legal ones: narrowed, never widened. Empty when ``start >= end``."""
    return ClockRange(max(wanted.start, floor.start), min(wanted.end, floor.end))
