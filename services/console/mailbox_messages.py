"""The messages behind a number of a mailbox: by the function of the database that counts them."""

from __future__ import annotations

import enum
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


class MailboxNumber(enum.StrEnum):
    """Which number of a mailbox."""

    SENT = "sent"
    """All that it sent."""
    HARD = "hard"
    """No such mailbox."""
    SOFT = "soft"
    """Anything else that did not arrive."""
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True)
class MailboxAsked:
    """Which messages; all of it is in the address of the page."""

    channel: str
    mailbox: str
    what: MailboxNumber
    since: datetime
    cursor: str = ""


@dataclass(frozen=True)
class MailboxMessage:
    """A message that a mailbox sent, and what came back of it."""

    send_id: str
    step: str
    sent_at: datetime | None
    hard: bool
    soft: bool
    complained: bool
    opted_out: bool
    sequence: str
    sequence_name: str | None
    person_id: str
    person_name: str | None

    @property
    def came_back(self) -> tuple[MailboxNumber, ...]:
        """All of it."""
        told = (MailboxNumber.HARD, MailboxNumber.SOFT, MailboxNumber.COMPLAINED, MailboxNumber.OPTED_OUT)
        return tuple(each for each in told if getattr(self, each))


@dataclass(frozen=True)
class MailboxMessages:
    """A page of them, the newest first.

    Attributes:
        next: cursor of the following page.
        others: the viewer does not see all people, and the number counts everybody's.
    """

    lines: tuple[MailboxMessage, ...]
    next: str | None
    others: bool


async def mailbox_messages(connection: Connection, viewer: Viewer, asked: MailboxAsked) -> MailboxMessages:
    """A page of the messages, to people whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another number.
    """
    owners = viewer.sees.owners
    wanted = {
        "since": asked.since,
        "channel": asked.channel,
        "mailbox": asked.mailbox,
        "owners": owners,
    }
    if asked.what is not MailboxNumber.SENT:
        wanted[asked.what.value] = True
    found = await page(connection, listings.MAILBOX_MESSAGES, wanted, cursor=asked.cursor or None, limit=PAGE)
    return MailboxMessages(tuple(line_of(MailboxMessage, row) for row in found.rows), found.next, owners is not None)
