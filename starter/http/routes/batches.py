"""Batches of matches that await approval. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from adapters.postgres import listings
from services.auto_enroll import batches
from services.reading.listed import BatchLine
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import SLUG, AskedBetween, BatchState, OfSequence

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

BatchKey = Annotated[
    str, Path(pattern=SLUG, description="Id of a batch that awaits approval, or a sequence for all of its batches.")
]


class BatchesPage(Page[BatchLine]):
    """A page of matches that wait to be enrolled."""


class BatchesAsked(AskedBetween):
    """Which batches."""

    sequence: OfSequence = None
    state: BatchState | None = None


class BatchDecision(BaseModel):
    """The result for a batch, with its number of records."""

    key: str
    decision: Literal["approved", "discarded"]
    records: int


def router(ways: Ways) -> APIRouter:
    """``/batches``, ``/batches/{id}/approve`` and ``/batches/{id}/discard``."""
    routes = APIRouter(prefix="/batches", tags=["auto-enrollment"])

    @routes.get("", summary="Matches that await approval, or wait because of max_per_day")
    async def list_batches(asked: Annotated[BatchesAsked, Query()]) -> BatchesPage:
        return await listed(ways, listings.BATCHES, BatchesPage, BatchLine, asked)

    @routes.post("/{key}/approve", summary="Approve a batch; everyone in it is checked again", responses=answers(404))
    async def approve_batch(key: BatchKey, caller: CurrentCaller) -> BatchDecision:
        async with ways.database.transaction() as connection:
            records = await batches.approve(connection, key, caller.by, ways.clock())
        return BatchDecision(key=key, decision="approved", records=records)

    @routes.post("/{key}/discard", summary="Discard a batch: no one in it is enrolled", responses=answers(404))
    async def discard_batch(key: BatchKey, caller: CurrentCaller) -> BatchDecision:
        async with ways.database.transaction() as connection:
            records = await batches.discard(connection, key, caller.by, ways.clock())
        return BatchDecision(key=key, decision="discarded", records=records)

    return routes
