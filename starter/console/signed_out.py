"""Somebody was signed out meanwhile: they sign in, come back to their page, and what they typed is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response
from markupsafe import escape

from starter.console.mail_frame import framed
from starter.console.next_page import next_page
from starter.console.sent_form import page_of, sent_form

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
        words = views.t("sign_in.signed_out")
        return views.page("screens/error.html", None, 401, message=words, sent=None, again=None, page=None)
    if request.headers.get("sec-fetch-dest") == "iframe":
        return framed(str(escape(views.t("sign_in.signed_out"))), 401)
    back = next_page(request, page_of(request, views.base), views.base)
    address = f"{views.base}/sign-in"
    if back != f"{views.base}/" or request.method == "GET":
        address = f"{address}?{urlencode({'next': back})}"
    sent = await sent_form(request, views.base)
    if sent.words:
        return views.page("screens/signed_out.html", None, 401, sent=sent, sign_in=address)
    return RedirectResponse(address, status_code=303)
