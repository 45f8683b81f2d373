"""Text that changes its character set by escape sequences (ISO 2022): Japanese mail above all, also Korean and Chinese.

Read more widely than RFC 1468 and the Encoding Standard allow: with the characters of NEC and IBM that Windows writes
under this name (code pages 50220 to 50222), katakana of half width by ESC ( I or by shift-out, JIS X 0212 and 0213
(RFC 1554, 2237), KS X 1001 (RFC 1557) and GB 2312 (RFC 1922).
"""

from __future__ import annotations

import re

import endec

_TOKEN = re.compile(rb"(\x1b(?:\$\(?[@ABCDOPQ]|\$\)[ACG]|\([A-Z]|&@|\.[AF])|[\x0e\x0f\n])")
_ESCAPE = re.compile(rb"\x1b(?:\$\(?[@ABCDOPQ]|\$\)[ACG]|\([IJ])")
# A gateway took the escape characters away and left what stood behind them.
_LOST = re.compile(rb"\$[@B]((?:[!-~]{2}){1,500}?)\([BJ]")
_PAIRS = re.compile(rb"((?:[!-~]{2})+)")
_HIGH = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))
_ROMAN = str.maketrans({"\\": "\u00a5", "~": "\u203e"})
_SETS = {
    b"$@": "jis",
    b"$B": "jis",
    b"$(@": "jis",
    b"$(B": "jis",
    b"$(D": "jis212",
    b"$A": "gb",
    b"$(A": "gb",
    b"$(C": "ks",
    b"$(O": "jis2004",
    b"$(Q": "jis2004",
    b"$(P": "jis2004-2",
    b"(I": "kana",
    b"(J": "roman",
}
_CODECS = {"jis": "euc-jp", "jis212": "euc-jp", "gb": "gb18030", "ks": "euc-kr"}


def has_escapes(raw: bytes) -> bool:
    """True for bytes that change to a set of more than one byte, or to katakana."""
    return b"\x1b" in raw and _ESCAPE.search(raw) is not None


def decode_iso2022(raw: bytes) -> str:
    """Never raises; what no set holds is U+FFFD. At the end of a line ASCII is back (RFC 1468), whatever is missing."""
    if b"\x1b" not in raw:
        raw = _LOST.sub(_with_escapes, raw) if b"$B" in raw or b"$@" in raw else raw
        if b"\x1b" not in raw and b"\x0e" not in raw:
            return _eight_bit(raw)
    out: list[str] = []
    left, right, shifted = "ascii", "kana", False
    for piece in _TOKEN.split(raw):
        if piece == b"\n":
            left, shifted = "ascii", False
            out.append("\n")
        elif piece in (b"\x0e", b"\x0f"):
            shifted = piece == b"\x0e"
        elif piece.startswith(b"\x1b$)"):
            right = {b"A": "gb", b"C": "ks"}.get(piece[-1:], "kana")
        elif piece.startswith((b"\x1b$", b"\x1b(")):
            left = _SETS.get(piece[1:], "ascii")
        elif piece and not piece.startswith((b"\x1b&@", b"\x1b.")):
            out.append(_of_set(piece, right if shifted else left))
    return "".join(out)


def _with_escapes(found: re.Match[bytes]) -> bytes:
    read = _of_set(found[1], "jis")
    return found[0] if "\ufffd" in read else b"\x1b$B" + found[1] + b"\x1b(B"


def _of_set(piece: bytes, name: str) -> str:
    if name in ("ascii", "roman"):
        text = _eight_bit(piece)
        return text.translate(_ROMAN) if name == "roman" else text
    if name == "kana":
        return endec.decode(piece.translate(_HIGH), "shift_jis", "replace", bom="ignore")
    return "".join(
        _pairs(part, name) if number % 2 else _between(part) for number, part in enumerate(_PAIRS.split(piece)) if part
    )


def _between(piece: bytes) -> str:
    # Blanks stand in the middle of such text now and then; half of a character is lost.
    return "".join("\ufffd" if 0x20 < byte < 0x7F else chr(byte) if byte < 0x80 else "\ufffd" for byte in piece)


def _pairs(pairs: bytes, name: str) -> str:
    high = pairs.translate(_HIGH)
    if name.startswith("jis2004"):
        lead = b"\x8f" if name.endswith("-2") else b""
        split = b"".join(lead + high[at : at + 2] for at in range(0, len(high), 2))
        return split.decode("euc_jis_2004", "replace")
    if name == "jis212":
        high = b"".join(b"\x8f" + high[at : at + 2] for at in range(0, len(high), 2))
    return endec.decode(high, _CODECS[name], "replace", bom="ignore")


def _eight_bit(piece: bytes) -> str:
    """Between the escapes: ASCII, or what a program that knows no escapes has put in."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return endec.decode(piece, "shift_jis", "replace", bom="ignore")
