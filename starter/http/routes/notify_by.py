"""How owners hear of notifications. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sequences.sending.owner_mails import NotifyBy
from services.operations.notify_by import set_notify_by
from starter.http.errors import answers
from starter.http.list_parameters import OwnerId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class NotifyByWanted(BaseModel):
    """How the owner is notified from now on."""

    model_config = ConfigDict(extra="forbid")

    notify_by: NotifyBy = Field(
        description="none: the list only; email: one mail each, immediately; digest: one mail a day."
    )


class NotifyBySet(BaseModel):
    """The current setting; without an address (`reachable` false) mails wait until the CRM sends one."""

    owner: str
    notify_by: NotifyBy
    reachable: bool


def router(ways: Ways) -> APIRouter:
    """``/owners/{id}/notify-by``."""
    routes = APIRouter(tags=["notifications"])

    @routes.put(
        "/owners/{owner}/notify-by", summary="Set how an owner receives notifications", responses=answers(400, 404)
    )
    async def set_owner_notify_by(owner: OwnerId, wanted: NotifyByWanted) -> NotifyBySet:
        told = await set_notify_by(ways.database, owner, wanted.notify_by)
        return NotifyBySet.model_validate(told, from_attributes=True)

    return routes
