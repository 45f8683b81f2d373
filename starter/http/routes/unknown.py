"""Messages that may or may not have gone out: listing them, and settling one by hand. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.operations.settle_unknown import settle_unknown
from services.reading.listed import UnknownLine
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import STORABLE, Asked, OwnId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class UnknownPage(Page[UnknownLine]):
    """A page of messages that may or may not have gone out."""


class SettleRequest(BaseModel):
    """What somebody found who has looked."""

    model_config = ConfigDict(extra="forbid")

    sent: bool = Field(description="True: it went out. False: it did not; it is not sent again because of that.")
    by: str = Field(default="", max_length=100, pattern=STORABLE, description="Who has looked, for people.")


class SendSettled(BaseModel):
    """What became of it: ``repeated`` when it had been settled before."""

    send: str
    repeated: bool


def router(ways: Ways) -> APIRouter:
    """``/unknown`` and ``/unknown/{id}/settle``."""
    routes = APIRouter(prefix="/unknown", tags=["reading"])

    @routes.get("", summary="Messages that may or may not have gone out, oldest first")
    async def list_unknown(asked: Annotated[Asked, Query()]) -> UnknownPage:
        return await listed(ways, listings.UNKNOWN_SENDS, UnknownPage, UnknownLine, asked)

    @routes.post(
        "/{send}/settle",
        summary="Say whether a message went out, after looking",
        responses=answers(400, 404),
    )
    async def settle_unknown_send(send: OwnId, asked: SettleRequest, caller: CurrentCaller) -> SendSettled:
        by = caller.speaking_for(asked.by.strip()) or caller.by
        async with ways.database.transaction() as connection:
            done = await settle_unknown(connection, send, went_out=asked.sent, by=by, now=ways.clock())
        return SendSettled(send=send, repeated=not done)

    return routes
