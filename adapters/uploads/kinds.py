"""What a file is, by its content: its name and what a browser says of it prove nothing.

Only documents that recruiters read are listed. Archives are looked at, never unpacked: of a zip the list of its entries
is read, which has no bomb in it.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_PIECE = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_LONGEST_END = 22 + 65_535
_MOST_ENTRIES = 2_000
_LONGEST_LIST = 1024 * 1024
_PDF_WITHIN = 1024
_TEXT_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13}


@dataclass(frozen=True)
class UploadKind:
    """A kind of document: the ending of its name, and its media type."""

    ending: str
    media_type: str


PDF = UploadKind("pdf", "application/pdf")
DOC = UploadKind("doc", "application/msword")
DOCX = UploadKind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
ODT = UploadKind("odt", "application/vnd.oasis.opendocument.text")
RTF = UploadKind("rtf", "application/rtf")
TXT = UploadKind("txt", "text/plain; charset=utf-8")
KINDS = {kind.ending: kind for kind in (PDF, DOC, DOCX, ODT, RTF, TXT)}
"""By ending."""


def kind_of(file: BinaryIO) -> UploadKind | None:
    """The kind of a file that can be sought in, or None when it is none of ours. Reads it in pieces."""
    file.seek(0)
    head = file.read(_PIECE)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return PDF
    if head.startswith(b"{\\rtf"):
        return RTF
    if head.startswith(_OLE):
        return DOC if _holds(file, _WORD_STREAM) else None
    if head.startswith(b"PK"):
        return _zipped(file, head)
    return TXT if head and _is_text(file) else None


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    before = b""
    for piece in _pieces(file):
        if wanted in before + piece:
            return True
        before = piece[-len(wanted) :]
    return False


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 (or the Latin letters of old Windows) without the control characters that programs are full of."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8 = True
    for piece in _pieces(file):
        if not _TEXT_CONTROLS.isdisjoint(piece):
            return False
        try:
            utf8 = utf8 and decoder.decode(piece) is not None
        except UnicodeDecodeError:
            utf8 = False
    # Five bytes mean nothing in Windows-1252; all others are letters or signs.
    return utf8 or not any(set(piece) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} for piece in _pieces(file))


def _zipped(file: BinaryIO, head: bytes) -> UploadKind | None:
    names = _entries(file)
    if names is None:
        return None
    if b"[Content_Types].xml" in names and any(name.startswith(b"word/") for name in names):
        macros = any(name.lower().endswith(b"vbaproject.bin") for name in names)
        return None if macros else DOCX
    # ODF puts its media type first and uncompressed, for such as us.
    start = 30 + len(b"mimetype")
    odt = ODT.media_type.encode()
    return ODT if head[30:start] == b"mimetype" and head[start : start + len(odt)] == odt else None


def _entries(file: BinaryIO) -> frozenset[bytes] | None:
    """Names in the central directory of a zip, or None when that is broken or too long to be a document's."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_END))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return None
    count, length, offset = struct.unpack("<HII", tail[at + 10 : at + 20])
    if count > _MOST_ENTRIES or length > _LONGEST_LIST or offset + length > size:
        return None
    file.seek(offset)
    listed, names, here = file.read(length), set(), 0
    for _ in range(count):
        if listed[here : here + 4] != _ENTRY or len(listed) < here + 46:
            return None
        name, extra, comment = struct.unpack("<HHH", listed[here + 28 : here + 34])
        names.add(listed[here + 46 : here + 46 + name])
        here += 46 + name + extra + comment
    return frozenset(names)
