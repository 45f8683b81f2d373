"""Replies that wait for a human, and what the human says. Behind the bearer token."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.postgres import queries
from sequences.reviews import pair_problem
from sequences.sentiment import Intent, Label
from starter.reviewing import review

if TYPE_CHECKING:
    from starter.http.ways import Ways

_REACTION = r"^r[a-z0-9]{10,40}$"
# Postgres keeps no NUL in a text.
_TEXT = r"^[^\x00]*$"


class WaitingReview(BaseModel):
    """A reply that the model was not sure of. Label, intent and confidence are null when it gave no answer."""

    id: str
    received_at: datetime
    sequence: str
    enrollment_id: str
    run_state: str
    person_id: str
    person_name: str | None
    channel: str | None
    label: Label | None
    intent: Intent | None
    confidence: float | None
    reasons: list[str]
    text: str


class ReviewRequest(BaseModel):
    """What a reply means."""

    model_config = ConfigDict(extra="forbid")

    label: Label = Field(description="The writer's attitude to further contact.")
    intent: Intent | None = Field(
        default=None,
        description="What the writer does. Left out: the model's when it fits the label, else interested, decline or "
        "other. `opt_out` suppresses the person on every channel.",
    )
    by: str = Field(default="", max_length=100, pattern=_TEXT, description="Who says so.")
    note: str = Field(default="", max_length=1000, pattern=_TEXT)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problem = pair_problem(self.label, self.intent) if self.intent else None
        if problem is not None:
            raise ValueError(problem)
        return self


class ReviewAnswer(BaseModel):
    """What became of it: within a second the run does what its rules say of such a reply.

    Attributes:
        review: id of the reaction by which the run hears of it.
        number: 1 for the first review of this reply; the newest counts.
        repeated: the newest review said the same; nothing was changed.
        notes: such as that the run is over and stays so.
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

    @routes.get("", summary="Replies that a person must read and nobody has, the oldest first")
    async def waiting(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: Annotated[str | None, Query(pattern=_REACTION, description="The last id of the page before.")] = None,
    ) -> list[WaitingReview]:
        async with ways.database.transaction() as connection:
            rows = await queries.rows(connection, "waiting_reviews", after=after, limit=limit)
        return [WaitingReview(**row) for row in rows]

    @routes.post(
        "/{reaction}", summary="Say what a reply means: the newest word counts, the same again changes nothing"
    )
    async def say(
        reaction: Annotated[str, Path(pattern=_REACTION, description="Id of the reply.")], asked: ReviewRequest
    ) -> ReviewAnswer:
        async with ways.database.transaction() as connection:
            done = await review(
                connection, reaction, asked.label, asked.intent, now=ways.clock(), by=asked.by, note=asked.note
            )
        return ReviewAnswer(**dataclasses.asdict(done))

    return routes
