"""Replies that wait for a human, and what the human says. Behind the bearer token."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Self

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.postgres import listings
from sequences.reactions.reviews import pair_problem
from sequences.reactions.sentiment import Intent, Label
from services.orders.review import Opinion, UnclearError, review
from services.reading.listed import ReviewLine
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import STORABLE, Channel, Cursor, Limit, OfOwner, OfPerson, OfSequence, Since, Until

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_REACTION = r"^r[a-z0-9]{10,40}$"


class ReviewsPage(Page[ReviewLine]):
    """A page of replies that a person must read."""


class ReviewRequest(BaseModel):
    """What a reply means."""

    model_config = ConfigDict(extra="forbid")

    label: Label = Field(description="The writer's attitude to further contact.")
    intent: Intent | None = Field(
        default=None,
        description="What the writer does. Left out: the model's when it fits the label, else interested, decline or "
        "other; it must be said of a negative reply that the model merely suspects to be an opt-out. `opt_out` "
        "suppresses the person on every channel.",
    )
    not_an_opt_out: bool = Field(
        default=False,
        description="The person does not ask not to be contacted, whatever the model or a review said: what was "
        "suppressed because of this reply is lifted. Another intent alone lifts nothing.",
    )
    by: str = Field(default="", max_length=100, pattern=STORABLE, description="Who says so.", examples=["Dana"])
    note: str = Field(default="", max_length=1000, pattern=STORABLE, examples=["wants a call in May"])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problem = pair_problem(self.label, self.intent, denied=self.not_an_opt_out)
        if problem is not None:
            raise ValueError(problem)
        return self


class ReviewAnswer(BaseModel):
    """What became of it: within a second the run does what its rules say of such a reply.

    Attributes:
        review: id of the reaction by which the run hears of it.
        number: 1 for the first review of this reply; the newest counts.
        repeated: the newest review said the same; nothing was changed, except what ``notes`` say.
        notes: such as that the run is over and stays so, or that the person stays suppressed.
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

    @routes.get("", summary="Replies that a person must read and nobody has, in the order in which they came to people")
    async def list_reviews(
        person: OfPerson = None,
        owner: OfOwner = None,
        sequence: OfSequence = None,
        channel: Channel | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> ReviewsPage:
        asked = {
            "person": person,
            "owner": owner,
            "sequence": sequence,
            "channel": channel,
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.REVIEWS, ReviewsPage, ReviewLine, asked, cursor, limit)

    @routes.post(
        "/{reaction}",
        summary="Say what a reply means: the newest word counts, the same again changes nothing",
        responses=answers(400, 404, 409),
    )
    async def review_reply(
        reaction: Annotated[str, Path(pattern=_REACTION, description="Id of the reply.")], asked: ReviewRequest
    ) -> ReviewAnswer:
        async with ways.database.transaction() as connection:
            try:
                opinion = Opinion(asked.label, asked.intent, asked.by, asked.note, asked.not_an_opt_out)
                done = await review(connection, reaction, opinion, ways.clock())
            except UnclearError as error:
                raise HTTPException(422, str(error)) from None
        return ReviewAnswer(**dataclasses.asdict(done))

    return routes
