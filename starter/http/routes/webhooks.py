"""Endpoints of webhooks with secrets of their own: listing, adding, rotating, removing, testing, and their log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.postgres import listings
from sequences.events.cursor import CURSOR
from services.access.rotation import GRACE, LONGEST_GRACE
from services.events.subscriptions import (
    Subscribing,
    SubscriptionLine,
    pause_subscription,
    replay,
    resume_subscription,
    subscribe,
    subscription,
    unsubscribe,
)
from services.reading.listed import line_of
from services.webhooks.endpoints import (
    EndpointLine,
    Endpoints,
    NewEndpoint,
    TryLine,
    endpoint_of,
    remove_endpoint,
)
from services.webhooks.tries import send_test_event
from starter.composition import webhooks_of
from starter.http.callers import CurrentDoer
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import SLUG, STORABLE, Asked, Instant

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.http.dependencies import Ways

_HOUR = 3600
Key = Annotated[str, Path(pattern=SLUG, description="Id or name of the endpoint.")]


class EndpointsPage(Page[EndpointLine]):
    """A page of endpoints."""


class TriesPage(Page[TryLine]):
    """A page of tries."""


class _TriesAsked(Asked):
    url: str


class EndpointRequest(BaseModel):
    """An endpoint to add."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=SLUG, examples=["crm"])
    url: str = Field(
        max_length=2000,
        pattern=STORABLE,
        description="Exactly as sequences have it.",
        examples=["https://crm.example/hooks/relance"],
    )


class EndpointRotation(BaseModel):
    """How to rotate; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    grace_hours: float = Field(
        default=GRACE.total_seconds() / _HOUR,
        ge=0,
        le=LONGEST_GRACE.total_seconds() / _HOUR,
        description="For how long the former secret signs, too; 0: it ends at once.",
    )


class EndpointSecret(BaseModel):
    """An endpoint with its secret, which is shown this once."""

    secret: str = Field(description="Begins with `whsec_`: what libraries of Standard Webhooks take.")
    details: EndpointLine


class TestEventAnswer(BaseModel):
    """What came of a test event."""

    webhook: str = Field(description="The header `webhook-id` of the event.")
    outcome: str = Field(description="done, again (a delivery would be tried again) or dead.")
    words: str


class SubscriptionRequest(BaseModel):
    """What to post to an endpoint; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    types: list[str] = Field(
        default=[],
        max_length=100,
        description="Types of events, or groups such as `message.*`; none: all.",
        examples=[["reply.*", "enrollment.stopped"]],
    )
    after: str | None = Field(
        default=None,
        pattern=CURSOR,
        description="A cursor to begin behind. Null: what happens from now on, or where the subscription is.",
    )
    with_person: bool = Field(default=False, description="Also names and addresses, in `subject`.")


class ReplayRequest(BaseModel):
    """From where to post once more: a cursor or an instant."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(default=None, pattern=CURSOR, description="A cursor; `0`: everything that is kept.")
    since: Instant | None = Field(default=None, description="In place of it: what happened from then on.")

    @model_validator(mode="after")
    def _one_of_both(self) -> ReplayRequest:
        if (self.after is None) == (self.since is None):
            raise ValueError("give `after` or `since`")
        return self


def router(ways: Ways) -> APIRouter:
    """``/webhooks``."""
    routes = APIRouter(prefix="/webhooks", tags=["deliveries"])
    endpoints = Endpoints(ways.settings.keys())

    async def line(key: str) -> EndpointLine:
        return line_of(EndpointLine, await the_one(ways, listings.WEBHOOK_ENDPOINTS, "endpoint", key))

    @routes.get("", summary="Endpoints with secrets of their own, newest first; no secrets")
    async def list_webhook_endpoints(asked: Annotated[Asked, Query()]) -> EndpointsPage:
        return await listed(ways, listings.WEBHOOK_ENDPOINTS, EndpointsPage, EndpointLine, asked)

    @routes.post(
        "", status_code=201, summary="Add an endpoint; its secret is in the answer", responses=answers(400, 409)
    )
    async def add_webhook_endpoint(asked: EndpointRequest, doer: CurrentDoer) -> EndpointSecret:
        async with ways.database.transaction() as connection:
            made = await endpoints.add(connection, doer, NewEndpoint(asked.name, asked.url), ways.clock())
        return EndpointSecret(secret=made.secret, details=await line(made.id))

    @routes.post("/{endpoint}/rotate", summary="Give an endpoint a new secret", responses=answers(400, 404, 409))
    async def rotate_webhook_endpoint(
        endpoint: Key, doer: CurrentDoer, asked: EndpointRotation | None = None
    ) -> EndpointSecret:
        grace = timedelta(hours=(asked or EndpointRotation()).grace_hours)
        async with ways.database.transaction() as connection:
            made = await endpoints.rotate(connection, doer, endpoint, ways.clock(), grace)
        return EndpointSecret(secret=made.secret, details=await line(made.id))

    @routes.delete("/{endpoint}", summary="Remove an endpoint", responses=answers(404))
    async def remove_webhook_endpoint(endpoint: Key, doer: CurrentDoer) -> EndpointLine:
        async with ways.database.transaction() as connection:
            found = await endpoint_of(connection, endpoint)
        removed = await line(found.id)
        async with ways.database.transaction() as connection:
            await remove_endpoint(connection, doer, found.id, ways.clock())
        return removed

    @routes.post("/{endpoint}/test", summary="Post a test event to an endpoint, once", responses=answers(404))
    async def test_webhook_endpoint(endpoint: Key) -> TestEventAnswer:
        receivers = webhooks_of(ways.settings, ways.database, ways.clock)
        try:
            tried = await send_test_event(ways.database, receivers, endpoint, ways.clock())
        finally:
            await receivers.aclose()
        return TestEventAnswer(webhook=tried.webhook_id, outcome=tried.outcome, words=tried.words)

    @routes.get(
        "/{endpoint}/tries", summary="What each try at an endpoint came to, newest first", responses=answers(404)
    )
    async def list_webhook_tries(endpoint: Key, asked: Annotated[Asked, Query()]) -> TriesPage:
        async with ways.database.transaction() as connection:
            found = await endpoint_of(connection, endpoint)
        wanted = _TriesAsked(url=found.url, limit=asked.limit, cursor=asked.cursor)
        return await listed(ways, listings.WEBHOOK_TRIES, TriesPage, _try, wanted)

    @routes.get("/{endpoint}/subscription", summary="Which events are posted, and how far", responses=answers(404))
    async def get_event_subscription(endpoint: Key) -> SubscriptionLine:
        async with ways.database.transaction() as connection:
            return await subscription(connection, endpoint)

    @routes.put(
        "/{endpoint}/subscription",
        summary="Subscribe an endpoint to events, or change what it gets",
        responses=answers(400, 404, 409),
    )
    async def subscribe_to_events(
        endpoint: Key, doer: CurrentDoer, asked: SubscriptionRequest | None = None
    ) -> SubscriptionLine:
        wanted = asked or SubscriptionRequest()
        async with ways.database.transaction() as connection:
            return await subscribe(
                connection,
                doer,
                endpoint,
                Subscribing(wanted.types, wanted.after, with_person=wanted.with_person),
                ways.clock(),
            )

    @routes.delete("/{endpoint}/subscription", summary="Post no more events", responses=answers(404))
    async def unsubscribe_from_events(endpoint: Key, doer: CurrentDoer) -> SubscriptionLine:
        async with ways.database.transaction() as connection:
            ended = await subscription(connection, endpoint)
            await unsubscribe(connection, doer, endpoint, ways.clock())
        return ended

    @routes.post("/{endpoint}/subscription/pause", summary="Post no events until it is resumed", responses=answers(404))
    async def pause_event_subscription(endpoint: Key, doer: CurrentDoer) -> SubscriptionLine:
        async with ways.database.transaction() as connection:
            return await pause_subscription(connection, doer, endpoint, ways.clock())

    @routes.post(
        "/{endpoint}/subscription/resume", summary="Go on posting, also after a failure", responses=answers(404)
    )
    async def resume_event_subscription(endpoint: Key, doer: CurrentDoer) -> SubscriptionLine:
        async with ways.database.transaction() as connection:
            return await resume_subscription(connection, doer, endpoint, ways.clock())

    @routes.post(
        "/{endpoint}/subscription/replay",
        summary="Post the events behind a cursor once more, in order",
        responses=answers(400, 404, 409),
    )
    async def replay_events(endpoint: Key, doer: CurrentDoer, asked: ReplayRequest) -> SubscriptionLine:
        async with ways.database.transaction() as connection:
            return await replay(connection, doer, endpoint, ways.clock(), after=asked.after, since=asked.since)

    return routes


def _try(row: queries.ListedWebhookTriesRow) -> TryLine:
    return line_of(TryLine, row, webhook=row.webhook_id)
