"""Instants of the command line: a date, an instant with its offset, or a time back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sequences.definition.durations import parse_duration, parse_duration_or_zero
from sequences.definition.until_text import read_instant
from sequences.errors import GrammarError

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def instant(option: str, text: str | None) -> datetime | None:
    """An instant of the command line, UTC; a date is its midnight. None of None.

    Raises:
        typer.BadParameter: it is neither a date nor an instant with ``Z`` or an offset.
    """
    if text is None:
        return None
    found = read_instant(text)
    if found is None:
        raise typer.BadParameter(f"{option} takes a date, or an instant with Z or an offset: 2027-05-04T09:00:00Z")
    return found


def moment_since(option: str, text: str | None, now: datetime) -> datetime | None:
    """The same, or so long before ``now`` (``7 days``).

    Raises:
        typer.BadParameter: it is none of these.
    """
    if text is None:
        return None
    try:
        found = read_instant(text) or parse_duration(text).before(now)
    except (GrammarError, OverflowError):
        raise typer.BadParameter(
            f"not a date such as 2027-05-04, nor 2027-05-04T09:00:00Z, nor a time back such as 7 days: {text}",
            param_hint=option,
        ) from None
    return found


def span(option: str, text: str, now: datetime) -> timedelta:
    """A length of time from ``now`` on, which may be none at all.

    Raises:
        typer.BadParameter: it is no length of time.
    """
    try:
        return parse_duration_or_zero(text).after(now) - now
    except GrammarError as error:
        raise typer.BadParameter(f"{error} Allowed: {error.allowed}", param_hint=option) from None
