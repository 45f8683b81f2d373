"""Which charset bytes are in, when nobody says so or what is said cannot be: judged by what would then stand there."""

from __future__ import annotations

import re

from chardetng_py import EncodingDetector

from sequences.inbound.mime.charset_labels import codec_of, read_as

_ASCII = bytes(range(128))
_LOOKED_AT = 100_000
_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|"
    rb"[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_LONG_CHARACTER = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
# A character of three or four bytes that ends too early; of two bytes, at the end of all.
_CUT = re.compile(
    rb"[\xe1-\xef][\x80-\xbf]|\xe0[\xa0-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]?|[\xf1-\xf4][\x80-\xbf]{1,2}|[\xc2-\xf4]\s*\Z"
)
_STRANGE = re.compile(
    # What no text holds: bytes without a meaning, private signs, boxes in the middle of it.
    "[\ufffd\x80-\x9f\x00-\x08\x0e-\x1a\ue000-\uf8ff\u2500-\u259f]"
    # A capital behind a small letter, one of them beyond ASCII: the other Cyrillic or Greek table.
    "|[\u00df-\u00f6\u00f8-\u00ff\u0430-\u045f\u0491\u03ac-\u03ce](?=[A-Z\u00c0-\u00d6\u00d8-\u00de\u0400-\u042f\u0490\u0386-\u03ab])"
    "|[a-z](?=[\u00c0-\u00d6\u00d8-\u00de\u0400-\u042f\u0386-\u03ab])"
    # Three accents in a row, or a sign between two letters: another script in Latin letters.
    "|[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff](?=[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{2})"
    "|(?<=[\u00c0-\u024f\u0400-\u052f\u0370-\u03ff])[\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6\u00b8\u00bb-\u00bf\u00d7\u00f7\u2020-\u203a\u2122](?=[^\\W\\d_])"
    "|[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]"
    # Two alphabets in one word; a sign or two of Asia in the middle of a Latin word.
    "|[A-Za-z\u00c0-\u024f](?=[\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f])|[\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f](?=[A-Za-z\u00c0-\u024f])"
    "|[a-z][\u3400-\u9fff\uac00-\ud7a3\uff61-\uff9f]{1,2}(?=[a-z])"
    # Five accents in a row, of any Latin table; the first bytes of Japanese in Windows.
    "|[\u00c0-\u024f](?=[\u00c0-\u024f]{4})"
    "|\u201a.(?=\u201a)|\u0192.(?=\u0192)|[\u00a4\u00a5\u20ac](?=[\u00a1-\u00ff\u0152-\u017e])"
)
_LATIN = re.compile(
    r"windows-125[0247]|windows-1258|macintosh|iso-8859-(?:[2349]|1[03456])|python:(?:cp(?:437|850|852|858|775|857)|mac_(?:latin2|turkish|"
    r"croatian|romanian|iceland))"
)
_SMALL = re.compile("[\u03ac-\u03ce\u0430-\u045f]")
_CAPITAL = re.compile("[\u0386-\u03ab\u0400-\u042f]")
_COUNTRY = re.compile("[A-Za-z]{2}")
_FEW = 2
_OTHERS = (
    "windows-1252",
    "windows-1251",
    "windows-1256",
    "windows-1255",
    "windows-1253",
    "windows-874",
    "koi8-u",
    "gb18030",
    "big5",
    "euc-kr",
    "euc-jp",
    "shift_jis",
)


def high_bytes(raw: bytes) -> int:
    """How many bytes are beyond ASCII."""
    return len(raw.translate(None, _ASCII))


def strangeness(text: str) -> int:
    """How many places of ``text`` look as if it were read in a wrong charset."""
    text = " ".join(word for word in text[:_LOOKED_AT].split() if not word.isascii())
    small, capital = len(_SMALL.findall(text)), len(_CAPITAL.findall(text))
    # Who shouts writes no small letters at all.
    return sum(1 for _ in _STRANGE.finditer(text)) + (capital if 0 < small < capital else 0)


def mostly_utf8(raw: bytes) -> bool:
    """True for bytes that are UTF-8 but for single faults: more whole characters in it than bytes that are none."""
    rest, whole = _CHARACTER.subn(b"", raw)
    faults, cut = _CUT.subn(b"", rest)
    return whole + cut > 0 and whole + cut >= high_bytes(faults)


def surely_utf8(raw: bytes, codec: str, read: str, utf8: str) -> bool:
    """True where bytes that are valid UTF-8 hardly mean anything in the charset that they are said to be in.

    Args:
        raw: the bytes, valid as UTF-8, with some beyond ASCII.
        codec: what they are said to be.
        read: them by that.
        utf8: them by UTF-8.
    """
    if _LATIN.fullmatch(codec):
        # A capital with an accent, and a sign behind it.
        return True
    worse = strangeness(read) > strangeness(utf8)
    if codec in ("gb18030", "big5", "euc-kr", "euc-jp", "shift_jis"):
        return worse or "\ufffd" in read or high_bytes(raw) >= 6
    return worse or _LONG_CHARACTER.search(raw) is not None or len(_CHARACTER.findall(raw)) >= 3


def likeliest(raw: bytes, hint: str = "", country: str = "") -> str:
    """``raw`` in the charset that it most likely is in, other than UTF-8.

    Args:
        raw: bytes, some of them beyond ASCII.
        hint: charset that stands elsewhere in the same mail.
        country: top-level domain of the sender, two letters, or empty.
    """
    codec = codec_of(hint)
    if codec:
        read = read_as(raw, codec)
        if strangeness(read) * 6 <= high_bytes(raw):
            return read
    detector = EncodingDetector()
    detector.feed(raw[:_LOOKED_AT], last=True)
    tld = country.lower().encode("ascii") if _COUNTRY.fullmatch(country) else None
    codec = codec_of(detector.guess(tld=tld, allow_utf8=False)) or "windows-1252"
    if tld is None and _LATIN.fullmatch(codec) and high_bytes(raw) <= _FEW:
        # One accent is no evidence of the rarer tables.
        codec = "windows-1252"
    guessed = read_as(raw, codec)
    if strangeness(guessed) * 6 <= high_bytes(raw):
        return guessed
    # A few words are little to go by: the first of the others in which they look well.
    return min((guessed, *(read_as(raw, each) for each in _OTHERS)), key=strangeness)


def less_strange(raw: bytes, read: str) -> str:
    """``read``, or, where that looks wrong and another charset makes better sense of ``raw``, that one's text."""
    strange = strangeness(read)
    if strange * 6 <= high_bytes(raw[:_LOOKED_AT]):
        return read
    other = likeliest(raw)
    return other if strangeness(other) * 2 < strange else read
