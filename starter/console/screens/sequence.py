"""One sequence: numbers, people and versions, and pausing all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from sequences.runs.bulk import HoldScope
from services.console.jobs import JobsView, jobs_page
from services.console.looking import looking
from services.console.numbers import numbers_of_entered
from services.console.sequence import PEOPLE, RunsAsked, people_in, sequence_head
from services.console.sequence_settings import sequence_pauses, sequence_settings
from services.jobs.ask import ask_for_job
from services.jobs.follow_order import following
from services.operations.bulk import BulkControl, BulkRequest
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.screens.numbers import NumbersQuery
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from sequences.runs.bulk import BulkOrder
    from services.console.sequence_settings import SequencePause
    from services.operations.bulk import BulkOrders
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_VIEWS = ("numbers", "people", "versions", "settings")
_MODES = ("", "shift", "skip", "send_one")


class _Asked(NumbersQuery):
    """Which view, and of what: a word that there is not counts as left out."""

    view: str = ""
    state: str = ""
    cursor: str = Field(default="", max_length=2000)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}``, and its pause."""
    routes = APIRouter()

    @routes.get("/sequences/{name}")
    async def sequence(
        request: Request, viewer: CurrentViewer, name: Named, asked: Annotated[_Asked, Query()]
    ) -> Response:
        authorize(viewer, Act.LOOK)
        shown = asked.view if asked.view in _VIEWS else "numbers"
        who = asked.state if asked.state in PEOPLE else "open"
        people = numbers = settings = None
        pauses: tuple[SequencePause, ...] = ()
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
            jobs = await jobs_page(connection, viewer, JobsView(subject=f"sequence:{name}", only_open=True))
            if shown == "people":
                people = await people_in(connection, viewer, RunsAsked(name, who, asked.version, asked.cursor))
            if shown == "settings":
                settings = await sequence_settings(connection, ways.enrolling.versions, name, asked.version)
                pauses = await sequence_pauses(connection, name)
        if shown == "numbers":
            numbers = await numbers_of_entered(ways.database, asked.asked(name, head, viewer), head)
        return views.page(
            "screens/sequence.html",
            viewer,
            head=head,
            view=shown,
            people=people,
            numbers=numbers,
            settings=settings,
            pauses=pauses,
            state=who,
            run_version=str(asked.version or ""),
            jobs=jobs.lines,
            may_move=may(viewer, Act.PUBLISH),
            address=views.address(request),
            people_of=asked.people_of(views.base),
            people_of_whole=replace(asked.people_of(views.base), by_owner=False),
            csv_query=f"?{request.url.query}" if request.url.query else "",
            may_choose=may(viewer, Act.PUBLISH),
            may_hold=ways.bulk is not None and may(viewer, Act.HOLD),
            people_states=[(each, views.t(f"sequence.people_{each}")) for each in PEOPLE],
            versions=[(str(each.version), views.t("sequence.version", n=each.version)) for each in head.versions],
        )

    if ways.bulk is not None:
        _pausing(routes, ways, views, ways.bulk)
    return routes


def _pausing(routes: APIRouter, ways: Ways, views: Views, orders: BulkOrders) -> None:
    control = BulkControl(ways.database, orders, ways.clock)

    async def question(request: Request, viewer: CurrentViewer, template: str, name: str) -> Response:
        authorize(viewer, Act.HOLD)
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
        modes = [(mode, views.t(f"resume.mode_{mode or 'own'}")) for mode in _MODES]
        return views.answer(request, template, "dialog", viewer, head=head, modes=modes)

    async def follow(viewer: Viewer, name: str, order: BulkOrder) -> None:
        """Temporal has the order: how far it is shows as a job."""
        async with ways.database.transaction() as connection:
            job = following(HoldScope.SEQUENCE, name, order, viewer.user_id)
            await ask_for_job(connection, job, ways.clock())

    @routes.get("/sequences/{name}/pause")
    async def ask_to_pause(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        return await question(request, viewer, "screens/sequence_pause.html", name)

    @routes.get("/sequences/{name}/resume")
    async def ask_to_resume(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        return await question(request, viewer, "screens/sequence_resume.html", name)

    @routes.post("/sequences/{name}/pause")
    async def pause_sequence(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.HOLD)
        form = await posted(request)
        asked = BulkRequest(form.get("key", "")[:100], ways.settings.bulk_rate, form.get("reason", "")[:200])
        await follow(viewer, name, await control.pause(HoldScope.SEQUENCE, name, asked))
        return views.done(f"/sequences/{name}", "sequence_paused")

    @routes.post("/sequences/{name}/resume")
    async def resume_sequence(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.HOLD)
        form = await posted(request)
        mode = form.get("mode", "")
        asked = BulkRequest(form.get("key", "")[:100], ways.settings.bulk_rate, mode=mode if mode in _MODES else "")
        await follow(viewer, name, await control.resume(HoldScope.SEQUENCE, name, asked))
        return views.done(f"/sequences/{name}", "sequence_resumed")
