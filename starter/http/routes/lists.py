"""The lists that sequences add people to (``add_to_list``). Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.listed import ListMember
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import TEXT, AskedBetween, OfOwner, OfPerson, OfSequence

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class ListMembersPage(Page[ListMember]):
    """A page of lists and who is on them."""


class ListMembersAsked(AskedBetween):
    """Members of which lists."""

    list: Annotated[str | None, Field(pattern=TEXT, description="Name of the list.")] = None
    person: OfPerson = None
    owner: Annotated[OfOwner, Field(description="Owner of the person.")] = None
    sequence: OfSequence = None


def router(ways: Ways) -> APIRouter:
    """``/lists``."""
    routes = APIRouter(tags=["reading"])

    @routes.get("/lists", summary="Members of lists")
    async def list_list_members(asked: Annotated[ListMembersAsked, Query()]) -> ListMembersPage:
        return await listed(ways, listings.LIST_MEMBERS, ListMembersPage, ListMember, asked)

    return routes
