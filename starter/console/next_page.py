"""Where a browser goes on to after signing in: a page of ours that can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from starlette.routing import Match

if TYPE_CHECKING:
    from fastapi import FastAPI, Request


def next_page(request: Request, wanted: str, base: str) -> str:
    """A page to go on to: the one that is wanted, or the one around it if that address only takes forms.

    Args:
        request: of the console.
        wanted: as somebody sent it.
        base: path of the console.
    """
    safe = safe_next(wanted, base)
    path = urlsplit(safe).path
    inside = path.removeprefix(base)
    if is_page(request.app, unquote(inside)):
        return safe
    while inside and not is_page(request.app, unquote(inside)):
        inside = inside.rpartition("/")[0]
    return base + (inside or "/")


def safe_next(wanted: str, base: str) -> str:
    """An address of ours; anything else becomes the first page."""
    if wanted.startswith(f"{base}/") and "\\" not in wanted and "//" not in wanted and wanted.isprintable():
        return wanted
    return f"{base}/"


def is_page(app: FastAPI, path: str) -> bool:
    """Whether the console answers a look at that path, which is one below its own."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(dict(scope))[0] is Match.FULL for route in app.routes)
