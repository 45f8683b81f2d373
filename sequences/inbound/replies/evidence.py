"""What the lines of mail programs are made of in every language: addresses, dates, clock times, invisible marks."""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Where the digits 0 to 9 of other scripts begin (Unicode, general category Nd).
_ZEROS = (
    0x660,
    0x6F0,
    0x966,
    0x9E6,
    0xA66,
    0xAE6,
    0xB66,
    0xBE6,
    0xC66,
    0xCE6,
    0xD66,
    0xE50,
    0xED0,
    0x1040,
    0x17E0,
    0xFF10,
)
_PLAIN = {zero + figure: str(figure) for zero in _ZEROS for figure in range(10)} | {
    ord(wide): narrow
    for wide, narrow in {
        "\xa0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u3000": " ",
        "：": ":",
        "\ufe55": ":",
        "\u2236": ":",
        # What Armenian, Hebrew, Ethiopic and Khmer write for a colon.
        "\u0589": ":",
        "\u05c3": ":",
        "\u1366": ":",
        "\u17d6": ":",
        "＜": "<",
        "＞": ">",
        "＠": "@",
    }.items()
}

_ADDRESS = r"[^\s<>()\[\]\"',;:@]{1,100}@[^\s<>()\[\]\"',;:@]{1,120}"
ADDRESS = re.compile(_ADDRESS)
# The ways in which programs put an address behind a name.
BRACKETED = re.compile(
    rf"<\s?(?:mailto:)?\s?{_ADDRESS}\s?>|\[(?:mailto:)?\s?{_ADDRESS}\s?\]|\(<?(?:mailto:)?\s?{_ADDRESS}\s?>?\)"
)
_SPACED_DATE = re.compile(
    # 20.04.2027, 20/4/27, 2027-04-20, "20. 4. 2027", "2027. 04. 20."
    r"(?<!\d)(?:\d{1,2}\s?([./-])\s?\d{1,2}\s?\1\s?\d{2,4}|\d{4}\s?([./-])\s?\d{1,2}\s?\2\s?\d{1,2})(?!\d)"
    r"|\d{2,4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
)
_DAY = re.compile(r"(?<![\d:.])\d{1,2}(?![\d:])")
_YEAR = re.compile(r"(?<![\d:.])\d{4}(?![\d:])")
# 9:00, 09.00 (not the beginning of a date), 9h00, 9 h 00, 9時00分, 오전 9시 0분
_CLOCK = re.compile(
    r"(?<![\d.])(?:[01]?\d|2[0-4])(?::\d{2}|\.[0-5]\d(?![.]?\d)|\s?[hH]\s?\d{2}|\s?[时時点點시]\s?(?:\d{1,2}\s?[分분])?)(?!\d)"
)


def plain(line: str) -> str:
    """The line without invisible marks (direction, zero width), with plain spaces, colons and figures."""
    if line.isascii():
        return line
    return _INVISIBLE.sub("", line).translate(_PLAIN)


def has_date(text: str) -> bool:
    """True for a date with its year, in figures or with a month in words; ``text`` holds no address."""
    if _SPACED_DATE.search(text):
        return True
    return _YEAR.search(text) is not None and _DAY.search(_YEAR.sub(" ", text)) is not None


def has_clock(text: str) -> bool:
    """True for a time of day; ``text`` holds no address."""
    return _CLOCK.search(text) is not None


def without_addresses(text: str) -> str:
    """``text`` with a space for each address, so that its figures are no date."""
    return ADDRESS.sub(" ", text) if "@" in text else text
