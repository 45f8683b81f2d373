"""The few pages that people see, as Jinja templates beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sequences.channels import CHANNELS

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.preferences import ShownPreferences

_SAFE_HEADERS = {
    "Cache-Control": "no-store",
    # The address of the page is its key: it must not travel on to anybody.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
# Swagger UI needs no more than this: its pictures stand in its style sheet.
_DOCS_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
_LOCKED = {
    "unsubscribed": "you unsubscribed. To get them again, please write to us.",
    "opt_out": "you asked us not to contact you. To change that, please write to us.",
    "stop_word": "you texted STOP. To get text messages again, text START to the same number.",
    "complained": "you reported one of our messages as unwanted.",
    "bounced": "our e-mails to this address could not be delivered.",
}
_LOCKED_BY_US = "we were asked not to contact you this way. To change that, please write to us."


@dataclass(frozen=True)
class _Row:
    """One channel on the preference page."""

    channel: str
    name: str
    address: str
    allowed: bool
    locked: bool
    words: str


_JINJA = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def front() -> HTMLResponse:
    """What stands on ``/``; it names nobody, for anybody may look."""
    return HTMLResponse(_JINJA.get_template("front.html").render(title="Relance", company=""), headers=_SAFE_HEADERS)


def swagger() -> HTMLResponse:
    """The API's documentation. Its links are relative: the public address may have a path of its own."""
    return HTMLResponse(_JINJA.get_template("docs.html").render(), headers=_DOCS_HEADERS)


class Pages:
    """Renders pages with everything escaped."""

    def __init__(self, company: str) -> None:
        self._company = company

    def unsubscribe(self, token: str, status: int = 200) -> HTMLResponse:
        """The page with the button. Its link is relative: the public address may have a path of its own."""
        return self._page("unsubscribe.html", status, title="Unsubscribe?", preferences=f"{token}/preferences")

    def unsubscribed(self, token: str) -> HTMLResponse:
        """What the button, or the mail program's own, leads to."""
        return self._page("unsubscribed.html", 200, title="You are unsubscribed", preferences=f"{token}/preferences")

    def preferences(self, state: ShownPreferences, *, saved: bool = False, status: int = 200) -> HTMLResponse:
        """How somebody may be written to. Addresses are shown in part: mails are forwarded."""
        rows = [
            _Row(
                one.channel,
                CHANNELS[one.channel].title,
                masked(state.addresses.get(one.channel)),
                one.allowed,
                one.locked is not None,
                _state_words(one.allowed, one.locked, one.since),
            )
            for one in state.preferences
        ]
        return self._page(
            "preferences.html",
            status,
            title="How may we contact you?",
            rows=rows,
            saved=saved,
            nothing=state.nothing_allowed,
            choosable=any(not row.locked for row in rows),
        )

    def unknown_link(self) -> HTMLResponse:
        """For links that we never made."""
        return self._notice(404, "This link does not work", "It may be incomplete. Please copy the whole link.")

    def unavailable(self) -> HTMLResponse:
        """For the minutes in which the database is away; never in place of an unsubscribe that was promised."""
        page = self._notice(503, "One moment, please", "We cannot answer right now. Please try again in a minute.")
        page.headers["Retry-After"] = "30"
        return page

    def _notice(self, status: int, title: str, words: str) -> HTMLResponse:
        return self._page("notice.html", status, title=title, words=words)

    def _page(self, name: str, status: int, **values: object) -> HTMLResponse:
        html = _JINJA.get_template(name).render(company=self._company, **values)
        return HTMLResponse(html, status, _SAFE_HEADERS)


def masked(address: str | None) -> str:
    """An address or number that its owner recognises and a stranger cannot use; empty for none."""
    if not address:
        return ""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address.strip()[-3:]}"


def _state_words(allowed: bool, locked: str | None, since: datetime | None) -> str:
    if allowed:
        return "On."
    day = f" since {since.day} {since:%B %Y}" if since is not None else ""
    if locked is None:
        return f"Off{day}, as you chose here."
    return f"Off{day}: {_LOCKED.get(locked, _LOCKED_BY_US)}"
