"""The wall clock: one place that asks it, so that everything else is told the time."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall clock, for what comes from outside. Nothing that a run decides may ask it: runs have their own time."""
    return datetime.now(UTC)
