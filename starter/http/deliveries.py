"""What leaves the house, and another try for what could not. Behind the bearer token."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from starter import deliveries
from starter.deliveries import OPEN

if TYPE_CHECKING:
    from starter.http.ways import Ways

_DELIVERY = r"^f[a-z0-9]{10,40}$"


class Delivery(BaseModel):
    """One webhook or enrollment that a sequence asked for."""

    id: str = Field(description="Also the Idempotency-Key of every try.")
    kind: Literal["webhook", "enroll"]
    to: str = Field(description="The address, or the sequence.")
    event: str | None = Field(description="Such as replied.positive, finished or step:go; null: written by 0.1.")
    state: Literal["pending", "dead", "failed", "done"] = Field(
        description="dead: it could not be delivered; failed: the rules or a review were against it."
    )
    reason: str | None = Field(description="What the last try came to; of an enrollment that is done, its id.")
    at: datetime
    tries: int
    next_try_at: datetime | None
    settled_at: datetime | None
    enrollment: str
    sequence: str
    run_state: str
    person: str
    owner: str | None


class Retried(BaseModel):
    """How many are tried anew."""

    retried: int


def router(ways: Ways) -> APIRouter:
    """``/deliveries``."""
    routes = APIRouter(prefix="/deliveries", tags=["deliveries"])

    @routes.get("", summary="Webhooks and enrollments that wait or are dead, in the order in which they were asked for")
    async def waiting(
        state: Annotated[
            list[Literal["pending", "dead", "failed", "done"]] | None,
            Query(description="pending and dead, if left out."),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: Annotated[str | None, Query(pattern=_DELIVERY, description="The last id of the page before.")] = None,
    ) -> list[Delivery]:
        async with ways.database.transaction() as connection:
            lines = await deliveries.deliveries(connection, state or OPEN, after=after, limit=limit)
        return [Delivery(**dataclasses.asdict(each)) for each in lines]

    @routes.post("/retry", summary="Have everything that is dead tried at once, with a new deadline")
    async def retry_all() -> Retried:
        async with ways.database.transaction() as connection:
            return Retried(retried=await deliveries.retry_all(connection))

    @routes.post("/{delivery}/retry", summary="Have one delivery tried at once, with a new deadline")
    async def retry(
        delivery: Annotated[str, Path(pattern=_DELIVERY, description="Id of the delivery.")],
    ) -> Delivery:
        async with ways.database.transaction() as connection:
            return Delivery(**dataclasses.asdict(await deliveries.retry(connection, delivery)))

    return routes
