"""Connect a mailbox: its owner goes to Google or Microsoft, and comes back with access to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from adapters.postgres import queries
from sequences.access.act import Act
from sequences.access.authorize import may
from sequences.mail_grant import END_WORDS, MailAccess, MailProviderName
from services.console.looking import looking
from services.mail_access.grants import access_wanted, grant_key
from starter.console.mailbox_way import ConnectRefusedError, MailboxWay
from starter.console.posted import posted
from starter.console.session import CurrentDoer, CurrentSession, CurrentViewer, needs

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Address = Annotated[str, Query(max_length=320)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/mailboxes/connect``, the way to the provider, and where it sends browsers back to."""
    routes = APIRouter(dependencies=[Depends(needs(Act.CONNECT_MAILBOX))])
    way = MailboxWay(ways)

    async def page(request: Request, viewer: Viewer, mailbox: str, problem: str = "", status: int = 200) -> Response:
        mailbox, given = grant_key(mailbox) or (await way.own_addresses(viewer))[0], request.query_params
        allowed = await way.may_connect(viewer, mailbox)
        async with looking(ways.database) as connection:
            grant = await queries.mailbox_grant(connection, address=mailbox) if allowed else None
            fits = await access_wanted(connection, mailbox)
        more: dict[str, Any] = {
            "mailbox": mailbox,
            "grant": grant,
            "why": END_WORDS.get(grant.ended_why or "", "") if grant is not None else "",
            "allowed": allowed,
            "others": may(viewer, Act.CHANGE_SETTINGS),
            "providers": way.labels,
            "asked": {"provider": given.get("provider", ""), "access": given.get("access") or fits or ""},
            "problem": problem,
            "address": views.address(request),
        }
        return views.page("screens/mailbox_connect.html", viewer, status, **more)

    async def refused(request: Request, viewer: Viewer, error: ConnectRefusedError) -> Response:
        words = views.t(f"mailbox_connect.{error.why}", provider=error.provider, mailbox=error.address)
        return await page(request, viewer, error.address, words, error.status)

    @routes.get("/mailboxes/connect")
    async def show_connect(request: Request, viewer: CurrentViewer, address: _Address = "") -> Response:
        return await page(request, viewer, address)

    @routes.get("/mailboxes/connect/start")
    async def begin_connect(
        request: Request, session: CurrentSession, address: _Address, provider: MailProviderName, access: MailAccess
    ) -> Response:
        try:
            return await way.leave(request, session, grant_key(address), provider, access)
        except ConnectRefusedError as error:
            return await refused(request, session.viewer, error)

    @routes.get("/mailboxes/connect/callback")
    async def end_connect(request: Request, session: CurrentSession, doer: CurrentDoer) -> Response:
        try:
            address = await way.come_back(request, session, doer)
        except ConnectRefusedError as error:
            return await refused(request, session.viewer, error)
        return views.done(_page_of(address), "mailbox_connected")

    @routes.post("/mailboxes/connect/end")
    async def disconnect(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        address = grant_key((await posted(request)).get("address", ""))
        try:
            await way.end(viewer, doer, address)
        except ConnectRefusedError as error:
            return await refused(request, viewer, error)
        return views.done(_page_of(address), "mailbox_disconnected")

    return routes


def _page_of(address: str) -> str:
    return f"/mailboxes/connect?{urlencode({'address': address})}"
