"""Wishes for a whole company in German, French, Spanish, Italian, Dutch, Portuguese, Polish and Swedish.

The list is ``company_other_languages.toml``; it reads sentences as ``other_languages`` does, without accents and polite
words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from sequences.reactions.opt_out.other_languages import folded, opt_outs_by_language


@dataclass(frozen=True, slots=True)
class CompanyLanguage:
    """The list of one language, compiled."""

    guards: tuple[re.Pattern[str], ...]
    patterns: Mapping[str, re.Pattern[str]]


def reasons_in_another_language(sentences: Iterable[str]) -> tuple[str, ...]:
    """Names of the patterns by which a sentence speaks for a whole company, each with its language.

    Args:
        sentences: in lower case, without punctuation, not evened out to English spelling.
    """
    polite, _ = opt_outs_by_language()
    found: dict[str, None] = {}
    for sentence in sentences:
        plain = folded(sentence, polite)
        for code, language in company_lists().items():
            named = [name for name, pattern in language.patterns.items() if pattern.search(plain)]
            if named and not any(guard.search(plain) for guard in language.guards):
                found.update((f"{name} ({code})", None) for name in named)
    return tuple(found)


def read_company_lists() -> dict[str, Any]:
    """``company_other_languages.toml`` as it is written, with the examples."""
    return tomllib.loads((resources.files(__package__) / "company_other_languages.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def company_lists() -> dict[str, CompanyLanguage]:
    """The compiled lists by ISO 639-1 code, read once."""
    written = read_company_lists()
    made = {}
    for code, entries in written["patterns"].items():
        parts: dict[str, str] = {}
        for name, part in written["parts"][code].items():
            parts[name] = filled(part, parts)
        made[code] = CompanyLanguage(
            guards=tuple(re.compile(filled(entry["match"], parts)) for entry in written["guards"][code]),
            patterns={name: re.compile(filled(entry["match"], parts)) for name, entry in entries.items()},
        )
    return made


def filled(pattern: str, parts: Mapping[str, str]) -> str:
    """A pattern without line breaks and indentation, its parts put in."""
    joined = "".join(line.strip() if not line.startswith(" ") else f" {line.strip()}" for line in pattern.splitlines())
    for name, part in parts.items():
        joined = joined.replace(f"<{name}>", part)
    return joined
