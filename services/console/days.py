"""Spans of days that lists are narrowed to, on the viewer's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SPANS: Final = ("today", "week", "7", "30")
"""Today, since Monday, and the last so many days with today."""


def begin_of_span(span: str, now: datetime, zone: str) -> datetime | None:
    """The midnight with which a span begins; it ends now. None: there is no such span, so nothing is narrowed.

    A midnight, so that every page of a list asks for the same.

    Args:
        span: one of ``SPANS``.
        now: aware.
        zone: IANA name of the viewer's zone.

    >>> begin_of_span("week", datetime(2027, 5, 6, 22, 30, tzinfo=ZoneInfo("UTC")), "Europe/Paris").isoformat()
    '2027-05-03T00:00:00+02:00'
    """
    if span not in SPANS:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    back = {"today": 0, "week": today.weekday()}
    days = back[span] if span in back else int(span) - 1
    return datetime.combine(today - timedelta(days=days), time(), ZoneInfo(zone))
