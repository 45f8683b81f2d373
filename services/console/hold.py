"""A hold, and the runs that it paused: the list behind the number of runs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from sequences.errors import NotFoundError
from services.console.run_lines import RunLine, run_lines

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class HoldPage:
    """A hold with a page of its runs.

    Attributes:
        scope: ``sequence | owner | everything``.
        name: of the sequence or the owner; None: it has none.
        ended_at: None: it is on.
        next: cursor of the following page.
        others: the viewer does not see all people, and the number counts everybody's.
    """

    id: str
    scope: str
    key: str
    name: str | None
    reason: str
    since: datetime
    ended_at: datetime | None
    lines: tuple[RunLine, ...]
    next: str | None
    others: bool


async def hold_page(connection: Connection, viewer: Viewer, identity: str, cursor: str = "") -> HoldPage:
    """A hold, with those of its runs that are about people whom the viewer sees.

    Raises:
        NotFoundError: there is none of that id.
        CursorError: the cursor belongs to another list.
    """
    hold = await queries.console_one_hold(connection, id=identity)
    if hold is None:
        raise NotFoundError("There is no such pause.")
    found = await run_lines(connection, viewer, listings.HOLD_RUNS, {"hold": identity}, cursor, PAGE)
    return HoldPage(
        id=hold.id,
        scope=hold.scope,
        key=hold.key,
        name=hold.name,
        reason=hold.reason,
        since=hold.since,
        ended_at=hold.ended_at,
        lines=found.lines,
        next=found.next,
        others=found.others,
    )
