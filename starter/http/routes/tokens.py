"""Named tokens of this API: listing, creating, rotating and revoking them. Needs the scope ``admin``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from sequences.access.token_scope import TokenScope, parse_scopes
from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError
from services.access.rotation import GRACE, LONGEST_GRACE
from services.access.tokens import (
    NewToken,
    TokenLine,
    create_token,
    revoke_token,
    rotate_token,
    token_line,
)
from starter.http.callers import CurrentDoer
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import SLUG, STORABLE, Asked

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_HOUR = 3600
Key = Annotated[str, Path(pattern=SLUG, description="Id of the token, or its name as long as it is not revoked.")]


class TokensPage(Page[TokenLine]):
    """A page of tokens."""


class TokensAsked(Asked):
    """Which tokens."""

    state: Literal["open", "revoked"] = Field(default="open", description="open has those that expired, too.")

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        return {"revoked": self.state == "revoked"}


class TokenRequest(BaseModel):
    """A token to create."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=SLUG, description="Who or what uses it.", examples=["crm-sync"])
    scopes: list[TokenScope] = Field(min_length=1, max_length=len(TokenScope), examples=[["enroll", "read"]])
    expires_at: str | None = Field(
        default=None,
        max_length=40,
        pattern=STORABLE,
        description="An instant, a date, or a time from now; null: never.",
        examples=["90 days"],
    )


class RotateRequest(BaseModel):
    """How to rotate; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    grace_hours: float = Field(
        default=GRACE.total_seconds() / _HOUR,
        ge=0,
        le=LONGEST_GRACE.total_seconds() / _HOUR,
        description="For how long the former secret still works; 0: it ends at once.",
    )


class TokenSecret(BaseModel):
    """A token with its secret, which is shown this once."""

    token: str = Field(description="The whole token: what `Authorization: Bearer` takes.")
    details: TokenLine


def router(ways: Ways) -> APIRouter:
    """``/tokens``, ``/tokens/{token}`` and ``/tokens/{token}/rotate``."""
    routes = APIRouter(prefix="/tokens", tags=["tokens"])

    async def line(key: str) -> TokenLine:
        return token_line(await the_one(ways, listings.API_TOKENS, "token", key), ways.clock())

    @routes.get("", summary="Tokens of this API, newest first; no secrets")
    async def list_tokens(asked: Annotated[TokensAsked, Query()]) -> TokensPage:
        now = ways.clock()
        return await listed(ways, listings.API_TOKENS, TokensPage, lambda row: token_line(row, now), asked)

    @routes.post(
        "", status_code=201, summary="Create a token; its secret is in the answer", responses=answers(400, 409)
    )
    async def create_api_token(asked: TokenRequest, doer: CurrentDoer) -> TokenSecret:
        now, until = ways.clock(), None
        if asked.expires_at is not None:
            try:
                until = read_until(asked.expires_at, now, "the end of a token")
            except DefinitionError as error:
                raise HTTPException(422, str(error)) from None
        async with ways.database.transaction() as connection:
            made = await create_token(connection, doer, NewToken(asked.name, parse_scopes(asked.scopes), until), now)
        return TokenSecret(token=made.token, details=await line(made.id))

    @routes.post("/{token}/rotate", summary="Give a token a new secret", responses=answers(400, 404, 409))
    async def rotate_api_token(token: Key, doer: CurrentDoer, asked: RotateRequest | None = None) -> TokenSecret:
        grace = timedelta(hours=(asked or RotateRequest()).grace_hours)
        async with ways.database.transaction() as connection:
            made = await rotate_token(connection, doer, token, ways.clock(), grace)
        return TokenSecret(token=made.token, details=await line(made.id))

    @routes.delete("/{token}", summary="Revoke a token at once; the same again changes nothing", responses=answers(404))
    async def revoke_api_token(token: Key, doer: CurrentDoer) -> TokenLine:
        async with ways.database.transaction() as connection:
            found = await revoke_token(connection, doer, token, ways.clock())
        return await line(found)

    return routes
