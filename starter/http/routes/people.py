"""The people that the CRM knows. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.jobs.erase_person import ask_for_erasing
from services.privacy.ask_to_erase import ErasureOrder
from services.reading.listed import PersonLine
from services.reading.person import PersonRecord, person_record
from starter.http.callers import CurrentDoer
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


class EraseRequest(BaseModel):
    """How a person is erased."""

    model_config = ConfigDict(extra="forbid")

    may_be_contacted_again: bool = Field(
        default=False,
        description="true: who comes again with an address of theirs may be contacted, unless they had opted out.",
    )


class PersonErased(BaseModel):
    """How far it is.

    Attributes:
        person: id; of who was merged into another, that of the survivor.
        job: that erases; null: the person is erased.
        report: what was erased, and what stays and why; null: not erased yet.
    """

    person: str
    erased: bool
    job: str | None
    report: dict[str, Any] | None


def router(ways: Ways) -> APIRouter:
    """``/people``, ``/people/{id}`` and ``/people/{id}/erase``."""
    routes = APIRouter(prefix="/people", tags=["reading"])

    @routes.get("", summary="People, by id")
    async def list_people(asked: Annotated[PeopleAsked, Query()]) -> PeoplePage:
        return await listed(ways, listings.PEOPLE, PeoplePage, PersonLine, asked)

    @routes.get("/{person}", summary="A person: fields, runs, suppressions", responses=answers(404))
    async def get_person(person: RecordId) -> PersonRecord:
        async with ways.database.transaction() as connection:
            return await person_record(connection, person)

    @routes.post(
        "/{person}/erase",
        summary="Erase what is stored about a person; from the answer on nobody writes to them",
        status_code=202,
        responses={200: {"model": PersonErased, "description": "The person is erased."}, **answers(400, 404)},
    )
    async def erase_person(
        person: RecordId, doer: CurrentDoer, response: Response, asked: EraseRequest | None = None
    ) -> PersonErased:
        now, asking = ways.clock(), ways.asking_to_erase
        async with ways.database.transaction() as connection:
            report = await asking.done_before(connection, person, now)
            if report is not None:
                response.status_code = 200
                return PersonErased(person=report.person, erased=True, job=None, report=report.stored())
            order = ErasureOrder(person, doer, asked is not None and asked.may_be_contacted_again)
            root = await asking.begin(connection, order, now)
            job = await ask_for_erasing(connection, order, now)
        return PersonErased(person=root, erased=False, job=job, report=None)

    return routes
