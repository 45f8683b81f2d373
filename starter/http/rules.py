"""Auto-enrollment over HTTP: explanations, windows, batches, scans, fields. Behind the bearer token."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from activities.rules import batches
from adapters.postgres import queries
from sequences.errors import DefinitionError, UnavailableError
from sequences.rule_runs import Origin
from starter import refused, windows
from starter.explaining import explainer
from starter.fields import field_lines
from starter.rule_orders import require_rules

if TYPE_CHECKING:
    from starter.http.ways import Ways
    from starter.rule_orders import RuleOrders

BY = "HTTP"
_ID = r"^[A-Za-z0-9._:-]{1,64}$"
_SLUG = r"^[a-z0-9][a-z0-9-]{0,62}$"

PersonId = Annotated[str, Path(pattern=_ID, description="The CRM's id of the person.")]
SequenceName = Annotated[str, Path(pattern=_SLUG, description="Name of the sequence.")]
BatchKey = Annotated[str, Path(pattern=_SLUG, description="Id of a held batch, or a sequence: all of its batches.")]
Json = dict[str, Any]


class LiftRequest(BaseModel):
    """Which window ends early."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(pattern=_ID)
    sequence: str = Field(pattern=_SLUG)
    record: str | None = Field(default=None, pattern=_ID, description="Of several placements, the one that is meant.")
    reason: str = Field(default="", max_length=200, description="Kept with the window; no personal data.")


class MoveRequest(BaseModel):
    """Which window gets another end."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(pattern=_ID)
    sequence: str = Field(pattern=_SLUG)
    until: str = Field(max_length=40, description="An instant with Z or offset, a date, or a span from now: 6 months.")
    reason: str = Field(default="", max_length=200, description="Kept with the window; no personal data.")


class ScanRequest(BaseModel):
    """A scan; all of it may be left out."""

    model_config = ConfigDict(extra="forbid")

    existing: bool = Field(default=False, description="Everybody who matches, not only who came to match by time.")


def router(ways: Ways) -> APIRouter:
    """``/people/{id}/...``, ``/windows``, ``/batches``, ``/refusals``, ``/sequences/{name}/scan`` and ``/fields``."""
    routes = APIRouter(tags=["auto-enrollment"])
    _people(routes, ways)
    _windows(routes, ways)
    _batches(routes, ways)
    _refusals(routes, ways)
    _scans(routes, ways)

    @routes.get("/fields", summary="The fields that templates, rules, stop rules and set_field may name")
    async def fields(record: Literal["person", "placement"] | None = None) -> list[Json]:
        return [dataclasses.asdict(line) for line in field_lines(ways.settings.catalogue(), record or "")]

    return routes


def _people(routes: APIRouter, ways: Ways) -> None:
    asked = explainer(ways.settings)

    @routes.get("/people/{person}/sequences/{name}/explain", summary="Why somebody is or is not in a sequence")
    async def explain(
        person: PersonId, name: SequenceName, record: Annotated[str | None, Query(pattern=_ID)] = None
    ) -> Json:
        async with ways.database.transaction() as connection:
            return dataclasses.asdict(await asked.explain(connection, name, person, ways.clock(), record=record))

    @routes.get("/people/{person}/windows", summary="The re-enrollment windows of a person, the newest first")
    async def person_windows(person: PersonId) -> list[Json]:
        async with ways.database.transaction() as connection:
            return [dataclasses.asdict(each) for each in await windows.windows_of(connection, person, ways.clock())]


def _windows(routes: APIRouter, ways: Ways) -> None:
    @routes.post("/windows/lift", summary="End a window early: the next match of the rules enters again")
    async def lift(asked: LiftRequest) -> Json:
        async with ways.database.transaction() as connection:
            done = await windows.lift(
                connection, asked.person, asked.sequence, by=BY, reason=asked.reason, now=ways.clock(),
                record=asked.record,
            )  # fmt: skip
        return dataclasses.asdict(done)

    @routes.post("/windows/move", summary="Let a window end earlier or later")
    async def move(asked: MoveRequest) -> Json:
        now = ways.clock()
        try:
            until = windows.read_until(asked.until, now)
        except DefinitionError as error:
            raise HTTPException(422, str(error)) from None
        async with ways.database.transaction() as connection:
            done = await windows.move(
                connection, asked.person, asked.sequence, until, by=BY, reason=asked.reason, now=now
            )  # fmt: skip
        return dataclasses.asdict(done)


def _batches(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/batches", summary="Who matched and waits: for approval, or for a day's share")
    async def waiting(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[Json]:
        async with ways.database.transaction() as connection:
            return await queries.rows(connection, "explain_batches", limit=limit)

    @routes.post("/batches/{key}/approve", summary="Let a held batch in; everybody in it is looked at again")
    async def approve(key: BatchKey) -> Json:
        async with ways.database.transaction() as connection:
            records = await batches.approve(connection, key, BY, ways.clock())
        return {"key": key, "decision": "approved", "records": records}

    @routes.post("/batches/{key}/discard", summary="Let nobody of a held batch in")
    async def discard(key: BatchKey) -> Json:
        async with ways.database.transaction() as connection:
            records = await batches.discard(connection, key, BY, ways.clock())
        return {"key": key, "decision": "discarded", "records": records}


def _refusals(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/refusals", summary="Who did not enter and why, the newest first")
    async def refusals(
        sequence: Annotated[str | None, Query(pattern=_SLUG)] = None,
        person: Annotated[str | None, Query(pattern=_ID)] = None,
        reason: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$", description="Such as unreachable.")] = None,
        standing: Annotated[bool, Query(description="Only those who have not entered since.")] = False,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[Json]:
        async with ways.database.transaction() as connection:
            rows = await refused.refusals(
                connection, sequence=sequence, person=person, reason=reason, standing=standing, limit=limit
            )
        return [dataclasses.asdict(row) for row in rows]


def _scans(routes: APIRouter, ways: Ways) -> None:
    def temporal() -> RuleOrders:
        if ways.rules is None:
            raise UnavailableError("nobody scans here: Temporal is not connected")
        return ways.rules

    @routes.post("/sequences/{name}/scan", status_code=202, summary="Look for people for whom a rule is true by now")
    async def scan(name: SequenceName, asked: ScanRequest | None = None) -> Json:
        origin = Origin.EXISTING if asked is not None and asked.existing else Origin.SCAN
        async with ways.database.transaction() as connection:
            await require_rules(connection, name)
        return {"sequence": name, "origin": origin, "workflow_id": await temporal().start_scan(name, origin)}

    @routes.get("/sequences/{name}/scan", summary="How far the newest scan by hand is")
    async def progress(name: SequenceName) -> Json:
        return dataclasses.asdict(await temporal().scanned(name))
