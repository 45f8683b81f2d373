"""The ledger of re-enrollment windows: who entered which sequence when, and until when nobody enters it again by rule.

The only place that writes ``reenrollment_window``. Every method works inside the caller's transaction and tells
Temporal nothing: ``WindowStarter`` does that after the commit, and the dispatcher is the net under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import WindowEnd
from sequences.definition.durations import parse_duration
from sequences.enrolling.entry import OPEN_STATES, window_open
from sequences.errors import NotFoundError, RefusedError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from sequences.definition.durations import Duration
    from sequences.definition.model import SequenceDefinition as Definition

_TRIES = 8


def length_of(definition: Definition) -> Duration | None:
    """How long nobody enters again; None when the sequence has no window (a record enters once, ever)."""
    rules = definition.auto_enroll
    return parse_duration(rules.prevent_reenrollment_within) if rules and rules.prevent_reenrollment_within else None


@dataclass(frozen=True)
class NewWindow:
    """What an entry opens.

    Attributes:
        version: that the enrollment is pinned to.
        enrollment: its id; its row exists.
        person_id: who receives.
        record_id: what the run is about.
        via: ``rule | hand | hook | sequence``.
        at: when it opens; UTC.
    """

    version: Version
    enrollment: str
    person_id: str
    record_id: str
    via: str
    at: datetime

    @property
    def until(self) -> datetime | None:
        """When it ends; None: the record enters once, ever."""
        length = length_of(self.version.definition)
        return length.after(self.at) if length is not None else None

    @property
    def scope(self) -> str:
        """Whom it keeps out: the ``person`` for its length, or the ``record`` for ever."""
        return "record" if length_of(self.version.definition) is None else "person"


class WindowLedger:
    """All writes to ``reenrollment_window``. Instants are UTC."""

    async def open(self, connection: Connection, window: NewWindow) -> str | None:
        """Opens a window for an entry by rule, in the transaction that made the enrollment.

        Whoever opens several in one transaction goes by sequence and person, or two of them may wait for each other.

        Args:
            connection: in a transaction.
            window: that of the entry.

        Returns:
            The id of the window, or None when a window (or the one entry ever) stands: nothing was written.
        """
        sequence = window.version.sequence
        await queries.lapse_windows(connection, sequence=sequence, person_id=window.person_id, now=window.at)
        row = await self._add(connection, window, state="opening", untold=0)
        return row.id if row is not None else None

    async def open_by_hand(self, connection: Connection, window: NewWindow) -> str | None:
        """Opens a window for an entry that no window keeps out; one that stands is replaced.

        Args:
            connection: in a transaction.
            window: that of the entry.

        Returns:
            The id of the window, whose workflow is to be told; None when nobody enters this sequence by rule.
        """
        if window.version.definition.auto_enroll is None:
            return None
        sequence, scope = window.version.sequence, window.scope
        # Of two at once the second waits here, and replaces the first one's.
        key = window.record_id if scope == "record" else window.person_id
        await queries.lock_window_key(connection, sequence=sequence, key=key)
        for _ in range(_TRIES):
            await queries.replace_windows(
                connection,
                sequence=sequence,
                person_id=window.person_id,
                record_id=window.record_id,
                scope=scope,
                now=window.at,
            )
            row = await self._add(connection, window, state="open", untold=int(scope == "person"))
            if row is not None:
                return str(row.id)
        raise RefusedError(
            RequestRefused.BUSY, "too many requests enroll this person in this sequence at the same moment; try again"
        )

    async def gather(self, connection: Connection, people: Sequence[str], into: str, now: datetime) -> None:
        """Gives a survivor the windows of the people merged into them; of two of one sequence the longer one stands.

        The dispatcher tells the survivor's gate. The gates of the others may sleep on: nobody enters there any more.

        Args:
            connection: in a transaction that holds the entering locks of their sequences.
            people: who were merged, at any time.
            into: the survivor.
            now: wall clock.
        """
        standing: dict[tuple[str, ...], list[queries.WindowsToMergeRow]] = {}
        for row in await queries.windows_to_merge(connection, people=[*people, into]):
            record = into if row.record_type == "person" else row.record_id
            key = (row.sequence, "") if row.scope == "person" else (row.sequence, record)
            standing.setdefault(key, []).append(row)
        over = []
        for rows in standing.values():
            stays = max(rows, key=lambda row: (row.until is None, row.until or now, row.opened_at))
            over += [row.id for row in rows if row is not stays]
        await queries.end_merged_windows(connection, ids=over, at=now)
        await queries.move_windows(connection, people=list(people), into=into)

    async def part(self, connection: Connection, runs: Sequence[str], person: str, root: str, now: datetime) -> None:
        """A merge is taken back: the windows of these runs are the person's again, whoever ``root`` was for them."""
        await queries.part_windows(connection, runs=list(runs), into=person, root=root, now=now)

    async def end(self, connection: Connection, window: str, now: datetime, gate: str) -> WindowEnd:
        """Ends a window whose time is over, or says until when it lasts.

        Args:
            connection: in a transaction.
            window: its id.
            now: the time of the window's workflow.
            gate: id of that workflow. A merge moves a window to another person, and so to another gate: this one ends.
        """
        row = await queries.lock_window(connection, id=window)
        if row is not None and not _is_gate_of(row, gate):
            return WindowEnd(ended=True, revision=row.revision)
        if row is None or row.state not in OPEN_STATES:
            return WindowEnd(ended=True, revision=row.revision if row else 0)
        if window_open(row.state, row.until, now):
            return WindowEnd(ended=False, until=row.until, revision=row.revision)
        await queries.close_window(connection, id=window, state="ended", reason="over", at=now)
        return WindowEnd(ended=True, revision=row.revision)

    async def lift(self, connection: Connection, window: str, reason: str, now: datetime) -> None:
        """Ends a window early, or forgets the one entry ever: from now on the person may enter by rule again.

        Args:
            connection: in a transaction.
            window: its id.
            reason: who lifts it and why, for people; no personal data.
            now: wall clock.

        Raises:
            NotFoundError: there is no such window.
            RefusedError: it is not open any more.
        """
        if await queries.lift_window(connection, id=window, reason=reason, at=now) is None:
            await self._refuse(connection, window)

    async def move(self, connection: Connection, window: str, until: datetime, reason: str, now: datetime) -> None:
        """Lets a window end earlier or later.

        Args:
            connection: in a transaction.
            window: its id.
            until: UTC; ahead of ``now``.
            reason: who moves it and why, for people; no personal data.
            now: wall clock.

        Raises:
            NotFoundError: there is no such window.
            RefusedError: it is not open any more, lasts for ever, or ``until`` is past.
        """
        row = await queries.lock_window(connection, id=window)
        if row is None or row.state not in OPEN_STATES:
            await self._refuse(connection, window)
        elif row.scope == "record":
            raise RefusedError(
                RequestRefused.ENDLESS_WINDOW,
                "this sequence enrolls a record once, ever; lift the window instead of moving it",
            )
        elif until <= now:
            raise RefusedError(RequestRefused.INVALID, "that instant is in the past; lift the window instead")
        await queries.move_window(connection, id=window, until=until, reason=reason)

    async def apply_new_length(self, connection: Connection, definition: Definition, now: datetime) -> int:
        """Gives the standing windows of a sequence the length of its newest version, counted from their opening.

        Call it when that version is published, in the same transaction. A sequence that lost its window lets
        each of their records enter once, ever; one that got a window keeps the latest entry of a person standing.

        Args:
            connection: in a transaction.
            definition: the newest version's.
            now: wall clock.

        Returns:
            How many windows changed. The dispatcher tells their workflows.
        """
        if definition.auto_enroll is None:
            return 0
        length = length_of(definition)
        scope = "record" if length is None else "person"
        over: list[str] = []
        edited: list[tuple[str, datetime | None]] = []
        standing: set[str] = set()
        for row in await queries.windows_of_sequence(connection, sequence=definition.sequence):
            until = length.after(row.opened_at) if length is not None else None
            key = f"{row.record_id} {row.person_id}" if length is None else row.person_id
            # The latest entry comes first: behind it, an earlier one of the same person ends.
            if key in standing or (until is not None and until <= now):
                over.append(row.id)
                continue
            standing.add(key)
            if (row.until, row.scope) != (until, scope):
                edited.append((row.id, until))
        # Those that end make room in the unique keys for those that stay.
        await queries.end_edited_windows(connection, ids=over, at=now)
        await queries.edit_windows(
            connection,
            ids=[window for window, _ in edited],
            untils=[until for _, until in edited],
            scope=scope,
        )
        return len(over) + len(edited)

    async def mark_open(self, connection: Connection, revisions: Mapping[str, int]) -> None:
        """The workflows of these windows were started with these revisions.

        A row that changed meanwhile differs from what its workflow was told, and the dispatcher tells it.
        """
        await queries.mark_windows_open(connection, ids=list(revisions), revisions=list(revisions.values()))

    async def mark_told(self, connection: Connection, window: str, revision: int) -> None:
        """Its workflow was told of everything up to that revision."""
        await queries.mark_window_signalled(connection, id=window, revision=revision)

    async def tell_again(self, connection: Connection, window: str) -> None:
        """Its workflow still runs though it should have ended: it is told once more."""
        await queries.signal_window_again(connection, id=window)

    async def mark_refused(self, connection: Connection, window: str, detail: str, now: datetime) -> None:
        """The gate in Temporal said no: the entry is taken back, and closes its enrollment before it began."""
        row = await queries.close_window(connection, id=window, state="refused", reason="window", at=now)
        if row is None:
            return
        await queries.end_run(connection, id=row.enrollment_id, state="stopped", reason="window", at=now)
        await queries.add_window_refusal(
            connection,
            sequence=row.sequence,
            person_id=row.person_id,
            record_id=row.record_id,
            detail=detail,
            at=now,
        )

    async def _add(
        self, connection: Connection, window: NewWindow, *, state: str, untold: int
    ) -> queries.ReenrollmentWindowRow | None:
        return await queries.add_window(
            connection,
            id=ids.window_id(window.enrollment),
            sequence=window.version.sequence,
            person_id=window.person_id,
            record_id=window.record_id,
            scope=window.scope,
            enrollment_id=window.enrollment,
            via=window.via,
            opened_at=window.at,
            until=window.until,
            state=state,
            untold=untold,
        )

    async def _refuse(self, connection: Connection, window: str) -> None:
        row = await queries.window_row(connection, id=window)
        if row is None:
            raise NotFoundError(f"unknown window {window}")
        raise RefusedError(RequestRefused.NO_WINDOW, f"the window is no longer open; it is {row.state}")


def _is_gate_of(row: queries.ReenrollmentWindowRow, gate: str) -> bool:
    return row.scope != "person" or gate == ids.window_workflow_id(row.sequence, row.person_id)
