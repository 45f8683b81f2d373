"""The line that introduces a quote ("On ... wrote:"), in whatever language, whole or on the line of an answer.

In the languages of the lists its words tell it. In all others, and in any order, a date with a clock time, an address
in brackets and a colon do; less is enough where a quote follows. Bounded look-ahead, so linear.
"""

from __future__ import annotations

import re
from functools import cached_property

from sequences.inbound.mime.html_text import MARK_ATTRIBUTION
from sequences.inbound.replies import quote_markers
from sequences.inbound.replies.evidence import ADDRESS, BRACKETED, has_clock, has_date, without_addresses
from sequences.inbound.replies.quote_start import is_quote, quote_follows
from sequences.inbound.replies.thread import Thread

_LINES = 7
_CHARS = 500
_ANY_LINES = 4
_ANY_CHARS = 320
_AFTER_ADDRESS = 90
_DIGIT = re.compile(r"\d")
_CLOSING = ' *_>"”'
_COLONS = (":", "：")
_ENDS = 8
_NAME_WORDS = 6
_QUOTES = frozenset("> |&\tABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SHORT = 80
_LAST = frozenset(":-")
_SMALL = 7
_SMALL_NAMELESS = 5
_SMALL_OURS = 10
_BULLET = re.compile(r"\s{0,4}(?:[-*•–]|\d{1,2}[.)])\s")
_SENTENCE_INSIDE = re.compile(r"[?!]\s|[.]\s+(?:I|We|You|Please|Ich|Wir|Bitte|Je|Nous|Merci)\b")
# "your colleague wrote": the author tells of it.
_OWNED = re.compile(
    r"\b(?:your|my|our|his|her|their|ihre?[mnrs]?|euer|eure[mnrs]?|deine?[mnrs]?|meine?[mnrs]?|unsere?[mnrs]?|votre|vos|"
    r"notre|nos|mon|ton|su|sus|vuestr[oa]s?|nuestr[oa]s?|mi|tu|vostr[oa]|nostr[oa]|tuo|tua|mio|mia|seu|sua|nosso|nossa|"
    r"meu|minha|uw|jullie|jouw|mijn|onze|ons|din|ditt|er|ert|deres|vår|vores|min|mitt|twój|twoja|wasz|wasza|mój|moja|"
    r"nasz|nasza|váš|vaše|můj|náš|ваш|ваша|мой|моя|наш)\s+[^\W\d_]",
    re.I,
)
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|we|us|our|you|your|ich|mich|mir|wir|Sie|yo|ik|wij|jag|jeg)\b")
_STARTERS = (
    "On|Am|Le|El|Op|Il|Em|Den|Il giorno|W dniu|Dnia|Dne|Dňa|Pe|În|În data|La|Στις|В|На|У|Vào|Pada|No dia|Noong|"
    "Tarihinde|在|في|در"
)
_OPENS_INSIDE = re.compile(rf"(?:(?<=\S)\s+|(?<=[.!?]))(?=(?:{_STARTERS})\s[^\n@]{{0,40}}?\d)")
_ENDS_BEFORE = re.compile(r"(?:(?<=[.!?…\]])|(?<=[:;]\)))[\"”’'»]?\s+(?=\S)|(?<=[。！？])")
_SOON = 5
_LONGEST_CUT = 6
# A program breaks its line within a sentence ("plkst." is the Latvian "at").
_ENDED = re.compile(r"(?:[^\W\d_]{3}(?<!kst)[.)]|[!?…。]|:\d\d\.)$")
_WIDE_END = re.compile(r"[。！？]")
# A word and a dot before a date: a weekday cut short, or the end of an answer.
_WEEKDAY = re.compile(
    r"(?:mon?|tues?|wed?|thur?s?|fri?|sat?|sun?|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mi[eé]|jue|vie|s[áa]b|dom|gio|"
    r"seg|ter|qua|qui|sex|ma|wo|vr|za|zo|m[åa]n|tirs?|ons|tors?|fre|l[øöo]r|s[øö]n|man|pon?|pn|wt|śr|czw?|pt|sob?|niedz|nd|"
    r"út|st|čt|pá|ne|uto|sri|čet|pet|sub|ned|tor|sre|joi|ke|to|pe|la|su|mar|mër|enj|pre|sht|die|hën|otrd|pirmd|trešd|dt|dl|dc|dj|dv|"
    r"as|al|az|og|or|lr|ig)[.,]+",
    re.I,
)
_ANSWER = re.compile(
    r"(?:yes|no|ok|okay|sure|ja|nein|gern|gerne|oui|non|s[ií]|sim|não|nee|nej|nie|tak|ne|da|да|нет|stop|unsubscribe)[.!…]+",
    re.I,
)
# The address stands behind a name, and the quote after it on the same line.
_RUN_ON = re.compile(r":\s")


def near_ends(lines: list[str]) -> bytearray:
    """For each line, 1 where an attribution that begins there may end: a colon at an end or a quote a few lines on."""
    near = bytearray(len(lines))
    for at, line in enumerate(lines):
        if line and (line.rstrip(_CLOSING)[-1:] in _LAST or (line[0] in _QUOTES and is_quote(line))):
            start = max(0, at - _LINES)
            near[start : at + 1] = b"\1" * (at + 1 - start)
    return near


def may_open(line: str) -> bool:
    """True for a line that begins like an attribution of a known language, which needs no colon."""
    return quote_markers.STARTER.match(line) is not None or quote_markers.DATE_START.match(line) is not None


def attribution_end(lines: list[str], start: int, thread: Thread) -> int:
    """The line after the attribution that begins at ``start``, or -1 when none does.

    Args:
        lines: of the mail, see ``evidence.plain``.
        start: where it would begin.
        thread: what is known of the conversation.
    """
    # One look at all lines that could belong to it; most have no colon and no quote below.
    window = " ".join([line[: _CHARS + 1] for line in lines[start : start + _LINES]])
    if ":" not in window and ">" not in window:
        return -1
    end = _listed_end(lines, start, window)
    return end if end >= 0 else _any_end(lines, start, thread)


def answer_before(lines: list[str], at: int, thread: Thread) -> int:
    """How many characters of the line at ``at`` are the author's before a quote begins on it; 0: none does."""
    line = lines[at][: 4 * _CHARS]
    closed = line.rstrip(_CLOSING).endswith(_COLONS)
    if not _DIGIT.search(line):
        return _name_wrote(line) if closed and quote_follows(lines, at + 1) else 0
    if not ("@" in line or closed or wraps(lines, at)):
        return 0
    for found in reversed(list(_OPENS_INSIDE.finditer(line))[-4:]):
        if _begins_at(lines, at, found.end(), thread):
            return found.end()
    if _dated_soon(line):
        return 0
    for found in list(_ENDS_BEFORE.finditer(line))[-_ENDS:]:
        before, rest = line[: found.end()].strip(), line[found.end() :]
        short = " " not in before and before.endswith(".") and len(before) <= _LONGEST_CUT
        if short and not _ANSWER.fullmatch(before):
            # A word cut short ("kl.", "plkst."), on a line that a program broke.
            continue
        if (_dated_soon(rest) or _names_address(rest)) and _begins_at(lines, at, found.end(), thread):
            return found.end()
    return 0


def _name_wrote(line: str) -> int:
    """Where "Dana wrote:" begins behind the end of a sentence, above a quote; 0: nowhere."""
    ends = [found.end() for found in _ENDS_BEFORE.finditer(line)]
    rest = line[ends[-1] :] if ends else ""
    said = (
        len(rest) <= _SHORT
        and rest[:1].isupper()
        and _verb(rest) is not None
        and not quote_markers.SELF_VERB.search(rest)
    )
    return ends[-1] if said else 0


def run_on_attribution(line: str) -> bool:
    """True for an attribution after which the quote goes on in the same line."""
    found = BRACKETED.search(line[:200])
    if found is None or not (_dated_soon(line) or _names_address(line) or quote_markers.STARTER.match(line)):
        return False
    for colon in _RUN_ON.finditer(line, found.end(), found.end() + _AFTER_ADDRESS):
        said = without_addresses(line[: colon.start()])
        if has_date(said) and has_clock(said):
            return not _OWNED.search(said) and not _SENTENCE_INSIDE.search(said)
    return False


def wraps(lines: list[str], at: int) -> bool:
    """True when the next line may be the rest of an attribution."""
    if at + 1 >= len(lines):
        return False
    below = lines[at + 1][:_CHARS]
    return "@" in below or below.rstrip(_CLOSING).endswith(_COLONS)


def _dated_soon(text: str) -> bool:
    """True when a figure stands among the first words, with no end of a sentence before it."""
    for word in _WIDE_END.sub(r"\g<0> ", text[:120].replace("*", " ")).split()[:_SOON]:
        if _DIGIT.search(word):
            return True
        bare = word.rstrip("\"”’'»)")
        if bare.endswith(("!", "?", "…", "。", "！", "？")) or _ANSWER.fullmatch(bare):
            return False
        if bare.endswith(".") and not _WEEKDAY.fullmatch(bare) and (bare.isascii() or len(bare) > _LONGEST_CUT):
            return False
    return False


def _names_address(text: str) -> bool:
    """True for a name with its address, near the beginning."""
    found = BRACKETED.search(text[:160])
    name = text[: found.start()].split() if found else []
    return found is not None and len(name) <= _NAME_WORDS and not any(_DIGIT.search(word) for word in name)


def _begins_at(lines: list[str], at: int, position: int, thread: Thread) -> bool:
    rest = lines[at][position:]
    window = [rest, *lines[at + 1 : at + _LINES]]
    end = attribution_end(window, 0, thread)
    if end > 0:
        return ADDRESS.search(" ".join(window[:end])) is not None or quote_follows(window, end)
    return run_on_attribution(rest)


def _any_end(lines: list[str], start: int, thread: Thread) -> int:
    """By date, clock time, address and colon, in any order and language."""
    first = lines[start].strip()[: _ANY_CHARS + 1]
    if len(first) > _ANY_CHARS or not ("@" in first or first.endswith(("<", "(")) or _DIGIT.search(first)):
        return -1
    # Zoho draws dashes on both sides, and no colon.
    dashed = first.startswith("--")
    joined = ""
    for end in range(start, min(len(lines), start + _ANY_LINES)):
        piece = lines[end].strip()[: _ANY_CHARS + 1]
        if not piece or (end > start and (is_quote(piece) or piece == MARK_ATTRIBUTION or _ENDED.search(joined))):
            return -1
        joined = f"{joined} {piece}" if joined else piece
        if len(joined) > _ANY_CHARS:
            return -1
        closed = piece.rstrip(_CLOSING).endswith(_COLONS) or (dashed and piece.endswith("--"))
        quoted = (closed or "@" in joined) and quote_follows(lines, end + 1)
        if (closed or quoted) and _is_any(joined, closed=closed, quoted=quoted, thread=thread):
            listed = not quoted and end + 1 < len(lines) and _BULLET.match(lines[end + 1]) is not None
            return -1 if listed else end + 1
    return -1


def _is_any(joined: str, *, closed: bool, quoted: bool, thread: Thread) -> bool:
    if not _DIGIT.search(joined) and "@" not in joined:
        return False
    said = without_addresses(joined)
    dated = has_date(said)
    clock = dated and has_clock(said)
    # Most lines with a colon go no further.
    if not quoted and not clock:
        return False
    if quote_markers.SELF_VERB.search(joined) or _SENTENCE_INSIDE.search(joined):
        return False
    bracketed = BRACKETED.search(joined)
    address = bracketed or ADDRESS.search(joined)
    told = address is None and not _FIRST_PERSON.search(said) and _small(said) <= _SMALL_NAMELESS
    if quoted:
        if not closed:
            return bracketed is not None and clock
        if address is None:
            return clock and told
        return dated or (bracketed is not None and len(said.split()) <= _SMALL)
    if _OWNED.search(said):
        return False
    if bracketed is None:
        # A verb of the lists and a clock time: what a program writes that leaves the address out.
        return closed and told and _verb(joined) is not None
    addresses = ADDRESS.findall(joined)
    if any(thread.is_writer(one) for one in addresses):
        return False
    return _small(said) <= (_SMALL_OURS if any(thread.is_ours(one) for one in addresses) else _SMALL)


def _small(said: str) -> int:
    """How many small words: a sentence of the author's has more than a program puts around a date and a name."""
    return sum(word.isascii() and word[0].islower() for word in said.split())


def _verb(text: str) -> re.Match[str] | None:
    found = quote_markers.VERB.search(text)
    return found if found or text.isascii() else quote_markers.VERB_JOINED.search(text)


def _listed_end(lines: list[str], start: int, window: str) -> int:
    """By the verbs and the beginnings of the languages that the lists know."""
    first = lines[start].strip()[: _CHARS + 1]
    if quote_markers.DASHED_WROTE.match(first[:200]):
        return start + 1
    starter = quote_markers.STARTER.match(first) is not None
    dated = quote_markers.DATE_START.match(first) is not None
    if not starter and not dated and not ("@" in first or '"' in first or _verb(first)):
        return -1
    if not starter and not _DIGIT.search(window) and not ("@" in window or "mailto:" in window):
        return -1
    joined, blanks = "", 0
    ends: list[tuple[int, int]] = []
    for end in range(start, min(len(lines), start + _LINES)):
        piece = lines[end].strip()[: _CHARS + 1]
        if end > start and is_quote(lines[end]) and not piece.rstrip(" *").endswith(_COLONS):
            break
        if piece == MARK_ATTRIBUTION or (end > start and not starter and not dated and _opens(piece)):
            break
        blanks += not piece
        longer = f"{joined} {piece.lstrip('>').strip()}" if joined else piece
        if len(longer) > _CHARS or blanks > 1:
            break
        joined = longer
        ends.append((end, len(joined)))
    found = _Found(joined)
    whole = len(joined)
    if found.verb(whole) < 0 and not ((starter or dated) and found.mailbox(whole)):
        return -1
    for end, length in ends:
        if _is_listed(found, length, starter=starter, dated=dated, quoted=quote_follows(lines, end + 1)):
            # A line of the author's that only looks like a beginning, above the true one.
            later = any(
                (_opens(lines[at].strip()[:80]) or _apart(lines, at)) and _closes_in(lines, at, end)
                for at in range(start + 1, end + 1)
            )
            return -1 if later else end + 1
    return -1


def _closes_in(lines: list[str], start: int, end: int) -> bool:
    joined = " ".join(line.strip() for line in lines[start : end + 1])[: _CHARS + 1]
    quoted = quote_follows(lines, end + 1)
    return _is_listed(_Found(joined), len(joined), starter=True, dated=True, quoted=quoted)


def _apart(lines: list[str], at: int) -> bool:
    """True below an empty line, unless an address stands there whose name is above it."""
    return not lines[at - 1].strip() and not lines[at].lstrip().startswith(("<", "(", "["))


def _opens(piece: str) -> bool:
    """True when an attribution rather begins at this line than goes on in it."""
    dated = quote_markers.DATE_START.match(piece) is not None
    return dated or (quote_markers.STARTER.match(piece) is not None and any(char.isdigit() for char in piece))


class _Found:
    """What stands first in some lines put together; each is looked for once, and only when it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _verbs(self) -> tuple[int, ...]:
        """Where the first verb ends, of either kind."""
        both = (
            quote_markers.VERB.search(self.text),
            None if self.text.isascii() else quote_markers.VERB_JOINED.search(self.text),
        )
        return tuple(found.end() for found in both if found)

    @cached_property
    def _own(self) -> int:
        return _end_of(quote_markers.SELF_VERB, self.text)

    @cached_property
    def _owned(self) -> int:
        return _end_of(_OWNED, self.text)

    @cached_property
    def _mailbox(self) -> int:
        return _end_of(quote_markers.MAILBOX, self.text)

    @cached_property
    def _digit(self) -> int:
        return _end_of(_DIGIT, self.text)

    def verb(self, length: int) -> int:
        """Where the verb ends in the first ``length`` characters; -1: none is there."""
        return next((end for end in self._verbs if end <= length), -1)

    def self_verb(self, length: int) -> bool:
        """True when the author tells there what they wrote themselves."""
        return self._own <= length

    def owned(self, length: int) -> bool:
        """True when somebody's colleague is named there."""
        return self._owned <= length

    def mailbox(self, length: int) -> bool:
        """True when an address stands there."""
        return self._mailbox <= length

    def digit(self, length: int) -> bool:
        """True when a figure stands there."""
        return self._digit <= length


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return found.end() if found else len(text) + 1


def _is_listed(found: _Found, length: int, *, starter: bool, dated: bool, quoted: bool) -> bool:
    """Whether the first ``length`` characters of some lines are an attribution."""
    joined = found.text[:length]
    closed = joined.rstrip(" *_>").endswith(_COLONS)
    opened = starter or dated
    # The costly searches come last: most lines are nobody's attribution.
    if not closed and not quoted and not (opened and found.verb(length) == length):
        return False
    verb = found.verb(length)
    if verb < 0:
        if not opened or not (closed or (dated and quoted and joined.endswith(">"))):
            return False
        return found.digit(length) and found.mailbox(length)
    if found.self_verb(length):
        return False
    if not closed and opened and verb == length:
        closed = found.digit(length) and found.mailbox(length)
    if not (closed or quoted):
        return False
    if starter and quoted and closed:
        return True
    if not quoted and found.owned(length):
        # The author tells what somebody wrote: no mail program knows whose colleague it was.
        return False
    if found.mailbox(length):
        return True
    if not found.digit(length):
        return False
    if quoted:
        return not opened or length - verb < 70
    # Without an address and without a quote below it takes the clock time that a program writes.
    return opened and length - verb < 70 and has_clock(joined)
