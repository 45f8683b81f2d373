"""The calendar with what goes later: the limits of persons and of mailboxes put it off."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sequences.access.viewer import EVERYBODY, Scope
from sequences.planning.zones import is_zone
from services.reading.calendar import calendar_entries
from services.reading.calendar_days import calendar_groups, calendar_sums
from services.reading.going_later import LaterAsked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.postgres.database import Connection
    from services.reading.calendar import CalendarEntries, CalendarEntry, CalendarRequest
    from services.reading.calendar_days import CalendarGroup, CalendarGroups, CalendarSums
    from services.reading.going_later import GoesLater
    from services.reading.limits_ahead import LimitsAhead


@dataclass(frozen=True)
class CalendarAhead:
    """The calendar, and the limits that put off what is in it."""

    limits: LimitsAhead

    async def entries(self, connection: Connection, asked: CalendarRequest, now: datetime) -> CalendarEntries:
        """Each recipient: those of ``calendar_entries``."""
        found = await calendar_entries(connection, asked)
        later = await self._later(connection, asked, (each.day for each in found.items), now)
        return replace(found, items=_marked(found.items, later or ()))

    async def groups(self, connection: Connection, asked: CalendarRequest, now: datetime) -> CalendarGroups:
        """Per day and step: those of ``calendar_groups``."""
        found = await calendar_groups(connection, asked)
        later = await self._later(connection, asked, (each.day for each in found.items), now)
        if later is None:
            return found
        numbers = Counter((_day(each), each.sequence, each.step) for each in later)

        def marked(group: CalendarGroup) -> CalendarGroup:
            number = numbers[group.day, group.sequence, group.step] if group.day else 0
            return replace(group, later=number, recipients=tuple(_marked(group.recipients, later)))

        return replace(found, items=[marked(group) for group in found.items])

    async def sums(self, connection: Connection, asked: CalendarRequest, now: datetime) -> CalendarSums:
        """Per day: those of ``calendar_sums``."""
        found = await calendar_sums(connection, asked)
        later = await self._later(connection, asked, (each.day for each in found.items), now)
        if later is None:
            return found
        numbers = Counter(map(_day, later))
        return replace(found, items=[replace(each, later=numbers[each.day] if each.day else 0) for each in found.items])

    async def _later(
        self, connection: Connection, asked: CalendarRequest, days: Iterable[date | None], now: datetime
    ) -> list[GoesLater] | None:
        """What goes later of what was asked for; None: nobody knows.

        Args:
            connection: in a transaction.
            asked: which calendar.
            days: that are shown, on the clocks of recipients.
            now: UTC.
        """
        last = max(filter(None, days), default=None)
        if last is None:
            return []
        # A day begins up to 12 hours after that of UTC.
        end = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1, hours=12)
        scope = EVERYBODY if asked.owner is None else Scope.of((asked.owner,))
        span = LaterAsked(asked.start, min(end, asked.stop or end), scope)
        found = await self.limits.later(connection, span, now)
        if found is None:
            return None
        return [
            each for each in found if asked.sequence in (None, each.sequence) and asked.owner in (None, each.owner_id)
        ]


def _day(message: GoesLater) -> date:
    """On the recipient's clock; a zone that nobody knows counts as UTC, as in the numbers."""
    known = message.timezone is not None and is_zone(message.timezone)
    return message.due_at.astimezone(ZoneInfo(message.timezone or "UTC") if known else UTC).date()


def _marked(entries: Sequence[CalendarEntry], later: Iterable[GoesLater]) -> list[CalendarEntry]:
    known = {(each.run, each.step): each for each in later}
    found = ((entry, known.get((entry.enrollment, entry.step))) for entry in entries)
    return [
        replace(entry, later_from=each.again_from, later_limit=each.limit) if each else entry for entry, each in found
    ]
