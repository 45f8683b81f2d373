"""Files that came by forms, handed on by links that expire. They are saved by a browser, never shown or run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from adapters.postgres import queries
from adapters.uploads.kinds import KINDS
from sequences.tokens import TokenKind, verify_until
from starter.http.error_pages import page_answers, shown
from starter.http.errors import answers
from starter.http.pages import PageSet
from starter.http.pages.look import Look

if TYPE_CHECKING:
    from adapters.uploads.store import UploadStore
    from starter.http.dependencies import Ways

_FILE = {
    "description": "The file, as a download.",
    "content": {
        kind.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS.values()
    },
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}


def router(ways: Ways, uploads: UploadStore) -> APIRouter:
    """``/d/{token}``; ``relance submissions`` and ``GET /submissions`` make the links."""
    routes = APIRouter(tags=["links"])
    every = PageSet(Look.of(ways.settings))
    keys = ways.organisation.token_keys

    @routes.get(
        "/d/{token}",
        summary="A file that came by a form",
        response_class=Response,
        responses={200: _FILE, **page_answers(404, 410, 503), **answers(429)},
    )
    async def download_upload(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            upload, expires = verify_until(TokenKind.UPLOAD, token, keys)
            if ways.clock() >= expires:
                return pages.notice(410, "upload.expired")
            async with ways.database.transaction() as connection:
                row = await queries.upload_row(connection, id=upload)
            path = uploads.path(row.file) if row is not None else None
            if row is None or path is None:
                return pages.notice(410, "upload.gone")
            kind = KINDS[row.kind]
            # The ending says what the content is, whatever the file was called.
            name = row.name if row.name.lower().endswith(f".{kind.ending}") else f"{row.name}.{kind.ending}"
            return FileResponse(path, media_type=kind.media_type, filename=name, headers=_HEADERS)

        return await shown(pages, answer)

    return routes
