"""The messages behind a number of a mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.deliverability import SPANS, counted_since
from services.console.looking import looking
from services.console.mailbox_messages import MailboxAsked, MailboxNumber, mailbox_messages
from starter.console.session import CurrentViewer
from starter.transports import slots_of

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


class _Asked(BaseModel):
    channel: str = Field(default="email", max_length=20)
    mailbox: str = Field(default="", max_length=320)
    what: MailboxNumber = MailboxNumber.SENT
    days: int = SPANS[0]
    cursor: str = Field(default="", max_length=2000)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/deliverability/messages``."""
    routes = APIRouter()
    slots = slots_of(ways.settings)

    @routes.get("/deliverability/messages")
    async def messages_of_mailbox(
        request: Request, viewer: CurrentViewer, query: Annotated[_Asked, Query()]
    ) -> Response:
        authorize(viewer, Act.LOOK)
        days = query.days if query.days in SPANS else SPANS[0]
        since = counted_since(slots, days, ways.clock())
        asked = MailboxAsked(query.channel, query.mailbox, query.what, since, query.cursor)
        async with looking(ways.database) as connection:
            found = await mailbox_messages(connection, viewer, asked)
        values: dict[str, Any] = {
            "asked": asked,
            "days": days,
            "found": found,
            "whats": [(each.value, views.t(f"mailbox_messages.what_{each.value}")) for each in MailboxNumber],
            "address": views.address(request),
        }
        return views.page("screens/mailbox_messages.html", viewer, 200, **values)

    return routes
