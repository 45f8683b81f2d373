"""What a file is, by its content, also when somebody wants it to be taken for something else."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.uploads.kinds import DOC, DOCX, ODT, PDF, RTF, TXT, UploadKind, kind_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1000
WORD = "WordDocument".encode("utf-16-le")


def zipped(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if first is not None:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


DOCUMENT = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4\n...", PDF),
        (b"\xef\xbb\xbf\n%PDF-1.4\n...", PDF),
        (b"x" * 2000 + b"%PDF-1.4\n\x00", None),
        (b"{\\rtf1\\ansi x}", RTF),
        (OLE + b"\x00" * 65_000 + WORD, DOC),
        (OLE + b"\x00" * (65_536 - len(OLE) - 5) + WORD, DOC),  # over the edge of a piece
        (OLE, None),
        (DOCUMENT, DOCX),
        (zipped("word/document.xml"), None),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), None),
        (zipped("[Content_Types].xml", "word/document.xml", "word/VbaProject.bin"), None),
        (zipped("content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.text")), ODT),
        (zipped("content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")), None),
        (DOCUMENT[:-30], None),
        (b"PK\x03\x04" + b"\x00" * 50, None),
        ("Grüße, 你好\n\tx\r\n".encode(), TXT),
        ("Grüße".encode("cp1252"), TXT),
        (b"a\x81b", None),
        (b"#!/bin/sh\x00", None),
        (b"MZ\x90\x00", None),
        (b"\x7fELF\x02\x01", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\x1f\x8b\x08", None),
        (b"", None),
    ],
)
def test_kind(content: bytes, kind: UploadKind | None) -> None:
    assert kind_of(io.BytesIO(content)) == kind


def test_a_directory_that_says_more_than_there_is_is_none() -> None:
    for count, length in ((60_000, 100), (3, 2**31), (3, len(DOCUMENT) * 2)):
        end = b"PK\x05\x06" + b"\x00" * 6 + struct.pack("<HII", count, length, 0) + b"\x00\x00"
        assert kind_of(io.BytesIO(DOCUMENT[:-22] + end)) is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", OLE[:8], b"%PDF", b"PK\x05\x06"]))
def test_any_bytes_are_told_without_an_error(tail: bytes, head: bytes) -> None:
    kind_of(io.BytesIO(head + tail))


@given(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 255))
def test_a_document_with_a_wrong_byte_is_told_without_an_error(at: int, byte: int) -> None:
    kind_of(io.BytesIO(DOCUMENT[:at] + bytes([byte]) + DOCUMENT[at + 1 :]))
