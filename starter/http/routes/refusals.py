"""Who was not enrolled, and why. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.refused import RefusalRow, refusal_row
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import AskedBetween, OfOwner, OfPerson, OfSequence, RefusalState

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class RefusalsPage(Page[RefusalRow]):
    """A page of refusals."""


class RefusalsAsked(AskedBetween):
    """Which refusals."""

    sequence: OfSequence = None
    person: OfPerson = None
    owner: Annotated[OfOwner, Field(description="Owner of the person.")] = None
    reason: Annotated[str | None, Field(pattern=r"^[a-z_]{1,40}$", description="Such as unreachable.")] = None
    state: RefusalState | None = None
    standing: Annotated[bool, Field(description="The same as `state=standing`.")] = False

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        asked = super().filters()
        standing = asked.pop("standing")
        return {**asked, "state": "standing"} if standing else asked


def router(ways: Ways) -> APIRouter:
    """``/refusals``."""
    routes = APIRouter(tags=["auto-enrollment"])

    @routes.get("/refusals", summary="Who was not enrolled and why, newest first")
    async def list_refusals(asked: Annotated[RefusalsAsked, Query()]) -> RefusalsPage:
        if asked.standing and asked.state not in (None, "standing"):
            words = f"`standing=true` and `state={asked.state}` contradict each other"
            raise HTTPException(422, f"standing, state: {words}")
        return await listed(ways, listings.REFUSALS, RefusalsPage, refusal_row, asked)

    return routes
