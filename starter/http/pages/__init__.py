"""The few pages that people see, as Jinja templates beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.page_words import PageWords, words_in
from sequences.channels import CHANNELS
from sequences.masked_address import masked
from sequences.page_languages import LANGUAGES, page_language
from sequences.reactions.preferences import Preference
from starter.http.pages.look import Look

if TYPE_CHECKING:
    from fastapi import Request

    from services.intake.preferences import ShownPreferences

_SAFE_HEADERS = {
    "Cache-Control": "no-store",
    # The address of the page is its key: it must not travel on to anybody.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
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


@dataclass(frozen=True)
class _Row:
    """One channel on the preference page."""

    channel: str
    name: str
    address: str
    allowed: bool
    locked: bool
    words: str


@dataclass(frozen=True)
class _TopicRow:
    """One topic on the preference page."""

    name: str
    wanted: bool
    words: str


_JINJA = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def front() -> HTMLResponse:
    """What stands on ``/``; it names nobody, for anybody may look."""
    html = _JINJA.get_template("front.html").render(title="Relance", company="", lang=LANGUAGES[0], look=Look(""))
    return HTMLResponse(html, headers=_SAFE_HEADERS)


def swagger() -> HTMLResponse:
    """The API's documentation. Its links are relative: the public address may have a path of its own."""
    return HTMLResponse(_JINJA.get_template("docs.html").render(), headers=_DOCS_HEADERS)


class PageSet:
    """All pages, before it is known who reads them."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def to(self, request: Request) -> Pages:
        """The pages for a reader, in the language of their browser until a better one is known."""
        return Pages(self._look, words_in(page_language(accept=request.headers.get("accept-language", ""))))


class Pages:
    """Renders pages with everything escaped, in one language."""

    def __init__(self, look: Look, words: PageWords) -> None:
        self.look = look
        self.words = words

    def speaking(self, *preferred: str | None) -> Pages:
        """The same pages in the first of these languages that there are pages in; else as they are."""
        return Pages(self.look, words_in(page_language(*preferred, self.words.language)))

    def unsubscribe(self, token: str, topic: str | None = None, status: int = 200) -> HTMLResponse:
        """The page with the button. Its link is relative: the public address may have a path of its own."""
        title = self.words("unsubscribe.title")
        return self.page("unsubscribe.html", status, title=title, topic=topic, preferences=f"{token}/preferences")

    def unsubscribed(self, token: str, topic: str | None = None) -> HTMLResponse:
        """What the button, or the mail program's own, leads to."""
        title = self.words("unsubscribe.done_title")
        return self.page("unsubscribed.html", 200, title=title, topic=topic, preferences=f"{token}/preferences")

    def preferences(self, state: ShownPreferences, *, saved: bool = False, status: int = 200) -> HTMLResponse:
        """How somebody may be written to. Addresses are shown in part: mails are forwarded."""
        topics = [
            _TopicRow(each.name, each.wanted, self._state(Preference("", each.wanted, None, each.since)))
            for each in state.topics
        ]
        rows = [
            _Row(
                one.channel,
                self._channel(one.channel),
                masked(state.addresses.get(one.channel)),
                one.allowed,
                one.locked is not None,
                self._state(one),
            )
            for one in state.preferences
        ]
        return self.page(
            "preferences.html",
            status,
            title=self.words("preferences.title"),
            rows=rows,
            saved=saved,
            nothing=state.nothing_allowed,
            topics=topics,
            choosable=any(not row.locked for row in rows),
        )

    def unknown_link(self) -> HTMLResponse:
        """For links that we never made."""
        return self.notice(404, "link.unknown")

    def unavailable(self) -> HTMLResponse:
        """For the minutes in which the database is away; never in place of an unsubscribe that was promised."""
        page = self.notice(503, "link.unavailable")
        page.headers["Retry-After"] = "30"
        return page

    def notice(self, status: int, key: str, **values: object) -> HTMLResponse:
        """A page of words alone; ``key`` is that of the words, and with ``_title`` that of the heading."""
        title, words = self.words(f"{key}_title"), self.words(key, **values)
        return self.page("notice.html", status, title=title, text=words)

    def page(self, name: str, status: int, **values: object) -> HTMLResponse:
        """A page from its template."""
        common = {"w": self.words, "lang": self.words.language, "look": self.look, "company": self.look.company}
        html = _JINJA.get_template(name).render({**common, **values})
        return HTMLResponse(html, status, _SAFE_HEADERS)

    def _channel(self, name: str) -> str:
        key = f"channel.{name}"
        return self.words(key) if self.words.has(key) else CHANNELS[name].title

    def _state(self, one: Preference) -> str:
        if one.allowed:
            return self.words("state.on")
        key = "off" if one.locked is None else "locked"
        reason = f"locked.{one.locked}"
        values = {"reason": self.words(reason if self.words.has(reason) else "locked.other")} if one.locked else {}
        if one.since is None:
            return self.words(f"state.{key}", **values)
        return self.words(f"state.{key}_since", day=self.words.day(one.since), **values)
