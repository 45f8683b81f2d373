"""Is a text surely English? The opposite of a doubt: English has to be shown, word by word.

The words are those that the shipped model was trained on (``english_words.txt``, the training part of the corpus).
Words that other languages write the same way ("in", "come", "die", "team") show nothing, and names show nothing.
Every other word is a doubt. A text, and each sentence of it, needs clearly more English words than doubts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Final

from sequences.reactions.language_words import BORROWED, ENGLISH, HALF, LOOK_ALIKES

WORD: Final = re.compile(r"(?<!\w)[^\W\d_]+(?:'[^\W\d_]+)?(?!\w)")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
_ENDING: Final = re.compile(r"(?:'s|s|es|d|ed|ing|ly|er|est|n't|'re|'ll|'ve|'d|'m)$")
_IN_ANY_LANGUAGE: Final = re.compile(
    r"(?:sent|get|written) (?:from|with|by|via|outlook for) (?:my )?(?:\w+ ?){1,3}$"
    r"|\b(?:kind|best|warm|kindest|many) (?:regards|wishes|thanks)\b|\byours (?:sincerely|truly|faithfully)\b",
    re.MULTILINE | re.IGNORECASE,
)
"""What phones and mail programs write below a text, and closings that are used in every language."""
_EVERYWHERE: Final = re.compile(
    r"\b(?:a la carte|ad hoc|en (?:suite|route)|vice versa|per (?:diem|annum)|pro rata|prima donna|de facto|bona fide"
    r"|las vegas|los angeles|el paso|san jose|le mans|den haag|van (?:de[nr]?|het) \w+|rue (?:de|du|des) (?:l[ae] )?\w+"
    r"|(?:calle|via) (?:de )?(?:l[ao]s? )?\w+|da silva|visa)\b",
    re.IGNORECASE,
)
"""Latin phrases and names that English uses as they are."""
_QUOTED: Final = re.compile(r"[\"\u201c\u201e\u00ab][^\"\u201d\u00bb]{1,80}[\"\u201d\u00bb]")
"""A title or name in quotation marks."""
_BUILT: Final = re.compile(r"(?:ship|ness|ful|less|ing|ght|ly|'s)$")
"""Endings that are rare in the other languages: half a doubt less."""
_WEIGHT: Final = 1.5
"""How many English words it takes to outweigh a doubt."""
_PLAINLY_NOT: Final = 3.0
"""A sentence with so many doubts, and fewer English words, is in another language."""
_DRAWN_OUT: Final = re.compile(r"(\w)\1{2,}")
"""A letter three times or more: "byeee"."""


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """The words that the shipped model was trained on, read once."""
    return frozenset((resources.files(__package__) / "english_words.txt").read_text(encoding="utf-8").split())


def is_surely_english(text: str, foreign: frozenset[str]) -> bool:
    """Does the text, and each sentence of it, show that it is English?

    Args:
        text: what the person wrote.
        foreign: words of other languages. They are doubts, unless they look like an English word.
    """
    plain = _QUOTED.sub(" ", text.replace("\u2019", "'"))
    shown, doubts, alike = 0.0, 0.0, 0
    for sentence in _SENTENCE_END.split(plain):
        counts = _weighed(sentence, foreign)
        if counts[1] >= _PLAINLY_NOT and counts[0] < counts[1]:
            return False
        shown, doubts, alike = shown + counts[0], doubts + counts[1], alike + counts[2]
    if not doubts:
        return shown > 0 or not alike
    return shown >= _WEIGHT * doubts


def _weighed(sentence: str, foreign: frozenset[str]) -> tuple[float, float, int]:
    """English words, doubts, and look-alikes, of one sentence."""
    shown, doubts, alike = 0.0, 0.0, 0
    telling = _EVERYWHERE.sub(" ", _IN_ANY_LANGUAGE.sub(" ", sentence))
    for index, written in enumerate(WORD.findall(telling)):
        word = written.lower()
        if word in BORROWED:
            continue
        if word in LOOK_ALIKES or (word in foreign and word in ENGLISH):
            shown += 0.25 if word in ENGLISH else 0.0
            alike += word not in ENGLISH
        elif word in foreign:
            doubts += 0.5 if word in HALF else 1.0
        elif _is_known(word):
            shown += 1.0
        elif written[0].isupper():
            doubts += 0.5 if index == 0 else 0.0
        else:
            doubts += 0.5 if _BUILT.search(word) else 1.0
    return shown, doubts, alike


def _is_known(word: str) -> bool:
    """Is it a word of the list, a form of one ("emailed", "checkin"), or two of them in one ("timeline")?"""
    known = english_words()
    word = _DRAWN_OUT.sub(r"\1", word)
    if word.endswith("in") and f"{word}g" in known:
        return True
    stem = _ENDING.sub("", word)
    if word in known or (stem != word and len(stem) >= 4 and (stem in known or f"{stem}e" in known)):
        return True
    return any(word[:cut] in known and word[cut:] in known for cut in range(4, len(word) - 3))
