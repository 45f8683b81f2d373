"""What a step would send to a person: shown, as the exact bytes, or sent as a test. Behind the bearer token."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres.versions import Versions
from sequences.errors import RefusedError, RequestRefused, TemplateError
from sequences.ids import EXTERNAL_ID, SLUG
from services.organisation import renderer_of
from services.publishing.render import Rendering
from services.publishing.write_alone import Recipient
from starter.http.errors import answers
from starter.mail_wiring import signer_of

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
                version = await Versions().get(connection, asked.sequence)
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
                version = await Versions().get(connection, asked.sequence)
                raw = await rendering(signed=True).raw(connection, version, asked.step, asked.recipient(), ways.clock())
        return Response(raw.content, media_type=raw.content_type, headers={"Cache-Control": "no-store"})

    return routes
