"""How replies reach owners. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sequences.replies.way import RepliesBy
from services.operations.replies_by import set_replies_by
from starter.http.errors import answers
from starter.http.list_parameters import OwnerId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class RepliesByWanted(BaseModel):
    """How replies reach the owner from now on."""

    model_config = ConfigDict(extra="forbid")

    replies: RepliesBy | None = Field(
        description="forward: each reply by mail; notify: a notification; none: the list only; null: as the "
        "organisation's setting says. A sequence with the key `replies` decides for itself."
    )


class RepliesBySet(BaseModel):
    """The current setting; without an address (`reachable` false) replies are notified instead of forwarded."""

    owner: str
    replies: RepliesBy | None
    reachable: bool


def router(ways: Ways) -> APIRouter:
    """``/owners/{id}/replies-by``."""
    routes = APIRouter(tags=["replies"])

    @routes.put("/owners/{owner}/replies-by", summary="Set how replies reach an owner", responses=answers(400, 404))
    async def set_owner_replies_by(owner: OwnerId, wanted: RepliesByWanted) -> RepliesBySet:
        told = await set_replies_by(ways.database, owner, wanted.replies)
        return RepliesBySet.model_validate(told, from_attributes=True)

    return routes
