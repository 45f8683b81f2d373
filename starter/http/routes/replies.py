"""Replies, and answers to them. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from sequences.reactions.sentiment import Label
from services.replies.answer import AnswerAsked
from services.replies.read import ReplyLine, replies, reply
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page
from starter.http.list_parameters import (
    STORABLE,
    WORD,
    AskedBetween,
    Channel,
    OfEnrollment,
    OfOwner,
    OfPerson,
    OfSequence,
    ReplyId,
)

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class RepliesPage(Page[ReplyLine]):
    """A page of replies."""


class RepliesAsked(AskedBetween):
    """Which replies."""

    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None
    enrollment: OfEnrollment = None
    channel: Channel | None = None
    label: Annotated[Label | None, Field(description="What a person said, else what the model says.")] = None
    needs_reading: Annotated[
        bool | None, Field(description="Whether it needs review: a person must say what it means.")
    ] = None


class AnswerRequest(BaseModel):
    """What a recruiter answers."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=100_000, pattern=STORABLE, description="The words; nothing is added.")
    idempotency_key: str | None = Field(
        default=None,
        pattern=WORD,
        description="The same key for the same reply is the same answer. Default: the same words are.",
    )
    by: str = Field(default="", max_length=100, pattern=STORABLE, description="Who answers.", examples=["Dana"])
    anyway: bool = Field(
        default=False,
        description="Also to a person who is not to be contacted, unless they complained or texted STOP.",
    )


class AnswerAccepted(BaseModel):
    """The answer; it is sent within seconds.

    Attributes:
        answer: its id.
        state: ``planned``; of one that is repeated, what became of it.
        repeated: it had been asked for before; nothing was changed.
        notes: such as that it goes to another address than we had written to.
        on_hold: everything is on hold, so it is sent when that ends.
    """

    answer: str
    reply: str
    enrollment: str
    channel: str
    state: str
    repeated: bool
    notes: list[str]
    on_hold: bool


def router(ways: Ways) -> APIRouter:
    """``/replies``."""
    routes = APIRouter(prefix="/replies", tags=["replies"])

    @routes.get("", summary="Replies, newest first: words, meaning, and what was done")
    async def list_replies(asked: Annotated[RepliesAsked, Query()]) -> RepliesPage:
        async with ways.database.transaction() as connection:
            found = await replies(connection, asked.filters(), cursor=asked.cursor, limit=asked.limit)
        return RepliesPage(items=found.items, next=found.next)

    @routes.get("/{reply_id}", summary="A reply", responses=answers(404))
    async def get_reply(reply_id: ReplyId) -> ReplyLine:
        async with ways.database.transaction() as connection:
            return await reply(connection, reply_id)

    @routes.post(
        "/{reply_id}/answer",
        status_code=202,
        summary="Answer a reply in its thread, as the owner of the record",
        responses=answers(400, 404, 409),
    )
    async def answer_reply(reply_id: ReplyId, asked: AnswerRequest, caller: CurrentCaller) -> AnswerAccepted:
        by = caller.speaking_for(asked.by) or None
        wanted = AnswerAsked(reply_id, asked.text, asked.idempotency_key, by, asked.anyway)
        async with ways.database.transaction() as connection:
            written = await ways.answering.answer(connection, wanted, ways.clock())
        return AnswerAccepted.model_validate(written, from_attributes=True)

    return routes
