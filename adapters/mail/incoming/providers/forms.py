"""Forms whose fields keep their bytes: a raw mail in one may be in any charset, or in none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import python_multipart
from python_multipart.exceptions import FormParserError

from adapters.mail.incoming.providers import PayloadError

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File

_MAX_FIELDS = 500
_PIECE = 10_000


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Fields of a form of either kind; of one that comes twice, the last counts.

    Raises:
        PayloadError: it is no form.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        return _urlencoded(body)
    fields: dict[str, bytes] = {}

    def on_field(field: Field) -> None:
        _add(fields, field.field_name, field.value)

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        _add(fields, file.field_name, file.file_object.read())
        file.close()

    try:
        python_multipart.parse_form({"Content-Type": content_type.encode()}, io.BytesIO(body), on_field, on_file)
    except (FormParserError, ValueError) as error:
        raise PayloadError("the body is not the form that its Content-Type says") from error
    return fields


def _add(fields: dict[str, bytes], name: bytes | None, value: bytes | None) -> None:
    if len(fields) > _MAX_FIELDS:
        raise PayloadError("the form has too many fields")
    fields[(name or b"").decode("utf-8", "replace")] = value or b""


def _urlencoded(body: bytes) -> dict[str, bytes]:
    fields: dict[str, bytes] = {}
    if body.count(b"&") > _MAX_FIELDS:
        raise PayloadError("the form has too many fields")
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        _add(fields, _unquoted(name), _unquoted(value))
    return fields


def _unquoted(text: bytes) -> bytes:
    """What is meant. Piece by piece: all at once the library takes eighty times the memory of a text of escapes."""
    found, at = bytearray(), 0
    while at < len(text):
        end = at + _PIECE
        # No escape is cut in two.
        cut = text.rfind(b"%", end - 2, end)
        end = cut if cut > at else end
        found += unquote_to_bytes(text[at:end].replace(b"+", b" "))
        at = end
    return bytes(found)
