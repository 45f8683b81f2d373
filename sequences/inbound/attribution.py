"""The line that introduces a quote ("On ... wrote:"), in whatever language, whole or on the line of an answer.

In the languages of the lists its words tell it. In all others, and in any order, a date with a clock time, an address
in brackets and a colon do; less is enough where a quote follows. Bounded look-ahead, so linear.
"""

from __future__ import annotations

import re

from sequences.inbound import markers
from sequences.inbound.evidence import ADDRESS, BRACKETED, has_clock, has_date, without_addresses
from sequences.inbound.parent_marks import is_quote, quote_follows
from sequences.inbound.thread import Thread

_LINES = 7
_CHARS = 500
_ANY_LINES = 4
_ANY_CHARS = 320
_AFTER_ADDRESS = 90
_DIGIT = re.compile(r"\d")
_COLONS = (":", "：")
_SENTENCE_INSIDE = re.compile(r"[?!]\s|[.]\s+(?:I|We|You|Please|Ich|Wir|Bitte|Je|Nous|Merci)\b")
# "your colleague wrote": the author tells of it.
_OWNED = re.compile(
    r"\b(?:your|my|our|his|her|their|ihre?[mnrs]?|euer|eure[mnrs]?|deine?[mnrs]?|meine?[mnrs]?|unsere?[mnrs]?|votre|vos|"
    r"notre|nos|mon|ton|su|sus|vuestr[oa]s?|nuestr[oa]s?|mi|tu|vostr[oa]|nostr[oa]|tuo|tua|mio|mia|seu|sua|nosso|nossa|"
    r"meu|minha|uw|jullie|jouw|mijn|onze|ons|din|ditt|er|ert|deres|vår|vores|min|mitt|twój|twoja|wasz|wasza|mój|moja|"
    r"nasz|nasza|váš|vaše|můj|náš|ваш|ваша|мой|моя|наш)\s+[^\W\d_]",
    re.I,
)
_STARTERS = (
    "On|Am|Le|El|Op|Il|Em|Den|Il giorno|W dniu|Dnia|Dne|Dňa|Pe|În|În data|La|Στις|В|На|У|Vào|Pada|No dia|Noong|Tarihinde|在|في|در"
)
_OPENS_INSIDE = re.compile(rf"(?<=\S)\s+(?=(?:{_STARTERS})\s[^\n@]{{0,40}}?\d)")
_ENDS_BEFORE = re.compile(r"(?<=[.!?…)\]。！？])[\"”’']?\s+(?=[\"“<\d]?[^\W_])|(?<=[。！？])")
_DATE_START = re.compile(
    r"(?:[^\W\d_]{1,12}[.,]{0,2}\s+){0,2}(?:\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]|\d{1,2}[.,]?\s+[^\W\d_]|\d{4}\s?[年년])|"
    r"[^\W\d_]{3,12}\.?\s+\d{1,2},?\s+\d{4}"
)
# A single word and a dot may be a weekday cut short; these are answers.
_ONE_WORD = re.compile(r"(?:yes|no|ok|okay|sure|ja|nein|gern|gerne|oui|non|s[ií]|sim|não|nee|nej|nie|tak|ne|da|да|нет|stop)[.!…]*", re.I)


def attribution_end(lines: list[str], start: int, thread: Thread) -> int:
    """The line after the attribution that begins at ``start``, or -1 when none does.

    Args:
        lines: of the mail, see ``evidence.plain``.
        start: where it would begin.
        thread: what is known of the conversation.
    """
    end = _listed_end(lines, start)
    return end if end >= 0 else _any_end(lines, start, thread)


def answer_before(lines: list[str], at: int, thread: Thread) -> int:
    """How many characters of the line at ``at`` are the author's before a quote begins on it; 0: none does."""
    line = lines[at][: 4 * _CHARS]
    if not _DIGIT.search(line) or not ("@" in line or line.rstrip().endswith(_COLONS) or _wraps(lines, at)):
        return 0
    inside = [found.end() for found in _OPENS_INSIDE.finditer(line)][-4:]
    for position in reversed(inside):
        if _is_attribution_from(lines, at, position, thread):
            return position
    for found in reversed(list(_ENDS_BEFORE.finditer(line))[-6:]):
        before, position = line[: found.start() + 1].strip(), found.end()
        rest = line[position:]
        if not (_DATE_START.match(rest) or _names_address(rest)):
            continue
        if not before or markers.STARTER.match(before) or (len(before.split()) < 2 and not _ONE_WORD.fullmatch(before)):
            continue
        if has_date(without_addresses(before)) and not before.endswith(("!", "?", "…")):
            continue
        if _is_attribution_from(lines, at, position, thread):
            return position
    return 0


def _wraps(lines: list[str], at: int) -> bool:
    """True when the next line may be the rest of an attribution."""
    return at + 1 < len(lines) and ("@" in lines[at + 1][:_CHARS] or lines[at + 1].rstrip().endswith(_COLONS))


def _names_address(text: str) -> bool:
    """True for a name with its address, near the beginning."""
    found = BRACKETED.search(text[:160])
    name = text[: found.start()].split() if found else []
    return found is not None and len(name) <= 6 and not any(_DIGIT.search(word) for word in name)


def _is_attribution_from(lines: list[str], at: int, position: int, thread: Thread) -> bool:
    rest = lines[at][position:]
    window = [rest, *lines[at + 1 : at + _LINES]]
    end = attribution_end(window, 0, thread)
    if end > 0:
        joined = " ".join(window[:end])
        return ADDRESS.search(joined) is not None or quote_follows(window, end)
    return _flattened(rest)


def _flattened(rest: str) -> bool:
    """True for an attribution after which the quote goes on in the same line."""
    found = ADDRESS.search(rest[:200])
    if found is None:
        return False
    colon = re.compile(r":\s").search(rest, found.end(), found.end() + _AFTER_ADDRESS)
    said = without_addresses(rest[: colon.start() if colon else 0])
    return has_date(said) and (has_clock(said) or markers.VERB.search(said) is not None)


def _any_end(lines: list[str], start: int, thread: Thread) -> int:
    """By date, clock time, address and colon, in any order and language."""
    first = lines[start].strip()[: _ANY_CHARS + 1]
    if len(first) > _ANY_CHARS or not ("@" in first or _DIGIT.search(first)):
        return -1
    joined = ""
    for end in range(start, min(len(lines), start + _ANY_LINES)):
        piece = lines[end].strip()[: _ANY_CHARS + 1]
        if not piece or (end > start and is_quote(piece)):
            return -1
        joined = f"{joined} {piece}" if joined else piece
        if len(joined) > _ANY_CHARS:
            return -1
        if _is_any(joined, quoted=quote_follows(lines, end + 1), thread=thread):
            return end + 1
    return -1


def _is_any(joined: str, *, quoted: bool, thread: Thread) -> bool:
    closed = joined.rstrip(" *_>\"”").endswith(_COLONS)
    if not closed and not quoted:
        return False
    if markers.SELF_VERB.search(joined) or _SENTENCE_INSIDE.search(joined):
        return False
    bracketed = BRACKETED.search(joined)
    address = bracketed or ADDRESS.search(joined)
    said = without_addresses(joined)
    dated = has_date(said)
    clock = dated and has_clock(said)
    if quoted:
        if not closed:
            return bracketed is not None and clock
        return (bracketed is not None and (dated or len(said.split()) <= 8)) or clock or (address is not None and dated)
    if bracketed is None or not clock or _OWNED.search(said):
        return False
    return not any(thread.is_writer(one) for one in ADDRESS.findall(joined))


def _listed_end(lines: list[str], start: int) -> int:
    """By the verbs and the beginnings of the languages that the lists know."""
    first = lines[start].strip()[: _CHARS + 1]
    if markers.DASHED_WROTE.match(first[:200]):
        return start + 1
    starter = markers.STARTER.match(first) is not None
    dated = markers.DATE_START.match(first) is not None
    if not starter and not dated and not ("@" in first or '"' in first or markers.VERB.search(first)):
        return -1
    # One look at all lines that could belong to it; most have neither a verb nor an address.
    window = " ".join([line[: _CHARS + 1] for line in lines[start : start + _LINES]])
    if not markers.VERB.search(window) and not ((starter or dated) and markers.MAILBOX.search(window)):
        return -1
    joined, blanks = "", 0
    for end in range(start, min(len(lines), start + _LINES)):
        piece = lines[end].strip()[: _CHARS + 1]
        if end > start and is_quote(lines[end]) and not piece.rstrip(" *").endswith(_COLONS):
            return -1
        if end > start and not starter and not dated and _opens(piece):
            return -1
        blanks += not piece
        joined = f"{joined} {piece.lstrip('>').strip()}" if joined else piece
        if len(joined) > _CHARS or blanks > 1:
            return -1
        if _is_listed(joined, starter=starter, dated=dated, quoted=quote_follows(lines, end + 1)):
            # A line of the author's that only looks like a beginning, above the true one.
            later = any(
                _opens(lines[at].strip()[:80]) and _closes_in(lines, at, end) for at in range(start + 1, end + 1)
            )
            return -1 if later else end + 1
    return -1


def _closes_in(lines: list[str], start: int, end: int) -> bool:
    joined = " ".join(line.strip() for line in lines[start : end + 1])[: _CHARS + 1]
    return _is_listed(joined, starter=True, dated=True, quoted=quote_follows(lines, end + 1))


def _opens(piece: str) -> bool:
    """True when an attribution rather begins at this line than goes on in it."""
    dated = markers.DATE_START.match(piece) is not None
    return dated or (markers.STARTER.match(piece) is not None and any(char.isdigit() for char in piece))


def _is_listed(joined: str, *, starter: bool, dated: bool, quoted: bool) -> bool:
    closed = joined.rstrip(" *_>").endswith(_COLONS)
    verb = markers.VERB.search(joined)
    opened = starter or dated
    # The costly searches come last: most lines are nobody's attribution.
    if verb is None:
        if not opened or not (closed or (dated and quoted and joined.endswith(">"))):
            return False
        return _DIGIT.search(joined) is not None and markers.MAILBOX.search(joined) is not None
    if markers.SELF_VERB.search(joined):
        return False
    if not closed and opened and verb.end() == len(joined):
        closed = _DIGIT.search(joined) is not None and markers.MAILBOX.search(joined) is not None
    if not (closed or quoted):
        return False
    if starter and quoted and closed:
        return True
    if not quoted and _OWNED.search(joined):
        # The author tells what somebody wrote: no mail program knows whose colleague it was.
        return False
    if markers.MAILBOX.search(joined):
        return True
    digits = _DIGIT.search(joined) is not None
    if not digits:
        return False
    if quoted:
        return not opened or len(joined) - verb.end() < 70
    # Without an address and without a quote below it takes the clock time that a program writes.
    return opened and len(joined) - verb.end() < 70 and has_clock(joined)
