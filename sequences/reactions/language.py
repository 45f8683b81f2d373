"""Which language is a short text in, and is it surely English, the only one that the shipped model knows?

A count of the commonest words that are no English ones names the language: enough for the one-liners of nine languages,
with or without accents, not a general detector. A text that it does not name is English only if ``english`` finds it
surely so. What is left is named by rarer words, those that the corpus (``foreign_words.txt``, its training part) has in
one language only; any other text is ``UNDETERMINED``, and a person reads it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from importlib import resources
from typing import Final

from sequences.reactions.english import WORD, is_surely_english
from sequences.reactions.language_words import BORROWED, ENGLISH, FOREIGN, HALF, LOOK_ALIKES, UNFOLDED

_ELIDED: Final = re.compile(r"^(?:(?:j|qu|m|l)'[aeéèêiouh]|c'e|n'[eéi])")
"""French words that swallow a vowel: "j'ai", "l'heure", "n'est"."""
_NEVER_ENGLISH: Final = frozenset("ñ¿¡ßœąęłżśćńțșăãõ")


def folded(text: str) -> str:
    """The text without accents, as it is typed in a hurry. "ł" is an "l" too."""
    plain = unicodedata.normalize("NFD", text.replace("ł", "l"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


_KNOWN: Final = {
    code: words | frozenset(folded for folded in map(folded, words) if folded not in UNFOLDED)
    for code, words in FOREIGN.items()
}
_ANY_FOREIGN: Final = frozenset().union(*_KNOWN.values())
UNDETERMINED: Final = "und"
"""The ISO 639-2 code for a text that shows no language plainly."""
_HALF: Final = HALF | frozenset(map(folded, HALF)) | LOOK_ALIKES | BORROWED


def foreign_language(text: str) -> str | None:
    """The ISO 639-1 code of the language (of ``FOREIGN``; ``other`` for another script), or None for sure English.

    Two telling words are needed, or one in a text of at most four words, and more of them than of English ones. Words
    that are also names or slang make a language only when the text has no others ("non merci"). A text without a
    language that is not surely English either is ``UNDETERMINED``.
    """
    head = text[:2000].lower().replace("\u2019", "'")
    if _other_script(head):
        return "other"
    words = WORD.findall(head)
    if not words:
        return None
    counts = {code: _telling(words, code) for code in _KNOWN}
    code = max(counts, key=lambda key: counts[key])
    if counts[code] and _is_plain(words, code):
        english = sum(word in ENGLISH and word not in _KNOWN[code] for word in words)
        strange_letters = 0.5 * sum(letter in _NEVER_ENGLISH for letter in head)
        needed = 1.0 if len(words) <= 4 else 2.0
        if counts[code] + strange_letters >= needed and counts[code] > english:
            return code
    if is_surely_english(text[:2000], _doubtful()):
        return None
    return _by_rarer_words(words) or UNDETERMINED


def _by_rarer_words(words: list[str]) -> str | None:
    """The language of a text without common words, by the words that only it has in the corpus."""
    known = rarer_words()
    counts = Counter(known[plain] for word in words if (plain := folded(word)) in known)
    if not counts:
        return None
    (code, count), *others = counts.most_common(2)
    needed = 1 if len(words) <= 4 else 2
    return code if count >= needed and count >= 2 * sum(other for _, other in others) else None


@lru_cache(maxsize=1)
def _doubtful() -> frozenset[str]:
    """Words of other languages, common and rare: what English is told apart from."""
    return _ANY_FOREIGN | rarer_words().keys()


@lru_cache(maxsize=1)
def rarer_words() -> dict[str, str]:
    """Words without accents, and the code of the language that they tell. Read once."""
    written = (resources.files(__package__) / "foreign_words.txt").read_text(encoding="utf-8")
    return {word: code for code, *own in map(str.split, written.splitlines()) for word in own}


def _telling(words: list[str], code: str) -> float:
    """How much the words speak for a language: names and slang half as much as the others."""
    return sum(0.5 if word in _HALF else 1.0 for word in words if _is_known(word, code))


def _is_known(word: str, code: str) -> bool:
    return word in _KNOWN[code] or (code == "fr" and _ELIDED.match(word) is not None)


def _is_plain(words: list[str], code: str) -> bool:
    known = [word for word in words if _is_known(word, code)]
    return any(word not in _HALF for word in known) or (len(set(known)) >= 2 and len(known) == len(words))


def _other_script(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    beyond_latin = sum(ord(letter) > 0x24F for letter in letters)
    return bool(letters) and beyond_latin * 2 > len(letters)
