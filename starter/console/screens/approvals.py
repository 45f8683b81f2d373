"""Approvals: who would be enrolled, why, and what they would get first; all of a batch, some of it, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import PersonOf, may
from sequences.errors import NotFoundError
from services.auto_enroll import batches
from services.auto_enroll.chosen import approve_chosen, discard_chosen
from services.console.approvals import BatchAsked, batch_page, waiting_batches
from services.console.looking import looking
from services.organisation import renderer_of
from services.publishing.render import Rendering
from starter.console.posted import posted
from starter.console.proof import proved
from starter.console.session import CurrentSession, CurrentViewer, needs
from starter.http.list_parameters import WORD
from starter.mail_wiring import signer_of

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from services.console.approvals import BatchPage
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Batch = Annotated[str, Path(pattern=WORD)]
_DECIDE: Final = {"approve": (batches.approve, approve_chosen), "discard": (batches.discard, discard_chosen)}
_CHOSEN: Final = "record-"
"""Before the id of a record in the name of its box."""


def router(ways: Ways, views: Views) -> APIRouter:
    """``/approvals`` and ``/approvals/{batch}``."""
    routes = APIRouter()

    @routes.get("/approvals")
    async def show_approvals(request: Request, viewer: CurrentViewer) -> Response:
        async with looking(ways.database) as connection:
            found = await waiting_batches(connection)
        return views.page("screens/approvals.html", viewer, batches=found, address=views.address(request))

    @routes.get("/approvals/{batch_id}")
    async def show_batch(
        request: Request, viewer: CurrentViewer, batch_id: _Batch, cursor: Annotated[str, Query(max_length=2000)] = ""
    ) -> Response:
        rendering = Rendering(
            ways.enrolling.records, renderer_of(ways.settings), ways.organisation, signer_of(ways.settings)
        )
        async with looking(ways.database) as connection:
            asked = BatchAsked(batch_id, cursor)
            found = await batch_page(connection, ways.enrolling.versions, rendering, asked, ways.clock())
        return views.page(
            "screens/batch.html",
            viewer,
            found=found,
            hidden=_unseen(found, viewer, Act.READ_PERSON),
            masked=_unseen(found, viewer, Act.READ_MESSAGE),
            address=views.address(request),
        )

    @routes.post("/approvals/{batch_id}/decide", dependencies=[Depends(needs(Act.APPROVE))])
    async def decide_batch(
        request: Request, session: CurrentSession, viewer: CurrentViewer, batch_id: _Batch
    ) -> Response:
        form = await posted(request)
        decision, _, which = form.get("decision", "").partition("-")
        if decision not in _DECIDE or which not in ("all", "chosen"):
            raise HTTPException(422, views.t("batch.unclear"))
        by, whole_batch, some = viewer.name or viewer.email, *_DECIDE[decision]
        chosen = [name.removeprefix(_CHOSEN) for name in form if name.startswith(_CHOSEN)]
        if which == "chosen" and not chosen:
            return views.done(f"/approvals/{batch_id}", "nobody_chosen")
        if decision == "approve":
            async with ways.database.transaction() as connection:
                held = sum(each.records for each in await waiting_batches(connection, batch_id))
            proved(request, session, Act.APPROVE, held if which == "all" else len(chosen))
        try:
            async with ways.database.transaction() as connection:
                if which == "all":
                    await whole_batch(connection, batch_id, by, ways.clock())
                else:
                    await some(connection, batch_id, chosen, by, ways.clock())
        except NotFoundError:
            # A second press, or somebody else was faster.
            return views.done("/approvals", "batch_decided_already")
        return views.done("/approvals", f"batch_{decision}")

    return routes


def _unseen(found: BatchPage, viewer: Viewer, act: Act) -> frozenset[str]:
    """People of a page for whom the viewer may not do that."""
    return frozenset(each.person_id for each in found.people if not may(viewer, act, PersonOf(each.owner_id)))
