"""The header of a quoted mail ("From: ... Sent: ... To: ... Subject: ..."), in whatever language.

No list decides: lines of ``word: value`` are a header by what the values are (an address of the conversation, its
subject, a date with a clock time). The known words of many languages help where the values say less, for the author's
own lists ("Date: Tuesday / From: 2 pm / To: 4 pm") have the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from sequences.inbound.replies import quote_markers
from sequences.inbound.replies.evidence import ADDRESS, BRACKETED, has_clock, has_date, without_addresses
from sequences.inbound.replies.thread import Thread, fold_subject

_MAX_LINES = 16
_MAX_VALUE = 400
_WRAPPED = 60
_WHOLE = 3
_MAX_RUN = 800
_SHORTEST_RUN = 40
_MAX_NAME = 60
_MAX_WORDS = 3
_MIN_COLONS = 2
_ALL_KINDS = 4
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")
_COLON = re.compile(r"[^\W\d]\s?:\s")
_LABEL = re.compile(
    r"^[\s>*_|]{0,12}(?P<label>[^\W\d_][^\d:<>@|/\\\n]{0,30}?)[\s*_]{0,4}:(?!//)[\s*_]{0,4}(?P<value>.{0,400})"
)
_DIGIT = re.compile(r"\d")
# Every line is looked at as the first of a header and as one of the next ones: read it once.
_KEPT = 2 * _MAX_LINES
# "2 pm", "3 May": the author's list tells times, where a header has a name ("Sam42" is one).
_NUMBER = re.compile(r"(?<!\w)\d")


def label_of(line: str) -> tuple[str, str] | None:
    """The word and the value of a ``word: value`` line, or None."""
    if ":" not in line[:60]:
        return None
    return _label_of(line[:_MAX_VALUE])


@lru_cache(maxsize=_KEPT)
def _label_of(line: str) -> tuple[str, str] | None:
    found = _LABEL.match(line)
    return (found["label"], found["value"].strip(" *_\t")) if found else None


@lru_cache(maxsize=_KEPT)
def _kind_of(line: str) -> str:
    """Which of the known words a line begins with: ``from``, ``sent``, ``to``, ``subject``, or empty."""
    found = quote_markers.HEADER_LINE.match(line)
    return found.lastgroup or "" if found else ""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one value holds."""

    subject: bool = False
    ours: bool = False
    theirs: bool = False
    other: bool = False
    named: bool = False
    dated: bool = False
    clock: bool = False


@lru_cache(maxsize=_KEPT)
def _told(value: str, thread: Thread) -> _Told:
    addresses = [found.removeprefix("mailto:").rstrip(".") for found in ADDRESS.findall(value)] if "@" in value else []
    writers = [thread.is_writer(address) for address in addresses]
    said = without_addresses(value)
    dated = _DIGIT.search(value) is not None and has_date(said)
    return _Told(
        subject="@" not in value and thread.is_subject(value),
        ours=any(thread.is_ours(address) for address in addresses),
        theirs=any(writers),
        other=not all(writers),
        named="@" in value and BRACKETED.search(value) is not None,
        dated=dated,
        clock=dated and has_clock(said),
    )


@dataclass(slots=True)
class _Seen:
    """What the lines of one block hold."""

    lines: int = 0
    kinds: set[str] = field(default_factory=set)
    author: str = ""
    subject: bool = False
    other_subject: bool = False
    first_is_subject: bool = False
    ours: bool = False
    theirs: bool = False
    other: bool = False
    named: bool = False
    in_from: bool = False
    dated: bool = False
    clock: bool = False

    def take(self, line: str, value: str, thread: Thread) -> None:
        """One line of the block."""
        self.lines += 1
        if self.lines == 1:
            self.author = value
        kind = _kind_of(line[:_MAX_VALUE])
        self.kinds |= {kind} if kind else set()
        self.in_from = self.in_from or (kind == "from" and "@" in value)
        if _told(value, thread).subject:
            self.subject, self.first_is_subject = True, self.first_is_subject or self.lines == 1
        elif kind == "subject" and value:
            self.other_subject = True
        self.note(value, thread)

    def note(self, value: str, thread: Thread) -> None:
        """A value, or the part of one that stands on a line of its own."""
        told = _told(value, thread)
        self.theirs = self.theirs or told.theirs
        self.ours = self.ours or told.ours
        self.other = self.other or told.other
        self.named = self.named or told.named
        self.dated = self.dated or told.dated
        self.clock = self.clock or told.clock

    def is_header(self, thread: Thread, *, ruled: bool) -> bool:
        """The rule; ``ruled``: a ruler or a divider of a mail program stands above."""
        if self.lines < 2:
            return False
        addressed = self.ours or self.theirs or self.other
        by_name = not _NUMBER.search(self.author) and 0 < len(self.author) <= 80 and not self.first_is_subject
        known = self.kinds & {"from", "sent", "subject"}
        shown = self.ours or self.in_from or (self.other and self.named) or (self.theirs and len(self.kinds) > 1)
        if self.subject and shown and (self.lines > 2 or self.in_from or ruled):
            return True
        begun = len(self.kinds) > 1 and not self.kinds.isdisjoint(("from", "sent"))
        if self.ours and (self.theirs or begun or (self.dated and (self.named or "@" in self.author))):
            return True
        if self.in_from and (len(self.kinds) > 1 or self.clock):
            return True
        if self.other and self.named and self.clock and self.lines > 2 and (self.theirs or self.kinds):
            return True
        if addressed and self.clock and len(self.kinds) > 1 and "sent" in self.kinds:
            return True
        if not by_name:
            return False
        whole = self.lines > _WHOLE and self.clock and not addressed
        if self.subject and self.lines > 2 and (whole or len(known) > 1):
            return True
        # Names alone: the words of a mail program, in its order, and a date of its kind.
        if thread.subject and self.other_subject and not ruled:
            return False
        if "from" not in self.kinds:
            return False
        if ruled:
            return self.clock or "subject" in self.kinds or len(self.kinds) > 2
        return {"sent", "subject"} <= self.kinds and self.dated and (self.clock or len(self.kinds) > 3)


def header_end(lines: list[str], start: int, thread: Thread, *, ruled: bool) -> int:
    """The line after the header of a quoted mail that begins at ``start``, or -1 when none does.

    Args:
        lines: of the mail, see ``evidence.plain``.
        start: where its first line would stand.
        thread: what is known of the conversation.
        ruled: a ruler or a divider of a mail program stands above.
    """
    if label_of(lines[start]) is None:
        return -1
    block, end = _block(lines, start)
    if len(block) < 2:
        return -1
    seen = _Seen()
    for line, value, labelled in block:
        if labelled:
            seen.take(line, value, thread)
        else:
            seen.note(value, thread)
    return end if seen.is_header(thread, ruled=ruled) else -1


def _block(lines: list[str], start: int) -> tuple[list[tuple[str, str, bool]], int]:
    """The lines that may be one header: line, value, whether it has a word of its own; and the line after them."""
    block: list[tuple[str, str, bool]] = []
    end, goes_on = start, False
    spaced: bool | None = None
    for at in range(start, min(len(lines), start + _MAX_LINES)):
        line = lines[at]
        found = label_of(line)
        if found is not None:
            gap = bool(block) and not lines[at - 1].strip()
            spaced = gap if spaced is None and block else spaced
            if block and gap is not spaced:
                # A program sets all lines apart or none; otherwise the author's line stands above the header.
                return (block, end) if gap else ([], -1)
            block.append((line, found[1], True))
            goes_on = not found[1] or found[1].endswith((",", ";")) or "@" in found[1] or len(line) > _WRAPPED
        elif line.strip(" >*_\t"):
            # A value that goes on: a list of addresses, a long subject.
            if not goes_on:
                break
            block.append((line, line[:_MAX_VALUE], False))
            goes_on = line.rstrip().endswith((",", ";")) or "@" in line
        elif at + 1 >= len(lines) or label_of(lines[at + 1]) is None:
            break
        else:
            continue
        end = at + 1
    return block, end


def header_inside(line: str, thread: Thread) -> int:
    """Where in a line a whole header stands, as when a program runs all lines together; -1: nowhere."""
    if len(line) < _SHORTEST_RUN or line.count(": ") < 2 or not ("@" in line or _DIGIT.search(line)):
        return -1
    words = list(quote_markers.HEADER_WORD.finditer(line[:_MAX_RUN]))
    for index, word in enumerate(words[:-1]):
        begins = word["from"] or word["sent"]
        if not begins or (begins[0].islower() and begins[0] != begins[0].upper()):
            continue
        kinds = {found.lastgroup for found in words[index : index + 6]}
        rest = line[word.start() : word.start() + _MAX_VALUE]
        said = without_addresses(rest)
        timed, addressed = has_date(said) and has_clock(said), ADDRESS.search(rest) is not None
        ours = not thread.subject or thread.subject in fold_subject(rest)
        by_name = timed and ours and len(kinds) == _ALL_KINDS
        if "from" in kinds and len(kinds) > 1 and (by_name or (addressed and (timed or len(kinds) > 2))):
            return word.start()
    return _any_header_inside(line, thread)


def _any_header_inside(line: str, thread: Thread) -> int:
    """By a word, a name and its address, then more words with colons, a date with a clock time and our subject."""
    found = BRACKETED.search(line[:_MAX_RUN])
    colon = line.rfind(":", max(0, found.start() - _MAX_NAME), found.start()) if found else -1
    if found is None or colon < 0:
        return -1
    rest = line[found.end() : found.end() + _MAX_VALUE]
    said = without_addresses(rest)
    if len(_COLON.findall(rest)) < _MIN_COLONS or not (has_date(said) and has_clock(said)):
        return -1
    subject = bool(thread.subject) and thread.subject in fold_subject(rest)
    if not subject and not any(thread.is_writer(one) or thread.is_ours(one) for one in ADDRESS.findall(rest)):
        return -1
    sentence = max(line.rfind(mark, 0, colon) for mark in _SENTENCE_ENDS) + 1
    label = line[sentence:colon]
    words = label.split()
    if len(words) > _MAX_WORDS:
        return colon - len(words[-1])
    return sentence + len(label) - len(label.lstrip())
