"""Auto-enrollment over HTTP: explanations, windows, batches, scans, fields. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings, queries
from sequences.auto_enroll.messages import Origin, ScanState
from sequences.errors import DefinitionError, NotFoundError, UnavailableError
from services.auto_enroll import batches
from services.explaining.answer import Explanation, Window
from services.explaining.gather import explainer
from services.operations import move_window as windows
from services.operations.move_window import WindowAnswer, WindowOrder, window_of
from services.operations.scan_orders import require_rules
from services.reading.fields import FieldLine, field_lines
from services.reading.listed import BatchLine
from services.reading.refused import RefusalRow, refusal_row
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import ID as _ID
from starter.http.list_parameters import SLUG as _SLUG
from starter.http.list_parameters import (
    STORABLE,
    BatchState,
    Cursor,
    Limit,
    OfOwner,
    OfPerson,
    OfSequence,
    Reason,
    RecordType,
    RefusalState,
    Since,
    Until,
    WindowState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.operations.scan_orders import RuleOrders
    from starter.http.dependencies import Ways

BY = "HTTP"
_ORDERED = answers(400, 404, 409)

PersonId = Annotated[str, Path(pattern=_ID, description="The CRM's id of the person.")]
SequenceName = Annotated[str, Path(pattern=_SLUG, description="Name of the sequence.")]
BatchKey = Annotated[
    str, Path(pattern=_SLUG, description="Id of a batch that awaits approval, or a sequence for all of its batches.")
]


class WindowsPage(Page[Window]):
    """A page of re-enrollment windows."""


class BatchesPage(Page[BatchLine]):
    """A page of matches that wait to be enrolled."""


class RefusalsPage(Page[RefusalRow]):
    """A page of refusals."""


class BatchDecision(BaseModel):
    """The result for a batch, with its number of records."""

    key: str
    decision: Literal["approved", "discarded"]
    records: int


class ScanStarted(BaseModel):
    """A running scan; ``GET`` on the same address shows progress."""

    sequence: str
    origin: Origin
    workflow_id: str


class WindowLiftRequest(BaseModel):
    """The window to end early."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(pattern=_ID, examples=["4711"])
    sequence: str = Field(pattern=_SLUG, examples=["new-services"])
    record: str | None = Field(
        default=None, pattern=_ID, description="Id of the placement, if the person has several.", examples=[None]
    )
    reason: Reason = Field(default="", description="Kept with the window; no personal data.", examples=["a new role"])


class WindowMoveRequest(BaseModel):
    """The window to move."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(pattern=_ID, examples=["4711"])
    sequence: str = Field(pattern=_SLUG, examples=["new-services"])
    until: str = Field(
        max_length=40,
        pattern=STORABLE,
        description="An instant with Z or offset, a date, or a span from now: 6 months.",
    )
    reason: Reason = Field(default="", description="Kept with the window; no personal data.", examples=["a new role"])


class ScanRequest(BaseModel):
    """A scan; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    existing: bool = Field(
        default=False, description="Everyone who matches, not only those who match because of a date."
    )


def router(ways: Ways) -> APIRouter:
    """``/people/{id}/...``, ``/windows``, ``/batches``, ``/refusals``, ``/sequences/{name}/scan`` and ``/fields``."""
    routes = APIRouter(tags=["auto-enrollment"])
    _people(routes, ways)
    _windows(routes, ways)
    _batches(routes, ways)
    _refusals(routes, ways)
    _scans(routes, ways)

    @routes.get("/fields", summary="The fields that templates, rules, stop rules and set_field may name")
    async def list_fields(record: RecordType | None = None) -> list[FieldLine]:
        return list(field_lines(ways.settings.catalogue(), record or ""))

    return routes


def _people(routes: APIRouter, ways: Ways) -> None:
    asked = explainer(ways.settings)

    @routes.get(
        "/people/{person}/sequences/{name}/explain",
        summary="Why a person is or is not in a sequence",
        responses=answers(404, 409),
    )
    async def explain_person(
        person: PersonId, name: SequenceName, record: Annotated[str | None, Query(pattern=_ID)] = None
    ) -> Explanation:
        async with ways.database.transaction() as connection:
            return await asked.explain(connection, name, person, ways.clock(), record=record)

    @routes.get(
        "/people/{person}/windows",
        summary="The re-enrollment windows of a person, newest first",
        responses=answers(404),
    )
    async def list_person_windows(person: PersonId, limit: Limit = 100, cursor: Cursor = None) -> WindowsPage:
        async with ways.database.transaction() as connection:
            if await queries.person_row(connection, id=person) is None:
                raise NotFoundError(f"there is no person with the id {person}")
        return await _windows_page(ways, {"person": person}, cursor, limit)


async def _windows_page(ways: Ways, asked: Mapping[str, object], cursor: str | None, limit: int) -> WindowsPage:
    now = ways.clock()
    return await listed(ways, listings.WINDOWS, WindowsPage, lambda row: window_of(row, now), asked, cursor, limit)


def _windows(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/windows", summary="Re-enrollment windows, newest first")
    async def list_windows(
        person: OfPerson = None,
        sequence: OfSequence = None,
        owner: Annotated[OfOwner, Query(description="Owner of the enrollment that opened it.")] = None,
        state: WindowState | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> WindowsPage:
        asked = {"person": person, "sequence": sequence, "owner": owner, "state": state, "since": since, "until": until}
        return await _windows_page(ways, asked, cursor, limit)

    @routes.post(
        "/windows/lift", summary="End a window early: the next match of the rules is enrolled again", responses=_ORDERED
    )
    async def lift_window(asked: WindowLiftRequest) -> WindowAnswer:
        async with ways.database.transaction() as connection:
            order = WindowOrder(asked.person, asked.sequence, BY, asked.reason, asked.record)
            return await windows.lift(connection, order, ways.clock())

    @routes.post("/windows/move", summary="Let a window end earlier or later", responses=_ORDERED)
    async def move_window(asked: WindowMoveRequest) -> WindowAnswer:
        now = ways.clock()
        try:
            until = windows.read_until(asked.until, now)
        except DefinitionError as error:
            raise HTTPException(422, str(error)) from None
        async with ways.database.transaction() as connection:
            order = WindowOrder(asked.person, asked.sequence, BY, asked.reason)
            return await windows.move(connection, order, until, now)


def _batches(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/batches", summary="Matches that wait for approval, or for max_per_day")
    async def list_batches(
        sequence: OfSequence = None,
        state: BatchState | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> BatchesPage:
        asked = {"sequence": sequence, "state": state, "since": since, "until": until}
        return await listed(ways, listings.BATCHES, BatchesPage, BatchLine, asked, cursor, limit)

    @routes.post(
        "/batches/{key}/approve",
        summary="Approve a batch; everyone in it is checked again",
        responses=answers(404),
    )
    async def approve_batch(key: BatchKey) -> BatchDecision:
        async with ways.database.transaction() as connection:
            records = await batches.approve(connection, key, BY, ways.clock())
        return BatchDecision(key=key, decision="approved", records=records)

    @routes.post("/batches/{key}/discard", summary="Discard a batch: no one in it is enrolled", responses=answers(404))
    async def discard_batch(key: BatchKey) -> BatchDecision:
        async with ways.database.transaction() as connection:
            records = await batches.discard(connection, key, BY, ways.clock())
        return BatchDecision(key=key, decision="discarded", records=records)


def _refusals(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/refusals", summary="Who was not enrolled and why, newest first")
    async def list_refusals(
        sequence: OfSequence = None,
        person: OfPerson = None,
        owner: Annotated[OfOwner, Query(description="Owner of the person.")] = None,
        reason: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$", description="Such as unreachable.")] = None,
        state: RefusalState | None = None,
        standing: Annotated[bool, Query(description="The same as `state=standing`.")] = False,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> RefusalsPage:
        if standing and state not in (None, "standing"):
            raise HTTPException(422, f"standing, state: `standing=true` and `state={state}` contradict each other")
        asked = {
            "sequence": sequence,
            "person": person,
            "owner": owner,
            "reason": reason,
            "state": "standing" if standing else state,
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.REFUSALS, RefusalsPage, refusal_row, asked, cursor, limit)


def _scans(routes: APIRouter, ways: Ways) -> None:
    def temporal() -> RuleOrders:
        if ways.rules is None:
            raise UnavailableError("scans are unavailable: no connection to Temporal")
        return ways.rules

    @routes.post(
        "/sequences/{name}/scan",
        status_code=202,
        summary="Scan for people who newly match a rule",
        responses=answers(400, 404, 409),
    )
    async def start_scan(name: SequenceName, asked: ScanRequest | None = None) -> ScanStarted:
        origin = Origin.EXISTING if asked is not None and asked.existing else Origin.SCAN
        async with ways.database.transaction() as connection:
            await require_rules(connection, name)
        return ScanStarted(sequence=name, origin=origin, workflow_id=await temporal().start_scan(name, origin))

    @routes.get("/sequences/{name}/scan", summary="Progress of the newest scan by hand", responses=answers(404))
    async def get_scan(name: SequenceName) -> ScanState:
        return await temporal().scanned(name)
