"""A calendar file as RFC 5545 has it: lines, folding, escapes; read back by a reader written for this test alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from sequences.icalendar import Event, calendar_file

STAMP = datetime(2026, 11, 29, 9, tzinfo=UTC)
START = datetime(2027, 3, 29, 11, tzinfo=timezone(timedelta(hours=1)))


def event(summary: str, uid: str = "e1.hello@relance") -> Event:
    return Event(uid, START, START + timedelta(minutes=15), summary)


def read(content: bytes) -> list[tuple[str, str]]:
    unfolded = content.decode().replace("\r\n ", "")
    pairs = [line.split(":", 1) for line in unfolded.removesuffix("\r\n").split("\r\n")]
    plain = {"\\n": "\n", "\\N": "\n"}
    return [(name, re.sub(r"\\.", lambda found: plain.get(found[0], found[0][1:]), value)) for name, value in pairs]


def test_an_event_as_a_program_reads_it() -> None:
    assert calendar_file("Relance", [event("hello: Ada, O'Hara; \\ Co\nnext")], STAMP).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Relance//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Relance",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        "UID:e1.hello@relance",
        "DTSTAMP:20261129T090000Z",
        "DTSTART:20270329T100000Z",
        "DTEND:20270329T101500Z",
        "SUMMARY:hello: Ada\\, O'Hara\\; \\\\ Co\\nnext",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_line_is_longer_than_75_octets_no_character_is_cut_and_what_is_read_is_what_was_written(text: str) -> None:
    content = calendar_file("R", [event(text)], STAMP)
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() is not None for line in lines)
    # A line ends in CRLF, and nothing else in the file is one of the two.
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    said = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", " ", text.replace("\r\n", "\n").replace("\r", "\n"))
    assert dict(read(content))["SUMMARY"] == said
