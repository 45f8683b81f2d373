"""Messages of which nobody knows whether they went out, and what becomes of each without a proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.errors import NotFoundError
from services.reading.listed import line_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class UnknownSend:
    """A message that may or may not have gone out.

    Attributes:
        claimed_at: when it was handed over.
        reason: why nobody knows.
        next_look_at: when Relance looks for a proof again.
        if_unknown: what its sequence believes without one: ``assume_sent | resend``.
        run_state: of its run.
    """

    id: str
    enrollment_id: str
    person_id: str
    person_name: str | None
    owner_name: str | None
    sequence: str
    sequence_name: str
    step: str
    channel: str
    recipient: str
    claimed_at: datetime | None
    reason: str | None
    next_look_at: datetime | None
    if_unknown: str
    run_state: str


@dataclass(frozen=True)
class UnknownSends:
    """A page of them, the oldest first; ``next`` is the cursor of the following one."""

    lines: tuple[UnknownSend, ...]
    next: str | None


async def unknown_sends(connection: Connection, viewer: Viewer, cursor: str = "") -> UnknownSends:
    """A page of those of the people whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    asked = {"owners": viewer.sees.owners}
    found = await page(connection, listings.UNKNOWN_SENDS, asked, cursor=cursor or None, limit=PAGE)
    return UnknownSends(tuple(line_of(UnknownSend, row) for row in found.rows), found.next)


async def unknown_send(connection: Connection, identity: str) -> UnknownSend:
    """One message, whatever is known of it by now.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = await one(connection, listings.UNKNOWN_SENDS, "id", identity)
    if row is None:
        raise NotFoundError("there is no such message")
    return line_of(UnknownSend, row)
