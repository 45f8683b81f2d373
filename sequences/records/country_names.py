"""Which country a word means: its ISO 3166-1 code, or its name in one of the languages that CRMs are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sequences.records.equal_values import folded

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "hu", "ro", "tr")
"""In which names are known, as CLDR calls them."""
# What people write and CLDR (the source of the names) does not have as a territory's name.
_ALSO = {
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "gbr": "GB",
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "america": "US",
    "united states of america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "republic of ireland": "IE",
    "eire": "IE",
    "korea": "KR",
    "russian federation": "RU",
    "uae": "AE",
}
_LETTERS = 2
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def country_of(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country, or None when the word is none that we know.

    >>> country_of("Deutschland"), country_of(" uk "), country_of("se"), country_of("Nowhere")
    ('DE', 'GB', 'SE', None)
    """
    return _by_name().get(folded(text))


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, str]:
    """CLDR's territories by folded name; a name that two countries have means neither."""
    from babel import Locale  # noqa: PLC0415 - only for who meets a country

    codes = [code for code in map(str, Locale("en").territories) if len(code) == _LETTERS and code not in _NO_COUNTRIES]
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                found.setdefault(folded(str(name)), set()).add(str(code))
    known = {name: next(iter(each)) for name, each in found.items() if len(each) == 1}
    return known | _ALSO | {code.casefold(): code for code in codes}
