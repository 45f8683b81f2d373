"""Somebody was signed out meanwhile: they sign in, come back to their page, and what they typed is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from fastapi import HTTPException
from fastapi.responses import RedirectResponse, Response
from markupsafe import escape

from starter.console.address import path_inside
from starter.console.mail_frame import framed
from starter.console.next_page import next_page
from starter.console.posted import is_file_form, posted

if TYPE_CHECKING:
    from fastapi import Request

    from starter.console.view import Views


async def answer_signed_out(request: Request, views: Views) -> Response:
    """What a request without a session gets.

    A part of a page, or a frame in it: words for the page that is open, which stays as it is. A form with words: a page
    that shows them again, and sends the same form once more when they are signed in. Anything else: sign-in, and from
    there back.
    """
    if request.headers.get("hx-request"):
        return views.page("screens/error.html", None, 401, message=views.t("sign_in.signed_out"))
    if request.headers.get("sec-fetch-dest") == "iframe":
        return framed(str(escape(views.t("sign_in.signed_out"))), 401)
    back = next_page(request, _page_of(request, views.base), views.base)
    address = f"{views.base}/sign-in"
    if back != f"{views.base}/" or request.method == "GET":
        address = f"{address}?{urlencode({'next': back})}"
    form = await _form(request)
    words = [name for name, value in form.items() if len(value.split()) > 1]
    if words:
        action = views.base + quote(path_inside(request))
        return views.page("screens/signed_out.html", None, 401, form=form, words=words, action=action, sign_in=address)
    return RedirectResponse(address, status_code=303)


def _page_of(request: Request, base: str) -> str:
    """The page that was asked for, or the one whose form was sent."""
    if request.method == "GET":
        query = request.url.query
        return base + path_inside(request) + (f"?{query}" if query else "")
    sent_from = urlsplit(request.headers.get("referer", ""))
    return sent_from.path + (f"?{sent_from.query}" if sent_from.query else "")


async def _form(request: Request) -> dict[str, str]:
    """What was sent, as it was typed; files are chosen again."""
    if request.method == "GET" or is_file_form(request):
        return {}
    try:
        await posted(request)
    except HTTPException:
        return {}
    form: dict[str, str] = request.state.posted_whole
    return form
