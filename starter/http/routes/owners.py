"""The owners that the CRM knows. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from adapters.postgres import listings
from services.reading.listed import OwnerRecord, line_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import Asked, RecordId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class OwnersPage(Page[OwnerRecord]):
    """A page of owners."""


def router(ways: Ways) -> APIRouter:
    """``/owners`` and ``/owners/{id}``."""
    routes = APIRouter(prefix="/owners", tags=["reading"])

    @routes.get("", summary="Owners, by id")
    async def list_owners(asked: Annotated[Asked, Query()]) -> OwnersPage:
        return await listed(ways, listings.OWNERS, OwnersPage, OwnerRecord, asked)

    @routes.get("/{owner}", summary="An owner", responses=answers(404))
    async def get_owner(owner: RecordId) -> OwnerRecord:
        return line_of(OwnerRecord, await the_one(ways, listings.OWNERS, "owner", owner))

    return routes
