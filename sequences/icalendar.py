"""Writes a calendar as RFC 5545 has it, for calendar programs that subscribe to it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_LINE_OCTETS: Final = 75
"""Of a line without its end (section 3.1)."""
_UNSEEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    Attributes:
        uid: the same whenever the same thing is written again, also with another time.
        start: aware.
        end: aware.
        summary: one line for people.
    """

    uid: str
    start: datetime
    end: datetime
    summary: str


def calendar_file(name: str, events: Iterable[Event], stamp: datetime) -> bytes:
    """The calendar as a file.

    Args:
        name: of the calendar, as programs show it.
        events: in any order.
        stamp: when it is written, aware.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Relance//Calendar//EN", "CALSCALE:GREGORIAN"]
    # Of Apple and Google; others skip what begins with X.
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}", "X-PUBLISHED-TTL:PT1H"]
    for event in events:
        lines += _event(event, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_instant(stamp)}"
    yield f"DTSTART:{_instant(event.start)}"
    yield f"DTEND:{_instant(event.end)}"
    yield f"SUMMARY:{_text(event.summary)}"
    # The owner is not busy at that time.
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A value of the type TEXT (section 3.3.11)."""
    value = _UNSEEN.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """At 75 octets, and between characters: not every program joins the halves of one."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode("utf-8", "replace")
        # What follows begins with a space, which counts.
        if len(piece) + len(octets) > _LINE_OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
