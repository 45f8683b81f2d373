"""The words of pages and footers for recipients: one file a language, all with the same keys."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sequences.page_languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_LINK = "{link}"
# Day before month, as most of the world writes it.
_LOCALES = {"en": "en_GB", "pt": "pt_PT"}


class PageWords:
    """The words of one language."""

    def __init__(self, language: str, words: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._words = words

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key such as ``form.title``, with values in their places."""
        return self._text(key).format(**values)

    def around_link(self, key: str) -> tuple[str, str]:
        """What comes before and after the link in a sentence."""
        before, _, after = self._text(key).partition(_LINK)
        return before, after

    def has(self, key: str) -> bool:
        """Whether there are words for it."""
        section, _, name = key.partition(".")
        return name in self._words.get(section, {})

    def day(self, moment: datetime) -> str:
        """A date in words."""
        from babel.dates import format_date  # noqa: PLC0415 - only pages that name a day need it

        return format_date(moment.date(), "long", _LOCALES.get(self.language, self.language))

    def _text(self, key: str) -> str:
        section, _, name = key.partition(".")
        return self._words[section][name]


@lru_cache(maxsize=len(LANGUAGES))
def words_in(language: str) -> PageWords:
    """The words of one of ``sequences.page_languages.LANGUAGES``."""
    return PageWords(language, tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8")))
