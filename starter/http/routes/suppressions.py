"""People and addresses that must not be contacted. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.listed import SuppressionLine
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    WORD,
    AskedBetween,
    OfOwner,
    OfPerson,
    OfSequence,
    SuppressionChannel,
)

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


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


def router(ways: Ways) -> APIRouter:
    """``/suppressions``."""
    routes = APIRouter(tags=["reading"])

    @routes.get("/suppressions", summary="People and addresses that must not be contacted, newest first")
    async def list_suppressions(asked: Annotated[SuppressionsAsked, Query()]) -> SuppressionsPage:
        return await listed(ways, listings.SUPPRESSIONS, SuppressionsPage, SuppressionLine, asked)

    return routes
