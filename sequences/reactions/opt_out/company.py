"""Does the writer ask not to write to anybody at their company? A reviewed list; a person decides what follows.

One person's words about others suppress nobody by themselves: what is found here is a proposal. The list is
``company.toml``, in the form of ``patterns.toml``; ``company_other_languages`` reads the same text for eight languages.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from sequences.reactions.opt_out.company_other_languages import filled, reasons_in_another_language
from sequences.reactions.opt_out.match import plain_sentences, read_sentences


@dataclass(frozen=True, slots=True)
class CompanyList:
    """The list, compiled."""

    guards: tuple[re.Pattern[str], ...]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]


def company_reasons(text: str) -> tuple[str, ...]:
    """Names of the patterns by which the writer speaks for a whole company; empty when there are none.

    Args:
        text: what the person wrote, without quotes and signature.
    """
    rules = company_list()
    found: dict[str, None] = {}
    for sentence in read_sentences(text):
        if not any(guard.search(sentence) for guard in rules.guards):
            found.update((name, None) for name, pattern in rules.patterns if pattern.search(sentence))
    found.update((name, None) for name in reasons_in_another_language(plain_sentences(text)))
    return tuple(found)


def read_company_patterns() -> dict[str, Any]:
    """``company.toml`` as it is written, with the examples."""
    return tomllib.loads((resources.files(__package__) / "company.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def company_list() -> CompanyList:
    """The compiled list, read once."""
    written = read_company_patterns()
    parts: dict[str, str] = {}
    for name, part in written["parts"].items():
        parts[name] = filled(part, parts)
    return CompanyList(
        guards=tuple(re.compile(filled(guard, parts)) for guard in written["guards"].values()),
        patterns=tuple(
            (name, re.compile(filled(entry["match"], parts))) for name, entry in written["patterns"].items()
        ),
    )
