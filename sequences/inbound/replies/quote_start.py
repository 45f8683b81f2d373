"""The marks of quoted lines, and of the line that divides an answer from the mail below it."""

from __future__ import annotations

import re

from sequences.inbound.replies import quote_markers

_LOOK_AHEAD = 5
_WORDED_RULER = re.compile(r"^[\s*_>]{0,6}[-_=*~]{2,}\s?[^\W\d_][^-\n]{2,60}?[-_=*~]{2,}[\s*_]*$")
_BEGIN = frozenset("BADIVSPTZMbadivsptzm")
_DRAWN = re.compile(r"^\s{0,6}_{10,}\s*$")
_BARE_RULER = re.compile(r"^[\s*>]{0,6}(?:[_=-]\s?){5,}\s*$")


def is_quote(line: str) -> bool:
    """True for a line that a mail program marked as quoted."""
    return quote_markers.QUOTE.match(line[:400]) is not None


def quote_follows(lines: list[str], at: int) -> bool:
    """True when the next line with anything on it, a few lines on at most, is quoted."""
    for line in lines[at : at + _LOOK_AHEAD]:
        if line.strip():
            return is_quote(line)
    return False


def is_divider(line: str) -> bool:
    """True for "-----Original Message-----" and the like in the languages of the list."""
    if "--" in line and quote_markers.ORIGINAL.match(line[:200]):
        return True
    first = line.lstrip(" \t>*")[:1]
    return (first in _BEGIN or not first.isascii()) and quote_markers.BEGIN_FORWARD.match(line[:200]) is not None


def ruler_above(lines: list[str], at: int) -> int:
    """The line of a ruler or divider right above ``at``, with an empty line between them or none; or -1."""
    for above in range(at - 1, max(-1, at - 3), -1):
        line = lines[above][:200]
        if _BARE_RULER.match(line) or _WORDED_RULER.match(line) or is_divider(line):
            return above
        if line.strip():
            return -1
    return -1


def is_drawn(line: str) -> bool:
    """True for the ruler that Outlook draws above the header of the mail that is answered."""
    return _DRAWN.match(line[:200]) is not None
