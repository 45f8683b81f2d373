"""The page on ``/``, and the API's documentation: Swagger UI from files of our own, so it works without any network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from starter.http.pages import front, swagger

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

_HERE = Path(__file__).parent
VENDOR = _HERE / "vendor"


def install(app: FastAPI) -> None:
    """Adds ``/``, ``/docs`` and what that page loads. They need no token and hold nobody's data."""
    # A mount is not part of the OpenAPI document.
    app.mount("/docs/assets", StaticFiles(directory=VENDOR / "swagger-ui"), name="swagger-ui")

    @app.get("/docs/start.js", include_in_schema=False)
    async def start() -> FileResponse:
        return FileResponse(_HERE / "pages" / "docs.js", media_type="text/javascript")

    @app.get("/docs/style.css", include_in_schema=False)
    async def style() -> FileResponse:
        return FileResponse(_HERE / "pages" / "docs.css", media_type="text/css")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return swagger()

    # HEAD too: whoever watches a site asks with it.
    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def root() -> HTMLResponse:
        return front()
