"""The open runs whose mail goes out from a mailbox: the list behind their number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from adapters.postgres.paging import page
from services.reading.listed import line_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class RunOfMailbox:
    """An open run; ``reason`` is what is said of its state."""

    enrollment_id: str
    enrolled_at: datetime
    sequence: str
    sequence_name: str | None
    person_id: str
    person_name: str | None
    state: str
    reason: str | None


@dataclass(frozen=True)
class MailboxRuns:
    """A page of them.

    Attributes:
        next: cursor of the following page.
        others: the viewer does not see all people, and the number counts everybody's.
    """

    lines: tuple[RunOfMailbox, ...]
    next: str | None
    others: bool


async def mailbox_runs(connection: Connection, viewer: Viewer, mailbox: str, cursor: str = "") -> MailboxRuns:
    """A page of the open runs that send from a mailbox, about people whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    owners = viewer.sees.owners
    asked = {"mailbox": mailbox, "owners": owners}
    found = await page(connection, listings.MAILBOX_RUNS, asked, cursor=cursor or None, limit=PAGE)
    return MailboxRuns(tuple(line_of(RunOfMailbox, row) for row in found.rows), found.next, owners is not None)
