"""The steps of the next 24 hours: the lists behind the two numbers of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from adapters.postgres.paging import page
from services.console.today import AHEAD
from services.console.whose import Whose, whose_people
from services.reading.listed import line_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class NextStepsAsked:
    """Which steps.

    Attributes:
        at: from when on 24 hours are counted; the same for all pages.
        goes: those that nothing but the clock holds; else those that something holds.
        mine: only of the viewer's own people.
    """

    at: datetime
    goes: bool = True
    mine: bool = True
    cursor: str = ""


@dataclass(frozen=True)
class DueStep:
    """A step that is due soon.

    Attributes:
        timezone: the recipient's.
        state: of its run.
        hold_reason: of a hold that it is under; None: of none.
    """

    due_at: datetime
    timezone: str | None
    step: str
    enrollment_id: str
    sequence: str
    sequence_name: str | None
    person_id: str
    person_name: str | None
    state: str
    hold_reason: str | None


@dataclass(frozen=True)
class DueSteps:
    """A page of them, the earliest first; ``next`` is the cursor of the following one."""

    whose: Whose
    lines: tuple[DueStep, ...]
    next: str | None


async def due_steps(connection: Connection, viewer: Viewer, asked: NextStepsAsked) -> DueSteps:
    """A page of the steps that the first page counts.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    whose = await whose_people(connection, viewer, mine=asked.mine)
    wanted: dict[str, object] = {"until": asked.at + AHEAD, "owners": whose.scope.owners, "goes": asked.goes}
    cursor = asked.cursor or None
    if whose.scope.is_few:
        some = await page(connection, listings.NEXT_STEPS, wanted | {"by_runs": True}, cursor=cursor, limit=PAGE)
        return DueSteps(whose, tuple(line_of(DueStep, row) for row in some.rows), some.next)
    found = await page(connection, listings.NEXT_STEPS_BY_CLOCK, wanted, cursor=cursor, limit=PAGE)
    return DueSteps(whose, tuple(line_of(DueStep, row) for row in found.rows), found.next)
