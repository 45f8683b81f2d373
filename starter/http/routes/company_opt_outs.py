"""Replies that speak for a whole company, and what a person decides about them. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.operations.company_opt_outs import Decider, Scope, dismiss_company, suppress_company
from services.reading.listed import CompanyOptOutLine
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import STORABLE, AskedBetween, OfClient, OfOwner, OfPerson, OfSequence, ReplyId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_By = Annotated[str, Field(max_length=100, pattern=STORABLE, description="Who decides.", examples=["Dana"])]


class CompanyOptOutsPage(Page[CompanyOptOutLine]):
    """A page of such replies."""


class CompanyOptOutsAsked(AskedBetween):
    """Which of them."""

    state: Literal["open", "suppressed", "dismissed"] | None = None
    client: OfClient = None
    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None


class SuppressCompany(BaseModel):
    """The company is not to be contacted."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope = Field(
        default="both", description="client: its contacts; domain: its addresses, also later ones; both."
    )
    by: _By = ""


class DismissCompany(BaseModel):
    """The words do not speak for the company."""

    model_config = ConfigDict(extra="forbid")

    by: _By = ""


class CompanyDecided(BaseModel):
    """What became of it: who is suppressed, and how many open runs end."""

    reply: str
    state: Literal["suppressed", "dismissed"]
    client: str | None
    domain: str | None
    people: int
    runs: int
    repeated: bool


def router(ways: Ways) -> APIRouter:
    """``/company-opt-outs``."""
    routes = APIRouter(prefix="/company-opt-outs", tags=["reviews"])

    @routes.get("", summary="Replies that ask not to write to anybody at a company, oldest first")
    async def list_company_opt_outs(asked: Annotated[CompanyOptOutsAsked, Query()]) -> CompanyOptOutsPage:
        return await listed(ways, listings.COMPANY_OPT_OUTS, CompanyOptOutsPage, CompanyOptOutLine, asked)

    @routes.post(
        "/{reply_id}/suppress",
        summary="Suppress the client and the domain of such a reply",
        responses=answers(400, 404, 409),
    )
    async def suppress_the_company(
        reply_id: ReplyId, caller: CurrentCaller, asked: SuppressCompany | None = None
    ) -> CompanyDecided:
        wanted = asked or SuppressCompany()
        async with ways.database.transaction() as connection:
            done = await suppress_company(
                connection, reply_id, wanted.scope, Decider(caller.speaking_for(wanted.by) or None, ways.clock())
            )
        return CompanyDecided.model_validate(done, from_attributes=True)

    @routes.post(
        "/{reply_id}/dismiss",
        summary="Say that a reply does not speak for its company",
        responses=answers(400, 404, 409),
    )
    async def dismiss_the_company(
        reply_id: ReplyId, caller: CurrentCaller, asked: DismissCompany | None = None
    ) -> CompanyDecided:
        by = caller.speaking_for(asked.by if asked else "")
        async with ways.database.transaction() as connection:
            done = await dismiss_company(connection, reply_id, Decider(by or None, ways.clock()))
        return CompanyDecided.model_validate(done, from_attributes=True)

    return routes
