"""How many SMS segments a text takes, known before it is sent, because each is billed and each may arrive late.

Encoding by 3GPP TS 23.038: GSM-7 when every character is in its default alphabet or extension table, else UCS-2 (UTF-16
in practice). A segment has 1120 bits; from the second on, each loses 48 to the concatenation header of TS 23.040.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sequences.sms.smart_encoding import smart_encode

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


class Encoding(enum.StrEnum):
    """The alphabet in which a text travels, as Twilio names it."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_SINGLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Segmentation:
    r"""What a text costs.

    Attributes:
        encoding: the alphabet that the whole text needs; one character outside GSM-7 decides for all.
        segments: number of messages on the air; 1 for the empty text.
        units: length in the alphabet's units: septets (two for ``€[]{}~^|\``) or UTF-16 code units.
        outside_gsm7: the characters that forced UCS-2, once each, in order of appearance; what a warning names.
    """

    encoding: Encoding
    segments: int
    units: int
    outside_gsm7: tuple[str, ...] = ()


def segment(text: str, *, smart: bool = False) -> Segmentation:
    """Counts the segments of ``text``.

    Args:
        text: the body exactly as it will be sent.
        smart: True when the provider's smart encoding is on for it (Twilio's ``SmartEncoded``).
    """
    if smart:
        text = smart_encode(text)
    outside = tuple(dict.fromkeys(char for char in text if char not in _BASIC and char not in _EXTENSION))
    encoding = Encoding.UCS2 if outside else Encoding.GSM7
    sizes = list(_utf16_sizes(text) if outside else _septets(text))
    units = sum(sizes)
    segments = 1 if units <= _SINGLE[encoding] else _pack(sizes, _PART[encoding])
    return Segmentation(encoding, segments, units, outside)


def _septets(text: str) -> Iterator[int]:
    return (2 if char in _EXTENSION else 1 for char in text)


def _utf16_sizes(text: str) -> Iterator[int]:
    # Python's own `re` has no \X. A user-perceived character is never cut in two by Twilio.
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415 - few texts are outside of GSM-7

    for grapheme in regex.findall(r"\X", text):
        sizes = [2 if ord(char) > 0xFFFF else 1 for char in grapheme]
        # CR LF is one grapheme by UAX 29, but may be cut; so must a pile of accents too long for any segment.
        if grapheme == "\r\n" or sum(sizes) > _PART[Encoding.UCS2]:
            yield from sizes
        else:
            yield sum(sizes)


def _pack(sizes: Iterable[int], capacity: int) -> int:
    """Fills segments in order; what does not fit whole moves to the next, so that space is lost at the seams."""
    segments, free = 1, capacity
    for size in sizes:
        if size > free:
            segments, free = segments + 1, capacity
        free -= size
    return segments
