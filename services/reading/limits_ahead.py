"""What the limits of persons and of mailboxes put off, of what is planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from services.reading.crowded import put_off_by_persons

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.reading.going_later import GoesLater, LaterAsked
    from services.reading.mailbox_queues import MailboxQueues

LITTLE: Final = 1_000
"""With fewer planned steps than this until the end of what is shown, limits are looked at in a moment."""


async def is_little(connection: Connection, stop: datetime) -> bool:
    """So little is planned until then that a page need not wait to say what goes later."""
    return await queries.planned_between(connection, since=None, until=stop, most=LITTLE) < LITTLE


@dataclass(frozen=True)
class LimitsAhead:
    """Both kinds of limits. What one puts off still counts for the other."""

    queues: MailboxQueues

    async def later(self, connection: Connection, asked: LaterAsked, now: datetime) -> tuple[GoesLater, ...] | None:
        """The messages of the people that are asked about which a limit puts off; each once, for the longer wait.

        Args:
            connection: in a transaction.
            asked: which days, and of whom.
            now: UTC.

        Returns:
            None: so much is planned that nothing is known of it.
        """
        persons = await put_off_by_persons(connection, self.queues.versions, asked, now)
        if persons is None:
            return None
        mailboxes = await self.queues.put_off(connection, asked, now)
        if mailboxes is None:
            return None
        found: dict[tuple[str, str], GoesLater] = {}
        for each in (*persons, *mailboxes):
            shown = (asked.start is None or asked.start <= each.due_at) and each.due_at < asked.stop
            if not shown or not asked.scope.holds(each.owner_id):
                continue
            known = found.get((each.run, each.step))
            if known is None or known.again_from < each.again_from:
                found[each.run, each.step] = each
        return tuple(found.values())
