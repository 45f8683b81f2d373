"""Dates and times as people read them: in the viewer's zone, with the recipient's clock beside it where it differs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import HTTPException
from markupsafe import Markup, escape

_INSTANT: Final = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b", re.ASCII)


def zone_of(name: str | None) -> ZoneInfo:
    """The zone of that name; UTC where there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def in_words(instant: datetime, zone: str | None) -> str:
    """A date and time in words.

    >>> in_words(datetime(2027, 5, 4, 7, 30, tzinfo=UTC), "Europe/Paris")
    'Tue 4 May 2027, 09:30'
    """
    there = instant.astimezone(zone_of(zone))
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M}"


def day_in_words(day: date, *, year: bool = True) -> str:
    """A day in words.

    >>> day_in_words(date(2027, 5, 4))
    'Tue 4 May 2027'
    """
    return f"{day:%a} {day.day} {day:%b %Y}" if year else f"{day:%a} {day.day} {day:%b}"


def midnight(day: str, zone: str | None, *, days: int = 0) -> datetime | None:
    """The begin of a day on that clock, or of the one so many days later; None: no day was given.

    Raises:
        HTTPException: 422, it is no day.
    """
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone_of(zone))
    except (ValueError, OverflowError):
        raise HTTPException(422, "A day is written as 2026-11-29.") from None


def relative_element(instant: datetime, zone: str | None) -> Markup:
    """The ``<time>`` of an instant in which a script writes how long ago it was; the words become its title."""
    return _element(instant, in_words(instant, zone), Markup(" data-relative"))


def time_element(instant: datetime, zone: str | None, theirs: str | None = None, *, hours: bool = False) -> Markup:
    """The ``<time>`` of an instant.

    Args:
        instant: aware.
        zone: of the viewer.
        theirs: zone of the recipient; shown when its clock shows another time.
        hours: only the hours and minutes: the page says which day it is.
    """
    words = f"{instant.astimezone(zone_of(zone)):%H:%M}" if hours else in_words(instant, zone)
    element = _element(instant, words)
    if theirs is None:
        return element
    here, there = instant.astimezone(zone_of(zone)), instant.astimezone(zone_of(theirs))
    if here.utcoffset() == there.utcoffset():
        return element
    short = f"{there:%H:%M}" if here.date() == there.date() else f"{there:%a} {there.day} {there:%b, %H:%M}"
    return element + Markup(' <span class="theirs" title="{}">({} there)</span>').format(theirs, short)


def with_local_times(text: str, zone: str | None) -> Markup:
    """A text of ours in which instants are written for programs, as in the command line, with them for the viewer.

    >>> str(with_local_times("until 2027-05-04 07:30 UTC", "Europe/Paris"))
    'until <time datetime="2027-05-04T07:30:00+00:00">Tue 4 May 2027, 09:30</time>'
    """
    made, end, escaped = Markup(), 0, escape(text)
    for found in _INSTANT.finditer(escaped):
        try:
            instant = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        except ValueError:
            continue
        made += escaped[end : found.start()] + time_element(instant, zone)
        end = found.end()
    return made + escaped[end:]


def _element(instant: datetime, words: str, more: Markup | str = "") -> Markup:
    exact = instant.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}"{}>{}</time>').format(exact, more, words)
