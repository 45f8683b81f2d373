"""Renews the table of contents of ``docs/decisions.md``: ``make toc``.

An entry is a paragraph that begins with a bold sentence, its title. The table lists the sections and their titles.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

DECISIONS = Path(__file__).parents[1] / "decisions.md"
BEGIN, END = "<!-- contents: make toc -->", "<!-- end of contents -->"
_HEADING = re.compile(r"## (?P<words>.+)")
_ENTRY = re.compile(r"\*\*(?P<title>.+?)\*\*")
_DATE = re.compile(r" \(\d{4}-\d{2}-\d{2}\)$")


def contents(text: str) -> str:
    """The table for a text, with its marks."""
    return "\n".join([BEGIN, "", *_lines(text), "", END])


def with_contents(text: str) -> str:
    """The text with its table renewed; a text that has none gets it before its first section."""
    before, found, rest = text.partition(BEGIN)
    if found:
        rest = rest.partition(END)[2].lstrip("\n")
    else:
        at = text.index("\n## ") + 1
        before, rest = text[:at], text[at:]
    return f"{before.rstrip()}\n\n{contents(rest)}\n\n{rest}"


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if heading := _HEADING.fullmatch(line):
            yield f"- [{heading['words']}](#{anchor(heading['words'])})"
        elif entry := _ENTRY.match(line):
            title = _DATE.sub("", entry["title"].rstrip(".,: "))
            yield f"  - {title.rstrip('.,: ')}"


def anchor(heading: str) -> str:
    """The anchor that forges, and the site, give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def main() -> None:
    """Writes the table; with ``--check`` only says, by the status 1, that it is stale."""
    text = DECISIONS.read_text(encoding="utf-8")
    renewed = with_contents(text)
    if "--check" in sys.argv[1:]:
        sys.exit(int(text != renewed))
    if text != renewed:
        DECISIONS.write_text(renewed, encoding="utf-8")


if __name__ == "__main__":
    main()
