"""The list of sequences. What became of people is counted after the page has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import UnavailableError
from services.console.looking import looking
from services.console.sequences import SORTS, STATES, SequencesView, new_drafts, sequence_numbers, sequence_summaries
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TEMPLATE = "screens/sequences.html"


class _Asked(BaseModel):
    """Which sequences, in which order: a word that there is not counts as left out."""

    words: str = Field(default="", max_length=100)
    state: str = ""
    owner: str = Field(default="", max_length=200)
    sort: str = ""
    cursor: str = Field(default="", max_length=100)
    numbers: str = ""


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences``."""
    routes = APIRouter()

    @routes.get("/sequences")
    async def sequences(request: Request, viewer: CurrentViewer, query: Annotated[_Asked, Query()]) -> Response:
        authorize(viewer, Act.LOOK)
        asked = SequencesView(
            query.words,
            query.state if query.state in STATES else "all",
            query.sort if query.sort in SORTS else "name",
            after=query.cursor,
            owner=query.owner,
        )
        async with looking(ways.database) as connection:
            found = await sequence_summaries(connection, asked)
            drafts = await new_drafts(connection) if asked == SequencesView() else ()
        counted, slow = None, False
        if query.numbers:
            try:
                counted = await sequence_numbers(ways.database, ways.clock())
            except UnavailableError:
                slow = True
        values: dict[str, Any] = {
            "asked": asked,
            "found": found,
            "drafts": drafts,
            "numbers": counted,
            "slow": slow,
            "address": views.address(request),
            "states": [(each, views.t(f"sequences.state_{each}")) for each in STATES],
        }
        return views.answer(request, _TEMPLATE, "list", viewer, **values)

    return routes
