"""Erasing a person, for admins: what it means, once more who it is, then a job that can be watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from sequences.access.act import Act
from services.console.looking import looking
from services.jobs.erase_person import ask_for_erasing
from services.privacy.ask_to_erase import ErasureOrder
from services.privacy.erasure_scope import shown_erasable
from starter.console.posted import posted
from starter.console.proof import proof_for
from starter.console.session import CurrentDoer, CurrentViewer, needs
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Person = Annotated[str, Path(pattern=ID)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/people/{person}/erase``."""
    routes = APIRouter(dependencies=[Depends(needs(Act.ERASE_PERSON))])

    async def ask(request: Request, viewer: Viewer, person_id: str, problem: str = "") -> Response:
        async with looking(ways.database) as connection:
            who, name = await shown_erasable(connection, person_id)
        values = {"who": who, "name": name, "id": person_id, "problem": problem}
        if problem:
            return views.page("screens/person_erase.html", viewer, 422, **values)
        return views.answer(request, "screens/person_erase.html", "dialog", viewer, **values)

    @routes.get("/people/{person_id}/erase")
    async def ask_to_erase(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        return await ask(request, viewer, person_id)

    @routes.post("/people/{person_id}/erase", dependencies=[Depends(proof_for(Act.ERASE_PERSON))])
    async def erase_person(request: Request, viewer: CurrentViewer, doer: CurrentDoer, person_id: _Person) -> Response:
        form, now, asking = await posted(request), ways.clock(), ways.asking_to_erase
        if form.get("typed", "").strip() != person_id:
            return await ask(request, viewer, person_id, views.t("person_erase.other_id"))
        order = ErasureOrder(person_id, doer, bool(form.get("again")))
        async with ways.database.transaction() as connection:
            if await asking.done_before(connection, person_id, now) is not None:
                return views.done(f"/people/{person_id}", "person_erased_before")
            await asking.begin(connection, order, now)
            job = await ask_for_erasing(connection, order, now)
        return views.done(f"/jobs/{job}", "person_erasing")

    return routes
