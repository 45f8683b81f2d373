"""Header fields of mail as it really comes: folded, encoded, broken, hostile. Linear time, never raises.

The standard library's structured header parser is not used: it is slow, recursive, and raises on some inputs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote_to_bytes

from sequences.email_address import Email, ascii_host, read_email
from sequences.inbound.mime.charset import clean, decode_text, decode_transfer

_MAX_VALUE = 20_000
_MAX_FIELDS = 2_000
_YEARS = range(1900, 3000)
_FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:")
# Some programs leave a question mark of the text as it is.
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]{0,2000}(?:\?(?!=)[^?\n]{0,500}){0,20})\?=")
_CHARSET_OF_BLOCK = re.compile(
    rb"^content-type[ \t]*:[^\n]*(?:\n[ \t][^\n]*){0,5}?\bcharset[ \t]*=[ \t]*\"?([^\s;\"]{1,60})", re.I | re.M
)
_COUNTRY_OF_FROM = re.compile(
    rb"^from[ \t]*:[^\n]{0,500}?(?:\n[ \t][^\n]{0,500}?)?@[\w.-]{1,200}\.([a-z]{2})(?![\w.-])", re.I | re.M
)
_PARAMETER = re.compile(
    r"([A-Za-z][A-Za-z0-9-]{0,40})(?:\*(\d{1,2}))?(\*)?\s{0,3}=\s{0,3}"
    r"(?:\"((?:[^\"\\]|\\.){0,500})\"|\"?([^\s;\"]{1,500}))"
)
_ESCAPED = re.compile(r"\\(.)")
# Quoted text, which is left alone, or a comment without another one in it (RFC 5322 section 3.2.2).
_COMMENT = re.compile(r"(\"(?:[^\"\\]|\\.){0,1000}\")|\((?:[^()\\]|\\.)*\)")
_TYPE = re.compile(r"\s*([A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+_-]{1,80})")
_TURNED_ROUND = {
    "plain/text": "text/plain",
    "html/text": "text/html",
    "text/htm": "text/html",
    "text/txt": "text/plain",
}
_ID = re.compile(r"<([^<>\s]{1,990})>")
# Beside ASCII the letters of Europe, which stand apart from the words around them; where there are no blanks between
# words, only a field of its own tells where an address ends.
_LETTERS = "\u00c0-\u024f\u0300-\u036f\u0370-\u04ff\u1e00-\u1fff"
_LOCAL = rf"[A-Za-z0-9!#$%&'*+/=?^_{{|}}~.{_LETTERS}-]{{1,128}}"
_LABEL = rf"[A-Za-z0-9{_LETTERS}-]{{1,63}}"
ADDRESS = re.compile(
    rf"(?<![\w.+=/-])((?:{_LOCAL}|\"[^\"\s]{{1,64}}\")@(?:{_LABEL}\.){{0,10}}{_LABEL}|"
    rf"{_LOCAL}@\[[0-9A-Fa-f.:]{{3,45}}\])(?![\w@])"
)

_CODE_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_PERCENT_UTF8 = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f]){2,40}")
# Of xtext, what must be encoded there and stands in addresses: the plus, the equals sign, and quotes or blanks.
_XTEXT = re.compile(r"\+(2B|3D)(?=[^@]{0,64}@)")
_QUOTED_LOCAL = re.compile(r"(\"(?:[^\"\\@]|\\.|@(?=[^\"]*\"@)){1,64}\")@([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})")
# RFC 5322 section 4.4 had blanks around the dots and the sign.
_BLANKS_AROUND = re.compile(r"\s{0,5}([.@])\s{0,5}")


# What stands around an address in a sentence, and what ADDRESS takes for a part of it: quotes, "to=sam@...", bold.
_AROUND = re.compile(r"^(?:(?:to|from|rcpt|recipient|orig_to|address|user|for|mailto)=)?['`*|/{~^!#]{0,4}", re.I)


def bare_address(found: str) -> str:
    """What ``ADDRESS`` found in a sentence, in lower case, without what stood around it there."""
    return _AROUND.sub("", found).rstrip(".>)'\"*`").lower()


class Headers:
    """The fields of one header block, in order, looked up by name without regard to case."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._in_order = tuple(fields)
        self._fields: dict[str, list[str]] = {}
        for name, value in self._in_order:
            self._fields.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields

    def get(self, name: str, default: str = "") -> str:
        """The first field called ``name``, unfolded but not decoded."""
        return self._fields.get(name.lower(), [default])[0]

    def all(self, name: str) -> list[str]:
        """Every field called ``name``."""
        return self._fields.get(name.lower(), [])

    def of(self, names: Collection[str], most: int) -> tuple[tuple[str, str], ...]:
        """Name and value of the fields with these names (lower case), as they stand in the mail; the first ``most``."""
        return tuple(islice((each for each in self._in_order if each[0] in names), most))

    def names(self) -> Iterable[str]:
        """All names, lower case."""
        return self._fields.keys()

    def text(self, name: str) -> str:
        """The first field called ``name``, decoded (RFC 2047), on one line."""
        return " ".join(decode_words(self.get(name)).split())


def read_headers(block: bytes) -> Headers:
    """Reads a header block whose lines end with LF; lines that are no field are taken as continuations."""
    fields: list[tuple[str, list[bytes]]] = []
    for line in block.split(b"\n"):
        match = _FIELD.match(line)
        if match and len(fields) < _MAX_FIELDS:
            fields.append((match.group(1).decode("ascii").lower(), [line[match.end() :].strip()]))
        elif fields and line[:1] in (b" ", b"\t"):
            fields[-1][1].append(line.strip())
    values = ((name, b" ".join(lines)[:_MAX_VALUE]) for name, lines in fields)
    if block.isascii() and b"\x1b" not in block:
        return Headers((name, clean(value.decode("ascii"))) for name, value in values)
    # Octets that no charset is given for (RFC 2047 wants words for them) are most likely in that of the text.
    named = _CHARSET_OF_BLOCK.search(block)
    hint = named[1].decode("latin-1") if named else ""
    country = sender_country(block)
    return Headers((name, decode_text(value, hint=hint, country=country)) for name, value in values)


def sender_country(block: bytes) -> str:
    """The top-level domain of From in a header block, where it is one of two letters; else empty."""
    found = _COUNTRY_OF_FROM.search(block[:_MAX_VALUE])
    return found[1].decode("ascii") if found else ""


def decode_words(value: str) -> str:
    """Decodes encoded-words (RFC 2047); neighbours in one charset are joined first.

    Many senders split a character, and some even a group of base64, between two words.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, end, started = b"", "", 0, b""
    for match in _ENCODED.finditer(value):
        between = value[end : match.start()]
        name, kind, word = match.group(1).partition("*")[0], match.group(2).lower(), match.group(3)
        apart = bool(between.strip()) or name.lower() != charset.lower()
        if apart or (started and kind != "b"):
            pending += decode_transfer(started, "base64") if started else b""
            started = b""
        if apart:
            out.append(decode_text(pending, charset) if pending else "")
            pending = b""
            out.append(between if between.strip() or not end else "")
        data = word.encode("utf-8", "replace")
        if kind == "b":
            started += data
            if data.endswith(b"=") or len(started) % 4 == 0:
                pending += decode_transfer(started, "base64")
                started = b""
        else:
            pending += decode_transfer(data.replace(b"_", b" "), "quoted-printable")
        charset, end = name, match.end()
    pending += decode_transfer(started, "base64") if started else b""
    out.append(decode_text(pending, charset) if pending else "")
    return clean("".join(out) + value[end:])


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition, names in lower case; the first of a name wins.

    Pieces of a value are put together and octets are decoded (RFC 2231 sections 3 and 4); encoded-words, which have no
    place there (RFC 2047 section 5), are decoded as well. Comments and backslashes of quoted values do not count.
    """
    if ")" in value:
        value = without_comments(value)
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, number, encoded, quoted, bare in _PARAMETER.findall(value):
        key, text = name.lower(), _ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted or bare
        if number or encoded:
            pieces.setdefault(key, {}).setdefault(int(number or 0), (text, bool(encoded)))
        else:
            found.setdefault(key, decode_words(text) if "=?" in text else text)
    return {**found, **{name: _joined(of) for name, of in pieces.items() if 0 in of}} if pieces else found


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231: pieces in the order of their numbers up to the first missing one; charset'language' in the first."""
    charset, data = "", b""
    for number in range(len(pieces)):
        if number not in pieces:
            break
        text, encoded = pieces[number]
        if encoded and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "replace")
        data += unquote_to_bytes(raw) if encoded else raw
    return " ".join(decode_text(data, charset).split())


def media_type(value: str, default: str = "text/plain") -> str:
    """The lower-case ``type/subtype`` of a Content-Type, or ``default``."""
    match = _TYPE.match(value)
    found = match.group(1).lower() if match else default
    return _TURNED_ROUND.get(found, found)


def without_comments(value: str) -> str:
    """``value`` without its comments, also those inside comments, at most five deep; an open bracket alone stays."""
    for _ in range(5):
        shorter = _COMMENT.sub(lambda found: found[1] or " ", value)
        if shorter == value:
            break
        value = shorter
    return value


def message_ids(value: str) -> tuple[str, ...]:
    """All ids in In-Reply-To, References or Message-ID, with angle brackets, at most 200.

    Bare ids without brackets are accepted when nothing else is there (some gateways drop the brackets).
    """
    value = decode_words(value)
    ids = tuple(f"<{found}>" for found in _ID.findall(value)[:200])
    if not ids and "@" in value and len(value.split()) == 1:
        ids = (f"<{value.strip().strip('<>')[:990]}>",)
    return ids


def _pieces(value: str) -> list[str]:
    """Splits an address list at commas and semicolons outside of quotes."""
    pieces, start, quoted = [], 0, False
    for index, char in enumerate(value):
        if char == '"':
            quoted = not quoted
        elif char in ",;" and not quoted:
            pieces.append(value[start:index])
            start = index + 1
    return [*pieces, value[start:]]


@lru_cache(maxsize=128)
def addresses(value: str) -> tuple[str, ...]:
    """The addresses of a list in the form in which they are compared (``Email.key``), in order, at most 200.

    Where none can be seen, encoded-words are decoded: some programs encode the whole field, address and all.
    """
    if "@" not in value and "=?" not in value:
        return ()
    value = value[:_MAX_VALUE]
    found = _listed(without_comments(value) if ")" in value else value)
    if "=?" in value and (not found or "=?" in "".join(found)):
        decoded = decode_words(value)
        found = _listed(without_comments(decoded) if ")" in decoded else decoded)
    return tuple(dict.fromkeys(found))


def _listed(value: str) -> list[str]:
    found: list[str] = []
    for piece in _pieces(value):
        if len(found) >= 200:
            break
        _, angle, rest = piece.rpartition("<")
        alone = rest.partition(">")[0] if angle and "@" in rest else piece
        if address := address_in(alone):
            found.append(address)
    return found


def address_in(text: str) -> str:
    """The first address in a short text, in the form in which it is compared, or empty.

    Read in every spelling that mail has for one: A-labels or U-labels, any case, any normal form, a local part in
    needless quotes, UTF-8 in percent-encoding, and code points as in ``utf-8-addr-xtext`` (RFC 6533 section 3).
    """
    if "\\x{" in text:
        text = _CODE_POINT.sub(_character, text)
        if "\\x{" in text:
            return ""
    if "%" in text and _PERCENT_UTF8.search(text):
        text = _PERCENT_UTF8.sub(lambda found: _from_percent(found[0]), text)
    if "@" in text and (not text.isascii() or '"' in text):
        whole = read_email(text.strip().strip("<>,;'"))
        if isinstance(whole, Email):
            return whole.key
        for word in text.split() if not text.isascii() else ():
            each = read_email(word.strip("<>()[],;:'"))
            if isinstance(each, Email):
                return each.key
    if '"' in text and (quoted := _QUOTED_LOCAL.search(text)):
        # RFC 5321 section 4.1.2: a mailbox that needs its quotes keeps them.
        return f"{quoted[1]}@{ascii_host(quoted[2]) or quoted[2]}".lower()
    match = ADDRESS.search(text)
    if match is None and " " in text and "@" in text:
        closed = _BLANKS_AROUND.sub(r"\1", text.strip())
        match = ADDRESS.fullmatch(closed) if "." in closed.rpartition("@")[2] else None
    return match.group(1).strip("'").lower() if match else ""


def recipient_in(value: str) -> str:
    """The address in a recipient field of a report (RFC 3464 section 2.3): ``rfc822;``, ``utf-8;`` (RFC 6533), bare.

    An address that came as xtext (RFC 3461 section 4) and was never decoded is decoded.
    """
    kind, _, rest = value.partition(";")
    text = decode_words(rest if rest.strip() else kind)
    if "+" in text:
        text = _XTEXT.sub(lambda found: chr(int(found[1], 16)), text)
    listed = addresses(text)
    return listed[0] if listed else ""


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]


def _from_percent(octets: str) -> str:
    raw = unquote_to_bytes(octets)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return octets


def read_date(value: str) -> datetime | None:
    """The instant of a Date header with its offset, or None."""
    try:
        found = parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    # Whoever reckons with a date of the year 9999 leaves the calendar.
    return found if found.year in _YEARS else None
