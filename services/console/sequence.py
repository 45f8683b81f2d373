"""One sequence: its state, its versions, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from adapters.postgres.versions import not_published
from sequences.errors import NotFoundError
from sequences.runs.bulk import HoldScope
from services.reading.run_story import person_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50
VERSIONS: Final = 100
People = Literal["open", "paused", "finished", "stopped", "all"]
PEOPLE: Final[tuple[str, ...]] = get_args(People)
_STATES: Final[Mapping[str, list[str]]] = {
    "open": ["starting", "active", "paused", "held", "reacting"],
    "paused": ["paused"],
    "finished": ["finished"],
    "stopped": ["stopped"],
}


@dataclass(frozen=True)
class SequenceHold:
    """It is paused as a whole.

    Attributes:
        id: of the hold.
        runs: that were paused one by one because of it.
        own: the sequence is paused; False: everything is.
    """

    id: str
    reason: str
    since: datetime
    runs: int
    own: bool = True


@dataclass(frozen=True)
class SequenceVersionSummary:
    """One published version."""

    version: int
    published_at: datetime
    steps: tuple[str, ...]
    open_runs: int


@dataclass(frozen=True)
class SequenceHead:
    """What every view of a sequence shows.

    Attributes:
        versions: the newest first, a hundred at the most.
        next_step: the step that is due next; None: nothing is planned.
        last_entered_at: when somebody entered last.
        archived_at: since when nobody enters it; None: it is in use.
    """

    sequence: str
    name: str
    record: str
    versions: tuple[SequenceVersionSummary, ...]
    hold: SequenceHold | None
    next_step: str | None
    next_due_at: datetime | None
    last_entered_at: datetime | None
    archived_at: datetime | None = None

    @property
    def open_runs(self) -> int:
        """Of all versions that are shown."""
        return sum(version.open_runs for version in self.versions)

    @property
    def older_runs(self) -> int:
        """Open runs of older versions."""
        return self.open_runs - self.versions[0].open_runs


@dataclass(frozen=True)
class RunsAsked:
    """Which runs of a sequence; all of it is in the address of the page.

    Attributes:
        state: one of ``PEOPLE``.
        version: that they are on; None: any.
        cursor: of the page before.
    """

    sequence: str
    state: str
    version: int | None = None
    cursor: str = ""


@dataclass(frozen=True)
class PersonIn:
    """Somebody's run of a sequence; ``name`` is None for somebody without one."""

    enrollment: str
    person_id: str
    name: str | None
    version: int
    state: str
    reason: str | None
    enrolled_at: datetime
    next_step: str | None
    next_due_at: datetime | None
    waits_for: str | None


@dataclass(frozen=True)
class PeopleIn:
    """A page of them; ``next`` is the cursor of the following one."""

    lines: tuple[PersonIn, ...]
    next: str | None


async def sequence_head(connection: Connection, sequence: str) -> SequenceHead:
    """A sequence.

    Raises:
        NotFoundError: it was never published.
    """
    rows = (await page(connection, listings.SEQUENCE_VERSIONS, {"sequence": sequence}, limit=VERSIONS)).rows
    if not rows:
        raise NotFoundError(await not_published(connection, sequence))
    due = await queries.console_next_send(connection, sequence=sequence)
    definition = rows[0].definition
    return SequenceHead(
        sequence=sequence,
        name=definition.get("name") or sequence,
        record=definition["record"],
        versions=tuple(
            SequenceVersionSummary(
                row.version, row.published_at, tuple(step["id"] for step in row.definition["steps"]), row.open_runs
            )
            for row in rows
        ),
        hold=await _hold(connection, sequence),
        next_step=due.step if due else None,
        next_due_at=due.due_at if due else None,
        last_entered_at=await queries.console_last_run(connection, sequence=sequence),
        archived_at=await queries.archived_at(connection, sequence=sequence),
    )


async def _hold(connection: Connection, sequence: str) -> SequenceHold | None:
    hold = await queries.console_hold(connection, sequence=sequence)
    if hold is None:
        return None
    return SequenceHold(hold.id, hold.reason, hold.since, hold.runs, own=hold.scope == HoldScope.SEQUENCE)


async def people_in(connection: Connection, viewer: Viewer, asked: RunsAsked) -> PeopleIn:
    """Who is or was in a sequence, the newest first, of those whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    wanted = {
        "sequence": asked.sequence,
        "state": _STATES.get(asked.state),
        "version": asked.version,
        "owners": viewer.sees.owners,
    }
    found = await page(connection, listings.ENROLLMENTS, wanted, cursor=asked.cursor or None, limit=PAGE)
    names = await person_names(connection, [row.person_id for row in found.rows])
    lines = [
        PersonIn(
            enrollment=row.id,
            person_id=row.person_id,
            name=None,
            version=row.version,
            state=row.state,
            reason=row.reason,
            enrolled_at=row.enrolled_at,
            next_step=row.next_step,
            next_due_at=row.next_due_at,
            waits_for=row.waits_for,
        )
        for row in found.rows
    ]
    return PeopleIn(tuple(replace(line, name=names.get(line.person_id)) for line in lines), found.next)
