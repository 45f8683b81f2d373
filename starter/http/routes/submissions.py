"""Forms that came in. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.submissions import SubmissionLine, submission_line
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import SLUG, AskedBetween, OfEnrollment, OfOwner, OfPerson, OfSequence

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class SubmissionsPage(Page[SubmissionLine]):
    """A page of submissions."""


class SubmissionsAsked(AskedBetween):
    """Which submissions."""

    form: Annotated[str | None, Field(pattern=SLUG, description="Name of the form.")] = None
    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None
    enrollment: OfEnrollment = None


def router(ways: Ways) -> APIRouter:
    """``/submissions``."""
    routes = APIRouter(tags=["forms"])

    @routes.get("/submissions", summary="Forms that came in, newest first, with links to their files")
    async def list_submissions(asked: Annotated[SubmissionsAsked, Query()]) -> SubmissionsPage:
        now = ways.clock()
        return await listed(
            ways,
            listings.SUBMISSIONS,
            SubmissionsPage,
            lambda row: submission_line(row, ways.organisation, now),
            asked,
        )

    return routes
