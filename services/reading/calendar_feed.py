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
from services.reading.calendar import CalendarRequest
from services.reading.calendar_days import calendar_groups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.organisation import Organisation
    from services.reading.calendar_days import CalendarGroup

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
    found = (await calendar_groups(connection, asked)).items
    events = [event for group in found for event in _events(group)]
    return Feed(calendar_file(_NAME, events, now), hashlib.sha256(repr(events).encode()).hexdigest()[:32])


def _events(group: CalendarGroup) -> Iterator[Event]:
    assert group.due_at is not None, "what has no instant was not asked for"
    if not group.recipients:
        uid = f"{group.sequence}.{group.step}.{group.day}@relance"
        words = f"{group.step}: {group.number} people ({group.sequence}{_only_if(group.only_if)})"
        yield Event(uid, group.due_at, group.due_at + _LONG, words)
    for each in group.recipients:
        assert each.due_at is not None, "what has no instant was not asked for"
        waits = f", {each.waits}" if each.waits else ""
        about = f"{each.sequence}{waits}{_only_if(each.only_if)}"
        words = f"{each.step}: {each.person_name or each.person_id} ({about})"
        yield Event(f"{each.enrollment}.{each.step}@relance", each.due_at, each.due_at + _LONG, words)


def _only_if(words: str) -> str:
    return f", only if {words}" if words else ""
