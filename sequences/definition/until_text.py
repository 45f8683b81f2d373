"""Until when: what people type where an instant ahead is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from sequences.definition.durations import parse_duration
from sequences.errors import DefinitionError, GrammarError


def read_until(text: str, now: datetime, what: str) -> datetime:
    """An instant with ``Z`` or offset, a date (midnight UTC), or a span from now (``6 months``); UTC.

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
        pass
    try:
        instant = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2027-05-04"):
            return instant.replace(tzinfo=UTC)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise DefinitionError(f"{text!r} cannot be {what}; write `6 months` (from now) or 2027-05-04T09:00:00Z")
