"""Mailboxes of their own: recruiters see theirs and change its name and signature; admins see and change all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from adapters.postgres import listings, queries
from adapters.postgres.paging import one, page
from sequences.access.act import Act
from sequences.access.authorize import authorize, may, sees_mailbox
from sequences.errors import NotAllowedError, NotFoundError, RefusedError
from services.console.looking import looking
from services.console.mailbox_runs import mailbox_runs
from services.console.numbers import owner_choices
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from starter.console.mailbox_form import form_of, servers_of, stored
from starter.console.posted import posted
from starter.console.session import CurrentDoer, CurrentViewer, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_ROWS: Final = 100
_Text = Annotated[str, Query(max_length=2000)]
_Id = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/mailboxes``, and what a mailbox is and may be changed to."""
    routes = APIRouter()
    mailboxes = KeepMailboxes(ways.settings.keys())

    async def list_page(
        request: Request, viewer: Viewer, asked: Mapping[str, str], problem: str = "", cursor: str = ""
    ) -> Response:
        wanted: dict[str, object] = {}
        if not sees_mailbox(viewer, None):
            wanted["owner"] = viewer.owner_id or ""
        async with looking(ways.database) as connection:
            found = await page(connection, listings.OWN_MAILBOXES, wanted, cursor=cursor or None, limit=_ROWS)
        more: dict[str, Any] = {"mailboxes": found.rows, "following": found.next, "address": views.address(request)}
        more |= {"asked": asked, "problem": problem, "fallback": ways.settings.mailbox_fallback}
        more["owners"] = await owner_choices(ways.database)
        more["servers"] = form_of(asked)
        return views.page("screens/mailboxes.html", viewer, 422 if problem else 200, **more)

    @routes.get("/mailboxes")
    async def show_mailboxes(request: Request, viewer: CurrentViewer, cursor: _Text = "") -> Response:
        authorize(viewer, Act.LOOK)
        return await list_page(request, viewer, {}, cursor=cursor)

    @routes.post("/mailboxes/add", dependencies=[Depends(needs(Act.MANAGE_MAILBOXES))])
    async def add_mailbox(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        form = await posted(request)
        try:
            wanted = MailboxChanges.model_validate({"owner": form.get("owner") or None} | servers_of(form))
            async with ways.database.transaction() as connection:
                made = await mailboxes.add(connection, doer, form.get("address", ""), wanted, ways.clock())
        except (RefusedError, ValidationError) as error:
            return await list_page(request, viewer, form, views.t("error.refused", why=_why(error)))
        return views.done(f"/mailboxes/{made}", "mailbox_added")

    @routes.get("/mailboxes/{mailbox_id}")
    async def show_mailbox(viewer: CurrentViewer, mailbox_id: _Id) -> Response:
        authorize(viewer, Act.LOOK)
        return await mailbox_page(ways, views, viewer, mailbox_id)

    @routes.get("/mailboxes/{mailbox_id}/runs")
    async def show_runs(request: Request, viewer: CurrentViewer, mailbox_id: _Id, cursor: _Text = "") -> Response:
        authorize(viewer, Act.LOOK)
        mailbox = await mailbox_row(ways, views, viewer, mailbox_id)
        async with looking(ways.database) as connection:
            found = await mailbox_runs(connection, viewer, mailbox_id, cursor)
        more = {"mailbox": mailbox, "found": found, "address": views.address(request)}
        return views.page("screens/mailbox_runs.html", viewer, 200, **more)

    @routes.post("/mailboxes/{mailbox_id}/words", dependencies=[Depends(needs(Act.KEEP_MAILBOX))])
    async def set_words(request: Request, viewer: CurrentViewer, doer: CurrentDoer, mailbox_id: _Id) -> Response:
        await mailbox_row(ways, views, viewer, mailbox_id)
        form = await posted(request)
        given = {each: form.get(each) or None for each in ("name", "signature_text", "signature_html")}
        return await changed(viewer, doer, mailbox_id, given)

    @routes.post("/mailboxes/{mailbox_id}/connection", dependencies=[Depends(needs(Act.MANAGE_MAILBOXES))])
    async def set_connection(request: Request, viewer: CurrentViewer, doer: CurrentDoer, mailbox_id: _Id) -> Response:
        form = await posted(request)
        given: dict[str, Any] = {each: form.get(each) or None for each in ("owner", "pool", "limits")}
        return await changed(viewer, doer, mailbox_id, given | servers_of(form), form)

    async def changed(
        viewer: Viewer,
        doer: CurrentDoer,
        mailbox_id: str,
        given: Mapping[str, Any],
        form: Mapping[str, str] | None = None,
    ) -> Response:
        try:
            wanted = MailboxChanges.model_validate(dict(given))
            async with ways.database.transaction() as connection:
                await mailboxes.set(connection, doer, mailbox_id, wanted, ways.clock())
        except (RefusedError, ValidationError) as error:
            problem = views.t("error.refused", why=_why(error))
            return await mailbox_page(ways, views, viewer, mailbox_id, problem, form)
        return views.done(f"/mailboxes/{mailbox_id}", "mailbox_changed")

    return routes


async def mailbox_row(ways: Ways, views: Views, viewer: Viewer, mailbox_id: str) -> queries.ListedOwnMailboxesRow:
    """A mailbox that the viewer sees.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: it is somebody else's.
    """
    async with looking(ways.database) as connection:
        row = await one(connection, listings.OWN_MAILBOXES, "id", mailbox_id)
    if row is None:
        raise NotFoundError(views.t("mailboxes.gone"))
    if not sees_mailbox(viewer, row.owner_id):
        raise NotAllowedError(views.t("mailboxes.not_yours"))
    return row


async def mailbox_page(
    ways: Ways,
    views: Views,
    viewer: Viewer,
    mailbox_id: str,
    problem: str = "",
    asked: Mapping[str, str] | None = None,
) -> Response:
    """The page of a mailbox; ``problem``: why something was not done, ``asked``: what a form wanted."""
    row = await mailbox_row(ways, views, viewer, mailbox_id)
    servers = form_of(asked if asked is not None else stored(row))
    more: dict[str, Any] = {"mailbox": row, "problem": problem, "may_keep": may(viewer, Act.KEEP_MAILBOX)}
    async with looking(ways.database) as connection:
        push = await queries.mailbox_push_state(connection, mailbox=row.id)
    more |= {"servers": servers, "owners": await owner_choices(ways.database), "push": push}
    return views.page("screens/mailbox.html", viewer, 422 if problem else 200, **more)


def _why(error: RefusedError | ValidationError) -> str:
    if isinstance(error, RefusedError):
        return str(error)
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
