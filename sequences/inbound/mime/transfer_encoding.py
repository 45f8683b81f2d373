"""Transfer encodings (RFC 2045 section 6) as they really come: in pieces, with noise, cut off, or not there at all."""

from __future__ import annotations

import base64
import binascii
import re

_OUTSIDE = re.compile(rb"[^A-Za-z0-9+/=\s]|(?<=\S)[ \t]+(?=\S)")
_JUNK = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING = re.compile(rb"=+")
_URL_SAFE = re.compile(rb"[A-Za-z0-9_=\s-]+")
_FOR_URLS = bytes.maketrans(b"-_", b"+/")
_GROUPS = re.compile(rb"(?:[A-Za-z0-9+/]{4})+(?: (?:[A-Za-z0-9+/]{4})+)* ?[A-Za-z0-9+/=]{0,4}")
_NOISE = 10
_SURELY_ENCODED = 16
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\n|\Z)")
_QUOTED_HIGH = re.compile(rb"(?:=[89A-F][0-9A-F]){2}")


def from_base64(raw: bytes) -> bytes:
    """Every piece that ends with padding is one of its own; signs and lines of no meaning are passed over.

    A text that was only called base64 comes back as it is.
    """
    data = raw
    if (b"-" in raw or b"_" in raw) and _URL_SAFE.fullmatch(raw) and b"--" not in raw and b"__" not in raw:
        data = raw.translate(_FOR_URLS)
    elif _OUTSIDE.search(raw):
        data = _encoded_lines(raw)
        whole = _JUNK.sub(b"", data)
        if 2 * len(data) < len(raw.strip()) and (len(whole) < _SURELY_ENCODED or len(whole) % 4):
            return raw
    data = _JUNK.sub(b"", data)
    out: list[bytes] = []
    piece: list[bytes] = []
    at = length = 0
    for padding in _PADDING.finditer(data):
        piece.append(data[at : padding.start()])
        length += padding.start() - at
        at = padding.end()
        # An equals sign where a group is full, or has but one sign, pads nothing.
        if length % 4 >= 2:
            out.append(_decoded(b"".join(piece)))
            piece, length = [], 0
    return b"".join([*out, _decoded(b"".join([*piece, data[at:]]))])


def _encoded_lines(raw: bytes) -> bytes:
    """Without lines that are no base64, such as a list's footer; behind one, only what can be nothing else counts."""
    kept: list[bytes] = []
    noise = False
    for line in map(bytes.strip, raw.split(b"\n")):
        outside = len(_OUTSIDE.findall(line)) * _NOISE >= len(line)
        if line and outside and not _GROUPS.fullmatch(line):
            noise = noise or bool(kept)
        elif not noise or (len(line) >= _SURELY_ENCODED and len(line) % 4 == 0):
            kept.append(line)
    return b"\n".join(kept)


def _decoded(piece: bytes) -> bytes:
    piece = piece[: len(piece) - (len(piece) % 4 == 1)]
    try:
        return base64.b64decode(piece + b"=" * (-len(piece) % 4))
    except (binascii.Error, ValueError):
        return b""


def from_quoted_printable(raw: bytes) -> bytes:
    """Soft breaks count also with blanks behind them; an equals sign that escapes nothing stands for itself."""
    return binascii.a2b_qp(_SOFT_BREAK.sub(b"=", raw) if b"= " in raw or b"=\t" in raw else raw)


def seems_quoted_printable(raw: bytes) -> bool:
    """True for a text that nobody calls quoted-printable and that is; header fields in it (RFC 2047) prove nothing."""
    return b"=" in raw and b"=?" not in raw and raw.isascii() and _QUOTED_HIGH.search(raw) is not None


def from_uuencode(raw: bytes) -> bytes:
    """The lines between ``begin`` and ``end``; without those, the text as it is."""
    out: list[bytes] = []
    inside = False
    for line in raw.split(b"\n"):
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            return b"".join(out)
        else:
            out.append(_uu(line))
    return b"".join(out) if inside else raw


def _uu(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders count wrongly: what the first sign says is enough.
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        try:
            return binascii.a2b_uu(line[:wanted])
        except binascii.Error:
            return b""
