"""Where in a text our own words stand: a phone quotes what it answers, whole or cut short, with marks of its own.

We know exactly what we sent, so we look for that and not for marks. Compared are letters and digits alone: case, white
space, punctuation, accents and the shape of quotation marks may all have changed on the way.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

# Letters from which a stretch can be ours at all, a sentence, the beginning of a text that breaks off at the end of the
# body, and what an ellipsis cuts; and the characters of marks that are looked at in front of a stretch.
_SEED: Final = 8
_SENTENCE: Final = 20
_BEGINNING: Final = 20
_CUT: Final = 12
_MARKS: Final = 20
_MAX_CHARS: Final = 2_000
"""Characters read of one of our texts; Twilio takes 1,600."""

OPENING: Final = "\u201c\u201d\u201e\u201f\u00ab\u2039\u2018\u201a\u300c\u300e\"'\u00bb"
CLOSING: Final = "\u201d\u201c\u201f\u00bb\u203a\u2019\u2018\u300d\u300f\"'\u00ab"
_BLANK: Final = " \t\u00a0\u2000-\u200f\u202f\u2028-\u202e\u2060\u2066-\u2069\ufeff\u3000"
_SPACES: Final = " \t\u00a0\u2009\u200a\u200b\u202f\u2060"
_BEFORE: Final = re.compile(rf"(?:[{_BLANK}]*[{OPENING}>|])+[{_BLANK}]*$")
_AFTER: Final = re.compile(rf"(?:\u2026|\.{{3}})?[{_BLANK}]*(?:[{CLOSING}][{_BLANK}]*)+")
_ELLIPSIS: Final = re.compile(r"\u2026|\.{2,}")
# Marks of ours may stand in front of it: "at 7:..."
_BREAKS_OFF: Final = re.compile(r"\W{0,4}?(?:\u2026|\.{2,})")
_ENDS: Final = re.compile(r"[.!?\u2026\u3002\uff01\uff1f](?=\s)")
# Not behind a letter or the end of a sentence, where the mark closes what the person quotes. Chinese has no blanks.
_INSIDE_QUOTES: Final = re.compile(
    rf"(?a:(?<!\w))(?<![.!?,])[{OPENING}]([^{OPENING}{CLOSING}]{{4,2000}})(?:[{CLOSING}]|$)"
)


@dataclass(frozen=True, slots=True)
class OwnSmsWords:
    """A stretch of a text that is ours.

    Attributes:
        start: in the text, quotation marks included.
        end: behind its last character.
        of: which of our texts it is from.
        whole: all of that text stands here.
        opening: it begins as that text does, and is long enough to be meant for all of it.
        quoted: it stands in quotation marks, or behind the mark of a quoted line.
        letters: how many of ours it holds.
    """

    start: int
    end: int
    of: int
    whole: bool
    opening: bool
    quoted: bool
    letters: int


def find_own_words(body: str, ours: Sequence[str]) -> list[OwnSmsWords]:
    """The stretches of ``body`` that stand in one of our texts, in order, none over another.

    Ours is a whole text, whole lines or long sentences of one, a beginning that breaks off with an ellipsis or at the
    end, and what is in quotation marks. Less than that is the person's: whoever asks to be left alone may well use the
    words by which we told how.
    """
    letters = _Letters(body)
    found: list[OwnSmsWords] = []
    for text in dict.fromkeys(ours):
        found += _Ours(ours.index(text), text[:_MAX_CHARS]).stretches(body, letters)
    return _apart(body, found)


class _Letters:
    """The letters and digits of a text, and where each stands."""

    def __init__(self, text: str) -> None:
        folded: list[str] = []
        self.places: list[int] = []
        for place, char in enumerate(text):
            for piece in unicodedata.normalize("NFKD", char.casefold()):
                if piece.isalnum():
                    folded.append(piece)
                    self.places.append(place)
        self.text = "".join(folded)

    def begins_a_word(self, text: str, at: int) -> bool:
        place = self.places[at]
        return (at == 0 or self.places[at - 1] != place) and not text[place - 1 : place].isalnum()

    def ends_a_word(self, text: str, end: int) -> bool:
        place = self.places[end - 1]
        return (end == len(self.places) or self.places[end] != place) and not text[place + 1 : place + 2].isalnum()


class _Ours:
    """One of our texts."""

    def __init__(self, of: int, text: str) -> None:
        self._of = of
        self._text = text
        self._letters = _Letters(text)
        self._lines = self._bounds([found.start() for found in re.finditer(r"\n", text)])
        self._sentences = self._bounds([found.end() for found in _ENDS.finditer(text)])

    def stretches(self, body: str, letters: _Letters) -> Iterator[OwnSmsWords]:
        """Everything of this text in ``body``; several may lie over one another."""
        if len(self._letters.text) < _SEED:
            return
        for start in sorted(self._lines | self._sentences):
            seed = self._letters.text[start : start + _SEED]
            at = letters.text.find(seed) if len(seed) == _SEED else -1
            while at >= 0:
                end = self._end(body, letters, start, at) if letters.begins_a_word(body, at) else at
                if end > at:
                    yield self._stretch(body, letters, start, at, end)
                at = letters.text.find(seed, max(end, at + 1))
        for found in _ELLIPSIS.finditer(body):
            yield from self._tail(body, letters, found.end())
        yield from self._in_quotes(body)

    def _tail(self, body: str, letters: _Letters, behind: int) -> Iterator[OwnSmsWords]:
        """What follows an ellipsis may begin in the middle of our text."""
        at = bisect_left(letters.places, behind)
        seed = letters.text[at : at + _CUT]
        start = self._letters.text.find(seed) if len(seed) == _CUT else -1
        if start > 0 and (end := self._end(body, letters, start, at)) > at:
            cut = self._stretch(body, letters, start, at, end)
            yield replace(cut, start=len(body[:behind].rstrip(". \u2026")))

    def _bounds(self, places: list[int]) -> set[int]:
        """How many letters stand before each place."""
        before = {0, len(self._letters.text)}
        return before | {sum(each < place for each in self._letters.places) for place in places}

    def _end(self, body: str, letters: _Letters, start: int, at: int) -> int:
        """The end, in letters of the body, of the stretch that begins at ``at`` with ours from ``start``; or ``at``."""
        ours, theirs = self._letters.text, letters.text
        same = 0
        limit = min(len(ours) - start, len(theirs) - at)
        while same < limit and ours[start + same] == theirs[at + same]:
            same += 1
            # What follows an ellipsis that is not ours is not ours either, whatever letter it begins with.
            if same >= _CUT and self._breaks_off(body, letters, start + same, at + same):
                return at + same
        line = start in self._lines
        for bound in sorted(self._lines | self._sentences, reverse=True):
            size = bound - start
            least = _SEED if line and bound in self._lines else _SENTENCE
            if least <= size <= same and letters.ends_a_word(body, at + size):
                longest = size
                break
        else:
            longest = 0
        is_beginning = start == 0 and same >= _BEGINNING and at + same == len(theirs)
        return at + (same if is_beginning else longest)

    def _breaks_off(self, body: str, letters: _Letters, mine: int, at: int) -> bool:
        """Behind that many letters of ours and of the body an ellipsis stands in the body and none in ours."""
        if at < len(letters.places) and letters.places[at] == letters.places[at - 1] + 1:
            return False
        if _BREAKS_OFF.match(body, letters.places[at - 1] + 1) is None:
            return False
        return (
            mine == len(self._letters.places)
            or _BREAKS_OFF.match(self._text, self._letters.places[mine - 1] + 1) is None
        )

    def _stretch(self, body: str, letters: _Letters, start: int, at: int, end: int) -> OwnSmsWords:
        size = end - at
        first = self._widened_left(body, letters.places[at], start)
        last = self._widened_right(body, letters.places[end - 1] + 1, start + size)
        whole = size == len(self._letters.text)
        opening = start == 0 and size >= _BEGINNING
        return _with_marks(body, OwnSmsWords(first, last, self._of, whole, opening, quoted=False, letters=size))

    def _widened_left(self, body: str, first: int, start: int) -> int:
        """Marks of ours in front of the first letter ("¿") come with it."""
        places = self._letters.places
        marks = self._text[(places[start - 1] + 1 if start else 0) : places[start]]
        for mark in reversed(marks):
            if mark.isspace() or body[:first].rstrip(_SPACES)[-1:] != mark:
                break
            first = len(body[:first].rstrip(_SPACES)) - 1
        return first

    def _widened_right(self, body: str, last: int, end: int) -> int:
        """Marks of ours behind the last letter come with it; blanks may have changed."""
        places = self._letters.places
        marks = self._text[places[end - 1] + 1 : (places[end] if end < len(places) else len(self._text))]
        for mark in marks.split("\n")[0]:
            ahead = last + len(body[last:]) - len(body[last:].lstrip(_SPACES))
            if mark.isspace():
                continue
            if body[ahead : ahead + 1] != mark:
                break
            last = ahead + 1
        ellipsis = _BREAKS_OFF.match(body, last)
        return ellipsis.end() if ellipsis and end < len(places) else last

    def _in_quotes(self, body: str) -> Iterator[OwnSmsWords]:
        for found in _INSIDE_QUOTES.finditer(body):
            said = _Letters(found[1]).text
            if len(said) >= _SEED and said in self._letters.text:
                whole = len(said) == len(self._letters.text)
                opening = len(said) >= _BEGINNING and self._letters.text.startswith(said)
                yield OwnSmsWords(found.start(), found.end(), self._of, whole, opening, quoted=True, letters=len(said))


def _with_marks(body: str, found: OwnSmsWords) -> OwnSmsWords:
    """With the quotation marks around it, and the marks of quoted lines in front of it."""
    before = _BEFORE.search(body, max(0, found.start - _MARKS), found.start)
    after = _AFTER.match(body, found.end)
    if before is None:
        return found
    return replace(found, start=before.start(), end=after.end() if after else found.end, quoted=True)


def _says_something(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) == "So"


def _apart(body: str, found: list[OwnSmsWords]) -> list[OwnSmsWords]:
    """The longest first; what lies over one that is taken is left out, what touches another becomes one with it."""
    taken: list[OwnSmsWords] = []
    for each in sorted(found, key=lambda one: (-one.letters, not one.quoted, one.of, one.start)):
        if all(each.end <= other.start or each.start >= other.end for other in taken):
            taken.append(each)
    joined: list[OwnSmsWords] = []
    for each in sorted(taken, key=lambda one: one.start):
        last = joined[-1] if joined else None
        between = body[last.end : each.start] if last else "x"
        if last is not None and not any(_says_something(char) for char in between):
            longer = max((last, each), key=lambda one: one.letters)
            joined[-1] = replace(
                longer,
                start=last.start,
                end=each.end,
                whole=last.whole or each.whole,
                opening=last.opening,
                quoted=last.quoted,
                letters=last.letters + each.letters,
            )
        else:
            joined.append(each)
    return joined
