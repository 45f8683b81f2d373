"""Names of charsets, as mail writes them, to decoders: the labels and tables of the WHATWG Encoding Standard.

Browsers and the web mailers in them follow that standard, and it reads what programs really write under a name:
windows-1252 under ``iso-8859-1``, gb18030 under ``gb2312``, the characters of NEC and IBM under ``shift_jis``.
``webencodings`` brings its labels, ``endec`` its decoders (encoding_rs, as in Firefox). On top of it: names that only
mail has, older charsets that Python knows, and the Windows twins of what calls itself ISO 8859 and holds more.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

import endec
from webencodings.labels import LABELS

UTF8 = "utf-8"
JAPANESE = "iso-2022-jp"
"""Whatever switches sets by escape sequences (ISO 2022): ``iso2022`` reads it."""
WIDE = "utf-16"
"""UTF-16 or UTF-32, in whatever order its bytes are."""
UTF7 = "utf-7"
HZ = "hz"
_PYTHON = "python:"

_SAYS_NOTHING = """
    us-ascii ascii usascii ansi_x3.4-1968 ansi-x3.4-1968 iso646-us iso-646-us iso_646.irv:1991 7bit 7-bit 8bit 8-bit
    binary none null default default_charset x-unknown unknown unknown-8bit x-unknown-8bit unknown-charset user-defined
    x-user-defined x-default charset auto undefined text ansi attachment cp_acp replacement windows other iso us
"""
_AS_UNLABELLED = frozenset(_SAYS_NOTHING.split())
_NAMES_IN_MAIL = {
    UTF8: "utf8mb4 utf-8n utf8n utf-8-sig utf8-sig utf-8-bom x-utf-8 x-utf8 utf cesu-8",
    UTF7: "utf-7 utf7 unicode-1-1-utf-7 x-unicode-2-0-utf-7 csunicode11utf7",
    HZ: "hz hz-gb-2312 hz-gb2312 hzgb2312",
    WIDE: "ucs-2 ucs2 unicode iso-10646-ucs-2 iso-10646-ucs-4 csunicode unicodefeff unicodefffe ucs-4 ucs4",
    JAPANESE: "jis jis7 jis8 jis_encoding csjisencoding x-jis",
    "euc-jp": "eucjp ujis x-eucjp eucjp-ms eucjpms euc-jp-ms eucjp-win cp51932 cp20932",
    "shift_jis": "sjis-win sjis x-ms-cp932 mskanji ms-kanji cp943 cp943c ibm-943 cp942 shift-jis shiftjis x-shift-jis "
    "mac-japanese x-mac-japanese sjis-ms",
    "gb18030": "euc-cn euccn cp51936 gb gb2312-80 gb-2312 gb-18030 gb18030-2000 gb18030-2005 gb18030-2022 gb13000 "
    "x-euc-cn x-mac-chinesesimp",
    "big5": "big5-eten big5-ten big5-2003 big5-cp950 big-5 x-mac-chinesetrad big5-hkscs:2008 big5-hkscs-2004 x-big5",
    "euc-kr": "uhc x-uhc ms949 x-windows-949 euckr ks_x_1001 ksx1001 x-mac-korean ksc ksc-5601 ks-c-5601 ks_c_5601",
    "koi8-u": "koi8-ru koi8u koi8r koi-8 koi8-rfc1489",
    "windows-874": "tis620 tis-620-0 tis620-0 tis620.2533 tis-620-2533 iso-ir-166 x-mac-thai",
    "macintosh": "mac-roman macroman x-mac apple-roman x-macroman mac-us x-macintosh",
    "x-mac-cyrillic": "mac-cyrillic maccyrillic x-mac-ukraine",
    "windows-1252": "ansi_x3.110-1983 ansi-x3.110-1983 latin",
    "windows-1255": "x-mac-hebrew",
    "iso-8859-15": "latin-9 latin9 latin-0",
    f"{_PYTHON}mac_latin2": "x-mac-ce x-mac-centraleurroman mac-ce mac-centraleurope mac-central-europe",
    f"{_PYTHON}mac_greek": "x-mac-greek",
    f"{_PYTHON}mac_turkish": "x-mac-turkish",
    f"{_PYTHON}mac_croatian": "x-mac-croatian",
    f"{_PYTHON}mac_romanian": "x-mac-romanian",
    f"{_PYTHON}mac_arabic": "x-mac-arabic",
    f"{_PYTHON}mac_farsi": "x-mac-farsi",
    f"{_PYTHON}mac_iceland": "x-mac-icelandic",
}
_ALIASES = {name: codec for codec, names in _NAMES_IN_MAIL.items() for name in names.split()}
# Code pages of Microsoft, by number: written as cp1252, win-1252, windows1252, ms_1252, x-cp1252, ibm-1252 ...
_CODE_PAGE = re.compile(
    r"(?:x[-_]?)?(?:cp|win|windows|ms|ansi|ibm|codepage|microsoft|oem)?[-_ ]?(?:cp)?[-_ ]?(\d{3,5})"
)
_PAGES = {
    **{str(number): f"windows-{number}" for number in range(1250, 1259)},
    "874": "windows-874",
    "932": "shift_jis",
    "936": "gb18030",
    "949": "euc-kr",
    "950": "big5",
    "866": "ibm866",
    "1200": WIDE,
    "1201": WIDE,
    "10000": "macintosh",
    "10007": "x-mac-cyrillic",
    "20127": "",
    "20866": "koi8-u",
    "21866": "koi8-u",
    "50220": JAPANESE,
    "50221": JAPANESE,
    "50222": JAPANESE,
    "50225": JAPANESE,
    "50227": JAPANESE,
    "51932": "euc-jp",
    "51936": "gb18030",
    "51949": "euc-kr",
    "52936": HZ,
    "54936": "gb18030",
    "65000": UTF7,
    "65001": UTF8,
    "28591": "windows-1252",
    "28605": "iso-8859-15",
}
_ISO_8859 = re.compile(
    r"(?:x-)?iso[-_ ]?8859[-_ ]?(\d{1,2})(?:[-_]?[ei])?(?:-windows.*)?|8859[-_](\d{1,2})|(?:iso-)?latin[-_](\d{1,2})"
)
_LATIN = {1: 1, 2: 2, 3: 3, 4: 4, 5: 9, 6: 10, 7: 13, 8: 14, 9: 15, 10: 16}
_WIDE_NAME = re.compile(r"(?:x-)?(?:utf|ucs|unicode)[-_]?(?:16|32|2|4)[-_]?(?:le|be|lebom|bebom)?(?:[-_]bom)?")
_2022 = re.compile(r"(?:cs|x-|_)*iso[-_]?2022[-_]?(?:jp|kr|cn).*")
_OF_ISO = {
    "windows-1252": "windows-1252",
    "windows-1254": "windows-1254",
    "windows-874": "windows-874",
    "iso-8859-2": "windows-1250",
    "iso-8859-4": "windows-1257",
    "iso-8859-5": "windows-1251",
    "iso-8859-6": "windows-1256",
    "iso-8859-7": "windows-1253",
    "iso-8859-13": "windows-1257",
}
# What the standard tells apart and mail does not: the second holds all that the first one has.
_REMAPPED = {
    "gbk": "gb18030",
    "koi8-r": "koi8-u",
    "iso-8859-8": "windows-1255",
    "iso-8859-8-i": "windows-1255",
    "utf-16le": WIDE,
    "utf-16be": WIDE,
    "replacement": "",
    "x-user-defined": "",
}
_C1 = re.compile(rb"[\x80-\x9f]")
_C1_SIGN = re.compile("[\x80-\x9f]")
_NOT_TEXT = frozenset(
    {"base64", "hex", "bz2", "zlib", "quopri", "uu", "rot13", "punycode", "idna", "undefined", "unicode-escape"}
    | {"raw-unicode-escape", "utf-7", "mbcs", "oem", "charmap"}
)


@lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """The decoder that a charset's name stands for, or empty: unknown names and those that say nothing.

    Args:
        label: as it stands in a header; quotes, blanks, a comment and case do not count.
    """
    name = label.partition("(")[0].strip(" \t\n\f\r\"'<>;,*").lower().removeprefix("charset=")
    name = name.strip("\"' ").replace("\u2013", "-").replace("\u2011", "-").split(";")[0].strip()
    if not name or name in _AS_UNLABELLED or len(name) > 60:
        return ""
    for each in (
        name,
        name.replace("_", "-"),
        name.replace(" ", "-"),
        name.removeprefix("x-"),
        name.removeprefix("cs"),
    ):
        if each in _ALIASES:
            return _ALIASES[each]
    if _2022.fullmatch(name):
        return JAPANESE
    if _WIDE_NAME.fullmatch(name):
        return WIDE
    iso = _ISO_8859.fullmatch(name)
    if iso:
        number = int(iso[1] or iso[2] or 0) or _LATIN.get(int(iso[3]), 0)
        name = "windows-1255" if number == 8 else f"iso-8859-{number}"
    page = _CODE_PAGE.fullmatch(name)
    if page and page[1] in _PAGES:
        return _PAGES[page[1]]
    return _standard(name) or _standard(name.replace("_", "-")) or _pythons(name)


def _standard(name: str) -> str:
    found: str = LABELS.get(name, "")
    return _REMAPPED.get(found, found)


def _pythons(name: str) -> str:
    for each in (name, name.removeprefix("x-"), name.replace("-", "")):
        try:
            info = codecs.lookup(each)
        except (LookupError, ValueError):
            continue
        # Codecs such as zlib are bytes to bytes: a mail that names one would be a bomb, not a text.
        if info.name not in _NOT_TEXT and getattr(info, "_is_text_encoding", True):
            return f"{_PYTHON}{info.name}"
    return ""


def read_as(raw: bytes, codec: str) -> str:
    """``raw`` by a decoder of ``codec_of`` other than those of escape sequences; what it cannot read is U+FFFD."""
    if codec.startswith(_PYTHON):
        return raw.decode(codec.removeprefix(_PYTHON), "replace")
    if codec in (UTF8, UTF7, HZ):
        return raw.decode(codec, "replace")
    twin = _OF_ISO.get(codec)
    if twin and _C1.search(raw):
        # ISO 8859 has nothing there: whoever calls it so means the code page of Windows.
        return endec.decode(raw, twin, "replace", bom="ignore")
    text = endec.decode(raw, codec, "replace", bom="ignore")
    if codec.startswith("iso-8859-") and _C1_SIGN.search(text):
        return _C1_SIGN.sub(lambda sign: sign[0].encode("latin-1").decode("cp1252", "replace"), text)
    return text
