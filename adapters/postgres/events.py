"""Events in the life of a person: their history, and the latest time of each beside the person's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection

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


class Events:
    """Writes events, each once."""

    async def add(
        self,
        connection: Connection,
        person: str,
        kind: str,
        at: datetime,
        *,
        origin: str,
        source: str,
        recorded_at: datetime,
        lineage: Sequence[str] = (),
        event_id: str | None = None,
    ) -> EventResult:
        """Adds one event in the caller's transaction. The same one again changes nothing.

        The column moves only to a newer time. When it moves, a change row names it (``person.last_contacted``),
        and the column takes the lineage of the event: an automated one leaves its mark, a human's takes it away.

        Args:
            connection: in a transaction.
            person: id.
            kind: one of ``KINDS``.
            at: when it happened, with offset.
            origin: ``crm | relance | import``.
            source: what makes a second telling recognisable: the CRM's own id of the event, a send, an inbound message.
            recorded_at: UTC; the time of the change row.
            lineage: the chain of sequences whose automated writes led here.
            event_id: of the hook's event, for the change row.
        """
        if kind not in KINDS:
            raise ValueError(f"no event is called {kind!r}")
        row = await queries.add_person_event(
            connection,
            id=ids.event_id(person, kind, source),
            person_id=person,
            kind=kind,
            at=at,
            origin=origin,
            lineage=list(lineage),
            source=source,
            event_id=event_id,
            recorded_at=recorded_at,
        )
        return EventResult(False, None) if row is None else EventResult(row.fresh, row.change_id)
