"""The console as an app of its own under ``/console``: its sessions, headers and errors are not those of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from services.console.known_values import KnownValues
from starter.console import errors
from starter.console.door import Door
from starter.console.headers import SafeHeaders
from starter.console.once import KeepAnswers
from starter.console.posted import FILES_LIMIT
from starter.console.rule_counter import RuleCounter
from starter.console.same_origin import SameOriginOnly
from starter.console.screens import (
    account,
    api_tokens,
    approvals,
    audit,
    badges,
    calendar,
    closed_days,
    confirm,
    counted,
    crm,
    deliverability,
    draft_dates,
    editor,
    editor_attachments,
    editor_changes,
    editor_reactions,
    editor_rules,
    editor_send_test,
    editor_settings,
    editor_step_forms,
    given_up,
    health,
    hold,
    home,
    inbox,
    jobs,
    leads,
    mailbox_acts,
    mailbox_connect,
    mailbox_messages,
    mailboxes,
    manual,
    new_sequence,
    next_steps,
    numbers,
    passkeys,
    people,
    people_import,
    person,
    person_consents,
    person_erase,
    person_runs,
    planned,
    rehearse,
    reply,
    rule_people,
    rules,
    sequence,
    sequence_archive,
    sequence_compare,
    sequence_move,
    sequences,
    settings,
    sign_in,
    sign_in_oidc,
    sign_in_passkey,
    statistics,
    suppressions,
    tasks,
    unknown,
    unmatched,
    users,
    webhook_events,
    webhooks,
)
from starter.console.session import noted
from starter.console.view import Views
from starter.http.last_resort import LastResort

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sequences.access.viewer import Viewer
    from starter.http.dependencies import Ways

PATH: Final = "/console"
LARGEST_BODY: Final = FILES_LIMIT + 200_000
"""Bytes of a request at the most. What is a little larger than a form may be still gets a page that says so."""

_PUBLIC = (sign_in_oidc, sign_in_passkey, sign_in)
"""What shows without a session. In this order: a link may be any word."""
_SCREENS = (
    home,
    next_steps,
    hold,
    badges,
    inbox,
    reply,
    people,
    people_import,
    person,
    person_consents,
    person_erase,
    person_runs,
    approvals,
    tasks,
    new_sequence,
    sequence,
    sequence_archive,
    sequence_compare,
    sequence_move,
    numbers,
    counted,
    rule_people,
    rules,
    unmatched,
    statistics,
    leads,
    mailbox_connect,
    mailbox_acts,
    mailbox_messages,
    mailboxes,
    deliverability,
    suppressions,
    unknown,
    sequences,
    editor,
    editor_attachments,
    editor_changes,
    editor_reactions,
    editor_rules,
    editor_send_test,
    editor_settings,
    editor_step_forms,
    rehearse,
    draft_dates,
    calendar,
    planned,
    closed_days,
    jobs,
    given_up,
    health,
    account,
    passkeys,
    confirm,
    users,
    audit,
    api_tokens,
    webhook_events,
    webhooks,
    crm,
    settings,
    manual,
)
"""What needs one. Each act there is in the audit log."""


def mount_console(app: FastAPI, ways: Ways) -> None:
    """Puts the console into the app of ``relance serve``, at ``PATH``."""
    first = f"{_base(ways)}/"

    @app.get(PATH, include_in_schema=False)
    async def console() -> Response:
        # The framework's own redirect would forget a path of the public address.
        return RedirectResponse(first, 308)

    app.mount(PATH, create_console(ways))


def viewers_of(ways: Ways) -> Callable[[Request], Awaitable[Viewer | None]]:
    """What finds out who is signed in, for an address outside of the console; None: nobody."""
    door = Door(ways)

    async def viewer(request: Request) -> Viewer | None:
        session = await door.find(request)
        return session.viewer if session is not None else None

    return viewer


def create_console(ways: Ways) -> FastAPI:
    """Wires the console."""
    base = _base(ways)
    views = Views(base, ways.settings.public_url)
    pages = errors.ErrorPages(views)
    app = FastAPI(title="Relance console", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.door = Door(ways)
    app.state.rule_counter = RuleCounter(ways)
    app.state.known_values = KnownValues(ways.database, ways.settings.catalogue())
    errors.install(app, pages, base)
    app.include_router(views.static.router())
    for public in _PUBLIC:
        app.include_router(public.router(ways, views))
    for screen in _SCREENS:
        app.include_router(screen.router(ways, views), dependencies=[Depends(noted)])
    # The last one is the outermost.
    app.add_middleware(KeepAnswers, database=ways.database)
    app.add_middleware(SameOriginOnly, public_url=ways.settings.public_url, refuse=pages.other_site)
    app.add_middleware(LastResort, answer=pages.of)
    app.add_middleware(SafeHeaders)
    return app


def _base(ways: Ways) -> str:
    """The path of the console as browsers see it: the public address may have a path of its own."""
    return urlsplit(ways.settings.public_url).path.rstrip("/") + PATH
