"""When two values are the same for a rule: spelling, spaces and what nobody sees make no difference.

The SQL functions ``relance_folded`` and ``relance_number`` say the same of stored values; a test compares them
character by character.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

WHITESPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What ``str.strip`` takes away; a value of nothing else is blank, and a blank value is missing."""
INVISIBLE = "".join(
    chr(code)
    for first, last in (
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E)),
        *((0x2060, 0x2064), (0x2066, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    )
    for code in range(first, last + 1)
)
"""Marks that copying from a page or a spreadsheet leaves in a text: joiners, directions, byte order, soft hyphens."""
BLANK = WHITESPACE + INVISIBLE

# These two shape letters in Persian, Indic and emoji, so they stay inside of words.
_JOINERS = "\u200c\u200d"
_UNSEEN = str.maketrans(dict.fromkeys(set(INVISIBLE) - set(_JOINERS), ""))

# Latin, Greek, Cyrillic, Armenian and their full-width forms; one letter for one, as SQL's "translate" can do it.
_LETTERS = ((0x41, 0x5A), (0xC0, 0x587), (0x1E00, 0x1FFF), (0xFF21, 0xFF3A))


def _small(letter: str) -> str:
    return next((form for form in (letter.casefold(), letter.lower()) if len(form) == 1), letter)


FOLDED = {
    letter: _small(letter)
    for first, last in _LETTERS
    for letter in map(chr, range(first, last + 1))
    if _small(letter) != letter
}
_FOLD = str.maketrans(FOLDED | dict.fromkeys(INVISIBLE, ""))
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
_ASCII_SPACE = " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"


def folded(text: str) -> str:
    """The form in which texts are compared: composed, without invisible marks, trimmed, in small letters."""
    return unicodedata.normalize("NFC", text).translate(_FOLD).replace("ß", "ss").strip(WHITESPACE)


def seen(text: str) -> str:
    """What is seen of a text that is no prose (an address, a number, a date, a word of a list): without what hides."""
    return unicodedata.normalize("NFC", text.translate(_UNSEEN)).strip(BLANK)


def number_of(text: str) -> str | None:
    """The number that a text spells, without needless signs and zeros (``+7.00`` is ``7``); None when it is none.

    A leading zero makes it a code, not a number.
    """
    plain = text.strip(_ASCII_SPACE)
    if _NUMBER.fullmatch(plain) is None:
        return None
    whole, _, rest = plain.lstrip("+-").partition(".")
    rest = rest.rstrip("0")
    digits = f"{whole}.{rest}" if rest else whole
    return f"-{digits}" if plain.startswith("-") and digits != "0" else digits


def found_text(value: Any) -> str | None:
    """A stored value as text: numbers without needless zeros, ``true`` and ``false``, several with commas; or None."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number_text(value)
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            texts = [text for item in value if (text := _item_text(item)) is not None]
            return ", ".join(texts) if texts else None
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def texts_of(value: Any) -> tuple[str, ...]:
    """Each of the values of a field as text: most fields hold one, or none."""
    items = [_item_text(item) for item in value] if isinstance(value, list | tuple) else [found_text(value)]
    return tuple(text for text in items if text is not None)


def is_missing(value: Any) -> bool:
    """True for null, for blank text and for a list of nothing."""
    return not (found_text(value) or "").strip(BLANK)


def number_text(value: float) -> str:
    """A number without exponent and needless zeros."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    exact = Decimal(repr(value))
    return format(exact.normalize(), "f") if exact else "0"


def wanted_texts(value: str | bool | float) -> tuple[str, ...]:
    """The texts that stand for an authored value: a CRM may keep a number or a boolean as text."""
    match value:
        case str():
            return (value,)
        case bool():
            return ("true", "True", "TRUE") if value else ("false", "False", "FALSE")
        case _:
            short = number_text(value)
            whole = (f"{short}.0",) if "." not in short else ()
            return tuple(dict.fromkeys((short, str(value), *whole)))


@dataclass(frozen=True)
class Wanted:
    """Authored values, as stored ones are compared with them.

    Attributes:
        texts: folded.
        numbers: as ``number_of`` spells them; only what was authored as a number.
        written: what a stored text may be, as authored.
    """

    texts: frozenset[str]
    numbers: frozenset[str] = frozenset()
    written: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, values: Iterable[str | bool | float]) -> Wanted:
        """Of the values that a rule or a stop rule lists."""
        listed = tuple(values)
        numbers = (number_of(number_text(each)) for each in listed if not isinstance(each, str | bool))
        written = tuple(dict.fromkeys(text for each in listed for text in wanted_texts(each)))
        known = frozenset(number for number in numbers if number is not None)
        return cls(frozenset(map(folded, written)), known, written)

    def meets(self, value: Any) -> bool:
        """Whether a stored value, or one of several, is among them."""
        return any(folded(text) in self.texts or number_of(text) in self.numbers for text in texts_of(value))


def meets_all(wanted: Iterable[Wanted], value: Any) -> bool:
    """Whether a stored value meets each of them; one of several values may meet one, and another the next."""
    return all(each.meets(value) for each in wanted)


def _item_text(item: Any) -> str | None:
    return None if isinstance(item, dict | list | tuple) else found_text(item)
