"""Instants of the command line: a date, or an instant with its offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import typer


def instant(option: str, text: str | None) -> datetime | None:
    """An instant of the command line, UTC; a date is its midnight. None of None.

    Raises:
        typer.BadParameter: it is neither a date nor an instant with ``Z`` or an offset.
    """
    if text is None:
        return None
    try:
        if len(text) == len("2027-05-04"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter(f"{option} takes a date, or an instant with Z or an offset: 2027-05-04T09:00:00Z")
    return found.astimezone(UTC)
