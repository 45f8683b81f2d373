"""One person merged into another: the history goes to the survivor, so that nobody gets the first mail again.

The workflows of open runs and windows keep their ids; whose they are is in their rows. Everything here happens in the
transaction that stores the merge, so that no rule and no send sees half of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.events import KINDS, Events, NewEvent, latest_of
from adapters.postgres.records import ChangeOrigin
from sequences.errors import RefusedError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from services.enrolling.window_ledger import WindowLedger

EVENT = "merged"
"""Kind of the line in the story of a run whose person was merged."""


async def survivor(connection: Connection, person: str) -> str:
    """Who a person is by now: the end of the chain of merges, or the person."""
    return str(await queries.merge_root(connection, id=person) or person)


async def refuse_merge_cycle(connection: Connection, person: str, into: str) -> None:
    """Refuses a merge into somebody who was merged into this very person.

    Raises:
        RefusedError: with what to tell first.
    """
    below = set(await queries.merged_below(connection, id=person))
    if into in below:
        raise RefusedError(
            RequestRefused.MERGED,
            "merged_into: that person was already merged into this one; restore it first (deleted: false)",
        )


_MOVES = (
    queries.move_sends,
    queries.move_reactions,
    queries.move_tasks,
    queries.move_leads,
    queries.move_notifications,
)


@dataclass(frozen=True)
class Moved:
    """What open runs have to hear of.

    Attributes:
        runs: those that moved, and those that come to their end because the survivor has another of the same sequence.
        fields: what changes for them, by catalogue name.
    """

    runs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Merging:
    """Moves what belongs to people from one id to another."""

    def __init__(self, records: Records, ledger: WindowLedger) -> None:
        self._records = records
        self._ledger = ledger
        self._events = Events()

    async def gather(self, connection: Connection, into: str, at: datetime, event_id: str | None = None) -> Moved:
        """Gives a survivor the history of everybody who was merged into them; done again, it changes nothing.

        Args:
            connection: in a transaction.
            into: id of the survivor. Nothing moves to one whom nobody has described yet: it does once they are.
            at: UTC.
            event_id: of the hook's event.
        """
        people = await queries.merged_below(connection, id=into)
        if not people or await queries.person_row(connection, id=into) is None:
            return Moved()
        # Who enters by rule holds this lock: before it, or behind it with the windows as they are then.
        for sequence in await queries.sequences_entered(connection, people=[*people, into]):
            await queries.lock_entering(connection, sequence=sequence)
        await self._ledger.gather(connection, people, into, at)
        told = await self._runs(connection, people, into, at)
        for move in _MOVES:
            await move(connection, people=people, into=into)
        await queries.join_lists(connection, people=people, into=into)
        await queries.leave_lists(connection, people=people)
        origin = ChangeOrigin("crm", at, event_id)
        for placement in await queries.placements_of(connection, people=people):
            await self._records.write(connection, "placement", placement, {"person_id": into}, origin)
        for person in people:
            await self._latest(connection, person, into, at, event_id)
        return await self._moved(connection, told, [*people, into])

    async def part(self, connection: Connection, person: str, root: str, at: datetime) -> Moved:
        """A merge is taken back: what was about the person itself returns to them from the survivor ``root``.

        Suppressions stay on both, and placements with the survivor until the CRM says whose they are.
        """
        below = await queries.merged_below(connection, id=person)
        rows = await queries.part_runs(connection, people=[person, *below], into=person, root=root)
        runs = [row.id for row in rows]
        await self._ledger.part(connection, runs, person, root, at)
        await queries.part_sends(connection, runs=runs, into=person)
        await queries.part_reactions(connection, runs=runs, into=person)
        return await self._moved(connection, [row.id for row in rows if not row.closed], [person, root])

    async def _moved(self, connection: Connection, runs: Sequence[str], people: Sequence[str]) -> Moved:
        """A zone that is the same for all moves no step."""
        rows = [await queries.person_row(connection, id=person) for person in people]
        known = [row for row in rows if row is not None]
        zones = ["person.timezone"] if len({row.timezone for row in known}) > 1 else []
        zones += ["person.phone"] if len({row.phone for row in known}) > 1 else []
        return Moved(tuple(runs), ("person.merged_into", *zones))

    async def _runs(self, connection: Connection, people: Sequence[str], into: str, at: datetime) -> list[str]:
        """One open run of a sequence stays: the one that sent more, then the survivor's own."""
        by_sequence = defaultdict(list)
        for row in await queries.open_runs_to_merge(connection, people=[*people, into]):
            by_sequence[row.sequence].append(row)
        losers = []
        for rows in by_sequence.values():
            stays = max(rows, key=lambda row: (row.sent, row.record_id == into))
            ends = [row for row in rows if row is not stays]
            losers += [row.id for row in ends]
            await self._change_places(connection, stays, ends, into)
        moved = await queries.move_runs(connection, people=list(people), into=into, losers=losers)
        told = list(dict.fromkeys([*(row.id for row in moved if not row.closed), *losers]))
        for run in told:
            await queries.add_run_event(
                connection,
                enrollment_id=run,
                at=at,
                kind=EVENT,
                detail={"into": into},
                key=f"{EVENT}:{into}:{at.isoformat()}",
            )
        return told

    async def _change_places(
        self,
        connection: Connection,
        stays: queries.OpenRunsToMergeRow,
        ends: Iterable[queries.OpenRunsToMergeRow],
        into: str,
    ) -> None:
        """The survivor's own run ends: it gets the record that is gone, and makes room for the other."""
        own = next((row for row in ends if row.record_id == into), None)
        if own is None:
            return
        gone = stays.record_id
        # The key allows one open run a record; no record has such an id.
        await queries.set_run_record(connection, id=stays.id, record_id=f"{gone} ")
        await queries.set_run_record(connection, id=own.id, record_id=gone)
        await queries.set_run_record(connection, id=stays.id, record_id=into)

    async def _latest(self, connection: Connection, person: str, into: str, at: datetime, event_id: str | None) -> None:
        """The latest time of each event, with the lineage that it has: a loop must not open by a merge."""
        row = await queries.person_row(connection, id=person)
        for kind in KINDS:
            at_last = latest_of(row, kind) if row is not None else None
            if row is not None and at_last is not None:
                lineage = row.field_lineage.get(kind, [])
                origin = ChangeOrigin("relance" if lineage else "crm", at, event_id, lineage)
                await self._events.add(connection, NewEvent(into, kind, at_last, f"merged:{person}"), origin)
