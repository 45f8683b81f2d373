"""Where in a mail the quoted mail begins: attributions, header blocks, dividers. Bounded look-ahead, so linear."""

from __future__ import annotations

import re

from sequences.inbound import markers
from sequences.inbound.html_text import MARK_ATTRIBUTION, MARK_CUT

_ATTRIBUTION_LINES = 7
_ATTRIBUTION_CHARS = 500
_HEADER_LINES = 12
_LOOK_AHEAD = 5
_DIGIT = re.compile(r"\d")
_LABELS = re.compile(
    r"(?:^|\s)\*?(?:From|Sent|Date|To|Subject|Von|Gesendet|An|Betreff|De|Envoyé|À|Objet|Enviado|Para|Asunto)\*?\s?:"
)


def is_quote(line: str) -> bool:
    """True for a line that a mail program marked as quoted."""
    return markers.QUOTE.match(line[:400]) is not None


def quote_follows(lines: list[str], at: int) -> bool:
    """True when the next line with anything on it, a few lines on at most, is quoted."""
    for line in lines[at : at + _LOOK_AHEAD]:
        if line.strip():
            return is_quote(line)
    return False


def attribution_end(lines: list[str], start: int) -> int:
    """The line after the attribution ("On ... wrote:") that begins at ``start``, or -1 when none does."""
    first = lines[start].strip()[: _ATTRIBUTION_CHARS + 1]
    if markers.DASHED_WROTE.match(first[:200]):
        return start + 1
    starter = markers.STARTER.match(first) is not None
    dated = markers.DATE_START.match(first) is not None
    if not starter and not dated and not ("@" in first or '"' in first or markers.VERB.search(first)):
        return -1
    # One look at all lines that could belong to it; most have neither a verb nor an address.
    window = " ".join([line[: _ATTRIBUTION_CHARS + 1] for line in lines[start : start + _ATTRIBUTION_LINES]])
    if not markers.VERB.search(window) and not ((starter or dated) and markers.MAILBOX.search(window)):
        return -1
    joined, blanks = "", 0
    for end in range(start, min(len(lines), start + _ATTRIBUTION_LINES)):
        piece = lines[end].strip()[: _ATTRIBUTION_CHARS + 1]
        if end > start and is_quote(lines[end]) and not piece.rstrip(" *").endswith((":", "：")):
            return -1
        if end > start and not starter and not dated and _opens(piece):
            return -1
        blanks += not piece
        joined = f"{joined} {piece.lstrip('>').strip()}" if joined else piece
        if len(joined) > _ATTRIBUTION_CHARS or blanks > 1:
            return -1
        if _is_attribution(joined, starter=starter, dated=dated, quoted_next=quote_follows(lines, end + 1)):
            # A line of the author's that only looks like a beginning, above the true one.
            later = any(
                _opens(lines[at].strip()[:80]) and _closes_in(lines, at, end) for at in range(start + 1, end + 1)
            )
            return -1 if later else end + 1
    return -1


def _closes_in(lines: list[str], start: int, end: int) -> bool:
    joined = " ".join(line.strip() for line in lines[start : end + 1])[: _ATTRIBUTION_CHARS + 1]
    return _is_attribution(joined, starter=True, dated=True, quoted_next=quote_follows(lines, end + 1))


def _opens(piece: str) -> bool:
    """True when an attribution rather begins at this line than goes on in it."""
    dated = markers.DATE_START.match(piece) is not None
    return dated or (markers.STARTER.match(piece) is not None and any(char.isdigit() for char in piece))


def _is_attribution(joined: str, *, starter: bool, dated: bool, quoted_next: bool) -> bool:
    closed = joined.rstrip(" *_>").endswith((":", "："))
    verb = markers.VERB.search(joined)
    opened = starter or dated
    # The costly searches come last: most lines are nobody's attribution.
    if verb is None:
        if not opened or not (closed or (dated and quoted_next and joined.endswith(">"))):
            return False
        return _DIGIT.search(joined) is not None and markers.MAILBOX.search(joined) is not None
    if markers.SELF_VERB.search(joined):
        return False
    if not closed and opened and verb.end() == len(joined):
        closed = _DIGIT.search(joined) is not None and markers.MAILBOX.search(joined) is not None
    if not (closed or quoted_next):
        return False
    if (starter and quoted_next and closed) or markers.MAILBOX.search(joined):
        return True
    digits = _DIGIT.search(joined) is not None
    return digits and (len(joined) - verb.end() < 70 if opened else quoted_next)


def header_block(lines: list[str], start: int) -> bool:
    """True when the header of a quoted mail ("From: ... Sent: ... Subject: ...") begins at ``start``."""
    seen: set[str] = set()
    misses = 0
    for at in range(start, min(len(lines), start + _HEADER_LINES)):
        line = lines[at][:400]
        match = markers.HEADER_LINE.match(line)
        if match:
            seen.add(next(name for name, value in match.groupdict().items() if value))
            misses = 0
        elif at == start:
            return False
        else:
            misses += 1
        if misses > 2 or (misses and not line.strip() and len(seen) > 1):
            break
    return len(seen) >= 3 or (len(seen) == 2 and "sent" in seen and bool(seen & {"from", "to"}))


def cut_here(lines: list[str], at: int) -> bool:
    """True when the line at ``at`` opens the mail that is answered or forwarded: all below it is not the author's."""
    line = lines[at]
    if line == MARK_CUT:
        return True
    if not line or line == MARK_ATTRIBUTION or len(line) > 2_000:
        return False
    if markers.ORIGINAL.match(line[:200]) or markers.BEGIN_FORWARD.match(line[:200]):
        return True
    if ":" not in line[:60] and "：" not in line[:60]:
        return False
    if header_block(lines, at):
        return not is_quote(line)
    if markers.HEADER_LINE.match(line[:60]) is None:
        return False
    labels = len(_LABELS.findall(line[:1_000]))
    return labels >= 3 or (labels == 2 and markers.MAILBOX.search(line[:1_000]) is not None)
