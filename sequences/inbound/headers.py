"""Header fields of mail as it really comes: folded, encoded, broken, hostile. Linear time, never raises.

The standard library's structured header parser is not used: it is slow, recursive, and raises on some inputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

from sequences.addresses import Email, read_email
from sequences.inbound.charset import clean, decode_text, decode_transfer

_MAX_VALUE = 20_000
_MAX_FIELDS = 2_000
_YEARS = range(1900, 3000)
_FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:")
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]{0,2000})\?=")
_PARAMETER = re.compile(
    r"([A-Za-z][A-Za-z0-9-]{0,40})(?:\*(?:\d{1,2}\*?)?)?\s?=\s?(?:\"([^\"]{0,500})\"|([^\s;\"]{1,500}))"
)
_TYPE = re.compile(r"\s*([A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+_-]{1,80})")
_ID = re.compile(r"<([^<>\s]{1,990})>")
ADDRESS = re.compile(
    r"(?<![\w.+=/-])((?:[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,128}|\"[^\"\s]{1,64}\")@(?:[A-Za-z0-9-]{1,63}\.){0,10}[A-Za-z0-9-]{1,63}|"
    r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,128}@\[[0-9A-Fa-f.:]{3,45}\])(?![\w@])"
)


# What stands around an address in a sentence, and what ADDRESS takes for a part of it: quotes, "to=sam@...", bold.
_AROUND = re.compile(r"^(?:(?:to|from|rcpt|recipient|orig_to|address|user|for|mailto)=)?['`*|/{~^!#]{0,4}", re.I)


def bare_address(found: str) -> str:
    """What ``ADDRESS`` found in a sentence, in lower case, without what stood around it there."""
    return _AROUND.sub("", found).rstrip(".>)'\"*`").lower()


class Headers:
    """The fields of one header block, in order, looked up by name without regard to case."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields

    def get(self, name: str, default: str = "") -> str:
        """The first field called ``name``, unfolded but not decoded."""
        return self._fields.get(name.lower(), [default])[0]

    def all(self, name: str) -> list[str]:
        """Every field called ``name``."""
        return self._fields.get(name.lower(), [])

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
    return Headers((name, decode_text(b" ".join(lines)[:_MAX_VALUE])) for name, lines in fields)


def decode_words(value: str) -> str:
    """Decodes encoded-words; neighbours in one charset are joined first, as many senders split a character in two."""
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for match in _ENCODED.finditer(value):
        between = value[end : match.start()]
        name, kind, word = match.group(1).partition("*")[0], match.group(2).lower(), match.group(3)
        if between.strip() or name.lower() != charset.lower():
            out.append(decode_text(pending, charset) if pending else "")
            pending = b""
            out.append(between if between.strip() or not end else "")
        data = word.encode("utf-8", "replace")
        pending += (
            decode_transfer(data, "base64")
            if kind == "b"
            else decode_transfer(data.replace(b"_", b" "), "quoted-printable")
        )
        charset, end = name, match.end()
    out.append(decode_text(pending, charset) if pending else "")
    return clean("".join(out) + value[end:])


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition, names in lower case; the first of a name wins."""
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(value):
        found.setdefault(name.lower(), quoted or bare)
    return found


def media_type(value: str, default: str = "text/plain") -> str:
    """The lower-case ``type/subtype`` of a Content-Type, or ``default``."""
    match = _TYPE.match(value)
    return match.group(1).lower() if match else default


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


def addresses(value: str) -> tuple[str, ...]:
    """The addresses of a list, lower case, in order, at most 200; of one beyond ASCII the domain as A-labels."""
    found: list[str] = []
    for piece in _pieces(value[:_MAX_VALUE]):
        _, angle, rest = piece.rpartition("<")
        alone = rest if angle and "@" in rest else piece
        match = ADDRESS.search(alone)
        if not alone.isascii() and isinstance(other := read_email(alone.partition(">")[0]), Email):
            found.append(other.key)
        elif match and len(found) < 200:
            found.append(match.group(1).strip("'").lower())
    return tuple(dict.fromkeys(found))


def read_date(value: str) -> datetime | None:
    """The instant of a Date header with its offset, or None."""
    try:
        found = parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    # Whoever reckons with a date of the year 9999 leaves the calendar.
    return found if found.year in _YEARS else None
