"""Reads the event stream from a cursor on. Nothing ever appears behind a cursor that was handed out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.events.catalogue import StoredEvent, event_of, expand_types
from sequences.events.cursor import check_event_cursor, read_event_cursor
from sequences.events.model import EventPerson

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.events.model import OneEvent

PLACED_AT_ONCE: Final = 5_000
"""Events that get their positions in one transaction."""
LONGEST_WAIT: Final = timedelta(seconds=30)
_LOOKS_EVERY: Final = 0.5
"""Seconds between two looks of who waits for an event. Nobody rings for one: a NOTIFY makes commits wait for each
other."""


@dataclass(frozen=True)
class EventsAsked:
    """Which events.

    Attributes:
        after: a cursor; 0: from the first one that is kept.
        types: names of types, or groups such as ``message.*``; none: all.
        person: the CRM's id, or None.
        newest_first: the newest events, for who tells by ids what is new.
        with_person: with names and addresses, as the records say now.
        limit: events at the most.
    """

    after: str = "0"
    types: Collection[str] = ()
    person: str | None = None
    newest_first: bool = False
    with_person: bool = False
    limit: int = 100


@dataclass(frozen=True)
class EventPage:
    """Events.

    Attributes:
        cursor: go on from there; also where nothing was found. With the newest first it is the newest.
        more: there is more at once.
    """

    items: list[OneEvent]
    cursor: str
    more: bool


async def read_events(database: Database, asked: EventsAsked) -> EventPage:
    """The events that were asked for. What was committed before this began is among them.

    Raises:
        RefusedError: no such type, or no such cursor.
    """
    after, types = read_event_cursor(asked.after), expand_types(asked.types)
    async with database.transaction() as connection:
        placed = await queries.place_stream_events(connection, most=PLACED_AT_ONCE)
        check_event_cursor(after, placed)
        rows = await _rows(connection, asked, after, types)
        people = await people_of(connection, [row.person_id for row in rows]) if asked.with_person else {}
    items = [event_of(stored_event(row), people.get(row.person_id or "")) for row in rows]
    full = len(rows) >= asked.limit
    if asked.newest_first:
        return EventPage(items, str(rows[0].position if rows else max(placed, after)), more=full)
    # Also past what was not asked for: the next look begins behind it.
    return EventPage(items, str(rows[-1].position if full else max(placed, after)), more=full)


async def wait_for_events(database: Database, asked: EventsAsked, wait: timedelta) -> EventPage:
    """The same; where there is nothing yet, waits until there is.

    Args:
        database: ours.
        asked: which events.
        wait: the longest time.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + min(wait, LONGEST_WAIT).total_seconds()
    while True:
        found = await read_events(database, asked)
        if found.items or loop.time() >= until:
            return found
        await asyncio.sleep(min(_LOOKS_EVERY, max(0.0, until - loop.time())))


async def place_all(connection: Connection) -> int:
    """Gives every event that is committed its position, however many wait; returns the last position.

    Args:
        connection: in a transaction; whoever else gives positions waits for it.
    """
    last = await queries.place_stream_events(connection, most=PLACED_AT_ONCE)
    while (now := await queries.place_stream_events(connection, most=PLACED_AT_ONCE)) != last:
        last = now
    return last


async def cursor_before(connection: Connection, at: datetime) -> int:
    """The cursor behind which everything is that happened from an instant on."""
    return await queries.stream_position_before(connection, at=at)


async def people_of(connection: Connection, ids: Collection[str | None]) -> Mapping[str, EventPerson]:
    """Who people are, by their ids; only those that have a record."""
    asked = sorted({each for each in ids if each is not None})
    if not asked:
        return {}
    return {
        row.id: EventPerson(
            id=row.id, first_name=row.first_name, last_name=row.last_name, email=row.email, phone=row.phone
        )
        for row in await queries.people_of_events(connection, ids=asked)
    }


def stored_event(row: queries.StreamEventRow) -> StoredEvent:
    """An event of the stream."""
    return StoredEvent(
        row.position, row.type, row.at, row.person_id, row.enrollment_id, row.sequence, row.version, row.detail
    )


async def _rows(
    connection: Connection, asked: EventsAsked, after: int, types: Sequence[str]
) -> list[queries.StreamEventRow]:
    if asked.person is None:
        look = queries.newest_stream_events if asked.newest_first else queries.stream_events
        return await look(connection, after=after, types=types, limit=asked.limit)
    of = queries.newest_stream_events_of if asked.newest_first else queries.stream_events_of
    return await of(connection, person=asked.person, after=after, types=types, limit=asked.limit)
