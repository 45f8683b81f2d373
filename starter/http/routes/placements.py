"""The placements that the CRM knows. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.listed import PlacementRecord, line_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import Asked, Deleted, OfClient, OfOwner, OfPerson, OfSequence, OfStatus, RecordId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class PlacementsPage(Page[PlacementRecord]):
    """A page of placements."""


class PlacementsAsked(Asked):
    """Which placements."""

    person: OfPerson = None
    owner: Annotated[OfOwner, Field(description="Its own owner; fallback: the owner of the person.")] = None
    client: OfClient = None
    status: OfStatus = None
    sequence: Annotated[OfSequence, Field(description="Those that are or were in this sequence.")] = None
    deleted: Deleted = False

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        asked = super().filters()
        return {"gone": asked.pop("deleted"), **asked}


def router(ways: Ways) -> APIRouter:
    """``/placements`` and ``/placements/{id}``."""
    routes = APIRouter(prefix="/placements", tags=["reading"])

    @routes.get("", summary="Placements, by id")
    async def list_placements(asked: Annotated[PlacementsAsked, Query()]) -> PlacementsPage:
        return await listed(ways, listings.PLACEMENTS, PlacementsPage, PlacementRecord, asked)

    @routes.get("/{placement}", summary="A placement", responses=answers(404))
    async def get_placement(placement: RecordId) -> PlacementRecord:
        return line_of(PlacementRecord, await the_one(ways, listings.PLACEMENTS, "placement", placement))

    return routes
