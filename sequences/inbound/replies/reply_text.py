"""The words that a person wrote in a mail: quotes, attributions, forwarded mail and signature taken away.

The line is the unit: every line gets one kind, then the kinds decide. Everything is linear: an attribution spans at
most six lines and 500 characters, a header block at most a dozen lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from sequences.inbound.mime.charset import one_line_end
from sequences.inbound.mime.html_text import MARK_ATTRIBUTION, MARK_CUT
from sequences.inbound.replies import quote_markers
from sequences.inbound.replies.attribution import (
    answer_before,
    attribution_end,
    may_open,
    near_ends,
    run_on_attribution,
)
from sequences.inbound.replies.evidence import plain
from sequences.inbound.replies.own_lines import without_own_lines
from sequences.inbound.replies.quote_start import is_divider, is_drawn, is_quote, quote_follows, ruler_above
from sequences.inbound.replies.quoted_header import header_end, header_inside, label_of
from sequences.inbound.replies.signature import GAP, trim, without_signature
from sequences.inbound.replies.thread import UNKNOWN, Thread

_MAX_LINES = 20_000
# No line with an answer, a date and a name on it is shorter.
_MIN_APART = 20
_MAX_APART = 400
_FAR = 200
_QUOTE_MARKS = " \t>|"


@dataclass(frozen=True, slots=True)
class Reply:
    """The author's words and how sure we are.

    Attributes:
        text: the words, with their own line breaks.
        certain: False when no words of the author's own were found and ``text`` is what was left instead.
        cut: the other lines, without quote marks: a wish not to be contacted must not be lost in them.
    """

    text: str
    certain: bool = True
    cut: str = ""


def reply_text(text: str, *, keep_signature: bool = False, parent_text: str = "", thread: Thread = UNKNOWN) -> str:
    """Returns what the author of ``text`` wrote; see ``read_reply``."""
    return read_reply(text, keep_signature=keep_signature, parent_text=parent_text, thread=thread).text


def read_reply(text: str, *, keep_signature: bool = False, parent_text: str = "", thread: Thread = UNKNOWN) -> Reply:
    """Finds what the author of ``text`` wrote.

    Args:
        text: plain text of a mail, or ``html_to_text`` of its HTML part.
        keep_signature: leave a signature and a mobile tagline in (projects differ on whose words they are).
        parent_text: the mail that we sent; its lines are taken away even where nothing marks them as quoted.
        thread: subject and addresses of the conversation, where they are known.

    Returns:
        The words; empty only when the author wrote none. A mail that is nothing but a quote comes back whole.
    """
    lines = one_line_end(text).split("\n", _MAX_LINES)[:_MAX_LINES]
    if "-----BEGIN PGP" in text:
        lines = _without_armour(lines)
    marks = [plain(line) for line in lines]
    near = _apart(lines, marks, thread)
    kept, found_parent = _without_quotes(lines, marks, near, thread)
    if not keep_signature:
        kept = without_signature(kept)
    kept = [line for line in kept if line not in (GAP, MARK_ATTRIBUTION, MARK_CUT)]
    if parent_text:
        kept = without_own_lines(kept, parent_text)
    kept = trim(kept)
    if kept:
        return Reply("\n".join(kept), cut=_cut(lines, kept))
    left = _fallback(lines, found_parent=found_parent)
    return Reply("\n".join(left), certain=False, cut=_cut(lines, left))


def words_beside(text: str, words: str) -> str:
    """What stands in ``text``, the full text of a mail, beside the words that were found to be the person's."""
    return _cut(one_line_end(text).split("\n", _MAX_LINES)[:_MAX_LINES], words.split("\n"))


def _cut(lines: list[str], kept: list[str]) -> str:
    """The lines that are not among those kept, which stand in the same order."""
    out: list[str] = []
    at = 0
    for line in lines:
        if at < len(kept) and line == kept[at]:
            at += 1
        elif line not in (MARK_ATTRIBUTION, MARK_CUT):
            out.append(line.lstrip(_QUOTE_MARKS))
    return "\n".join(out).strip()


def _without_armour(lines: list[str]) -> list[str]:
    """The lines that a PGP signature (RFC 9580 section 7) stands around; what is enciphered is nobody's words."""
    out: list[str] = []
    inside = ""
    for line in lines:
        mark = line.strip()
        if mark in (
            "-----BEGIN PGP SIGNED MESSAGE-----",
            "-----BEGIN PGP SIGNATURE-----",
            "-----BEGIN PGP MESSAGE-----",
        ):
            inside = mark
        elif inside.endswith("SIGNED MESSAGE-----"):
            inside = inside if mark else ""
        elif not inside:
            # Section 7.2: lines that begin with a dash are escaped.
            out.append(line.removeprefix("- ") if line.startswith("- -") else line)
        elif mark.startswith("-----END PGP"):
            inside = ""
    return out


def _fallback(lines: list[str], *, found_parent: bool) -> list[str]:
    """What may still be the author's when nothing was clearly so: all that is not quoted, or a bare quote as it is."""
    shown = [line for line in lines if line not in (MARK_ATTRIBUTION, MARK_CUT)]
    loose = trim([line for line in shown if not is_quote(plain(line))])
    if not loose and not found_parent:
        return trim(shown)
    marks = [plain(line) for line in loose]
    return [] if loose and attribution_end(marks, 0, UNKNOWN) >= len(loose) else loose


def _apart(lines: list[str], marks: list[str], thread: Thread) -> bytearray:
    """Takes apart, in both lists, a line that holds an answer and the beginning of a quote; returns ``near_ends``."""
    found: list[tuple[int, int, list[str]]] = []
    looked = 0
    near = near_ends(marks)
    for at, mark in enumerate(marks):
        # Its end is near, or the quote goes on behind a colon.
        if len(mark) < _MIN_APART or not (near[at] or ": " in mark) or is_quote(mark):
            continue
        looked += 1
        if looked > _MAX_APART:
            break
        end = _header_on(mark, thread)
        if end > 0:
            found.append((at, end, []))
        elif end < 0 and (end := answer_before(marks, at, thread)):
            # The mark also keeps the answer from being read as the beginning of what introduces the quote.
            found.append((at, end, [MARK_ATTRIBUTION]))
    for at, end, between in reversed(found):
        lines[at : at + 1] = marks[at : at + 1] = [marks[at][:end].rstrip(), *between, marks[at][end:]]
    return near_ends(marks) if found else near


def _header_on(line: str, thread: Thread) -> int:
    """Where a divider or a header begins on a line; -1: nowhere."""
    if "---" in line and (found := quote_markers.DIVIDER_INSIDE.search(line[:2_000])) and is_divider(found[1]):
        return found.start(1)
    return header_inside(line, thread)


def _without_quotes(lines: list[str], marks: list[str], near: bytearray, thread: Thread) -> tuple[list[str], bool]:
    """Drops what was quoted. Where something was dropped, a ``GAP`` line stands; True when the parent was found."""
    kept: list[str] = []
    early: list[int] = []
    at, written, found = 0, False, False
    while at < len(lines):
        line, mark = lines[at], marks[at]
        if line == MARK_CUT:
            return _settle(kept, early, found=True), True
        end = _marked_end(lines, at) if line == MARK_ATTRIBUTION else -1
        quoted = is_quote(mark)
        headed = end < 0 and not quoted and bool(mark.strip())
        if headed:
            end, headed = _introduced(marks, at, thread)
            if end < 0 and (near[at] or may_open(mark)):
                end = attribution_end(marks, at, thread)
        if end >= 0:
            if headed:
                _drop_above(kept, lines, ruler_above(marks, at), at)
            elif mark.lstrip().startswith("<") and at and _is_name(marks[at - 1]):
                _drop_above(kept, lines, at - 1, at)
            if (written or headed) and not quote_follows(marks, end):
                return _settle(kept, early, found=True), True
            found = True
            kept.append(GAP)
            at = end
            continue
        if quoted or (found and _broken_quote(marks, at)):
            if not found:
                early.append(len(kept))
            kept.append(GAP if found else line)
        else:
            kept.append(line)
            written = written or bool(line.strip())
        at += 1
    return _settle(kept, early, found=found), found


def _drop_above(kept: list[str], lines: list[str], start: int, end: int) -> None:
    """Takes back the lines from ``start`` (-1: none) to ``end``, which belong to what introduces the quote."""
    count = end - start
    if start >= 0 and kept[-count:] == lines[start:end]:
        del kept[-count:]


def _is_name(line: str) -> bool:
    """True for the name that a program broke off from its address."""
    words = line.split()
    return 0 < len(words) <= 4 and not line.rstrip().endswith((".", "!", "?", ":", ",")) and words[0][0].isupper()


def _introduced(marks: list[str], at: int, thread: Thread) -> tuple[int, bool]:
    """The line after a header or a divider above the quoted mail at ``at``, or -1; and whether there is one."""
    mark = marks[at]
    if is_divider(mark):
        below = at + 1
        while below < len(marks) and below < at + 3 and not marks[below].strip():
            below += 1
        end = header_end(marks, below, thread, ruled=True) if below < len(marks) else -1
        return (end if end >= 0 else at + 1), True
    if ":" in mark[:60]:
        above = ruler_above(marks, at)
        drawn = above >= 0 and (is_drawn(marks[above]) or is_divider(marks[above]))
        end = header_end(marks, at, thread, ruled=drawn)
        if end >= 0:
            return end, True
        if label_of(mark) and header_inside(mark, thread) == 0:
            return at + 1, True
    if "@" in mark[:_FAR] and run_on_attribution(mark):
        return at + 1, True
    return -1, False


def _settle(kept: list[str], early: list[int], *, found: bool) -> list[str]:
    """Quotes above the attribution were put in by the author; without any attribution they are the parent."""
    own = found and any(line.strip() and line != GAP for line in kept[: early[0]]) if early else False
    if not own:
        for index in early:
            kept[index] = GAP
    return kept


def _broken_quote(lines: list[str], at: int) -> bool:
    """True for the tail of a quoted line that a mail program wrapped without a new ``>``."""
    if at == 0 or at + 1 >= len(lines) or not is_quote(lines[at - 1]):
        return False
    line, before = lines[at].strip(), lines[at - 1].rstrip()
    if not line or not is_quote(lines[at + 1]):
        return False
    fragment = " " not in line and any(char in "=/_)" for char in line)
    wrapped = len(before) >= 60 and before[-1] not in ".?!:" and line[0].islower()
    return fragment or wrapped or (line.startswith(("(http", "<http")) and line.endswith(">"))


def _marked_end(lines: list[str], at: int) -> int:
    """The line after an attribution that the HTML itself marked."""
    end = at + 1
    while end < len(lines) and end < at + 6 and lines[end].strip() and not is_quote(lines[end]):
        end += 1
        if lines[end - 1].rstrip().endswith((":", "：")):
            break
    return end
