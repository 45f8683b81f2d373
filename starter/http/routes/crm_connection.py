"""The CRM that is read and written: how it is getting on, its writes, and trying them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from sequences.errors import NotFoundError
from services.crm.status import CrmStatus, crm_status
from services.crm.status import retry_crm_writes as retry
from services.reading.listed import line_of
from starter.crm_wiring import crm_name
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import ID, Asked

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.http.dependencies import Ways


@dataclass(frozen=True)
class CrmWriteLine:
    """One thing that is, or was, written.

    Attributes:
        occasion: what happened.
        kind: note, task, lead or fields.
        entity: the CRM's name of the kind of the record.
        record: the CRM's id of it.
        state: waiting, done or dead.
        result: what came of the last try.
        made: the CRM's id of what was made.
    """

    id: str
    crm: str
    occasion: str
    kind: str
    entity: str
    record: str
    person_id: str
    at: datetime
    state: str
    tries: int
    next_try_at: datetime
    settled_at: datetime | None
    result: str | None
    made: str | None


class CrmWritesPage(Page[CrmWriteLine]):
    """A page of writes."""


class _WritesAsked(Asked):
    state: str | None = Field(default=None, pattern="^(waiting|done|dead)$", description="waiting, done or dead.")
    person: str | None = Field(default=None, pattern=ID, description="Id of a person.")


class CrmRetry(BaseModel):
    """Which writes to try again."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, pattern=ID, description="Id of a write; default: all that are dead.")


class CrmRetryAnswer(BaseModel):
    """How many writes wait again."""

    retried: int


def router(ways: Ways) -> APIRouter:
    """``/crm``."""
    routes = APIRouter(prefix="/crm", tags=["deliveries"])

    @routes.get("", summary="When the CRM was read, what waits for it, and what failed")
    async def get_crm_status() -> CrmStatus:
        async with ways.database.transaction() as connection:
            return await crm_status(connection, crm_name(ways.settings), ways.clock())

    @routes.get("/writes", summary="What is written to the CRM, newest first")
    async def list_crm_writes(asked: Annotated[_WritesAsked, Query()]) -> CrmWritesPage:
        return await listed(ways, listings.CRM_WRITES, CrmWritesPage, _line, asked)

    @routes.post("/writes/retry", summary="Try dead writes again", responses=answers(400, 404, 409))
    async def retry_crm_writes(asked: CrmRetry | None = None) -> CrmRetryAnswer:
        name = crm_name(ways.settings)
        if name is None:
            raise NotFoundError("the settings name no CRM")
        async with ways.database.transaction() as connection:
            return CrmRetryAnswer(retried=await retry(connection, name, asked.id if asked else None, ways.clock()))

    return routes


def _line(row: queries.ListedCrmWritesRow) -> CrmWriteLine:
    return line_of(CrmWriteLine, row)
