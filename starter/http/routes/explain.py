"""Why a person is or is not in a sequence. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from services.explaining.answer import Explanation
from services.explaining.gather import explainer
from starter.http.errors import answers
from starter.http.list_parameters import ID, PersonId, SequenceName

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


def router(ways: Ways) -> APIRouter:
    """``/people/{id}/sequences/{name}/explain``."""
    routes = APIRouter(tags=["auto-enrollment"])
    asked = explainer(ways.settings)

    @routes.get(
        "/people/{person}/sequences/{name}/explain",
        summary="Why a person is or is not in a sequence",
        responses=answers(404, 409),
    )
    async def explain_person(
        person: PersonId, name: SequenceName, record: Annotated[str | None, Query(pattern=ID)] = None
    ) -> Explanation:
        async with ways.database.transaction() as connection:
            return await asked.explain(connection, name, person, ways.clock(), record=record)

    return routes
