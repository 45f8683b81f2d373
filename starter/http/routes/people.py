"""The people that the CRM knows. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.listed import PersonLine
from services.reading.person import PersonRecord, person_record
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    AskedBetween,
    Deleted,
    OfClient,
    OfOwner,
    OfSequence,
    OfStatus,
    PersonType,
    RecordId,
)

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class PeoplePage(Page[PersonLine]):
    """A page of people."""


class PeopleAsked(AskedBetween):
    """Which people."""

    owner: OfOwner = None
    client: OfClient = None
    type: PersonType | None = None
    status: OfStatus = None
    sequence: Annotated[OfSequence, Field(description="Who is or was in this sequence.")] = None
    deleted: Deleted = False

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        asked = super().filters()
        return {"gone": asked.pop("deleted"), **asked}


def router(ways: Ways) -> APIRouter:
    """``/people`` and ``/people/{id}``."""
    routes = APIRouter(prefix="/people", tags=["reading"])

    @routes.get("", summary="People, by id")
    async def list_people(asked: Annotated[PeopleAsked, Query()]) -> PeoplePage:
        return await listed(ways, listings.PEOPLE, PeoplePage, PersonLine, asked)

    @routes.get("/{person}", summary="A person: fields, runs, suppressions", responses=answers(404))
    async def get_person(person: RecordId) -> PersonRecord:
        async with ways.database.transaction() as connection:
            return await person_record(connection, person)

    return routes
