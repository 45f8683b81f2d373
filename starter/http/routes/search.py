"""People found by what somebody types. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from services.reading.search_people import FoundPersonLine, PeopleSearch, search_people
from starter.http.list_answers import Page
from starter.http.list_parameters import TEXT, Asked, OfSequence

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class FoundPeoplePage(Page[FoundPersonLine]):
    """A page of people who were found."""


class SearchAsked(Asked):
    """Who is looked for."""

    text: Annotated[
        str, Field(pattern=TEXT, description="Words of a name, an e-mail address, a phone number, or the CRM's id.")
    ]
    sequence: Annotated[OfSequence, Field(description="Who is or was in this sequence.")] = None
    limit: int = Field(default=50, ge=2, le=1000, description="Maximum number of people on a page, at least 2.")


def router(ways: Ways) -> APIRouter:
    """``/search/people``."""
    routes = APIRouter(prefix="/search", tags=["reading"])

    @routes.get("/people", summary="People found by name, address, number or id; by name")
    async def find_people(asked: Annotated[SearchAsked, Query()]) -> FoundPeoplePage:
        wanted = PeopleSearch(asked.text, asked.sequence, cursor=asked.cursor, limit=asked.limit)
        async with ways.database.transaction() as connection:
            found = await search_people(connection, wanted, ways.settings.phone_region)
        return FoundPeoplePage(items=[FoundPersonLine.of(row) for row in found.rows], next=found.next)

    return routes
