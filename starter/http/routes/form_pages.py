"""The page of a form, behind a personal link. GET shows, only POST changes. It works without JavaScript."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sequences.forms.definition import MOST_CHOICES, MOST_FIELDS, MOST_FILES
from sequences.tokens import TokenKind, verify
from services.forms.intake import Forms, SentFile, Taken
from starter.http.error_pages import FORM, page_answers, shown
from starter.http.errors import answers
from starter.http.pages import PageSet
from starter.http.pages.form_page import FormPages
from starter.http.pages.look import Look

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starter.http.dependencies import Ways

_log = logging.getLogger("relance.http")
_PATH = "/f/{token}"
FIELDS_BYTES = 1024 * 1024
"""For everything that is no file."""
_MOST_VALUES = MOST_FIELDS + MOST_CHOICES


class _TooLargeError(MultiPartException):
    """More came than any form can bring."""

    def __init__(self) -> None:
        super().__init__("the request is too large")


class _UnreadableError(Exception):
    """What came is no form."""


def router(ways: Ways, forms: Forms) -> APIRouter:
    """``/f/{token}`` and the page that says thank you; tokens never reach a log."""
    routes = APIRouter(tags=["links"])
    every = PageSet(Look.of(ways.settings))
    keys = ways.organisation.token_keys
    form_pages = FormPages(ways.settings.catalogue(), forms.upload_limit, ways.settings.language)

    @routes.get(
        _PATH,
        summary="The page of a form; changes nothing",
        response_class=Response,
        responses=page_answers(200, 404, 410, 429, 503),
    )
    async def show_form(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            found = await forms.show(verify(TokenKind.FORM, token, keys))
            return form_pages.show(pages, found) if found is not None else pages.unknown_link()

        return await shown(pages, answer)

    @routes.post(
        _PATH,
        summary="Send a form",
        response_class=Response,
        status_code=303,
        responses={
            303: {"description": "Redirects to the page that says thank you."},
            **page_answers(400, 404, 410, 413, 429, 503),
            **answers(),
        },
        openapi_extra=FORM,
    )
    async def submit_form(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            link = verify(TokenKind.FORM, token, keys)
            try:
                async with _sent(request, forms.upload_limit) as (given, files):
                    done = await forms.submit(link, given, files)
            except _TooLargeError:
                return pages.notice(413, "form.too_large")
            except (_UnreadableError, MultiPartException):
                return pages.notice(400, "form.unreadable")
            except OSError as error:
                # A full disk, or a folder that is gone: ours to mend, and nothing was taken.
                _log.exception("a form could not be taken: %s", type(error).__name__)
                return pages.unavailable()
            if isinstance(done, Taken):
                # Another page: going back or loading it again sends nothing a second time.
                headers = {"Location": f"{token}/thanks", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
                return Response(status_code=303, headers=headers)
            return form_pages.show(pages, done) if done is not None else pages.unknown_link()

        return await shown(pages, answer)

    @routes.get(
        f"{_PATH}/thanks",
        summary="The page after a form was sent",
        response_class=Response,
        responses=page_answers(200, 404, 410, 429, 503),
    )
    async def thank_for_form(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            found = await forms.show(verify(TokenKind.FORM, token, keys))
            if found is None:
                return pages.unknown_link()
            return form_pages.thanks(pages, found, token) if found.sent_at else form_pages.show(pages, found)

        return await shown(pages, answer)

    return routes


@asynccontextmanager
async def _sent(request: Request, file_limit: int) -> AsyncIterator[tuple[dict[str, list[str]], dict[str, SentFile]]]:
    """What came: texts and files by name. Files lie in temporary ones, which go when the block ends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    most = FIELDS_BYTES + MOST_FILES * file_limit
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise _TooLargeError
    given: dict[str, list[str]] = {}
    files: dict[str, SentFile] = {}
    if kind == "application/x-www-form-urlencoded":
        body = b"".join([piece async for piece in _limited(request, FIELDS_BYTES)])
        try:
            pairs = parse_qsl(body.decode("utf-8"), max_num_fields=_MOST_VALUES)
        except ValueError:
            raise _UnreadableError from None
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        yield given, files
        return
    if kind != "multipart/form-data":
        raise _UnreadableError
    parser = MultiPartParser(request.headers, _limited(request, most), max_files=MOST_FILES, max_fields=_MOST_VALUES)
    form = await parser.parse()
    try:
        for name, item in form.multi_items():
            if not isinstance(item, UploadFile):
                given.setdefault(name, []).append(item)
            elif item.filename or item.size:
                # A browser sends an empty part for a field without a file.
                files[name] = SentFile(item.filename or "", item.file)
        yield given, files
    finally:
        await form.close()


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body in pieces, and no more of it than that."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise _TooLargeError
        yield piece
