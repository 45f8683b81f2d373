"""What a step would send to a person: shown, as the exact bytes, or sent as a test. Behind the bearer token."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from sequences.errors import RefusedError, RequestRefused, TemplateError
from sequences.ids import EXTERNAL_ID, SLUG
from services.organisation import renderer_of
from services.publishing.render import Rendering
from services.publishing.write_alone import Recipient
from services.sending.send_message_test import MessageTest, newest_recipient
from starter.http.errors import answers
from starter.http.list_parameters import STORABLE
from starter.mail_wiring import signer_of
from starter.message_tests import sending_message_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starter.http.dependencies import Ways


class MessageAsked(BaseModel):
    """Which message."""

    model_config = ConfigDict(extra="forbid")

    sequence: str = Field(max_length=63, pattern=SLUG, description="Name of the sequence; its newest version.")
    step: str = Field(max_length=63, pattern=SLUG, description="Id of a step that sends.")
    person: str = Field(pattern=EXTERNAL_ID, description="The CRM's id of the person.")
    record: str | None = Field(
        default=None, pattern=EXTERNAL_ID, description="Id of the placement, for a sequence about placements."
    )
    variant: str | None = Field(
        default=None,
        max_length=63,
        pattern=SLUG,
        description="Variant of the step; default: the one that their newest run gets, else the first.",
    )

    def recipient(self) -> Recipient:
        """Whom it is for."""
        return Recipient(self.person, self.record, self.variant)


class MessageFile(BaseModel):
    """An attachment, or an image in the HTML (`inline`); `size` in bytes."""

    name: str
    content_type: str
    size: int
    inline: bool


class RenderedMessage(BaseModel):
    """One message as one person would get it.

    Attributes:
        headers: those that a person cares for; empty for a text.
        html: null for a text. Images are in it as data.
        segments: of a text, with its encoding and the characters that forced it; null for an e-mail.
        size: bytes that are handed over.
        warnings: what would go wrong or look wrong.
        variant: null: the step has none.
    """

    sequence: str
    version: int | None
    step: str
    channel: str
    person: str
    to: str
    headers: dict[str, str]
    text: str
    html: str | None
    files: list[MessageFile]
    segments: int | None
    encoding: str | None
    outside_gsm7: list[str]
    size: int
    warnings: list[str]
    variant: str | None


@contextmanager
def no_words() -> Iterator[None]:
    """A template that cannot be filled in for this person is a refusal here, and no failure of the server."""
    try:
        yield
    except TemplateError as error:
        raise RefusedError(RequestRefused.NOTHING_TO_SEND, str(error)) from None


class MessageTestRequest(BaseModel):
    """Which message is sent as a test, for which person it is written, and where it goes."""

    model_config = ConfigDict(extra="forbid")

    sequence: str = Field(max_length=63, pattern=SLUG, description="Name of the sequence; its newest version.")
    step: str = Field(max_length=63, pattern=SLUG, description="Id of a step that sends.")
    to: str = Field(max_length=320, pattern=STORABLE, description="An own address, or an owner's number for a text.")
    person: str | None = Field(
        default=None,
        pattern=EXTERNAL_ID,
        description="The person that it is written for; default: that of the newest run.",
    )
    record: str | None = Field(
        default=None, pattern=EXTERNAL_ID, description="Id of the placement, for a sequence about placements."
    )
    variant: str | None = Field(default=None, max_length=63, pattern=SLUG, description="Variant of the step.")
    idempotency_key: str | None = Field(
        default=None, max_length=200, pattern=STORABLE, description="The same key again sends nothing more."
    )


class MessageTestAnswer(BaseModel):
    """What became of a test.

    Attributes:
        state: `sent`; `failed`: it surely did not go out, and the same key may try again; `unknown`: nobody can tell;
            `claimed`: another request with this key hands it over at this moment.
        repeated: this key was used before, and nothing was sent now.
    """

    id: str
    state: Literal["sent", "failed", "unknown", "claimed"]
    sequence: str
    version: int
    step: str
    variant: str | None
    person: str
    channel: str
    sender: str
    to: str
    code: str | None
    reason: str | None
    repeated: bool


_RAW: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes: a whole mail, or the words of a text.",
        "content": {
            "message/rfc822": {"schema": {"type": "string", "format": "binary"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
}


def router(ways: Ways) -> APIRouter:
    """``/messages``."""
    routes = APIRouter(prefix="/messages", tags=["messages"])
    settings = ways.settings

    def rendering(*, signed: bool) -> Rendering:
        seal = signer_of(settings) if signed else None
        return Rendering(ways.enrolling.records, renderer_of(settings), ways.organisation, seal)

    @routes.get("/rendered", summary="What a step would send to a person; sends nothing", responses=answers(404, 409))
    async def render_message(asked: Annotated[MessageAsked, Query()]) -> RenderedMessage:
        with no_words():
            async with ways.database.transaction() as connection:
                version = await ways.enrolling.versions.get(connection, asked.sequence)
                shown = await rendering(signed=False).step(
                    connection, version, asked.step, asked.recipient(), ways.clock()
                )
        return RenderedMessage.model_validate(asdict(shown))

    @routes.get(
        "/raw",
        summary="The same message as the bytes that would be handed over; sends nothing",
        response_class=Response,
        responses={**_RAW, **answers(404, 409)},
    )
    async def raw_message(asked: Annotated[MessageAsked, Query()]) -> Response:
        with no_words():
            async with ways.database.transaction() as connection:
                version = await ways.enrolling.versions.get(connection, asked.sequence)
                raw = await rendering(signed=True).raw(connection, version, asked.step, asked.recipient(), ways.clock())
        return Response(raw.content, media_type=raw.content_type, headers={"Cache-Control": "no-store"})

    @routes.post(
        "/test",
        summary="Send a message as a test to an own address; it counts nowhere",
        responses=answers(400, 404, 409),
    )
    async def test_message(asked: MessageTestRequest) -> MessageTestAnswer:
        async with ways.database.transaction() as connection:
            version = await ways.enrolling.versions.get(connection, asked.sequence)
            whom = (
                Recipient(asked.person, asked.record)
                if asked.person
                else await newest_recipient(connection, asked.sequence)
            )
        key = asked.idempotency_key or secrets.token_hex(16)
        wanted = MessageTest(key, version, asked.step, replace(whom, variant=asked.variant), asked.to)
        with no_words():
            async with sending_message_tests(settings, ways.database) as tests:
                sent = await tests.send(wanted)
        return MessageTestAnswer.model_validate(asdict(sent))

    return routes
