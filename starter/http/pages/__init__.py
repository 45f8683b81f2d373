"""The few pages that people see, as Jinja templates beside this module."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_SAFE_HEADERS = {
    "Cache-Control": "no-store",
    # The address of the page is its key: it must not travel on to anybody.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """Renders pages with everything escaped."""

    def __init__(self, company: str) -> None:
        self._company = company
        self._jinja = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def unsubscribe(self, status: int = 200) -> HTMLResponse:
        """The page with the button."""
        return self._page("unsubscribe.html", status, title="Unsubscribe?")

    def unsubscribed(self) -> HTMLResponse:
        """What the button, or the mail program's own, leads to."""
        return self._notice(
            200, "You are unsubscribed", "You will get no more of these e-mails. There is nothing else to do."
        )

    def unknown_link(self) -> HTMLResponse:
        """For links that we never made."""
        return self._notice(
            404, "This link does not work", "It may have been cut off on its way to you. Please copy the whole link."
        )

    def unavailable(self) -> HTMLResponse:
        """For the minutes in which the database is away; never in place of an unsubscribe that was promised."""
        page = self._notice(503, "One moment, please", "We cannot answer right now. Please try again in a minute.")
        page.headers["Retry-After"] = "30"
        return page

    def _notice(self, status: int, title: str, words: str) -> HTMLResponse:
        return self._page("notice.html", status, title=title, words=words)

    def _page(self, name: str, status: int, **values: str) -> HTMLResponse:
        html = self._jinja.get_template(name).render(company=self._company, **values)
        return HTMLResponse(html, status, _SAFE_HEADERS)
