"""Renders the pages of the console: everything escaped, nothing undefined."""

from __future__ import annotations

import base64
import secrets
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2_fragments import render_block
from starlette.responses import RedirectResponse, Response

from sequences.access.authorize import may
from sequences.channels import CHANNELS
from starter.console.address import Address
from starter.console.cells import label_cells
from starter.console.code_words import code_words
from starter.console.cookie import is_local
from starter.console.device import device_words
from starter.console.field_names import field_name, field_names
from starter.console.manual_pages import Manual
from starter.console.moment_tones import tone_of
from starter.console.navigation import MENU, NAVIGATION, PERSON, SEARCH
from starter.console.reasons import Reasons
from starter.console.static_files import StaticFiles
from starter.console.times import day_in_words, in_words, relative_element, time_element, with_local_times
from starter.console.words import Words

if TYPE_CHECKING:
    from datetime import datetime

    from fastapi import Request
    from jinja2.environment import TemplateModule
    from jinja2.runtime import Context
    from markupsafe import Markup

    from sequences.access.viewer import Viewer
    from services.console.jobs import JobLine

_HERE: Final = Path(__file__).parent

_SAID: Final[ContextVar[str]] = ContextVar("said", default="")


def note_said(request: Request) -> None:
    """Notes what an act before this request has said, for the page that shows it: no screen has to think of it."""
    _SAID.set(request.query_params.get("said", ""))


class Views:
    """Every page.

    Args:
        base: path of the console, as browsers see it.
        public_url: the setting: whether pages travel in clear is said on each.
    """

    def __init__(self, base: str, public_url: str = "https://") -> None:
        self.base = base
        self.static = StaticFiles(base)
        self.manual = Manual(base)
        self._words = Words()
        self.t, self.has = self._words.t, self._words.has
        self._jinja = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        reasons = Reasons(self._words)
        self._jinja.globals.update(
            base=base,
            t=self._words.t,
            count=self._words.count,
            known_text=self._words.has,
            field_name=field_name,
            field_names=field_names,
            word=self._words.word,
            channel_choices=self.channel_choices,
            reason_words=reasons.why,
            event_words=reasons.what,
            may=may,
            asset=self.static.address,
            navigation=NAVIGATION,
            menu=MENU,
            search=SEARCH,
            person_path=PERSON,
            new_key=lambda: secrets.token_urlsafe(18),
            when=_when,
            ago=_ago,
            clock=_clock,
            day_time=_day_time,
            day_words=day_in_words,
            in_clear=is_local(public_url),
            job_title=self._job_title,
            moment_tone=tone_of,
        )
        self._jinja.filters.update(
            number=_number,
            percent=_percent,
            label_cells=label_cells,
            code=code_words,
            device=device_words,
            base64url=_base64url,
            field_name=field_name,
            linked=self.manual.linked,
            local_times=_local_times,
        )

    def channel_choices(self) -> list[tuple[str, str]]:
        """Every channel with its words, for a list to choose from."""
        return [(str(name), self._words.word("channels.", name)) for name in CHANNELS]

    def page(self, template: str, viewer: Viewer | None, status: int = 200, **values: object) -> HTMLResponse:
        """A whole page; ``viewer`` is None where nobody is signed in."""
        html = self._jinja.get_template(template).render(
            viewer=viewer, ui=self._parts(viewer), said=_SAID.get(), **values
        )
        return HTMLResponse(html, status)

    def fragment(self, template: str, block: str, viewer: Viewer, status: int = 200, **values: object) -> HTMLResponse:
        """One block of a page, the same text as in the whole: what htmx puts in its place."""
        html = render_block(self._jinja, template, block, viewer=viewer, ui=self._parts(viewer), **values)
        return HTMLResponse(html, status)

    def answer(self, request: Request, template: str, block: str, viewer: Viewer, **values: object) -> HTMLResponse:
        """What a request wants of a page: one block of it, if htmx asks, or the whole."""
        if is_fragment(request):
            return self.fragment(template, block, viewer, 200, **values)
        return self.page(template, viewer, 200, **values)

    def _parts(self, viewer: Viewer | None) -> TemplateModule:
        """The macros, which know the viewer's zone. Imported by a page, its fragments would not have them."""
        return self._jinja.get_template("macros.html").make_module({"viewer": viewer})

    def _job_title(self, job: JobLine) -> str:
        """What a job does, in words."""
        key = f"job.kind_{job.kind}"
        values = {**job.request, "kind": job.kind, "subject": job.subject}
        return self.t(key if self._words.has(key) else "job.kind_other", **values)

    def address(self, request: Request) -> Address:
        """Where the page of a request is."""
        return Address.of(request, self.base)

    def done(self, path: str, said: str = "") -> Response:
        """After an act without scripts: on to a page, which says what happened.

        Args:
            path: in the console, with its query if it has one.
            said: ``said.NAME`` of the catalogue; empty: nothing.
        """
        joint = "&" if "?" in path else "?"
        return RedirectResponse(f"{self.base}{path}{joint}said={said}" if said else self.base + path, status_code=303)


def is_fragment(request: Request) -> bool:
    """Whether htmx asks, and wants a part of a page."""
    return request.headers.get("hx-request") == "true"


def _zone(context: Context) -> str | None:
    viewer: Any = context.get("viewer")
    return viewer.timezone if viewer else None


@pass_context
def _when(context: Context, instant: datetime | None, theirs: str | None = None) -> Markup | str:
    return "" if instant is None else time_element(instant, _zone(context), theirs)


@pass_context
def _ago(context: Context, instant: datetime | None) -> Markup | str:
    return "" if instant is None else relative_element(instant, _zone(context))


@pass_context
def _clock(context: Context, instant: datetime, theirs: str | None = None) -> Markup:
    return time_element(instant, _zone(context), theirs, hours=True)


@pass_context
def _local_times(context: Context, text: str) -> Markup:
    return with_local_times(text, _zone(context))


@pass_context
def _day_time(context: Context, instant: datetime) -> str:
    return in_words(instant, _zone(context))


def _number(value: int) -> str:
    return f"{value:,}"


def _percent(share: float) -> str:
    """Of a share: whole percent, or a tenth where that would say nothing."""
    percent = share * 100
    # The space does not break: a number is never without its unit.
    return f"{percent:.1f}\N{NO-BREAK SPACE}%" if 0 < percent < 10 else f"{percent:.0f}\N{NO-BREAK SPACE}%"


def _base64url(value: bytes) -> str:
    """An id of bytes in an address."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
