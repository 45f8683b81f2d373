"""Messages that match no run: listing them, attaching one to a run, dismissing one. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from adapters.postgres.paging import one
from sequences.errors import NotFoundError
from services.operations.attach import Attached, attach, dismiss
from services.reading.listed import UnmatchedLine, line_of
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import ENROLLMENT, WORD, AskedBetween, Channel

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

Message = Annotated[str, Path(pattern=r"^i[a-z0-9]{10,40}$", description="Id of the message.")]


class UnmatchedPage(Page[UnmatchedLine]):
    """A page of messages that match no run."""


class UnmatchedAsked(AskedBetween):
    """Which messages."""

    channel: Channel | None = None
    event: Annotated[str | None, Field(pattern=WORD, description="How it was classified, such as bounce.")] = None


class Dismissed(BaseModel):
    """What became of it: ``repeated`` when it had been dismissed before."""

    inbound: str
    repeated: bool


class AttachRequest(BaseModel):
    """The run that it belongs to."""

    model_config = ConfigDict(extra="forbid")

    enrollment: str = Field(pattern=ENROLLMENT, examples=["e472wfiuf66ez6433gttvouhpvx"])


def router(ways: Ways) -> APIRouter:
    """``/unmatched``, ``/unmatched/{id}``, ``/unmatched/{id}/attach`` and ``/unmatched/{id}/dismiss``."""
    routes = APIRouter(prefix="/unmatched", tags=["reading"])

    @routes.get("", summary="Messages that match no run, newest first")
    async def list_unmatched(asked: Annotated[UnmatchedAsked, Query()]) -> UnmatchedPage:
        return await listed(ways, listings.UNMATCHED, UnmatchedPage, UnmatchedLine, asked)

    @routes.get(
        "/{inbound}",
        summary="An incoming message; `state` says whether it is still unmatched",
        responses=answers(404),
    )
    async def get_unmatched(inbound: Message) -> UnmatchedLine:
        async with ways.database.transaction() as connection:
            row = await one(connection, listings.UNMATCHED, "id", inbound)
        if row is None:
            raise NotFoundError(f"there is no inbound message {inbound}")
        return line_of(UnmatchedLine, row)

    @routes.post(
        "/{inbound}/attach",
        summary="Attach an incoming message to a run, by hand",
        responses=answers(400, 404, 409),
    )
    async def attach_unmatched(inbound: Message, asked: AttachRequest, caller: CurrentCaller) -> Attached:
        async with ways.database.transaction() as connection:
            return await attach(connection, inbound, asked.enrollment, by=caller.by, now=ways.clock())

    @routes.post(
        "/{inbound}/dismiss",
        summary="Dismiss an incoming message that answers no run",
        responses=answers(404, 409),
    )
    async def dismiss_unmatched(inbound: Message, caller: CurrentCaller) -> Dismissed:
        async with ways.database.transaction() as connection:
            done = await dismiss(connection, inbound, by=caller.by, now=ways.clock())
        return Dismissed(inbound=inbound, repeated=not done)

    return routes
