"""Events that are posted to a receiver of webhooks, for admins: begun, paused, replayed and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from sequences.access.act import Act
from services.events.subscriptions import (
    Subscribing,
    pause_subscription,
    replay,
    resume_subscription,
    subscribe,
    unsubscribe,
)
from starter.console.posted import posted
from starter.console.proof import proof_for
from starter.console.session import CurrentDoer, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Id = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
SPANS: Final[Mapping[str, timedelta | None]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "all": None,
}
"""What can be posted once more."""


def router(ways: Ways, views: Views) -> APIRouter:
    """What the page of a receiver posts about its events."""
    routes = APIRouter(dependencies=[Depends(needs(Act.MANAGE_WEBHOOKS))])
    proof = Depends(proof_for(Act.MANAGE_WEBHOOKS))

    def events_changed(endpoint_id: str) -> Response:
        return views.done(f"/settings/webhooks/{endpoint_id}", "events_changed")

    @routes.post("/settings/webhooks/{endpoint_id}/subscribe", dependencies=[proof])
    async def subscribe_webhook(request: Request, doer: CurrentDoer, endpoint_id: _Id) -> Response:
        form = await posted(request)
        wanted = Subscribing(
            form.get("types", "").replace(",", " ").split(), with_person=form.get("with_person") == "yes"
        )
        async with ways.database.transaction() as connection:
            await subscribe(connection, doer, endpoint_id, wanted, ways.clock())
        return events_changed(endpoint_id)

    @routes.post("/settings/webhooks/{endpoint_id}/unsubscribe")
    async def unsubscribe_webhook(doer: CurrentDoer, endpoint_id: _Id) -> Response:
        async with ways.database.transaction() as connection:
            await unsubscribe(connection, doer, endpoint_id, ways.clock())
        return events_changed(endpoint_id)

    @routes.post("/settings/webhooks/{endpoint_id}/events/pause")
    async def pause_webhook_events(doer: CurrentDoer, endpoint_id: _Id) -> Response:
        async with ways.database.transaction() as connection:
            await pause_subscription(connection, doer, endpoint_id, ways.clock())
        return events_changed(endpoint_id)

    @routes.post("/settings/webhooks/{endpoint_id}/events/resume")
    async def resume_webhook_events(doer: CurrentDoer, endpoint_id: _Id) -> Response:
        async with ways.database.transaction() as connection:
            await resume_subscription(connection, doer, endpoint_id, ways.clock())
        return events_changed(endpoint_id)

    @routes.post("/settings/webhooks/{endpoint_id}/events/replay")
    async def replay_webhook_events(request: Request, doer: CurrentDoer, endpoint_id: _Id) -> Response:
        span = SPANS.get((await posted(request)).get("span", ""))
        now = ways.clock()
        async with ways.database.transaction() as connection:
            since = None if span is None else now - span
            await replay(connection, doer, endpoint_id, now, after="0" if since is None else None, since=since)
        return events_changed(endpoint_id)

    return routes
