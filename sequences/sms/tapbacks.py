"""Tells a tap on a message, which a phone wrote as a sentence around its quote, from what a person wrote."""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from sequences.sms.tapback_words import ASKS, DISLIKES, FRAMES, THINGS, UNSPACED, FrameWords, words_of

_MAX_FRAME: Final = 80
"""Characters around the quote; the longest known has some sixty."""
_MAX_WORDS: Final = 12
# Google Messages puts these around its emoji, so that other phones recognise a reaction.
_MARKS: Final = re.compile("[\u200b\u200c]")
_PAIRS: Final = {
    "\u201c": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u201d": "\u201d",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
    "\u2039": "\u203a",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\u2018": "\u2019",
    '"': '"',
}
_STRAIGHT_WORDS: Final = 3
_LONG: Final = 15
_TRIES: Final = 4
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_SIGNS: Final = frozenset("\u203c\u2049")


class Tap(enum.StrEnum):
    """What somebody did to a message of ours."""

    LIKE = "like"
    DISLIKE = "dislike"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Tapback:
    """One tap.

    Attributes:
        tap: which.
        taken_back: the person removed it.
    """

    tap: Tap
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class Framed:
    """A tapback, and where its sentence ends in the text.

    Attributes:
        before: what stands in front of it.
        after: what stands behind it.
    """

    tapback: Tapback
    before: str = ""
    after: str = ""


def read_frame(before: str, after: str, *, quoted: bool = True) -> Tapback | None:
    """The tapback whose sentence stands around a quote, or None when the words around it are a person's.

    Args:
        before: the line up to the quote.
        after: from the quote to the end of its line.
        quoted: the quote has marks; then an emoji alone in front of it is a frame as well.
    """
    around = f"{before} {after}"
    if len(around) > _MAX_FRAME:
        return None
    emoji, plain = _emoji(around)
    words = words_of(plain)
    if len(emoji) > 1 or len(words) > _MAX_WORDS or not (emoji or words):
        return None
    sign = emoji[0] if emoji else ""
    if sign and not words:
        alone = quoted and _emoji(before)[0] and not _marks_of_a_line(before)
        return Tapback(_of_emoji(sign)) if alone or _MARKS.search(around) else None
    for language, known in FRAMES.items():
        found = _split(words, known, spaced=language not in UNSPACED)
        if found is not None and (sign or found & known.telling):
            return _judge(found, known, sign)
    return None


def find_framed(body: str) -> Framed | None:
    """A tapback of whatever text it quotes, ours or not, and of a picture; None when there is none.

    Only at the beginning, and with nothing else in its line: people quote as well.
    """
    line = body.lstrip()
    found: list[tuple[bool, int, Framed]] = []
    for at, char in enumerate(line[: _MAX_FRAME + 1]):
        for end in _ends(line, at, _PAIRS.get(char, "")):
            quote = line[at + 1 : end]
            if char == '"' and len(quote) < _LONG and len(quote.split()) < _STRAIGHT_WORDS:
                continue
            after, _, rest = line[end + 1 :].partition("\n")
            if tapback := read_frame(line[:at], after):
                found.append((not rest.strip(), len(quote), Framed(tapback, after=rest.strip())))
    # The name of a reaction may stand in quotation marks itself: the sentence that leaves nothing over is meant.
    best = max(found, key=lambda each: each[:2], default=None)
    return best[2] if best else _of_a_thing(body)


def _ends(line: str, at: int, closing: str) -> list[int]:
    """Where the quote that opens at ``at`` may close: the last marks, and the end of a text that was cut off."""
    if not closing:
        return []
    found = [place for place in range(len(line) - 1, at, -1) if line[place] in closing][:_TRIES]
    cut_off = line[at] not in closing and line.count(line[at], at) > sum(line.count(each, at) for each in closing)
    return [*found, len(line)] if cut_off or not found else found


def _of_a_thing(body: str) -> Framed | None:
    first, _, rest = body.strip().partition("\n")
    words = words_of(first.rstrip(". "))
    if (
        len(first) > _MAX_FRAME
        or not 2 <= len(words) <= _MAX_WORDS
        or words[-1] not in THINGS
        or not first[:1].isupper()
    ):
        return None
    last = re.search(r"(?:\S*\s+)?\S+\s*$", first)
    frame = first[: last.start()] if last else ""
    tapback = read_frame(frame, "")
    return Framed(tapback, after=rest.strip()) if tapback and words_of(frame) else None


def _split(words: list[str], known: FrameWords, *, spaced: bool) -> frozenset[str] | None:
    """The words of a frame, or None when one of them is not known in this language."""
    every = known.around | known.telling | known.negation
    if spaced:
        return frozenset(words) if every.issuperset(words) else None
    pattern = "|".join(re.escape(word) for word in sorted(every, key=len, reverse=True))
    run = "".join(words)
    return frozenset(re.findall(pattern, run)) if re.fullmatch(f"(?:{pattern})+", run) else None


def _judge(found: frozenset[str], known: FrameWords, sign: str) -> Tapback:
    taken_back = bool(found & known.back)
    if sign:
        return Tapback(_of_emoji(sign), taken_back)
    if found & known.ask:
        return Tapback(Tap.ASK, taken_back)
    disliked = found & known.dislike or (found & known.like and found & known.negation and not taken_back)
    return Tapback(Tap.DISLIKE if disliked else Tap.LIKE, taken_back)


def _of_emoji(sign: str) -> Tap:
    if sign[0] in ASKS:
        return Tap.ASK
    return Tap.DISLIKE if sign[0] in DISLIKES else Tap.LIKE


def _emoji(text: str) -> tuple[list[str], str]:
    """The emoji of a text, each with what belongs to it, and the text without them."""
    found: list[str] = []
    plain: list[str] = []
    inside = False
    for char in text:
        pictured = unicodedata.category(char) == "So" or char in _SIGNS
        joined = char in _JOINERS or "\U0001f3fb" <= char <= "\U0001f3ff"
        if pictured and not (inside and (found[-1][-1] == "\u200d" or _both_flags(found[-1], char))):
            found.append(char)
        elif inside and (pictured or joined):
            found[-1] += char
        elif not joined:
            plain.append(char)
        inside = pictured or (inside and joined)
    return found, "".join(plain)


def _both_flags(so_far: str, char: str) -> bool:
    return len(so_far) == 1 and all("\U0001f1e6" <= each <= "\U0001f1ff" for each in (so_far, char))


def _marks_of_a_line(before: str) -> bool:
    return before.rstrip().endswith((">", "|"))
