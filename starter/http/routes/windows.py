"""Re-enrollment windows: listing them, ending one early, moving its end. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings, queries
from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError, NotFoundError
from services.explaining.answer import Window
from services.operations import move_window as windows
from services.operations.move_window import WindowAnswer, WindowOrder, window_of
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    ID,
    SLUG,
    STORABLE,
    Asked,
    AskedBetween,
    OfOwner,
    OfPerson,
    OfSequence,
    PersonId,
    Reason,
    WindowState,
)

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_ORDERED = answers(400, 404, 409)


class WindowsPage(Page[Window]):
    """A page of re-enrollment windows."""


class WindowsAsked(AskedBetween):
    """Which windows."""

    person: OfPerson = None
    sequence: OfSequence = None
    owner: Annotated[OfOwner, Field(description="Owner of the enrollment that opened it.")] = None
    state: WindowState | None = None


class WindowLiftRequest(BaseModel):
    """The window to end early."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(pattern=ID, examples=["4711"])
    sequence: str = Field(pattern=SLUG, examples=["new-services"])
    record: str | None = Field(
        default=None, pattern=ID, description="Id of the placement, if the person has several.", examples=[None]
    )
    reason: Reason = Field(default="", description="Kept with the window; no personal data.", examples=["a new role"])


class WindowMoveRequest(BaseModel):
    """The window to move."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(pattern=ID, examples=["4711"])
    sequence: str = Field(pattern=SLUG, examples=["new-services"])
    until: str = Field(
        max_length=40,
        pattern=STORABLE,
        description="An instant with Z or offset, a date, or a span from now: 6 months.",
    )
    reason: Reason = Field(default="", description="Kept with the window; no personal data.", examples=["a new role"])


def router(ways: Ways) -> APIRouter:
    """``/windows``, ``/windows/lift``, ``/windows/move`` and ``/people/{id}/windows``."""
    routes = APIRouter(tags=["auto-enrollment"])

    @routes.get(
        "/people/{person}/windows",
        summary="The re-enrollment windows of a person, newest first",
        responses=answers(404),
    )
    async def list_person_windows(person: PersonId, asked: Annotated[Asked, Query()]) -> WindowsPage:
        async with ways.database.transaction() as connection:
            if await queries.person_row(connection, id=person) is None:
                raise NotFoundError(f"there is no person with the id {person}")
        return await _page(ways, WindowsAsked(person=person, limit=asked.limit, cursor=asked.cursor))

    @routes.get("/windows", summary="Re-enrollment windows, newest first")
    async def list_windows(asked: Annotated[WindowsAsked, Query()]) -> WindowsPage:
        return await _page(ways, asked)

    @routes.post(
        "/windows/lift", summary="End a window early: the next match of the rules is enrolled again", responses=_ORDERED
    )
    async def lift_window(asked: WindowLiftRequest, caller: CurrentCaller) -> WindowAnswer:
        async with ways.database.transaction() as connection:
            order = WindowOrder(asked.person, asked.sequence, caller.by, asked.reason, asked.record)
            return await windows.lift(connection, order, ways.clock())

    @routes.post("/windows/move", summary="Let a window end earlier or later", responses=_ORDERED)
    async def move_window(asked: WindowMoveRequest, caller: CurrentCaller) -> WindowAnswer:
        now = ways.clock()
        try:
            until = read_until(asked.until, now, "the end of a window")
        except DefinitionError as error:
            raise HTTPException(422, str(error)) from None
        async with ways.database.transaction() as connection:
            order = WindowOrder(asked.person, asked.sequence, caller.by, asked.reason)
            return await windows.move(connection, order, until, now)

    return routes


async def _page(ways: Ways, asked: WindowsAsked) -> WindowsPage:
    now = ways.clock()
    return await listed(ways, listings.WINDOWS, WindowsPage, lambda row: window_of(row, now), asked)
