"""A form that could not be answered: what somebody typed is shown again, and can be sent once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from fastapi import HTTPException

from starter.console.address import path_inside
from starter.console.posted import is_file_form, posted

if TYPE_CHECKING:
    from fastapi import Request


@dataclass(frozen=True)
class KeptForm:
    """What was sent.

    Attributes:
        action: where to.
        fields: as they were typed; none of a form that brought a file, which must be chosen again.
        words: names of the fields in which somebody wrote more than a word.
    """

    action: str
    fields: Mapping[str, str]
    words: tuple[str, ...]


async def sent_form(request: Request, base: str) -> KeptForm:
    """The form of a request."""
    fields: Mapping[str, str] = {}
    if request.method not in ("GET", "HEAD") and not is_file_form(request):
        try:
            await posted(request)
            fields = request.state.posted_whole
        except HTTPException:
            fields = {}
    words = tuple(name for name, value in fields.items() if len(value.split()) > 1)
    return KeptForm(base + quote(path_inside(request)), fields, words)


def page_of(request: Request, base: str) -> str:
    """The page that was asked for, or the one whose form was sent."""
    if request.method == "GET":
        query = request.url.query
        return base + path_inside(request) + (f"?{query}" if query else "")
    sent_from = urlsplit(request.headers.get("referer", ""))
    return sent_from.path + (f"?{sent_from.query}" if sent_from.query else "")
