"""Addresses that returned mail too often, and a person's word that one works again. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.operations.unreachable import Unreachable, works_again
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import STORABLE, AskedBetween, OfOwner, OfPerson, OfSequence

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class UnreachablePage(Page[Unreachable]):
    """A page of addresses that get no mail."""


class UnreachableAsked(AskedBetween):
    """Which addresses."""

    person: Annotated[OfPerson, Field(description="The person who has the address now.")] = None
    owner: Annotated[OfOwner, Field(description="Owner of a person who has it now.")] = None
    sequence: Annotated[OfSequence, Field(description="Of people who are or were in it.")] = None


class WorksRequest(BaseModel):
    """The address that accepts mail again. It is in the body, because addresses in URLs would be in every log."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(
        min_length=3,
        max_length=320,
        pattern=STORABLE,
        description="Spelling is normalised.",
        examples=["ada@client.example"],
    )


class WorksAnswer(BaseModel):
    """It gets mail again; ``address`` is the normalised spelling."""

    address: str
    works: Literal[True]


def router(ways: Ways) -> APIRouter:
    """``/unreachable``."""
    routes = APIRouter(prefix="/unreachable", tags=["reading"])

    @routes.get("", summary="Addresses that returned too many mails and get no more, newest first")
    async def list_unreachable(asked: Annotated[UnreachableAsked, Query()]) -> UnreachablePage:
        return await listed(ways, listings.UNREACHABLE, UnreachablePage, Unreachable, asked)

    @routes.post("/works", summary="Allow mail to an address again: its count restarts", responses=answers(400, 404))
    async def address_works(asked: WorksRequest) -> WorksAnswer:
        async with ways.database.transaction() as connection:
            return WorksAnswer(address=await works_again(connection, asked.address, ways.clock()), works=True)

    return routes
