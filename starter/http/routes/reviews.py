"""Replies that wait for a human, and what the human says. Behind the bearer token."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Self

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.postgres import listings
from sequences.reactions.reviews import pair_problem
from sequences.reactions.sentiment import Intent, Label
from services.operations.review import Opinion, UnclearError, review
from services.reading.listed import ReviewLine
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import STORABLE, AskedBetween, Channel, OfOwner, OfPerson, OfSequence, ReplyId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class ReviewsPage(Page[ReviewLine]):
    """A page of replies that need review."""


class ReviewsAsked(AskedBetween):
    """Which replies."""

    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None
    channel: Channel | None = None


class ReviewRequest(BaseModel):
    """What a reply means."""

    model_config = ConfigDict(extra="forbid")

    label: Label = Field(description="The writer's attitude to further contact.")
    intent: Intent | None = Field(
        default=None,
        description="What the writer does. Default: the intent of the model if it fits the label, otherwise "
        "interested, decline or other. Required for a negative reply that the model only suspects to be an opt-out. "
        "`opt_out` suppresses the person on every channel.",
    )
    not_an_opt_out: bool = Field(
        default=False,
        description="This is not an opt-out, regardless of the model or an earlier review: the suppression that "
        "this reply caused is lifted, and so is a hold. Changing only the intent lifts nothing.",
    )
    not_theirs: bool = Field(
        default=False,
        description="Somebody else wrote it: the run continues as if it had not come, and a hold that it caused is "
        "lifted. With the label neutral, without an intent.",
    )
    by: str = Field(
        default="", max_length=100, pattern=STORABLE, description="Name of the reviewer.", examples=["Dana"]
    )
    note: str = Field(default="", max_length=1000, pattern=STORABLE, examples=["wants a call in May"])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        denied = self.not_an_opt_out or self.not_theirs
        problem = pair_problem(self.label, self.intent, denied=denied, not_theirs=self.not_theirs)
        if problem is not None:
            raise ValueError(problem)
        return self


class ReviewAnswer(BaseModel):
    """The result: within a second the run follows its rules for such a reply.

    Attributes:
        review: id of the reaction that tells the run.
        number: 1 for the first review of this reply; the newest counts.
        repeated: the newest review already said this; nothing was changed, except as ``notes`` say.
        notes: such as that the run has already ended, or that the person is still suppressed.
    """

    reaction: str
    review: str
    number: int
    enrollment: str
    label: Label
    intent: Intent
    said_label: Label | None
    said_intent: Intent | None
    said_confidence: float | None
    said_held: bool | None
    repeated: bool
    notes: list[str]


def router(ways: Ways) -> APIRouter:
    """``/reviews``."""
    routes = APIRouter(prefix="/reviews", tags=["reviews"])

    @routes.get("", summary="Replies that need review, oldest first")
    async def list_reviews(asked: Annotated[ReviewsAsked, Query()]) -> ReviewsPage:
        return await listed(ways, listings.REVIEWS, ReviewsPage, ReviewLine, asked)

    @routes.post(
        "/{reaction}",
        summary="Review a reply: the newest review counts; the same again changes nothing",
        responses=answers(400, 404, 409),
    )
    async def review_reply(reaction: ReplyId, asked: ReviewRequest, caller: CurrentCaller) -> ReviewAnswer:
        async with ways.database.transaction() as connection:
            try:
                by = caller.speaking_for(asked.by)
                opinion = Opinion(asked.label, asked.intent, by, asked.note, asked.not_an_opt_out, asked.not_theirs)
                done = await review(connection, reaction, opinion, ways.clock())
            except UnclearError as error:
                raise HTTPException(422, str(error)) from None
        return ReviewAnswer(**dataclasses.asdict(done))

    return routes
