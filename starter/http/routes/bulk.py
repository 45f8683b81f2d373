"""Pausing and resuming everything of one sequence or one owner, or all there is. Behind the bearer token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError
from sequences.ids import bulk_control_workflow_id
from sequences.runs.bulk import HoldScope
from sequences.runs.hold import EVERYTHING_KEY
from services.operations.bulk import BulkControl, BulkRequest
from services.reading.listed import HoldLine
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    STORABLE,
    AskedBetween,
    OfOwner,
    OfSequence,
    OwnerId,
    Reason,
    SequenceName,
)

if TYPE_CHECKING:
    from sequences.access.caller import Caller
    from services.operations.bulk import BulkOrders
    from starter.http.dependencies import Ways

_KEY = r"^[!-~]{1,100}$"


class HoldsPage(Page[HoldLine]):
    """A page of holds."""


class HoldsAsked(AskedBetween):
    """Which holds."""

    sequence: OfSequence = None
    owner: OfOwner = None


class BulkAsked(BaseModel):
    """What pauses and resumes have in common; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(
        default=None, pattern=_KEY, description="A repeated id has no effect.", examples=["holidays-2027"]
    )
    reason: Reason = Field(
        default="", description="Shown in the story of every run; no personal data.", examples=["holidays"]
    )
    rate: int | None = Field(default=None, ge=1, le=1000, description="Maximum runs a second.")
    by: str = Field(default="", max_length=100, pattern=STORABLE, description="Who asks, for people.")


class BulkPause(BulkAsked):
    """A pause of everything; all keys are optional."""

    until: str | None = Field(
        default=None,
        max_length=40,
        pattern=STORABLE,
        description="When to resume: a length of time from now, an instant (ISO 8601 with offset), or a date (midnight "
        "UTC); null: when somebody does.",
        examples=["2 hours", "2027-05-04T09:00:00Z"],
    )


class BulkResume(BulkAsked):
    """A resume of everything."""

    mode: Literal["", "shift", "skip", "send_one"] = Field(
        default="", description="What to do with steps whose time has passed. Empty: on_resume of each sequence."
    )


class BulkOrdered(BaseModel):
    """The order is accepted; `GET` on the same address without the last part shows progress."""

    scope: HoldScope
    key: str
    workflow_id: str
    rate: int


class BulkProgress(BaseModel):
    """Progress of the newest order: `stage` is beginning, pausing, releasing, resuming or done.

    Attributes:
        failed: why it stopped early; only if it did. Give the order again.
    """

    kind: str
    stage: str
    done: int
    left: int
    unanswered: int
    failed: str | None = None


def router(ways: Ways, orders: BulkOrders) -> APIRouter:
    """``/sequences/{name}/...``, ``/owners/{id}/...``, ``/everything/...`` and ``/holds``."""
    routes = APIRouter(tags=["everything at once"])
    control = BulkControl(ways.database, orders, ways.clock)

    async def pause(scope: HoldScope, key: str, caller: Caller, asked: BulkPause | None) -> BulkOrdered:
        wanted = asked or BulkPause()
        by = caller.speaking_for(wanted.by) or caller.by
        rate = wanted.rate or ways.settings.bulk_rate
        nonce, until = wanted.id or secrets.token_hex(16), None
        if wanted.until is not None:
            try:
                until = read_until(wanted.until, ways.clock(), "the end of a pause")
            except DefinitionError as error:
                raise HTTPException(422, str(error)) from None
        await control.pause(scope, key, BulkRequest(nonce, rate, wanted.reason, by=by, until=until))
        return BulkOrdered(scope=scope, key=key, workflow_id=bulk_control_workflow_id(scope, key), rate=rate)

    async def resume(scope: HoldScope, key: str, caller: Caller, asked: BulkResume | None) -> BulkOrdered:
        wanted = asked or BulkResume()
        by = caller.speaking_for(wanted.by) or caller.by
        rate = wanted.rate or ways.settings.bulk_rate
        await control.resume(
            scope,
            key,
            BulkRequest(wanted.id or secrets.token_hex(16), rate, wanted.reason, wanted.mode, by),
        )
        return BulkOrdered(scope=scope, key=key, workflow_id=bulk_control_workflow_id(scope, key), rate=rate)

    async def progress(scope: HoldScope, key: str) -> BulkProgress:
        state = await orders.progress(scope, key)
        kind = (state.waiting or state.order).kind
        return BulkProgress(
            kind=kind,
            stage=state.stage,
            done=state.done,
            left=state.left,
            unanswered=state.unanswered,
            failed=state.failed or None,
        )

    @routes.post(
        "/sequences/{name}/pause",
        status_code=202,
        summary="Send nothing of a sequence until it is resumed",
        responses=answers(400, 404, 409),
    )
    async def pause_sequence(name: SequenceName, caller: CurrentCaller, asked: BulkPause | None = None) -> BulkOrdered:
        return await pause(HoldScope.SEQUENCE, name, caller, asked)

    @routes.post(
        "/sequences/{name}/resume",
        status_code=202,
        summary="Resume the runs that the pause paused",
        responses=answers(400, 409),
    )
    async def resume_sequence(
        name: SequenceName, caller: CurrentCaller, asked: BulkResume | None = None
    ) -> BulkOrdered:
        return await resume(HoldScope.SEQUENCE, name, caller, asked)

    @routes.get(
        "/sequences/{name}/control",
        response_model_exclude_none=True,
        responses=answers(404, 409),
        summary="Progress of the newest pause or resume of a sequence",
    )
    async def get_sequence_control(name: SequenceName) -> BulkProgress:
        return await progress(HoldScope.SEQUENCE, name)

    @routes.post(
        "/owners/{owner}/pause",
        status_code=202,
        summary="Send nothing of an owner until it is resumed",
        responses=answers(400, 404, 409),
    )
    async def pause_owner(owner: OwnerId, caller: CurrentCaller, asked: BulkPause | None = None) -> BulkOrdered:
        return await pause(HoldScope.OWNER, owner, caller, asked)

    @routes.post(
        "/owners/{owner}/resume",
        status_code=202,
        summary="Resume the runs that the pause paused",
        responses=answers(400, 409),
    )
    async def resume_owner(owner: OwnerId, caller: CurrentCaller, asked: BulkResume | None = None) -> BulkOrdered:
        return await resume(HoldScope.OWNER, owner, caller, asked)

    @routes.get(
        "/owners/{owner}/control",
        response_model_exclude_none=True,
        responses=answers(404, 409),
        summary="Progress of the newest pause or resume of an owner",
    )
    async def get_owner_control(owner: OwnerId) -> BulkProgress:
        return await progress(HoldScope.OWNER, owner)

    @routes.post(
        "/everything/pause",
        status_code=202,
        summary="Send nothing to anybody until everything is resumed",
        responses=answers(400, 409),
    )
    async def pause_everything(caller: CurrentCaller, asked: BulkPause | None = None) -> BulkOrdered:
        return await pause(HoldScope.EVERYTHING, EVERYTHING_KEY, caller, asked)

    @routes.post(
        "/everything/resume",
        status_code=202,
        summary="Resume the runs that the pause paused",
        responses=answers(400, 409),
    )
    async def resume_everything(caller: CurrentCaller, asked: BulkResume | None = None) -> BulkOrdered:
        return await resume(HoldScope.EVERYTHING, EVERYTHING_KEY, caller, asked)

    @routes.get(
        "/everything/control",
        response_model_exclude_none=True,
        responses=answers(404, 409),
        summary="Progress of the newest pause or resume of everything",
    )
    async def get_everything_control() -> BulkProgress:
        return await progress(HoldScope.EVERYTHING, EVERYTHING_KEY)

    @routes.get("/holds", summary="What is paused, with the number of paused runs")
    async def list_holds(asked: Annotated[HoldsAsked, Query()]) -> HoldsPage:
        return await listed(ways, listings.HOLDS, HoldsPage, HoldLine, asked)

    return routes
