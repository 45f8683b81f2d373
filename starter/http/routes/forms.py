"""Published forms, and taking back a link to one. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.operations.revoke_form import revoke_form
from services.reading.submissions import FormLine
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import ENROLLMENT, SLUG, AskedBetween

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

FormName = Annotated[str, Path(pattern=SLUG, description="Name of the form.")]


class FormsPage(Page[FormLine]):
    """A page of forms."""


class RevokedLink(BaseModel):
    """Whose link to a form stops working."""

    model_config = ConfigDict(extra="forbid")

    enrollment: str = Field(pattern=ENROLLMENT, description="Id of the enrollment.")


class LinkRevoked(BaseModel):
    """The link does not work any more."""

    form: str
    enrollment: str
    revoked: Literal[True] = True


def router(ways: Ways) -> APIRouter:
    """``/forms`` and ``/forms/{form}/revoke``."""
    routes = APIRouter(prefix="/forms", tags=["forms"])

    @routes.get("", summary="Published forms, by name")
    async def list_forms(asked: Annotated[AskedBetween, Query()]) -> FormsPage:
        return await listed(ways, listings.FORMS, FormsPage, FormLine, asked)

    @routes.post(
        "/{form}/revoke",
        summary="Make the link of an enrollment to a form stop working",
        responses=answers(400, 404),
    )
    async def revoke_form_link(form: FormName, wanted: RevokedLink) -> LinkRevoked:
        async with ways.database.transaction() as connection:
            await revoke_form(connection, form, wanted.enrollment, ways.clock())
        return LinkRevoked(form=form, enrollment=wanted.enrollment)

    return routes
