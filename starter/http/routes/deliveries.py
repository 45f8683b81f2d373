"""What goes out to other systems, and another try for what could not. Behind the bearer token."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.operations import retry_delivery as deliveries
from services.operations.retry_delivery import OPEN, delivery_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    AskedBetween,
    DeliveryKind,
    DeliveryState,
    OfEnrollment,
    OfOwner,
    OfPerson,
    OfSequence,
)

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.http.dependencies import Ways

Which = Annotated[str, Path(pattern=r"^f[a-z0-9]{10,40}$", description="Id of the delivery.")]


class Delivery(BaseModel):
    """One webhook or enrollment that a sequence asked for."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(description="Also the Idempotency-Key of every attempt.")
    kind: DeliveryKind
    to: str = Field(description="The address, or the sequence.")
    event: str | None = Field(description="Such as replied.positive, finished or step:go; null: made by Relance 0.1.")
    state: DeliveryState = Field(
        description="dead: it could not be delivered; failed: refused by the rules, or overruled by a review."
    )
    reason: str | None = Field(description="Result of the last attempt; for a finished enrollment, its id.")
    at: datetime
    tries: int
    next_try_at: datetime | None
    settled_at: datetime | None
    enrollment: str
    sequence: str
    run_state: str
    person: str
    owner: str | None


class DeliveriesPage(Page[Delivery]):
    """A page of deliveries."""


class DeliveriesAsked(AskedBetween):
    """Which deliveries."""

    state: Annotated[list[DeliveryState] | None, Field(description="Default: pending and dead.")] = None
    kind: DeliveryKind | None = None
    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None
    enrollment: OfEnrollment = None

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        return {**super().filters(), "state": list(self.state or OPEN)}


class Retried(BaseModel):
    """How many are retried."""

    retried: int


def router(ways: Ways) -> APIRouter:
    """``/deliveries``."""
    routes = APIRouter(prefix="/deliveries", tags=["deliveries"])

    @routes.get("", summary="Webhooks and enrollments that wait or are dead, oldest request first")
    async def list_deliveries(asked: Annotated[DeliveriesAsked, Query()]) -> DeliveriesPage:
        return await listed(ways, listings.DELIVERIES, DeliveriesPage, _line, asked)

    @routes.get("/{delivery}", summary="One delivery", responses=answers(404))
    async def get_delivery(delivery: Which) -> Delivery:
        async with ways.database.transaction() as connection:
            return Delivery.model_validate(await deliveries.delivery_line(connection, delivery))

    @routes.post("/retry", summary="Retry all dead deliveries at once, with a new deadline")
    async def retry_deliveries() -> Retried:
        async with ways.database.transaction() as connection:
            return Retried(retried=await deliveries.retry_all(connection))

    @routes.post(
        "/{delivery}/retry", summary="Retry one delivery at once, with a new deadline", responses=answers(404, 409)
    )
    async def retry_delivery(delivery: Which) -> Delivery:
        async with ways.database.transaction() as connection:
            return Delivery.model_validate(await deliveries.retry(connection, delivery))

    @routes.post(
        "/{delivery}/redeliver",
        summary="Post a delivered webhook once more, with the same id",
        responses=answers(404, 409),
    )
    async def redeliver_webhook(delivery: Which) -> Delivery:
        async with ways.database.transaction() as connection:
            return Delivery.model_validate(await deliveries.redeliver(connection, delivery))

    return routes


def _line(row: queries.ListedDeliveriesRow) -> Delivery:
    return Delivery.model_validate(delivery_of(row))
