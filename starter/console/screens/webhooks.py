"""Receivers of webhooks, for admins: their secrets, test events, the log, and posting once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.access.act import Act
from sequences.errors import NotFoundError, RefusedError
from services.console.looking import looking
from services.events.subscriptions import subscription_or_none
from services.operations.retry_delivery import redeliver
from services.webhooks.endpoints import Endpoints, NewEndpoint, endpoint_of, remove_endpoint
from services.webhooks.tries import send_test_event
from starter.composition import webhooks_of
from starter.console.posted import posted
from starter.console.proof import proof_for
from starter.console.rotation import HOURS, posted_grace
from starter.console.screens.settings import PARTS
from starter.console.screens.webhook_events import SPANS
from starter.console.session import CurrentDoer, CurrentViewer, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres import queries
    from sequences.access.viewer import Viewer
    from services.webhooks.endpoints import MadeSecret
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_ROWS: Final = 100
_BLANK: Final[Mapping[str, str]] = {"name": "", "url": ""}
_Text = Annotated[str, Query(max_length=2000)]
_Id = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
_Delivery = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/settings/webhooks`` and ``/settings/webhooks/{endpoint_id}``."""
    routes = APIRouter(dependencies=[Depends(needs(Act.MANAGE_WEBHOOKS))])
    proof = Depends(proof_for(Act.MANAGE_WEBHOOKS))
    endpoints = Endpoints(ways.settings.keys())

    async def list_page(
        request: Request, viewer: Viewer, asked: Mapping[str, str] = _BLANK, problem: str = ""
    ) -> Response:
        cursor = request.query_params.get("cursor") or None
        async with looking(ways.database) as connection:
            found = await page(connection, listings.WEBHOOK_ENDPOINTS, {}, cursor=cursor, limit=_ROWS)
        more: dict[str, Any] = {"endpoints": found.rows, "following": found.next, "address": views.address(request)}
        more |= {"asked": asked, "problem": problem, "parts": PARTS}
        return views.page("screens/webhooks.html", viewer, 422 if problem else 200, **more)

    async def endpoint(endpoint_id: str) -> queries.ListedWebhookEndpointsRow:
        async with looking(ways.database) as connection:
            # A row is found by its id, also if lists have it no longer.
            await endpoint_of(connection, endpoint_id)
            row = await one(connection, listings.WEBHOOK_ENDPOINTS, "id", endpoint_id)
        if row is None:
            raise NotFoundError(views.t("webhooks.gone"))
        return row

    def secret_page(viewer: Viewer, made: MadeSecret) -> Response:
        # In the answer itself: an address that leads to a secret would be kept by the browser.
        return views.page("screens/webhook_secret.html", viewer, made=made)

    @routes.get("/settings/webhooks")
    async def show_webhooks(request: Request, viewer: CurrentViewer) -> Response:
        return await list_page(request, viewer)

    @routes.post("/settings/webhooks", dependencies=[proof])
    async def add_webhook_endpoint(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        form = {**_BLANK, **await posted(request)}
        try:
            async with ways.database.transaction() as connection:
                wanted = NewEndpoint(form["name"], form["url"])
                made = await endpoints.add(connection, doer, wanted, ways.clock())
        except RefusedError as error:
            return await list_page(request, viewer, form, views.t("error.refused", why=error))
        return secret_page(viewer, made)

    @routes.get("/settings/webhooks/{endpoint_id}")
    async def show_webhook(request: Request, viewer: CurrentViewer, endpoint_id: _Id, cursor: _Text = "") -> Response:
        row = await endpoint(endpoint_id)
        async with looking(ways.database) as connection:
            asked = {"url": row.url}
            found = await page(connection, listings.WEBHOOK_TRIES, asked, cursor=cursor or None, limit=_ROWS)
            events = await subscription_or_none(connection, endpoint_id)
        more: dict[str, Any] = {"endpoint": row, "tries": found.rows, "following": found.next, "hours": HOURS}
        more |= {"events": events, "spans": tuple(SPANS)}
        return views.page("screens/webhook.html", viewer, address=views.address(request), **more)

    @routes.post("/settings/webhooks/{endpoint_id}/rotate", dependencies=[proof])
    async def rotate_webhook_endpoint(
        request: Request, viewer: CurrentViewer, doer: CurrentDoer, endpoint_id: _Id
    ) -> Response:
        grace = posted_grace(await posted(request))
        async with ways.database.transaction() as connection:
            made = await endpoints.rotate(connection, doer, endpoint_id, ways.clock(), grace)
        return secret_page(viewer, made)

    @routes.post("/settings/webhooks/{endpoint_id}/remove")
    async def remove_webhook_endpoint(doer: CurrentDoer, endpoint_id: _Id) -> Response:
        async with ways.database.transaction() as connection:
            await remove_endpoint(connection, doer, endpoint_id, ways.clock())
        return views.done("/settings/webhooks", "endpoint_removed")

    @routes.post("/settings/webhooks/{endpoint_id}/test")
    async def test_webhook_endpoint(endpoint_id: _Id) -> Response:
        receivers = webhooks_of(ways.settings, ways.database, ways.clock)
        try:
            await send_test_event(ways.database, receivers, endpoint_id, ways.clock())
        finally:
            await receivers.aclose()
        return views.done(f"/settings/webhooks/{endpoint_id}", "endpoint_tested")

    @routes.post("/settings/webhooks/{endpoint_id}/redeliver/{delivery_id}")
    async def redeliver_webhook(endpoint_id: _Id, delivery_id: _Delivery) -> Response:
        async with ways.database.transaction() as connection:
            await redeliver(connection, delivery_id)
        return views.done(f"/settings/webhooks/{endpoint_id}", "redelivered")

    return routes
