"""The HTML of a mail, for a frame in which nothing runs and nothing is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from services.publishing.render import Rendered

_HEADERS: Final = {
    # A mail has its styles in its tags and its images in itself; nothing of it runs, and no other page frames it.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


def mail_frame(message: Rendered | None) -> Response:
    """The HTML of a message; empty where there is none. The screens that frame it say ``sandbox`` too."""
    return framed((message.html if message else None) or "")


def framed(html: str, status: int = 200) -> Response:
    """An answer that a page of ours may frame: every other page refuses that, and a browser would show an error."""
    return Response(html, status, media_type="text/html; charset=utf-8", headers=_HEADERS)
