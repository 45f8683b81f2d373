"""What goes later than planned: at once with a page where that is quick, and otherwise asked for once it has shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.errors import UnavailableError
from services.console.looking import looking
from services.reading.limits_ahead import is_little
from starter.limits import limits_ahead_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.reading.going_later import GoesLater, LaterAsked
    from services.reading.limits_ahead import LimitsAhead
    from starter.http.dependencies import Ways


@dataclass(frozen=True)
class PutOff:
    """What a page knows of it.

    Attributes:
        counted: False: the page asks for it once it has shown.
        known: False: so much is planned that it is not told.
    """

    messages: tuple[GoesLater, ...] = ()
    counted: bool = True
    known: bool = True

    @property
    def limits(self) -> frozenset[str]:
        """Whose limits put something off: ``person | mailbox``."""
        return frozenset(each.limit for each in self.messages)


@dataclass(frozen=True)
class Later:
    """Looks at the limits for pages."""

    database: Database
    limits: LimitsAhead

    @classmethod
    def of(cls, ways: Ways) -> Later:
        """With the limits of the settings."""
        return cls(ways.database, limits_ahead_of(ways.settings, ways.enrolling.versions))

    async def look(self, asked: LaterAsked, now: datetime, *, wanted: bool) -> PutOff:
        """What goes later.

        Args:
            asked: which days, and of whom.
            now: UTC.
            wanted: the page was shown, and waits for this alone.
        """
        try:
            async with looking(self.database) as connection:
                if not wanted and not await is_little(connection, asked.stop):
                    return PutOff(counted=False)
                found = await self.limits.later(connection, asked, now)
        except UnavailableError:
            if not wanted:
                raise
            found = None
        return PutOff(known=False) if found is None else PutOff(found)
