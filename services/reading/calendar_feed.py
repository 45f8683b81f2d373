"""The calendar of one owner for calendar programs, behind a link that is signed and can be revoked."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.icalendar import Event, calendar_file
from sequences.runs.bulk import HoldScope
from sequences.tokens import TokenKind, sign
from services.reading.calendar import CalendarRequest, calendar
from services.reading.calendar_days import day_of, lines
from services.reading.run_story import person_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.organisation import Organisation
    from services.reading.calendar_days import CalendarLine

_BACK: Final = timedelta(days=1)
_AHEAD: Final = timedelta(days=60)
_MOST: Final = 2000
_LONG: Final = timedelta(minutes=15)
_NAME: Final = "Relance"


@dataclass(frozen=True)
class Feed:
    """A calendar as it is handed out.

    Attributes:
        content: the file.
        tag: another one when anything but the time of writing differs.
    """

    content: bytes
    tag: str


async def calendar_link(connection: Connection, organisation: Organisation, owner: str, now: datetime) -> str:
    """The address of an owner's calendar; the same each time until it is revoked.

    Raises:
        NotFoundError: there is no such owner.
    """
    if not await queries.known_hold_key(connection, scope=HoldScope.OWNER, key=owner):
        raise NotFoundError(f"unknown owner {owner!r}; `relance people` shows the owners of people")
    await queries.make_calendar_link(connection, id=secrets.token_hex(12), owner=owner, at=now)
    link = await queries.calendar_link_of(connection, owner=owner)
    return f"{organisation.public_url}/calendar/{sign(TokenKind.CALENDAR, str(link), organisation.key)}.ics"


async def revoke_calendar_link(connection: Connection, owner: str, now: datetime) -> None:
    """Ends an owner's link: programs that have it get nothing more. The next link is another one.

    Raises:
        RefusedError: there is none.
    """
    if await queries.end_calendar_link(connection, owner=owner, at=now) is None:
        raise RefusedError(RequestRefused.INVALID, f"the owner {owner!r} has no calendar link")


async def calendar_feed(connection: Connection, link: str, now: datetime) -> Feed | None:
    """What is planned for an owner's runs, from yesterday on for two months; reads only.

    Names and no addresses; more than five recipients of a step on a day are one entry with their number.

    Args:
        connection: of the pool.
        link: id, out of a token that was verified.
        now: UTC.

    Returns:
        None: the link was revoked.
    """
    owner = await queries.owner_of_calendar_link(connection, id=link)
    if owner is None:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    asked = CalendarRequest(midnight - _BACK, midnight + _AHEAD, None, owner, _MOST)
    found = lines(await calendar(connection, asked))
    names = await person_names(connection, {line.entry.person_id for line in found if line.number == 1})
    events = [_event(line, names) for line in found]
    return Feed(calendar_file(_NAME, events, now), hashlib.sha256(repr(events).encode()).hexdigest()[:32])


def _event(line: CalendarLine, names: Mapping[str, str]) -> Event:
    entry = line.entry
    assert entry.due_at is not None, "what has no instant was not asked for"
    ends = entry.due_at + _LONG
    if line.number > 1:
        uid = f"{entry.sequence}.{entry.step}.{day_of(entry)}@relance"
        return Event(uid, entry.due_at, ends, f"{entry.step}: {line.number} people ({entry.sequence})")
    waits = f", {entry.waits}" if entry.waits else ""
    words = f"{entry.step}: {names.get(entry.person_id) or entry.person_id} ({entry.sequence}{waits})"
    return Event(f"{entry.enrollment}.{entry.step}@relance", entry.due_at, ends, words)
