"""The API's docs page, with Swagger UI from a wheel: it works without any network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

_ASSETS = "/docs/assets"


def install(app: FastAPI) -> None:
    """Adds ``/docs`` and its assets.

    Raises:
        ModuleNotFoundError: the wheel ``swagger-ui-bundle`` is not installed.
    """
    found = importlib.util.find_spec("swagger_ui_bundle")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("swagger_ui_bundle")
    folder = next((Path(found.origin).parent / "vendor").glob("swagger-ui-*"))
    # Before the route below, which would not match it anyway; a mount is not part of the OpenAPI document.
    app.mount(_ASSETS, StaticFiles(directory=folder), name="swagger-ui")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=f"{app.title}: the API",
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
        )
