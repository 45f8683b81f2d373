"""Instants as people type them: one of the calendar, and until when."""

from __future__ import annotations

from datetime import UTC, datetime

from sequences.definition.durations import parse_duration
from sequences.errors import DefinitionError, GrammarError


def read_instant(text: str) -> datetime | None:
    """An instant with ``Z`` or offset, or a date (its midnight, UTC), as UTC; None: it is neither."""
    try:
        instant = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2027-05-04"):
            return instant.replace(tzinfo=UTC)
        return instant.astimezone(UTC) if instant.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def read_until(text: str, now: datetime, what: str) -> datetime:
    """What ``read_instant`` reads, or a span from now (``6 months``); UTC.

    Args:
        text: as it was typed.
        now: UTC.
        what: it is to be, for the message: ``the end of a window``.

    Raises:
        DefinitionError: it is none of these.
    """
    try:
        return parse_duration(text).after(now)
    except GrammarError:
        instant = read_instant(text)
    if instant is None:
        raise DefinitionError(f"{text!r} cannot be {what}; write `6 months` (from now) or 2027-05-04T09:00:00Z")
    return instant
