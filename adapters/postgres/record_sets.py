"""Writes to many records at once: the same rows as one write after the other, in a few statements."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.records import RecordChange, apply_write, stored_record
from sequences import ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.records import ChangeOrigin, RecordWrite

_ROWS: Mapping[str, Callable[..., Awaitable[Sequence[Any]]]] = {
    "person": queries.people_rows,
    "placement": queries.placement_rows,
    "client": queries.client_rows,
    "owner": queries.owner_rows,
}
_CUSTOM = "custom"
_SEVERAL = 2


async def stored_records(
    connection: Connection, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Every column of many records, by kind and id; those that do not exist are missing."""
    if len(wanted) == 1:
        # Of one, Postgres keeps the plan; how many an array has it wants to know each time.
        ((entity, identity),) = wanted
        row = await stored_record(connection, entity, identity)
        return {(entity, identity): row} if row is not None else {}
    by_entity = defaultdict(list)
    for entity, identity in wanted:
        by_entity[entity].append(identity)
    return {
        (entity, row.id): row.as_dict()
        for entity, identities in by_entity.items()
        for row in await _ROWS[entity](connection, ids=identities)
    }


async def apply_writes(
    connection: Connection, writes: Sequence[RecordWrite], origin: ChangeOrigin
) -> list[RecordChange]:
    """Writes what was planned for different records, with the change rows in this order.

    Args:
        connection: in a transaction that holds the locks of all of them.
        writes: at most one for each record.
        origin: of all of them, but for the lineage, which each has of its own.
    """
    if len(writes) < _SEVERAL:
        return [await apply_write(connection, write) for write in writes]
    groups = defaultdict(list)
    for write in writes:
        # What a statement names is the same for all that it writes.
        custom = (bool(write.kept_custom),) if write.fresh else tuple(write.custom)
        groups[write.entity, write.fresh, tuple(write.columns), custom].append(write)
    for group in groups.values():
        await (_insert if group[0].fresh else _update)(connection, group)
    await _note_created(connection, writes, origin)
    await _note_lineage(connection, writes)
    return await _add_changes(connection, writes, origin)


async def _insert(connection: Connection, group: Sequence[RecordWrite]) -> None:
    values = _values(group, custom=bool(group[0].kept_custom))
    names = ", ".join(values)
    text = f"INSERT INTO {group[0].entity} ({names}) SELECT {_cast(values)} FROM {_unnest(values)}"  # noqa: S608
    await connection.execute(text, *values.values())


async def _update(connection: Connection, group: Sequence[RecordWrite]) -> None:
    first = group[0]
    values = _values(group, custom=bool(first.custom))
    sets = [f"{column} = u.{column}" for column in first.columns]
    more = []
    if first.custom:
        sets.append(f"{_CUSTOM} = (r.{_CUSTOM} - ${len(values) + 1}::text[]) || u.{_CUSTOM}::jsonb")
        more.append(list(first.custom))
    text = f"UPDATE {first.entity} r SET {', '.join(sets)} FROM {_unnest(values)} WHERE r.id = u.id"  # noqa: S608
    await connection.execute(text, *values.values(), *more)


def _values(group: Sequence[RecordWrite], *, custom: bool) -> dict[str, list[Any]]:
    """Column to its values, record by record."""
    values: dict[str, list[Any]] = {"id": [write.entity_id for write in group]}
    for column in group[0].columns:
        values[column] = [write.columns[column] for write in group]
    if custom:
        values[_CUSTOM] = [json.dumps(write.kept_custom) for write in group]
    return values


def _unnest(columns: Iterable[str]) -> str:
    """Names come from COLUMNS alone, values travel as parameters. All columns are texts, but for one instant."""
    names = list(columns)
    arrays = [
        f"${number}::{'timestamptz' if name == 'created' else 'text'}[]" for number, name in enumerate(names, start=1)
    ]
    return f"unnest({', '.join(arrays)}) AS u({', '.join(names)})"


def _cast(columns: Iterable[str]) -> str:
    return ", ".join(f"u.{name}::jsonb" if name == _CUSTOM else f"u.{name}" for name in columns)


async def _note_created(connection: Connection, writes: Iterable[RecordWrite], origin: ChangeOrigin) -> None:
    events = []
    for write in writes:
        if write.created is not None:
            source = write.created.isoformat()
            identity = ids.event_id(write.entity_id, "created", source)
            lineage = list(write.origin.lineage)
            events.append(
                {"id": identity, "person_id": write.entity_id, "at": source, "lineage": lineage, "source": source}
            )
    if events:
        await queries.add_created_events(connection, events=events, origin=origin.name, recorded_at=origin.at)


async def _note_lineage(connection: Connection, writes: Iterable[RecordWrite]) -> None:
    marks: Mapping[str, list[dict[str, Any]]] = {"person": [], "placement": []}
    for write in writes:
        if write.lineage_changes:
            lineage, columns = list(write.origin.lineage), list(write.after)
            marks[write.entity].append(
                {
                    "id": write.entity_id,
                    "columns": [] if lineage else columns,
                    "marks": dict.fromkeys(columns, lineage) if lineage else {},
                }
            )
    if marks["person"]:
        await queries.mark_fields_of_people(connection, marks=marks["person"])
    if marks["placement"]:
        await queries.mark_fields_of_placements(connection, marks=marks["placement"])


async def _add_changes(
    connection: Connection, writes: Sequence[RecordWrite], origin: ChangeOrigin
) -> list[RecordChange]:
    rows = [
        {
            "position": position,
            "entity": write.entity,
            "entity_id": write.entity_id,
            "fields": list(write.fields),
            "before": write.before,
            "after": write.after,
            "lineage": list(write.origin.lineage),
        }
        for position, write in enumerate(writes)
    ]
    added = await queries.add_changes(
        connection, changes=rows, origin=origin.name, event_id=origin.event_id, at=origin.at
    )
    numbers = {(row.entity, row.entity_id): row.id for row in added}
    return [
        RecordChange(
            numbers[write.entity, write.entity_id], write.entity, write.entity_id, write.fields, created=write.fresh
        )
        for write in writes
    ]
