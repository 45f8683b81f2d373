"""The tree of MIME parts, flattened and bounded: a bomb costs no more than a large honest mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from sequences.inbound.mime.charset import decode_text, decode_transfer
from sequences.inbound.mime.charset_labels import UTF8, codec_of
from sequences.inbound.mime.headers import Headers, media_type, parameters, read_headers, sender_country
from sequences.inbound.mime.text_forms import unflowed
from sequences.inbound.mime.transfer_encoding import from_quoted_printable, seems_quoted_printable

_MAX_BYTES = 12_000_000
_MAX_PARTS = 200
_MAX_DEPTH = 12
_AS_IT_IS = ("7bit", "8bit", "binary", "base64")
_LOOKED_AT = 200_000
_CHARSET = re.compile(
    rb"charset[ \t]{0,3}=[ \t]{0,3}[\"']?([A-Za-z0-9_.:-]{2,40})|=\?([A-Za-z0-9_.:-]{2,40})\?[bBqQ]\?", re.I
)
_META = re.compile(rb"<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s?=\s?[\"']?\s?([A-Za-z0-9_.:-]{2,40})", re.I)
# A line that can only be the first of a part: of a mail whose header does not tell the boundary.
_BOUNDARY_LINE = re.compile(rb"^--([^\n]{1,70}?)[ \t]*\n(?:content-[a-z-]{2,40}[ \t]*:)", re.I | re.M)
# Three of different names: "From: x" once more, with an empty line below each, may be a list in a body.
_PAIRED_FIELDS = re.compile(
    rb"([!-9;-~]{1,80}):[^\r]{0,1000}\r\r(?!\1:)([!-9;-~]{1,80}):[^\r]{0,1000}\r\r(?!\1:|\2:)[!-9;-~]{1,80}:[^\r]{0,1000}\r\r"
)


@dataclass(frozen=True)
class MimePart:
    """One leaf of the tree, or the start of an attached message.

    Attributes:
        kind: ``type/subtype`` in lower case.
        headers: of this part.
        raw: undecoded bytes, lines end with LF.
        parent: kind of the multipart around it, or empty.
        embedded: how many attached messages it lies in; 0 is this mail itself.
        choice: which multipart/alternative of the mail it is a form of, counted from 1; 0 for none.
        branch: which form of that one, counted from 0.
        whole: the bytes of the mail.
    """

    kind: str
    headers: Headers
    raw: bytes
    parent: str
    embedded: int
    choice: int = 0
    branch: int = 0
    whole: bytes = field(default=b"", repr=False, compare=False)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Of its Content-Type."""
        return parameters(self.headers.get("content-type"))

    @cached_property
    def text(self) -> str:
        """The decoded text; charset from the header, else from the HTML, else judged.

        Flowed lines are put together where the mail says that their blanks are no blanks (DelSp, RFC 3676).
        """
        encoding = self.headers.get("content-transfer-encoding")
        data = decode_transfer(self.raw, encoding)
        if data is self.raw and encoding.strip().lower() not in _AS_IT_IS and seems_quoted_printable(data):
            data = from_quoted_printable(data)
        charset = self.parameters.get("charset", "")
        if self.kind == "text/html" and not charset and not data.isascii() and (meta := _META.search(data[:4_000])):
            charset = meta[1].decode("ascii")
        if data.isascii():
            text = decode_text(data, charset)
        else:
            text = decode_text(data, charset, hint=self._hint, country=sender_country(self.whole))
        return unflowed(text) if self.parameters.get("delsp", "").lower() == "yes" else text

    @property
    def _hint(self) -> str:
        """A charset that is named somewhere in the mail and is not UTF-8."""
        for found in _CHARSET.finditer(self.whole[:_LOOKED_AT]):
            name = (found[1] or found[2]).decode("ascii")
            if codec_of(name) not in ("", UTF8):
                return name
        return ""

    @property
    def file_name(self) -> str:
        """The name that it would be saved under, or empty."""
        disposition = self.headers.get("content-disposition")
        named = parameters(disposition).get("filename", "") if "name" in disposition.lower() else ""
        return named or self.parameters.get("name", "")

    @property
    def attached(self) -> bool:
        """True for a file that hangs on the mail rather than belongs to its text."""
        return self.headers.get("content-disposition").strip().lower().startswith("attachment")


@dataclass(frozen=True)
class Mail:
    """A mail taken apart: the header and the flat list of parts in reading order.

    Attributes:
        headers: of the mail.
        kind: its ``type/subtype``.
        parts: of the mail.
        is_cut: it has more bytes or parts than are read.
    """

    headers: Headers
    kind: str
    parts: tuple[MimePart, ...] = field(default=())
    is_cut: bool = False

    def of_kind(self, *kinds: str) -> list[MimePart]:
        """This mail's own parts of these kinds (nothing from inside an attached message)."""
        return [part for part in self.parts if not part.embedded and part.kind in kinds]

    @cached_property
    def original(self) -> Headers | None:
        """The header of the first mail that was sent back inside this one, or None."""
        for part in self.parts:
            if not part.embedded and part.kind in _MESSAGES:
                block = part.raw
                block = decode_transfer(block, part.headers.get("content-transfer-encoding"))
                return read_headers(split_header(block.lstrip(b"\n"))[0])
        return None


_MESSAGES = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)


def normalise(raw: bytes, longest: int = _MAX_BYTES) -> bytes:
    """One kind of line end (LF), so that LF, CRLF and bare CR read alike; bounded; without NULs and an mbox line."""
    raw = raw[:longest].replace(b"\0", b"")
    if b"\r" in raw:
        raw = raw.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")
        # CRLF whose LF was turned into CR: every line end is a pair, so no header would go on after its first field.
        if b"\n" not in raw and _PAIRED_FIELDS.match(raw) and 2 * raw.count(b"\r\r") == raw.count(b"\r"):
            raw = raw.replace(b"\r\r", b"\n")
        raw = raw.replace(b"\r", b"\n")
    raw = raw.lstrip(b"\n")
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def split_header(raw: bytes) -> tuple[bytes, bytes]:
    """Header block and body, at the first empty line."""
    if raw[:1] == b"\n":
        return b"", raw[1:]
    head, _, body = raw.partition(b"\n\n")
    return head, body


def _cut(body: bytes, boundary: bytes) -> list[bytes]:
    """The pieces between the boundary lines; a missing last boundary ends at the end (RFC 2046 section 5.1.1)."""
    mark = b"\n--" + boundary
    data = b"\n" + body
    pieces: list[bytes] = []
    start, at = -1, data.find(mark)
    # One more than is read: it shows that there are more.
    while at >= 0 and len(pieces) <= _MAX_PARTS:
        line_end = data.find(b"\n", at + 1)
        line_end = len(data) if line_end < 0 else line_end
        rest = data[at + len(mark) : line_end].strip()
        if rest in (b"", b"--"):
            if start >= 0:
                pieces.append(data[start:at])
            start = -1 if rest else line_end + 1
            if rest:
                break
        at = data.find(mark, line_end)
    if 0 <= start < len(data):
        pieces.append(data[start:])
    return pieces


def take_apart(raw: bytes) -> Mail:
    """Reads bytes into a ``Mail``: at most 200 parts, 12 levels; what is deeper stays raw in its last part."""
    whole = normalise(raw)
    head, body = split_header(whole)
    headers = read_headers(head)
    parts: list[MimePart] = []
    choices = 0
    todo = [_Piece(headers, body)]
    while todo and len(parts) < _MAX_PARTS:
        piece = todo.pop()
        own, depth, embedded = piece.headers, piece.depth, piece.embedded
        value = own.get("content-type")
        kind = media_type(value, "message/rfc822" if piece.parent == "multipart/digest" else "text/plain")
        if not value and not piece.parent and _BOUNDARY_LINE.match(body):
            kind = "multipart/mixed"
        if kind.startswith("multipart/") and depth < _MAX_DEPTH:
            pieces = _pieces(piece.data, own)
            if pieces:
                choice = piece.choice
                if kind == "multipart/alternative" and not choice and not embedded:
                    choices += 1
                    choice = choices
                todo += [
                    _Piece(
                        read_headers(inner),
                        rest,
                        kind,
                        depth + 1,
                        embedded,
                        choice,
                        piece.branch if piece.choice else at,
                    )
                    for at, (inner, rest) in reversed([*enumerate(map(split_header, pieces))])
                ]
                continue
            kind = "text/plain"
        data = piece.data
        parts.append(MimePart(kind, own, data, piece.parent, embedded, piece.choice, piece.branch, whole))
        if kind in ("message/rfc822", "message/global") and depth < _MAX_DEPTH:
            # RFC 2046 section 5.2.1 allows no encoding here; Exchange and others encode all the same.
            inner, rest = split_header(decode_transfer(data, own.get("content-transfer-encoding")).lstrip(b"\n"))
            todo.append(_Piece(read_headers(inner), rest, kind, depth + 1, embedded + 1))
    return Mail(headers, media_type(headers.get("content-type")), tuple(parts), len(raw) > _MAX_BYTES or bool(todo))


@dataclass(frozen=True, slots=True)
class _Piece:
    headers: Headers
    data: bytes
    parent: str = ""
    depth: int = 0
    embedded: int = 0
    choice: int = 0
    branch: int = 0


def _pieces(data: bytes, headers: Headers) -> list[bytes]:
    """The parts of a multipart: by its boundary, else by the line that looks like one; encoded ones decoded first."""
    boundary = parameters(headers.get("content-type")).get("boundary", "").rstrip()
    found = _cut(data, boundary.encode("utf-8", "replace")) if boundary else []
    if not found and "content-transfer-encoding" in headers:
        # RFC 2045 section 6.4 forbids to encode a multipart.
        data = decode_transfer(data, headers.get("content-transfer-encoding"))
        found = _cut(data, boundary.encode("utf-8", "replace")) if boundary else []
    if not found and (line := _BOUNDARY_LINE.search(data)):
        found = _cut(data, line[1])
    return found
