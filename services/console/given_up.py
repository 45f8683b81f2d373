"""Follow-ups that were given up: the list behind the number of the page *Health*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from adapters.postgres.paging import page
from sequences.sending.deliveries import webhook_target

if TYPE_CHECKING:
    from adapters.postgres import queries
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class GivenUp:
    """A follow-up that could not be done.

    Attributes:
        kind: such as ``webhook`` or ``enroll``.
        to: the address, or the sequence; empty: it has neither.
        event: after what, such as ``replied.positive``; None: not known.
        reason: what the last try came to.
        at: when it was asked for.
        settled_at: when it was given up.
    """

    id: str
    kind: str
    to: str
    event: str | None
    reason: str | None
    at: datetime
    tries: int
    settled_at: datetime | None
    sequence: str
    sequence_name: str | None
    person_id: str
    person_name: str | None


@dataclass(frozen=True)
class GivenUpLines:
    """A page of them, the newest first.

    Attributes:
        next: cursor of the following page.
        others: the viewer does not see all people, and the number counts everybody's.
    """

    lines: tuple[GivenUp, ...]
    next: str | None
    others: bool


async def given_up(connection: Connection, viewer: Viewer, cursor: str = "") -> GivenUpLines:
    """A page of those about people whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    owners = viewer.sees.owners
    asked = {"owners": owners}
    found = await page(connection, listings.GIVEN_UP, asked, cursor=cursor or None, limit=PAGE)
    return GivenUpLines(tuple(map(_line, found.rows)), found.next, owners is not None)


def _line(row: queries.ListedGivenUpRow) -> GivenUp:
    value = row.arguments.get(row.kind, "")
    return GivenUp(
        id=row.id,
        kind=row.kind,
        to=webhook_target(value) if isinstance(value, dict) else str(value),
        event=row.event,
        reason=row.result,
        at=row.at,
        tries=row.tries,
        settled_at=row.settled_at,
        sequence=row.sequence,
        sequence_name=row.sequence_name,
        person_id=row.person_id,
        person_name=row.person_name,
    )
