"""Bytes of mail to text: never raises, whatever charset is claimed."""

from __future__ import annotations

import re

from sequences.inbound.mime.charset_guess import high_bytes, less_strange, likeliest, mostly_utf8, surely_utf8
from sequences.inbound.mime.charset_labels import HZ, JAPANESE, UTF7, UTF8, WIDE, codec_of, read_as
from sequences.inbound.mime.iso2022 import decode_iso2022, has_escapes
from sequences.inbound.mime.transfer_encoding import from_base64, from_quoted_printable, from_uuencode

_MAX_CHARS = 1_000_000
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_HALVES = re.compile("[\ud800-\udfff]")
_COMMON = re.compile("[ -~\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]")
UNWANTED = dict.fromkeys([0, 0xFEFF, 0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xAD, *range(0xE000, 0xE010)])
"""What no text is left with: signs that nobody sees, and those that mark what was found in a mail."""
_MARKS = ((b"\xef\xbb\xbf", UTF8), (b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Half of a surrogate pair in three bytes of its own: UTF-8 as Java and some databases write it (CESU-8).
_HALF_IN_UTF8 = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def decode_text(raw: bytes, charset: str = "", *, hint: str = "", country: str = "") -> str:
    """Decodes with ``charset`` as far as it makes sense; CR and CRLF become LF; NULs and marks vanish.

    What is valid UTF-8 is hardly anything else, and a byte that is wrong in UTF-8 leaves U+FFFD in its place and the
    rest as it is. Bytes without a charset, or with one that they cannot be in, are judged by what would stand there.

    Args:
        raw: the bytes, without transfer encoding.
        charset: the name that the sender gave them, or empty.
        hint: charset named elsewhere in the same mail, asked before guessing.
        country: top-level domain of the sender, two letters, which guessing goes by; or empty.
    """
    raw = raw[: 4 * _MAX_CHARS]
    codec = codec_of(charset) if charset else ""
    if raw.isascii() and b"\x1b" not in raw and codec not in (JAPANESE, WIDE, UTF7, HZ):
        return clean(raw.decode("ascii"))
    return clean(_decoded(raw, codec, hint, country))


def _decoded(raw: bytes, codec: str, hint: str, country: str) -> str:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(name if name != "utf-32" else "utf-32-le", "replace")
    if codec == WIDE:
        return _wide(raw)
    if has_escapes(raw) or (codec == JAPANESE and raw.isascii()):
        return decode_iso2022(raw)
    if codec == JAPANESE:
        return _decoded(raw, "", hint, country)
    if codec in (UTF7, HZ):
        return read_as(raw, codec) if raw.isascii() else _decoded(raw, "", hint, country)
    utf8 = _strict_utf8(raw)
    if codec in ("", UTF8):
        if utf8 is not None:
            return utf8
        return raw.decode("utf-8", "replace") if mostly_utf8(raw) else likeliest(raw, hint, country)
    read = read_as(raw, codec)
    if utf8 is not None and high_bytes(raw) and surely_utf8(raw, codec, read, utf8):
        return utf8
    return less_strange(raw, read)


def _strict_utf8(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if _HALF_IN_UTF8.search(raw) is None:
            return None
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _wide(raw: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, in the order that its bytes show; UTF-8 that is called so by mistake."""
    utf8 = _strict_utf8(raw)
    if utf8 is not None and b"\0" not in raw:
        return utf8
    if b"\0\0" in (raw[:2], raw[2:4]):
        return raw.decode("utf-32-be" if raw[:2] == b"\0\0" else "utf-32-le", "replace")
    first, second = raw[::2].count(0), raw[1::2].count(0)
    if first == second:
        both = [raw.decode(name, "replace") for name in ("utf-16-le", "utf-16-be")]
        return max(both, key=lambda text: len(_COMMON.findall(text)))
    return raw.decode("utf-16-be" if first > second else "utf-16-le", "replace")


def one_line_end(text: str) -> str:
    """LF, CRLF, bare CR and the CR CRLF of careless gateways all become LF."""
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def clean(text: str) -> str:
    """One kind of line end, no NUL, no invisible marks, no half of a pair of surrogates, bounded length."""
    text = text[:_MAX_CHARS]
    if text.isascii() and text.isprintable():
        return text
    if _HALVES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _OTHER_LINE_ENDS.sub("\n", one_line_end(text)).translate(UNWANTED)


def decode_transfer(raw: bytes, encoding: str) -> bytes:
    """Undoes a Content-Transfer-Encoding (RFC 2045 section 6); unknown or broken ones come back as far as they go.

    Quotes, comments, blanks and what stands behind a semicolon do not belong to the name.
    """
    kind = encoding.lower()
    if not kind.isalnum():
        kind = "".join(char for char in _COMMENT.sub("", kind).partition(";")[0] if char.isalnum())
    if kind == "base64":
        return from_base64(raw)
    if kind in ("quotedprintable", "qp", "quotedprintible", "quoteprintable"):
        return from_quoted_printable(raw)
    if kind in ("xuuencode", "uuencode", "xuue", "uue"):
        return from_uuencode(raw)
    return raw
