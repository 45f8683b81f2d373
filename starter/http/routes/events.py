"""The event stream, for who asks for it again and again. Behind the bearer token."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from sequences.events.catalogue import EventType, catalogue
from sequences.events.cursor import CURSOR
from sequences.events.model import StreamEvent
from services.events.read import LONGEST_WAIT, EventsAsked, wait_for_events
from starter.http.errors import answers
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

EventOrder = TypeAliasType("EventOrder", Literal["asc", "desc"])
EventInclude = TypeAliasType("EventInclude", Literal["person"])
_MOST = 1_000


class EventsAnswer(BaseModel):
    """Events, and where to go on."""

    items: list[StreamEvent]
    cursor: str = Field(description="Pass it as `after` the next time; also when there was nothing.")
    more: bool = Field(description="There is more at once; false: come back later, or with `wait`.")


class EventCatalogue(BaseModel):
    """Every type of event."""

    items: list[EventType]


class EventsQuery(BaseModel):
    """Which events."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field(default="0", pattern=CURSOR, description="A cursor; `0`: from the first event that is kept.")
    types: list[str] = Field(
        default=[], max_length=100, description="Types, or groups such as `message.*`; none: all. May be repeated."
    )
    person: str | None = Field(default=None, pattern=ID, description="The CRM's id of the person.")
    order: EventOrder = Field(default="asc", description="`desc`: the newest first, for who tells new ones by `id`.")
    include: EventInclude | None = Field(
        default=None, description="`person`: also names and addresses, in `subject`, as the records say now."
    )
    limit: int = Field(default=100, ge=1, le=_MOST, description="Maximum number of events.")
    wait: float = Field(
        default=0,
        ge=0,
        le=LONGEST_WAIT.total_seconds(),
        description="Seconds to wait for the first event, where there is none yet.",
    )


def router(ways: Ways) -> APIRouter:
    """``/events`` and ``/events/catalogue``."""
    routes = APIRouter(prefix="/events", tags=["events"])

    @routes.get("", summary="What happened, from a cursor on", responses=answers(409))
    async def list_events(asked: Annotated[EventsQuery, Query()]) -> EventsAnswer:
        wanted = EventsAsked(
            after=asked.after,
            types=asked.types,
            person=asked.person,
            newest_first=asked.order == "desc",
            with_person=asked.include is not None,
            limit=asked.limit,
        )
        found = await wait_for_events(ways.database, wanted, timedelta(seconds=asked.wait))
        return EventsAnswer(items=found.items, cursor=found.cursor, more=found.more)

    @routes.get("/catalogue", summary="Every type of event, with its JSON Schema and an example")
    async def list_event_types() -> EventCatalogue:
        return EventCatalogue(items=catalogue())

    return routes
