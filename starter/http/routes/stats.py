"""Statistics of sequences. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from sequences.statistics.outcomes import By
from services.reading.statistics import Statistics, StatisticsRequest, statistics
from starter.http.errors import answers
from starter.http.list_parameters import OfOwner, OfSequence, Since

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class StatisticsAsked(BaseModel):
    """What is counted."""

    sequence: OfSequence = None
    version: Annotated[int | None, Field(ge=1, le=1_000_000, description="Only this version of the sequence.")] = None
    owner: Annotated[OfOwner, Field(description="Only people of this owner.")] = None
    since: Annotated[Since, Field(description="Only people who entered then or later.")] = None
    by: Annotated[
        By | None, Field(description="What the rows are. Default: `sequence`; `step` if a sequence is given.")
    ] = None


def router(ways: Ways) -> APIRouter:
    """``/stats``."""
    routes = APIRouter(tags=["sequences"])

    @routes.get("/stats", summary="What became of the people in sequences", responses=answers(404))
    async def get_statistics(asked: Annotated[StatisticsAsked, Query()]) -> Statistics:
        if asked.version is not None and asked.sequence is None:
            raise HTTPException(422, "version: needs `sequence`")
        by = asked.by or (By.SEQUENCE if asked.sequence is None else By.STEP)
        wanted = StatisticsRequest(by, asked.sequence, asked.version, asked.since, asked.owner)
        return await statistics(ways.database, wanted)

    return routes
