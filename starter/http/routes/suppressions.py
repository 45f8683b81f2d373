"""People and addresses that must not be contacted, and lifting one. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.operations.suppressions import LONGEST_REASON, lift
from services.reading.listed import SuppressionLine
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    STORABLE,
    WORD,
    AskedBetween,
    OfOwner,
    OfPerson,
    OfSequence,
    SuppressionChannel,
)

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


_Suppression = Annotated[int, Path(ge=1, lt=2**63, description="Id of the suppression.")]


class SuppressionsPage(Page[SuppressionLine]):
    """A page of suppressions."""


class SuppressionsAsked(AskedBetween):
    """Which suppressions."""

    person: OfPerson = None
    owner: Annotated[OfOwner, Field(description="Owner of the person.")] = None
    sequence: Annotated[OfSequence, Field(description="Of people who are or were in it.")] = None
    channel: SuppressionChannel | None = None
    reason: Annotated[str | None, Field(pattern=WORD, description="Such as opt_out.")] = None
    state: Literal["standing", "lifted"] = "standing"

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        asked = super().filters()
        return {"lifted": asked.pop("state") == "lifted", **asked}


class LiftRequest(BaseModel):
    """Why it may be lifted."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=LONGEST_REASON, pattern=STORABLE, description="Kept with it; no personal data."
    )
    by: str = Field(default="", max_length=100, pattern=STORABLE, description="Who decided it, for people.")


class SuppressionLifted(BaseModel):
    """What became of it: ``repeated`` when it had been lifted before."""

    id: int
    repeated: bool


def router(ways: Ways) -> APIRouter:
    """``/suppressions`` and ``/suppressions/{id}/lift``."""
    routes = APIRouter(tags=["reading"])

    @routes.get("/suppressions", summary="People and addresses that must not be contacted, newest first")
    async def list_suppressions(asked: Annotated[SuppressionsAsked, Query()]) -> SuppressionsPage:
        return await listed(ways, listings.SUPPRESSIONS, SuppressionsPage, SuppressionLine, asked)

    @routes.post(
        "/suppressions/{suppression}/lift",
        summary="Lift a suppression; others of the same person or address stay",
        responses=answers(400, 404, 409),
    )
    async def lift_suppression(
        suppression: _Suppression, asked: LiftRequest, caller: CurrentCaller
    ) -> SuppressionLifted:
        by = caller.speaking_for(asked.by.strip()) or caller.by
        async with ways.database.transaction() as connection:
            done = await lift(connection, suppression, by=by, reason=asked.reason, now=ways.clock())
        return SuppressionLifted(id=suppression, repeated=not done)

    return routes
