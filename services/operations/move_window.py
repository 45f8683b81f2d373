"""The re-enrollment windows of a person, and lifting and moving one by hand, whichever way somebody asks.

The row decides from its commit on; the dispatcher tells the window's workflow, now or when Temporal is back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import not_published
from sequences.enrolling.entry import OPEN_STATES, window_open
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.enrolling.window_ledger import WindowLedger
from services.explaining.answer import Window

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class WindowAnswer:
    """What became of the order.

    Attributes:
        changed: False when it was so already.
        window: as it is now.
    """

    changed: bool
    window: Window


@dataclass(frozen=True)
class WindowOrder:
    """Whose window is meant, who asks and why.

    Attributes:
        person: id.
        sequence: its name.
        by: who asks.
        reason: for people; no personal data.
        record: of several records that may enter only once each, which is meant.
    """

    person: str
    sequence: str
    by: str
    reason: str = ""
    record: str | None = None

    def words(self, what: str) -> str:
        """``lifted by dana: asked for it``: what the window's row says of it."""
        return f"{what} by {self.by}: {self.reason}" if self.reason else f"{what} by {self.by}"


async def windows_of(connection: Connection, person: str, now: datetime) -> list[Window]:
    """All windows that a person ever opened, the newest first.

    Raises:
        NotFoundError: there is no such person.
    """
    if await queries.person_row(connection, id=person) is None:
        raise NotFoundError(f"no person has the id {person}; `relance people` lists them")
    return [window_of(row, now) for row in await queries.explain_windows_of(connection, person_id=person)]


def window_of(
    row: queries.ExplainWindowsOfRow | queries.ExplainWindowsRow | queries.ListedWindowsRow, now: datetime
) -> Window:
    """One row of the ledger; ``blocks`` as entering judges it."""
    return Window(
        window=row.id,
        sequence=row.sequence,
        record=row.record_id,
        scope=row.scope,
        state=row.state,
        blocks=window_open(row.state, row.until, now),
        opened_at=row.opened_at,
        until=row.until,
        ended_at=row.ended_at,
        reason=row.reason,
        via=row.via,
        enrollment=row.enrollment_id,
    )


async def lift(connection: Connection, order: WindowOrder, now: datetime) -> WindowAnswer:
    """Ends a window: the next match of the rules enters again.

    Raises:
        NotFoundError: no such person or sequence.
        RefusedError: no window is open, or several are.
    """
    standing, closed = await _standing(connection, order, now)
    if standing is None:
        # The same order again, by somebody impatient or by a program, finds what the first one did.
        if closed is not None and closed.state == "lifted":
            return WindowAnswer(False, closed)
        raise RefusedError(RequestRefused.NO_WINDOW, _none_open(order.sequence, closed))
    await WindowLedger().lift(connection, standing.window, order.words("lifted"), now)
    return WindowAnswer(True, await _now_is(connection, order.person, standing.window, now))


async def move(connection: Connection, order: WindowOrder, until: datetime, now: datetime) -> WindowAnswer:
    """Lets a window end earlier or later, at ``until`` (UTC, ahead of ``now``).

    Raises:
        NotFoundError: no such person or sequence.
        RefusedError: no window is open, it lasts for ever, or ``until`` is past.
    """
    standing, closed = await _standing(connection, order, now)
    if standing is None:
        raise RefusedError(RequestRefused.NO_WINDOW, _none_open(order.sequence, closed))
    if standing.until == until:
        return WindowAnswer(False, standing)
    await WindowLedger().move(connection, standing.window, until, order.words("moved"), now)
    return WindowAnswer(True, await _now_is(connection, order.person, standing.window, now))


async def _standing(connection: Connection, order: WindowOrder, now: datetime) -> tuple[Window | None, Window | None]:
    """The open window, or else the newest that is over."""
    if await queries.newest_version(connection, sequence=order.sequence) is None:
        raise NotFoundError(await not_published(connection, order.sequence))
    mine = [
        each
        for each in await windows_of(connection, order.person, now)
        if each.sequence == order.sequence and order.record in (None, each.record)
    ]
    standing = [each for each in mine if each.blocks]
    if len(standing) > 1:
        records = ", ".join(sorted(each.record for each in standing))
        raise RefusedError(
            RequestRefused.AMBIGUOUS, f"this person has windows for several records; choose one: {records}"
        )
    return next(iter(standing), None), next((each for each in mine if not each.blocks), None)


def _none_open(sequence: str, closed: Window | None) -> str:
    if closed is None:
        return f"this person was never enrolled in {sequence}, so no window is open"
    ended = closed.ended_at or closed.until
    when = f" since {ended:%Y-%m-%d %H:%M}Z" if ended else ""
    state = "over" if closed.state in OPEN_STATES else closed.state
    return f"no window is open; the last one is {state}{when}"


async def _now_is(connection: Connection, person: str, window: str, now: datetime) -> Window:
    return next(each for each in await windows_of(connection, person, now) if each.window == window)
