"""Notifications to owners. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters.postgres import listings
from services.reading.listed import NotificationLine
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import WORD, AskedBetween, OfOwner, OfPerson, OfSequence, ReadState

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class NotificationsPage(Page[NotificationLine]):
    """A page of notifications."""


class NotificationsAsked(AskedBetween):
    """Which notifications."""

    person: OfPerson = None
    owner: Annotated[OfOwner, Field(description="The owner who was notified.")] = None
    sequence: OfSequence = None
    kind: Annotated[str | None, Field(pattern=WORD, description="Such as clicked.")] = None
    state: ReadState | None = None

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters."""
        asked = super().filters()
        state = asked.pop("state")
        return {"read": None if state is None else state == "read", **asked}


def router(ways: Ways) -> APIRouter:
    """``/notifications``."""
    routes = APIRouter(tags=["reading"])

    @routes.get("/notifications", summary="Notifications to recruiters, newest first")
    async def list_notifications(asked: Annotated[NotificationsAsked, Query()]) -> NotificationsPage:
        return await listed(ways, listings.NOTIFICATIONS, NotificationsPage, NotificationLine, asked)

    return routes
