"""Giving an unmatched message to a run, or dismissing it. Behind the bearer token."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from starter.attaching import attach, dismiss

if TYPE_CHECKING:
    from starter.http.ways import Ways

BY = "HTTP"


class Dismissed(BaseModel):
    """What became of it: ``repeated`` when it had been dismissed before."""

    inbound: str
    repeated: bool


class AttachRequest(BaseModel):
    """To which run it goes."""

    model_config = ConfigDict(extra="forbid")

    enrollment: str = Field(pattern=r"^e[a-z0-9]{10,40}$")


def router(ways: Ways) -> APIRouter:
    """``/unmatched/{id}/attach`` and ``/unmatched/{id}/dismiss``."""
    routes = APIRouter(tags=["reading"])

    @routes.post("/unmatched/{inbound}/attach", summary="Give a message that came in to a run, by hand")
    async def attach_by_hand(
        inbound: Annotated[str, Path(pattern=r"^i[a-z0-9]{10,40}$")], asked: AttachRequest
    ) -> dict[str, Any]:
        async with ways.database.transaction() as connection:
            done = await attach(connection, inbound, asked.enrollment, by=BY, now=ways.clock())
        return dataclasses.asdict(done)

    @routes.post(
        "/unmatched/{inbound}/dismiss", summary="Say of a message that came in that it answers none of our runs"
    )
    async def dismiss_by_hand(inbound: Annotated[str, Path(pattern=r"^i[a-z0-9]{10,40}$")]) -> Dismissed:
        async with ways.database.transaction() as connection:
            done = await dismiss(connection, inbound, by=BY, now=ways.clock())
        return Dismissed(inbound=inbound, repeated=not done)

    return routes
