"""The tree of MIME parts, flattened and bounded: a bomb costs no more than a large honest mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from sequences.inbound.charset import decode_text, decode_transfer
from sequences.inbound.headers import Headers, media_type, parameters, read_headers

_MAX_BYTES = 12_000_000
_MAX_PARTS = 300
_MAX_DEPTH = 12
_PAIRED_FIELDS = re.compile(rb"(?:[!-9;-~]{1,80}:[^\r]{0,1000}\r\r){3}")


@dataclass(frozen=True)
class Part:
    """One leaf of the tree, or the start of an attached message.

    Attributes:
        kind: ``type/subtype`` in lower case.
        headers: of this part.
        raw: undecoded bytes, lines end with LF.
        parent: kind of the multipart around it, or empty.
        embedded: how many attached messages it lies in; 0 is this mail itself.
    """

    kind: str
    headers: Headers
    raw: bytes
    parent: str
    embedded: int

    @cached_property
    def text(self) -> str:
        """The decoded text; charset from the header, else guessed."""
        data = decode_transfer(self.raw, self.headers.get("content-transfer-encoding"))
        return decode_text(data, parameters(self.headers.get("content-type")).get("charset", ""))

    @property
    def attached(self) -> bool:
        """True for a file that hangs on the mail rather than belongs to its text."""
        return self.headers.get("content-disposition").strip().lower().startswith("attachment")


@dataclass(frozen=True)
class Mail:
    """A mail taken apart: the header and the flat list of parts in reading order."""

    headers: Headers
    kind: str
    parts: tuple[Part, ...] = field(default=())

    def of_kind(self, *kinds: str) -> list[Part]:
        """This mail's own parts of these kinds (nothing from inside an attached message)."""
        return [part for part in self.parts if not part.embedded and part.kind in kinds]

    @cached_property
    def original(self) -> Headers | None:
        """The header of the first mail that was sent back inside this one, or None."""
        for part in self.parts:
            if not part.embedded and part.kind in _MESSAGES:
                block = part.raw
                if part.kind != "message/rfc822":
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
    while at >= 0 and len(pieces) < _MAX_PARTS:
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
    """Reads bytes into a ``Mail``: at most 300 parts, 12 levels; what is deeper stays raw in its last part."""
    head, body = split_header(normalise(raw))
    headers = read_headers(head)
    parts: list[Part] = []
    todo: list[tuple[Headers, bytes, str, int, int]] = [(headers, body, "", 0, 0)]
    while todo and len(parts) < _MAX_PARTS:
        own, data, parent, depth, embedded = todo.pop()
        value = own.get("content-type")
        kind = media_type(value, "message/rfc822" if parent == "multipart/digest" else "text/plain")
        boundary = parameters(value).get("boundary", "") if kind.startswith("multipart/") else ""
        if kind.startswith("multipart/") and depth < _MAX_DEPTH:
            pieces = _cut(data, boundary.encode("utf-8", "replace")) if boundary else []
            if pieces:
                todo += [
                    (read_headers(inner), rest, kind, depth + 1, embedded)
                    for inner, rest in map(split_header, reversed(pieces))
                ]
                continue
            kind = "text/plain"
        parts.append(Part(kind, own, data, parent, embedded))
        if kind in ("message/rfc822", "message/global") and depth < _MAX_DEPTH:
            inner, rest = split_header(data)
            todo.append((read_headers(inner), rest, kind, depth + 1, embedded + 1))
    return Mail(headers, media_type(headers.get("content-type")), tuple(parts))
