"""What pages load: our style sheet and modules, and htmx. The hash of all of them is in the path: kept for a year."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_OURS: Final = Path(__file__).parent / "static"
# Files of others lie together; ``make vendor`` fetches them.
_VENDOR: Final = Path(__file__).parents[1] / "http" / "vendor"
_KEPT: Final = "public, max-age=31536000, immutable"


def static_files() -> Mapping[str, Path]:
    """What may be loaded, by its name in addresses."""
    ours = {file.name: file for file in sorted(_OURS.iterdir()) if file.suffix in _TYPES}
    return ours | {"htmx.min.js": _VENDOR / "htmx" / "htmx.min.js"}


@dataclass(frozen=True)
class _StaticFile:
    """A file, also as it travels: made small once. Pages are not, since they hold what somebody typed beside ours."""

    kind: str
    content: bytes
    small: bytes

    @classmethod
    def read(cls, file: Path) -> _StaticFile:
        content = file.read_bytes()
        return cls(_TYPES[file.suffix], content, gzip.compress(content, mtime=0))


class StaticFiles:
    """The files and their addresses.

    Args:
        base: path of the console.
    """

    def __init__(self, base: str) -> None:
        self._files = {name: _StaticFile.read(file) for name, file in static_files().items()}
        mark = hashlib.sha256()
        for name, file in self._files.items():
            mark.update(f"{name}\n".encode() + file.content)
        # One for all: modules import each other by names without it.
        self._mark = mark.hexdigest()[:16]
        self._base = base

    def address(self, name: str) -> str:
        """Where a page loads a file from.

        Raises:
            KeyError: there is no such file.
        """
        self._files[name]
        return f"{self._base}/static/{self._mark}/{name}"

    def router(self) -> APIRouter:
        """``/static/{hash}/{name}``: needs no session and holds nobody's data."""
        routes = APIRouter()

        @routes.get("/static/{mark}/{name}")
        async def static(request: Request, mark: str, name: str) -> Response:
            file = self._files.get(name)
            if file is None:
                raise HTTPException(404)
            # A page of the process before may ask with its mark while servers are changed one by one.
            headers = {"Cache-Control": _KEPT if mark == self._mark else "no-cache", "Vary": "Accept-Encoding"}
            if "gzip" in request.headers.get("accept-encoding", ""):
                return Response(file.small, media_type=file.kind, headers={**headers, "Content-Encoding": "gzip"})
            return Response(file.content, media_type=file.kind, headers=headers)

        return routes
