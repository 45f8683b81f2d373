"""Moving the open runs of a sequence to another version: what it would do, then doing it run by run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.runs.state import Command
from sequences.runs.version_move import NumberedVersion, check_versions, command_key
from services.reading.run_story import person_names
from services.runs.run_row import RunRow
from services.runs.version_move import prepare

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.ports import Runs
    from services.runs.planning import Planning
    from services.runs.version_move import Prepared

FIRST = 50
"""So many runs somebody looks through before saying yes."""
_PAGE = 200
_AT_ONCE = 8


@dataclass(frozen=True)
class Place:
    """Where a run is or would be. ``step`` None: every step is behind it. ``due_at`` is UTC."""

    version: int
    step: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class RunPreview:
    """What the move would do to one run.

    Attributes:
        to: None when it is refused.
        not_sent: steps of the new version that this run will not get, each with the reason.
        not_again: steps that were decided and have other content in the new version.
        cancelled: planned steps that the new version does not have.
        refused: why it cannot go; None when it can.
        key: idempotency key of its command.
    """

    enrollment: str
    workflow_id: str
    person_id: str
    person_name: str | None
    state: str
    origin: Place
    to: Place | None
    not_sent: Mapping[str, str] = field(default_factory=dict)
    not_again: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    refused: str | None = None
    key: str = ""


@dataclass(frozen=True)
class Preview:
    """What the move would do to every open run of a sequence.

    Attributes:
        already: how many open runs are on that version and are passed over.
        notes: what somebody should know before saying yes.
    """

    sequence: str
    version: int
    runs: tuple[RunPreview, ...]
    already: int
    notes: tuple[str, ...]

    @property
    def movable(self) -> tuple[RunPreview, ...]:
        """Those that can go."""
        return tuple(run for run in self.runs if run.refused is None)


@dataclass(frozen=True)
class MoveRefusal:
    """A run that was not moved."""

    enrollment: str
    reason: str


@dataclass(frozen=True)
class MoveOutcome:
    """What came of the commands.

    Attributes:
        moved: ids of the runs that are on the new version now.
        refused: those that their run or the preview refused.
        unanswered: those that nobody answered for; the same command again goes on with them.
    """

    moved: tuple[str, ...]
    refused: tuple[MoveRefusal, ...]
    unanswered: tuple[MoveRefusal, ...]


async def preview(database: Database, planning: Planning, sequence: str, version: int, now: datetime) -> Preview:
    """What moving all open runs of ``sequence`` to ``version`` would do at ``now`` (UTC); reads only.

    Raises:
        NotFoundError: the sequence was never published, or not in that version.
    """
    found = Preview(sequence, version, (), 0, ())
    async with database.transaction() as connection:
        await planning.version(connection, sequence, version)
    async for connection, page in _pages(database, sequence):
        found = await _and(planning, connection, found, page, now)
    return found


async def preview_first(
    connection: Connection, planning: Planning, sequence: str, version: int, now: datetime
) -> Preview:
    """The same of the first ``FIRST`` runs that are not on that version: what somebody can look through.

    Raises:
        NotFoundError: the sequence was never published, or not in that version.
    """
    await planning.version(connection, sequence, version)
    rows = await queries.open_runs_to_move(connection, sequence=sequence, version=version, limit=FIRST)
    return await _and(planning, connection, Preview(sequence, version, (), 0, ()), rows, now)


async def _and(
    planning: Planning,
    connection: Connection,
    found: Preview,
    page: Sequence[queries.OpenRunsOfRow],
    now: datetime,
) -> Preview:
    """What was found, and the same of more runs."""
    sequence, version = found.sequence, found.version
    target = await planning.version(connection, sequence, version)
    runs: list[RunPreview] = list(found.runs)
    notes: dict[str, None] = dict.fromkeys(found.notes)
    already = found.already
    names = await person_names(connection, (row.person_id for row in page))
    for row in page:
        if row.version == version:
            already += 1
            continue
        try:
            old = await planning.version(connection, sequence, row.version)
            said = check_versions(
                NumberedVersion(row.version, old.definition), NumberedVersion(version, target.definition)
            )
            context = await planning.context(connection, RunRow.of(row))
            prepared = await prepare(planning, connection, context, version, now)
            runs.append(_movable(row, version, names, prepared))
            notes |= dict.fromkeys(said)
        except (RefusedError, NotFoundError) as error:
            runs.append(_seen(row, version, names, refused=str(error)))
    return Preview(sequence, version, tuple(runs), already, tuple(notes))


async def _pages(
    database: Database, sequence: str
) -> AsyncIterator[tuple[Connection, Sequence[queries.OpenRunsOfRow]]]:
    """The open runs page by page, each page in a transaction of its own: a preview must hold up nobody."""
    after = ""
    while True:
        async with database.transaction() as connection:
            page = await queries.open_runs_of(connection, sequence=sequence, after=after, limit=_PAGE)
            yield connection, page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _movable(row: queries.OpenRunsOfRow, version: int, names: Mapping[str, str], prepared: Prepared) -> RunPreview:
    ahead = prepared.next
    return _seen(
        row,
        version,
        names,
        to=Place(version, ahead.step if ahead else None, ahead.due_at if ahead else None),
        not_sent={skip.step: skip.reason for skip in prepared.skips},
        not_again=prepared.move.not_again,
        cancelled=prepared.move.dropped,
    )


def _seen(row: queries.OpenRunsOfRow, version: int, names: Mapping[str, str], **known: Any) -> RunPreview:
    return RunPreview(
        enrollment=row.id,
        workflow_id=row.workflow_id,
        person_id=row.person_id,
        person_name=names.get(row.person_id),
        state=row.state,
        origin=Place(row.version, row.next_step, row.next_due_at),
        key=command_key(row.id, version, row.moves),
        **{"to": None, **known},
    )


async def move_all(
    runs: Runs, found: Preview, *, reason: str = "", done: Callable[[], None] = lambda: None, keys: str = ""
) -> MoveOutcome:
    """Sends each movable run its move command, a few at a time, and gathers the answers.

    Once nobody answers (no worker, no Temporal), no further command is sent: each would wait for its time-out.

    Args:
        runs: reaches runs in Temporal.
        found: what somebody said yes to.
        reason: shown in the story of each run; no personal data.
        done: called after each run, for a progress bar.
        keys: what the key of each command begins with, so that its event names who ordered it; empty: the run's own
            key for this move.
    """
    moved: list[str] = []
    refused = [MoveRefusal(run.enrollment, run.refused) for run in found.runs if run.refused is not None]
    unanswered: list[MoveRefusal] = []
    waiting = list(reversed(found.movable))

    async def work() -> None:
        while waiting:
            run = waiting.pop()
            key = f"{keys}{run.enrollment}" if keys else run.key
            command = Command(id=key, kind="move", reason=reason, mode=str(found.version))
            if unanswered:
                unanswered.append(MoveRefusal(run.enrollment, "not attempted"))
                continue
            try:
                answer = await runs.command(run.workflow_id, command)
                if answer.changed:
                    moved.append(run.enrollment)
                else:
                    refused.append(
                        MoveRefusal(run.enrollment, answer.detail or f"it did not move; it is {answer.phase}")
                    )
            except UnavailableError as error:
                unanswered.append(MoveRefusal(run.enrollment, str(error)))
            except (RefusedError, NotFoundError) as error:
                waits = isinstance(error, NotFoundError) and run.state == "starting"
                refused.append(
                    MoveRefusal(run.enrollment, "it has not started in Temporal yet" if waits else str(error))
                )
            done()

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(work())
    return MoveOutcome(tuple(moved), tuple(refused), tuple(unanswered))
