"""Events in the life of a person: their history, and the latest time of each beside the person's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import ChangeOrigin

KINDS = ("last_contacted", "last_shortlisted", "last_interviewed", "last_placed", "last_replied", "resume_updated")
"""Columns of ``person`` that hold the latest time of an event. ``created`` follows the record, see ``Records``."""


def latest_of(person: queries.PersonRow, kind: str) -> datetime | None:
    """The latest time of an event of that kind, one of ``KINDS``."""
    found: datetime | None = getattr(person, kind)
    return found


@dataclass(frozen=True)
class EventResult:
    """What became of an event.

    Attributes:
        fresh: False when it was told before, or there is no such person.
        change: id of the change row; None when a newer event of that kind was known already.
    """

    fresh: bool
    change: int | None


@dataclass(frozen=True)
class NewEvent:
    """An event as somebody tells it.

    Attributes:
        person: id.
        kind: one of ``KINDS``.
        at: when it happened, with offset.
        source: what makes a second telling recognisable: the CRM's own id of the event, a send, an inbound message.
    """

    person: str
    kind: str
    at: datetime
    source: str


class Events:
    """Writes events, each once."""

    async def add(self, connection: Connection, event: NewEvent, origin: ChangeOrigin) -> EventResult:
        """Adds one event in the caller's transaction. The same one again changes nothing.

        The column moves only to a newer time. When it moves, a change row names it (``person.last_contacted``),
        and the column takes the lineage of the event: an automated one leaves its mark, a human's takes it away.

        Args:
            connection: in a transaction.
            event: what happened.
            origin: who told it, and when: the change row keeps it.
        """
        if event.kind not in KINDS:
            raise ValueError(f"no event is called {event.kind!r}")
        row = await queries.add_person_event(
            connection,
            id=ids.event_id(event.person, event.kind, event.source),
            person_id=event.person,
            kind=event.kind,
            at=event.at,
            origin=origin.name,
            lineage=list(origin.lineage),
            source=event.source,
            event_id=origin.event_id,
            recorded_at=origin.at,
        )
        return EventResult(False, None) if row is None else EventResult(row.fresh, row.change_id)
