"""The leads that sequences make. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.listed import LeadLine, line_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import TEXT, AskedBetween, OfEnrollment, OfOwner, OfPerson, OfSequence, OwnId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class LeadsPage(Page[LeadLine]):
    """A page of leads."""


class LeadsAsked(AskedBetween):
    """Which leads."""

    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None
    enrollment: OfEnrollment = None
    source: Annotated[str | None, Field(pattern=TEXT)] = None


def router(ways: Ways) -> APIRouter:
    """``/leads`` and ``/leads/{id}``."""
    routes = APIRouter(prefix="/leads", tags=["reading"])

    @routes.get("", summary="Leads, newest first")
    async def list_leads(asked: Annotated[LeadsAsked, Query()]) -> LeadsPage:
        return await listed(ways, listings.LEADS, LeadsPage, LeadLine, asked)

    @routes.get("/{lead}", summary="A lead", responses=answers(404))
    async def get_lead(lead: OwnId) -> LeadLine:
        return line_of(LeadLine, await the_one(ways, listings.LEADS, "lead", lead))

    return routes
