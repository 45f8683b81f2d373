"""What a form of the console brought."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from fastapi import HTTPException
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from starter.http.security import read_body

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

_LIMIT: Final = 1024 * 1024
"""A whole sequence file comes by a form, and each character of it may take three."""
_MOST: Final = 2000
FILES_LIMIT: Final = 8 * 1024 * 1024
"""Of a form that brings a file."""
_MOST_BESIDE: Final = 20
"""Fields beside a file."""


@dataclass(frozen=True)
class PostedFile:
    """A file that a form brought.

    Attributes:
        name: as the browser calls it; nothing of it is to be trusted.
    """

    name: str
    content: bytes


def is_file_form(request: Request) -> bool:
    """Whether a form brings files."""
    return request.headers.get("content-type", "").startswith("multipart/")


def whole_number(text: str, most_digits: int = 6) -> int:
    """What somebody typed as a number; 0: it is none, or longer than that."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else 0


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form by name, without blanks around them; of several with one name the last.

    Read once for each request: the door of all acts looks for the form's key in it, before the screen does.

    Raises:
        HTTPException: 413, too much came; 400, it is no form.
    """
    known: dict[str, str] | None = getattr(request.state, "posted", None)
    if known is None:
        known = request.state.posted = await _read(request)
    return known


async def posted_whole(request: Request, name: str) -> str:
    """A field in which somebody wrote a whole text, with its blanks.

    Browsers end each line with two characters; here it is one, and the last line ends too.
    """
    await posted(request)
    value = str(request.state.posted_whole.get(name, ""))
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") or not text else f"{text}\n"


async def posted_file(request: Request, name: str = "file") -> PostedFile:
    """A file of a form; without a name and empty: none was chosen.

    Raises:
        HTTPException: as of ``posted``; 422, the form brings no files.
    """
    await posted(request)
    if not is_file_form(request):
        raise HTTPException(422, "there is no file in this form")
    found: PostedFile = request.state.posted_files.get(name, PostedFile("", b""))
    return found


async def pressed(request: Request) -> dict[str, str]:
    """All that a form says, its files by their hashes: what tells one press of a button from another."""
    form = await posted(request)
    files: dict[str, PostedFile] = request.state.posted_files
    return form | {
        name: f"{file.name} {hashlib.blake2b(file.content, digest_size=32).hexdigest()}" for name, file in files.items()
    }


async def _read(request: Request) -> dict[str, str]:
    pairs, files = await _with_files(request) if is_file_form(request) else (await _pairs(request), {})
    whole = request.state.posted_whole = {name: value.replace("\x00", "") for name, value in pairs}
    request.state.posted_files = files
    return {name: value.strip() for name, value in whole.items()}


async def _pairs(request: Request) -> list[tuple[str, str]]:
    body = await read_body(request, _LIMIT)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        raise HTTPException(400, "this is not a form") from None


async def _with_files(request: Request) -> tuple[list[tuple[str, str]], dict[str, PostedFile]]:
    try:
        body = await read_body(request, FILES_LIMIT)
    except HTTPException:
        raise HTTPException(413, f"the file is larger than {FILES_LIMIT // 1024 // 1024} MB") from None

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, whole(), max_files=1, max_fields=_MOST_BESIDE).parse()
    except (MultiPartException, KeyError):
        raise HTTPException(400, "this is not a form") from None
    pairs: list[tuple[str, str]] = []
    files: dict[str, PostedFile] = {}
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = PostedFile(value.filename or "", await value.read())
            else:
                pairs.append((name, value))
    finally:
        await form.close()
    return pairs, files
