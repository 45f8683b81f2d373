"""The words that the model reads: cleaned, emoji spelled out, and long mail cut to its beginning and last sentence."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

FIRST_WORDS: Final = 190
"""About 256 word pieces of English, measured on long mails; the encoder itself reads at most 512."""
LAST_WORDS: Final = 60
LONGEST_WORD: Final = 60
_HEAD_CHARACTERS: Final = 20_000
_TAIL_CHARACTERS: Final = 4_000
_SENTENCE_END: Final = re.compile(r"(?<=[.!?]) ")
_APOSTROPHES: Final = "\u2019\u2018\u00b4`"
_LINK: Final = re.compile(r"https?://\S+")


def prepare(text: str) -> str:
    """The text as the model reads it; empty when nothing readable is left. Never raises, whatever the characters."""
    if len(text) > _HEAD_CHARACTERS + _TAIL_CHARACTERS:
        text = text[:_HEAD_CHARACTERS] + "\n" + text[-_TAIL_CHARACTERS:]
    readable = "".join(_readable(letter) for letter in text)
    readable = unicodedata.normalize("NFKC", _LINK.sub(" link ", readable))
    words = readable.split()
    lines = readable.strip().splitlines()
    # Blanks are single by now: over a long run of them a pattern can take hours.
    last = _SENTENCE_END.split(" ".join(lines[-1].split()))[-1].split()[-LAST_WORDS:] if lines else []
    if len(words) > FIRST_WORDS + len(last):
        words = [*words[:FIRST_WORDS], *last]
    return " ".join(word[:LONGEST_WORD] for word in words)


def _readable(letter: str) -> str:
    """One character as the encoder's vocabulary knows it: it has no emoji, but it knows their names."""
    if letter in _APOSTROPHES:
        return "'"
    match unicodedata.category(letter):
        case "So":
            return f" {unicodedata.name(letter, '').lower()} "
        case "Cc" | "Zl" | "Zp":
            return "\n" if letter in "\n\r\u2028\u2029" else " "
        case "Cf" | "Cs" | "Co" | "Cn" | "Sk":
            # Direction marks, joiners, lone surrogates, private and unassigned characters, skin tones.
            return ""
        case _:
            return letter
