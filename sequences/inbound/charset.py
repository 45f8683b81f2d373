"""Bytes of mail to text: never raises, whatever charset is claimed."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re

_MAX_CHARS = 1_000_000
# Names that mail uses and Python does not know, or reads more narrowly than senders mean.
_ALIASES = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "ansi_x3.110-1983": "latin-1",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "cp-850": "cp850",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "unknown-8bit": "utf-8",
}
_NOT_TEXT = frozenset(
    {
        "base64",
        "hex",
        "bz2",
        "zlib",
        "quopri",
        "uu",
        "rot13",
        "punycode",
        "idna",
        "undefined",
        "unicode-escape",
        "raw-unicode-escape",
    }
)
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/]+")
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_UNWANTED = dict.fromkeys([0, 0xFEFF, 0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xAD, *range(0xE000, 0xE010)])


def _codec(name: str) -> str | None:
    name = name.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Codecs such as zlib are bytes to bytes: a mail that names one would be a bomb, not a text.
    return None if info.name in _NOT_TEXT or not getattr(info, "_is_text_encoding", True) else info.name


def decode_text(raw: bytes, charset: str = "") -> str:
    """Decodes with ``charset``, else UTF-8, else Windows-1252; CR and CRLF become LF; NULs and marks vanish."""
    raw = raw[: 4 * _MAX_CHARS]
    tried = [codec for codec in (_codec(charset) if charset else None, "utf-8") if codec]
    text: str | None = None
    if raw.find(b"\x1b$") >= 0 and "2022" not in charset:
        tried.insert(0, "iso2022_jp_ext")
    for codec in tried:
        try:
            text = raw.decode(codec)
            break
        except (UnicodeError, ValueError):
            continue
    if text is None:
        wide = tried[0] not in ("utf-8", "iso2022_jp_ext")
        text = raw.decode(tried[0], "replace") if wide else raw.decode("cp1252", "replace")
    return clean(text)


def one_line_end(text: str) -> str:
    """LF, CRLF, bare CR and the CR CRLF of careless gateways all become LF."""
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def clean(text: str) -> str:
    """One kind of line end, no NUL, no invisible marks, bounded length."""
    text = text[:_MAX_CHARS]
    if text.isascii() and text.isprintable():
        return text
    return _OTHER_LINE_ENDS.sub("\n", one_line_end(text)).translate(_UNWANTED)


def decode_transfer(raw: bytes, encoding: str) -> bytes:
    """Undoes a Content-Transfer-Encoding (RFC 2045 section 6); unknown or broken ones come back as far as they go."""
    kind = encoding.strip().lower()
    if kind == "base64":
        data = _BASE64_JUNK.sub(b"", raw.partition(b"=\n\n")[0] if b"=\n\n" in raw else raw)
        data = data[: len(data) - (len(data) % 4 == 1)]
        try:
            return base64.b64decode(data + b"=" * (-len(data) % 4))
        except (binascii.Error, ValueError):
            return raw
    if kind == "quoted-printable":
        return quopri.decodestring(raw)
    return raw
