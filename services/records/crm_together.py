"""Which items of an event can be written together, and what becomes of each: decided on what was read for all of them.

Together means: no item's outcome depends on another's. Each is about a record of its own and says nothing of a record
as a whole. Everything else is written in its place, alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.record_sets import stored_records
from services.records.crm_item import CrmItem
from services.records.event_order import Newer, newer_than

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.records import RecordWrite
    from services.records.crm_item import Item

Key = tuple[str, str]
"""Kind and id of a record."""


@dataclass(frozen=True)
class Known:
    """What items of different records depend on.

    Attributes:
        rows: every column of the records that exist.
        times: when their fields were told last; only of records that an item with a stamp is about.
        roots: people who were merged, and who they are by now.
        awaited: new records of which something was told before: each has more to do than its row.
    """

    rows: Mapping[Key, dict[str, Any]]
    times: Mapping[Key, Sequence[queries.FieldTimesOfRow]]
    roots: Mapping[str, str]
    awaited: frozenset[Key]

    def before(self, item: CrmItem) -> dict[str, Any] | None:
        """The record as it is; None: there is none."""
        return self.rows.get((item.entity, item.id))

    def newer(self, item: CrmItem) -> Newer:
        """The part of an item that is not older than what is known."""
        return Newer(item) if not _stamped(item) else newer_than(item, self.times.get((item.entity, item.id), ()))


@dataclass(frozen=True)
class ItemOutcome:
    """What becomes of an item.

    Attributes:
        answer: for the CRM.
        write: of its record; None: nothing changes.
        stamped: what was applied of the item; None of a refused one.
    """

    answer: dict[str, Any]
    write: RecordWrite | None = None
    stamped: CrmItem | None = None


def says_of_all(item: CrmItem) -> bool:
    """True when it says something of the record as a whole: of one that we never knew there is nothing to mark."""
    return item.deleted is not None or item.merged_into is not None or item.suppress is not None


def together(items: Sequence[Item | str]) -> int:
    """How many of the first items can be written together."""
    seen: set[Key] = set()
    clients = moved = False
    for count, item in enumerate(items):
        if isinstance(item, str):
            continue
        if (
            not isinstance(item, CrmItem)
            or item.echo is not None
            or says_of_all(item)
            or (item.entity, item.id) in seen
        ):
            return count
        # The runs of a client are those of its placements: here it matters which of the two is written first.
        clients |= item.entity == "client"
        moved |= item.entity == "placement" and "client_id" in item.values
        if clients and moved:
            return count
        seen.add((item.entity, item.id))
    return len(items)


async def read_known(connection: Connection, items: Sequence[Item | str]) -> Known:
    """Reads what the items depend on; the transaction holds the locks of their records."""
    records = [item for item in items if isinstance(item, CrmItem)]
    rows = await stored_records(connection, [(item.entity, item.id) for item in records])
    fresh = [(item.entity, item.id) for item in records if (item.entity, item.id) not in rows]
    awaited = frozenset[Key]()
    if fresh:
        found = await queries.awaited_records(
            connection, entities=[entity for entity, _ in fresh], ids=[identity for _, identity in fresh]
        )
        awaited = frozenset((row.entity, row.entity_id) for row in found)
    people = {str(person) for item in records if (person := _person_of(item)) is not None}
    roots = await queries.merge_roots(connection, ids=sorted(people)) if people else ()
    times = await _times(connection, [item for item in records if _stamped(item)])
    return Known(rows, times, {row.id: row.root for row in roots}, awaited)


def _person_of(item: CrmItem) -> object:
    return item.values.get("person_id") if item.entity == "placement" else None


def _stamped(item: CrmItem) -> bool:
    return item.at is not None or item.version is not None


async def _times(connection: Connection, items: Sequence[CrmItem]) -> Mapping[Key, Sequence[queries.FieldTimesOfRow]]:
    found: dict[Key, list[queries.FieldTimesOfRow]] = defaultdict(list)
    if items:
        rows = await queries.field_times_of(
            connection, entities=[item.entity for item in items], ids=[item.id for item in items]
        )
        for row in rows:
            found[row.entity, row.entity_id].append(row)
    return found
