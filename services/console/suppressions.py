"""Suppressions: who must not be contacted, since when and why, found by the beginning of an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.channels.address_kinds import NUMBER, field_of
from sequences.erased_address import ERASED
from sequences.errors import NotFoundError
from sequences.masked_address import masked
from sequences.records.person_search import read_person_search
from services.records.consents import WITHDRAWN

if TYPE_CHECKING:
    from adapters.postgres import queries
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50
THEIR_WORD: Final = frozenset(
    {"opt_out", "stop_word", "unsubscribed", "complained", "preferences", "company", ERASED, WITHDRAWN}
)
"""Reasons that are a person's own wish."""


@dataclass(frozen=True)
class SuppressionsWanted:
    """What is asked for; all of it is in the address of the page.

    Attributes:
        text: an address, a number, or how one begins.
        reason: empty: any.
        lifted: those that were lifted, else those that are in force.
        cursor: of the page before.
    """

    text: str = ""
    reason: str = ""
    lifted: bool = False
    cursor: str = ""


@dataclass(frozen=True)
class SuppressionFound:
    """One of them.

    Attributes:
        address: of the person, or that is meant alone; masked where the viewer does not see whose it is; None: none.
        source_name: name of the user who added it.
        their_word: it is the person's own wish.
        lifted_by: None: it is in force, or was not lifted by hand.
    """

    id: int
    person_id: str | None
    person_name: str | None
    address: str | None
    channel: str
    reason: str
    source_name: str | None
    since: datetime
    their_word: bool
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_because: str | None


@dataclass(frozen=True)
class SuppressionsFound:
    """A page of them, the newest first.

    Attributes:
        next: cursor of the following page.
        whole: addresses are found when they are typed whole: letter by letter the viewer would learn those of others.
    """

    lines: tuple[SuppressionFound, ...]
    next: str | None
    whole: bool = False


async def suppressions_found(
    connection: Connection, viewer: Viewer, asked: SuppressionsWanted, region: str
) -> SuppressionsFound:
    """A page of suppressions.

    Args:
        connection: of ``looking``.
        viewer: who looks.
        asked: filters and place.
        region: ISO 3166-1 alpha-2 country in which a number without one is read.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    search = read_person_search(asked.text, region)
    typed = search.address or search.number or asked.text.strip().lower()
    whole = viewer.sees.owner_ids is not None
    filters = {
        "lifted": asked.lifted,
        "reason": asked.reason or None,
        "address" if whole else "beginning": typed or None,
    }
    found = await page(connection, listings.SUPPRESSIONS_FOUND, filters, cursor=asked.cursor or None, limit=PAGE)
    return SuppressionsFound(tuple(_line(row, viewer) for row in found.rows), found.next, whole)


async def one_suppression(connection: Connection, viewer: Viewer, identity: int) -> SuppressionFound:
    """One suppression.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = await one(connection, listings.SUPPRESSIONS_FOUND, "id", identity)
    if row is None:
        raise NotFoundError("there is no such suppression")
    return _line(row, viewer)


def _sees(row: queries.ListedSuppressionsFoundRow, viewer: Viewer) -> bool:
    """Whether the viewer may see the address whole: that of one of the people whom they see, or one that they added."""
    if row.person_id is not None:
        return viewer.sees.holds(row.owner_id)
    mine = row.source == f"user:{viewer.user_id}"
    return mine or viewer.sees.owner_ids is None or any(map(viewer.sees.holds, row.address_owners))


def _line(row: queries.ListedSuppressionsFoundRow, viewer: Viewer) -> SuppressionFound:
    address = row.address or (row.phone if field_of(row.channel) == NUMBER else row.email)
    return SuppressionFound(
        id=row.id,
        person_id=row.person_id,
        person_name=row.person_name,
        address=(address if _sees(row, viewer) else masked(address)) or None,
        channel=row.channel,
        reason=row.reason,
        source_name=row.source_name,
        since=row.since,
        their_word=row.reason in THEIR_WORD,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_because=row.lifted_because,
    )
