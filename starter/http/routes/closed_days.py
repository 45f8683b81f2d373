"""Days on which nothing goes, of the organisation or of one owner. Behind the bearer token."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sequences.errors import DefinitionError
from sequences.planning.closed_days import parse_days
from services.operations.closed_days import ClosedList, DaysChange, change_closed_days, closed_list, plan_again
from starter.http.errors import answers
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_Whose = Annotated[str | None, Field(pattern=ID, description="Id of an owner; without one, the whole organisation.")]

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SHAPE = rf"^{_DAY}(\.\.{_DAY})?$"


def _readable(text: str) -> str:
    try:
        parse_days(text)
    except DefinitionError as error:
        # As pydantic expects it: the request is answered with 422.
        raise ValueError(str(error)) from error
    return text


class DaysAsked(BaseModel):
    """Days to close, or to open again."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[str, AfterValidator(_readable)] = Field(
        max_length=40,
        pattern=_SHAPE,
        description="A day, or FIRST..LAST; at most a year.",
        examples=["2026-12-24..2027-01-02"],
    )
    owner: _Whose = None


class DaysChanged(BaseModel):
    """What changed: how many days, and how many open runs are to be planned again."""

    days: str
    owner: str | None
    removed: bool
    changed: int
    runs: int


def router(ways: Ways) -> APIRouter:
    """``/closed-days``."""
    routes = APIRouter(prefix="/closed-days", tags=["everything at once"])

    async def change(asked: DaysAsked, *, remove: bool) -> DaysChanged:
        wanted, now, runs = DaysChange(parse_days(asked.days), asked.owner, remove), ways.clock(), 0
        changed = await change_closed_days(ways.database, wanted, now)
        async for asked_by_now in plan_again(ways.database, wanted, now):
            runs = asked_by_now
        return DaysChanged(days=asked.days, owner=asked.owner, removed=remove, changed=changed, runs=runs)

    @routes.get("", summary="Closed days, the organisation's first")
    async def list_closed_days(
        owner: Annotated[str | None, Query(pattern=ID, description="Only what counts for this owner.")] = None,
        first: Annotated[date | None, Query(description="Nothing before this day.")] = None,
    ) -> ClosedList:
        async with ways.database.transaction() as connection:
            return await closed_list(connection, owner, first)

    @routes.post("", summary="Close days: nothing is sent or done on them", responses=answers(400, 404))
    async def close_days(asked: DaysAsked) -> DaysChanged:
        return await change(asked, remove=False)

    @routes.post("/remove", summary="Open closed days again", responses=answers(400, 404))
    async def open_days(asked: DaysAsked) -> DaysChanged:
        return await change(asked, remove=True)

    return routes
