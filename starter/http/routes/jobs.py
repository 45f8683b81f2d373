"""Background work that somebody asked for: how far it is, what came of it, its end. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from adapters.postgres import listings
from services.jobs import ask
from services.reading.listed import JobRecord, line_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import TEXT, Asked

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_Job = Annotated[str, Path(pattern=r"^j[a-z0-9]{10,40}$", description="Id of the job.")]


class JobsPage(Page[JobRecord]):
    """A page of jobs."""


class JobsAsked(Asked):
    """Which jobs."""

    subject: Annotated[str | None, Field(pattern=TEXT, description="Such as sequence:new-services.")] = None
    open: Annotated[bool | None, Field(description="True: only those that have not ended; false: the others.")] = None


class JobCancelled(BaseModel):
    """What became of it.

    Attributes:
        asked: false: it had ended before.
    """

    id: str
    asked: bool


def router(ways: Ways) -> APIRouter:
    """``/jobs``, ``/jobs/{id}`` and ``/jobs/{id}/cancel``."""
    routes = APIRouter(prefix="/jobs", tags=["reading"])

    @routes.get("", summary="Background work, newest first")
    async def list_jobs(asked: Annotated[JobsAsked, Query()]) -> JobsPage:
        return await listed(ways, listings.JOBS, JobsPage, JobRecord, asked)

    @routes.get("/{job}", summary="A job: how far it is, and what came of it", responses=answers(404))
    async def get_job(job: _Job) -> JobRecord:
        return line_of(JobRecord, await the_one(ways, listings.JOBS, "job", job))

    @routes.post(
        "/{job}/cancel",
        status_code=202,
        summary="Ask for the end of a job; what was done stays done",
        responses=answers(404, 409),
    )
    async def cancel_job(job: _Job) -> JobCancelled:
        async with ways.database.transaction() as connection:
            return JobCancelled(id=job, asked=await ask.cancel_job(connection, job, None, ways.clock()))

    return routes
