"""What a person agreed to, on channels that ask for it: given and withdrawn. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.records.consents import LONGEST_SOURCE, ConsentChanged, ConsentGiven
from starter.http.callers import CurrentDoer
from starter.http.errors import answers
from starter.http.list_parameters import STORABLE, Channel, Instant, RecordId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_CHANGED = answers(400, 404, 409)


class ConsentRequest(BaseModel):
    """That a person agreed to be written to on a channel."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(
        min_length=1,
        max_length=LONGEST_SOURCE,
        pattern=STORABLE,
        description="By what they agreed.",
        examples=["phone call"],
    )
    since: Instant | None = Field(
        default=None, description="When they agreed: ISO 8601 with offset, or a date (midnight UTC). None: now."
    )


def router(ways: Ways) -> APIRouter:
    """``/people/{id}/consents/{channel}/give`` and ``/withdraw``."""
    routes = APIRouter(prefix="/people", tags=["enrollments"])

    @routes.post(
        "/{person}/consents/{channel}/give",
        summary="Note that a person agreed to a channel that asks for it; the same again changes nothing",
        responses=_CHANGED,
    )
    async def give_consent(person: RecordId, channel: Channel, asked: ConsentRequest) -> ConsentChanged:
        given = ConsentGiven(person, channel, asked.source, asked.since)
        async with ways.database.transaction() as connection:
            return await ways.consents.give(connection, given, ways.clock())

    @routes.post(
        "/{person}/consents/{channel}/withdraw",
        summary="Note that a person took their consent back; nobody writes to them on that channel any more",
        responses=_CHANGED,
    )
    async def withdraw_consent(person: RecordId, channel: Channel, doer: CurrentDoer) -> ConsentChanged:
        async with ways.database.transaction() as connection:
            return await ways.consents.withdraw(connection, person, channel, doer.who, ways.clock())

    return routes
