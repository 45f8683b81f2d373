"""Background work: what runs and what came of it. A page can be left; the work goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import NotAllowedError, NotFoundError
from services.console.job_runs import COMMANDS, job_runs
from services.console.jobs import JobsView, jobs_page, one_job
from services.console.looking import looking
from services.jobs.ask import cancel_job
from starter.console.posted import posted
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Job = Annotated[str, Path(pattern="^[a-z0-9]{10,40}$")]
_Text = Annotated[str, Query(max_length=2000)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/jobs``, ``/jobs/{job}``, and the runs of a job."""
    routes = APIRouter()

    @routes.get("/jobs")
    async def jobs(request: Request, viewer: CurrentViewer, whose: _Text = "", cursor: _Text = "") -> Response:
        authorize(viewer, Act.LOOK)
        asked = JobsView(mine=whose == "mine", cursor=cursor)
        async with looking(ways.database) as connection:
            found = await jobs_page(connection, viewer, asked)
        return views.page("screens/jobs.html", viewer, found=found, mine=asked.mine, address=views.address(request))

    @routes.get("/jobs/{job_id}")
    async def job(request: Request, viewer: CurrentViewer, job_id: _Job) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            found = await one_job(connection, viewer, job_id)
        return views.answer(request, "screens/job.html", "progress", viewer, job=found, address=views.address(request))

    @routes.get("/jobs/{job_id}/runs")
    async def runs(request: Request, viewer: CurrentViewer, job_id: _Job, cursor: _Text = "") -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            job = await one_job(connection, viewer, job_id)
            if job.kind not in COMMANDS or not job.sequence:
                raise NotFoundError(views.t("job_runs.none"))
            found = await job_runs(connection, viewer, job, cursor)
        return views.page("screens/job_runs.html", viewer, job=job, found=found, address=views.address(request))

    @routes.post("/jobs/{job_id}/cancel")
    async def cancel(request: Request, viewer: CurrentViewer, job_id: _Job) -> Response:
        authorize(viewer, Act.LOOK)
        await posted(request)
        async with looking(ways.database) as connection:
            found = await one_job(connection, viewer, job_id)
        if found.state.is_open and not found.may_cancel:
            raise NotAllowedError("somebody else asked for this, or it cannot be cancelled")
        async with ways.database.transaction() as connection:
            asked = await cancel_job(connection, job_id, viewer.user_id, ways.clock())
        return views.done(f"/jobs/{job_id}", "job_cancelling" if asked else "same")

    return routes
