"""Wishes not to be contacted in German, French, Spanish, Italian, Dutch, Portuguese, Polish and Swedish.

A sentence is read without accents and polite words, so that one pattern covers what is typed with care and in a hurry.
The list, ``other_languages.toml``, is read once, when the first text comes in.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

ANY: Final = "any"
"""The guards that count in every language."""
LETTERS: Final = str.maketrans({"¿": "", "¡": "", "ß": "ss", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class LanguageList:
    """The patterns and guards of one language, each joined to one expression."""

    patterns: tuple[re.Pattern[str], ...]
    guards: tuple[re.Pattern[str], ...]


def asks_in_another_language(sentences: Iterable[str]) -> bool:
    """Is one of the sentences a wish not to be contacted?

    Args:
        sentences: in lower case, without punctuation, not evened out to English spelling.
    """
    polite, languages = opt_outs_by_language()
    anywhere = languages[ANY].guards
    for sentence in sentences:
        plain = folded(sentence, polite)
        if any(guard.search(plain) for guard in anywhere):
            continue
        for language in languages.values():
            found = any(pattern.search(plain) for pattern in language.patterns)
            if found and not any(guard.search(plain) for guard in language.guards):
                return True
    return False


def is_guarded(sentence: str) -> bool:
    """Is the sentence harmless by a guard of any language?"""
    polite, languages = opt_outs_by_language()
    plain = folded(sentence, polite)
    return any(guard.search(plain) for language in languages.values() for guard in language.guards)


def folded(sentence: str, polite: re.Pattern[str]) -> str:
    """The sentence without accents and polite words."""
    letters = unicodedata.normalize("NFD", sentence.translate(LETTERS))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(polite.sub(" ", plain).split())


def read_written() -> dict[str, Any]:
    """``other_languages.toml`` as it is written, with the examples."""
    return tomllib.loads((resources.files(__package__) / "other_languages.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def opt_outs_by_language() -> tuple[re.Pattern[str], dict[str, LanguageList]]:
    """The polite words, and the compiled list by ISO 639-1 code, read once."""
    written = read_written()
    polite = "|".join(sorted(map(re.escape, written["polite"]), key=len, reverse=True))
    return re.compile(rf"(?<![\w'-])(?:{polite})(?![\w'-])"), {
        code: LanguageList(
            patterns=tuple(_compiled(entry) for entry in entries),
            guards=tuple(_compiled(entry) for entry in written["guards"].get(code, ())),
        )
        for code, entries in {ANY: (), **written["patterns"]}.items()
    }


def _compiled(entry: dict[str, Any]) -> re.Pattern[str]:
    return re.compile(one_line(entry["match"]))


def one_line(pattern: str) -> str:
    """Without the line breaks and the indentation that make a long pattern readable."""
    return "".join(line.strip() for line in pattern.splitlines())
