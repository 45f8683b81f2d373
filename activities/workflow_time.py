"""The time by which an activity decides: its workflow's, handed in, and never the worker's own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def required(now: datetime | None) -> datetime:
    """The workflow's time. It is optional in payloads only because their fields need defaults.

    Raises:
        ValueError: the caller sent none.
    """
    if now is None:
        raise ValueError("an activity without the workflow's time cannot decide anything")
    return now
