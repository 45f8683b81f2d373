"""One person merged into another: the history goes to the survivor, so that nobody gets the first mail again.

The workflows of open runs and windows keep their ids; whose they are is in their rows. Everything here happens in the
transaction that stores the merge, so that no rule and no send sees half of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.events import KINDS, Events
from sequences.errors import RefusedError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.postgres.records import Records
    from services.enrolling.window_ledger import WindowLedger

EVENT = "merged"
"""Kind of the line in the story of a run whose person was merged."""


async def survivor(connection: Any, person: str) -> str:
    """Who a person is by now: the end of the chain of merges, or the person."""
    return str(await queries.value(connection, "merge_root", id=person) or person)


async def refuse_a_circle(connection: Any, person: str, into: str) -> None:
    """Refuses a merge into somebody who was merged into this very person.

    Raises:
        RefusedError: with what to tell first.
    """
    below = {row["id"] for row in await queries.rows(connection, "merged_below", id=person)}
    if into in below:
        raise RefusedError(
            RequestRefused.MERGED,
            "merged_into: that person was merged into this one before; "
            "tell first that it is there again (deleted: false)",
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

    async def gather(self, connection: Any, into: str, at: datetime, event_id: str | None = None) -> Moved:
        """Gives a survivor the history of everybody who was merged into them; done again, it changes nothing.

        Args:
            connection: in a transaction.
            into: id of the survivor. Nothing moves to one whom nobody has described yet: it does once they are.
            at: UTC.
            event_id: of the hook's event.
        """
        people = [row["id"] for row in await queries.rows(connection, "merged_below", id=into)]
        if not people or await queries.row(connection, "person_row", id=into) is None:
            return Moved()
        # Who enters by rule holds this lock: before it, or behind it with the windows as they are then.
        for row in await queries.rows(connection, "sequences_entered", people=[*people, into]):
            await queries.run(connection, "lock_entering", sequence=row["sequence"])
        await self._ledger.gather(connection, people, into, at)
        told = await self._runs(connection, people, into, at)
        for name in ("sends", "reactions", "tasks", "leads", "notifications"):
            await queries.run(connection, f"move_{name}", people=people, into=into)
        await queries.run(connection, "join_lists", people=people, into=into)
        await queries.run(connection, "leave_lists", people=people)
        for row in await queries.rows(connection, "placements_of", people=people):
            await self._records.write(
                connection, "placement", row["id"], {"person_id": into}, origin="crm", at=at, event_id=event_id
            )
        for person in people:
            await self._latest(connection, person, into, at, event_id)
        return await self._moved(connection, told, [*people, into])

    async def part(self, connection: Any, person: str, root: str, at: datetime) -> Moved:
        """A merge is taken back: what was about the person itself returns to them from the survivor ``root``.

        Suppressions stay on both, and placements with the survivor until the CRM says whose they are.
        """
        below = [row["id"] for row in await queries.rows(connection, "merged_below", id=person)]
        rows = await queries.rows(connection, "part_runs", people=[person, *below], into=person, root=root)
        runs = [row["id"] for row in rows]
        await self._ledger.part(connection, runs, person, root, at)
        await queries.run(connection, "part_sends", runs=runs, into=person)
        await queries.run(connection, "part_reactions", runs=runs, into=person)
        return await self._moved(connection, [row["id"] for row in rows if not row["closed"]], [person, root])

    async def _moved(self, connection: Any, runs: Sequence[str], people: Sequence[str]) -> Moved:
        """A zone that is the same for all moves no step."""
        rows = [await queries.row(connection, "person_row", id=person) for person in people]
        known = [row for row in rows if row is not None]
        zones = [f"person.{name}" for name in ("timezone", "phone") if len({row[name] for row in known}) > 1]
        return Moved(tuple(runs), ("person.merged_into", *zones))

    async def _runs(self, connection: Any, people: Sequence[str], into: str, at: datetime) -> list[str]:
        """One open run of a sequence stays: the one that sent more, then the survivor's own."""
        by_sequence = defaultdict(list)
        for row in await queries.rows(connection, "open_runs_to_merge", people=[*people, into]):
            by_sequence[row["sequence"]].append(row)
        losers = []
        for rows in by_sequence.values():
            stays = max(rows, key=lambda row: (row["sent"], row["record_id"] == into))
            ends = [row for row in rows if row is not stays]
            losers += [row["id"] for row in ends]
            await self._change_places(connection, stays, ends, into)
        moved = await queries.rows(connection, "move_runs", people=list(people), into=into, losers=losers)
        told = list(dict.fromkeys([*(row["id"] for row in moved if not row["closed"]), *losers]))
        for run in told:
            await queries.value(
                connection,
                "add_run_event",
                enrollment_id=run,
                at=at,
                kind=EVENT,
                detail={"into": into},
                key=f"{EVENT}:{into}:{at.isoformat()}",
            )
        return told

    async def _change_places(self, connection: Any, stays: queries.Row, ends: Iterable[queries.Row], into: str) -> None:
        """The survivor's own run ends: it gets the record that is gone, and makes room for the other."""
        own = next((row for row in ends if row["record_id"] == into), None)
        if own is None:
            return
        gone = stays["record_id"]
        # The key allows one open run a record; no record has such an id.
        await queries.run(connection, "set_run_record", id=stays["id"], record_id=f"{gone} ")
        await queries.run(connection, "set_run_record", id=own["id"], record_id=gone)
        await queries.run(connection, "set_run_record", id=stays["id"], record_id=into)

    async def _latest(self, connection: Any, person: str, into: str, at: datetime, event_id: str | None) -> None:
        """The latest time of each event, with the lineage that it has: a loop must not open by a merge."""
        row = await queries.row(connection, "person_row", id=person)
        for kind in KINDS:
            if row is not None and row[kind] is not None:
                lineage = row["field_lineage"].get(kind, [])
                await self._events.add(
                    connection,
                    into,
                    kind,
                    row[kind],
                    origin="relance" if lineage else "crm",
                    source=f"merged:{person}",
                    recorded_at=at,
                    lineage=lineage,
                    event_id=event_id,
                )
