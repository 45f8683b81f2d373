"""Which of two tellings is the newer one: an older event never undoes a newer one, whichever comes first.

The CRM says it with ``at`` (an instant) or ``version`` (a number that grows). Of each field the newest is kept; what
was told without either is taken in the order of arrival, as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from adapters.postgres import queries
from adapters.postgres.record_columns import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.records.crm_item import CrmItem

_THERE = "deleted"
"""Deleted, there again and merged are one question: whether the record is there."""
_SUPPRESS = "suppress:"


class FieldTime(Protocol):
    """When a field, or a mark, was told last."""

    @property
    def field(self) -> str:
        """A column, ``custom.x``, or the name of a mark."""
        ...

    @property
    def at(self) -> datetime | None:
        """UTC."""
        ...

    @property
    def version(self) -> int | None:
        """The CRM's number."""
        ...


@dataclass(frozen=True)
class Newer:
    """What is left of an item.

    Attributes:
        item: without what was passed over.
        passed_over: names of the fields and marks of which a newer value is known.
        keep: channels whose suppression is newer than an item that lifts them all.
    """

    item: CrmItem
    passed_over: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


async def newer_part(connection: Connection, item: CrmItem) -> Newer:
    """The part of an item that is not older than what is known; all of it when it carries neither stamp."""
    if item.at is None and item.version is None:
        return Newer(item)
    return newer_than(item, await queries.field_times(connection, entity=item.entity, entity_id=item.id))


def newer_than(item: CrmItem, rows: Iterable[FieldTime]) -> Newer:
    """The same, of an item that carries a stamp, with the times of its record's fields as they are known."""
    newer = {row.field for row in rows if _newer(row, item)}
    passed = [name for name in item.values if name in newer]
    left = replace(item, values={name: value for name, value in item.values.items() if name not in newer})
    names = [name_of(item.entity, column) for column in passed]
    if _THERE in newer and (item.deleted is not None or item.merged_into is not None):
        names.append(f"{item.entity}.{'merged_into' if item.merged_into is not None else _THERE}")
        left = replace(left, deleted=None, merged_into=None)
    keep: tuple[str, ...] = ()
    if item.suppress == "none":
        keep = tuple(sorted(name.removeprefix(_SUPPRESS) for name in newer if name.startswith(_SUPPRESS)))
    elif item.suppress is not None and f"{_SUPPRESS}none" in newer:
        # A "no" is passed over only when the CRM has lifted it since; two of them stand side by side.
        names.append(f"{item.entity}.suppressed_{item.suppress}")
        left = replace(left, suppress=None)
    return Newer(left, tuple(names), keep)


async def set_field_times(connection: Connection, item: CrmItem, *, known: bool) -> None:
    """Remembers when what was applied of an item was told; ``known``: there is such a record."""
    if item.at is None and item.version is None:
        return
    told: dict[str, str | None] = dict.fromkeys(item.values)
    if item.merged_into is not None:
        told[_THERE] = None if known else f"merged:{item.merged_into}"
    elif item.deleted is not None:
        told[_THERE] = None if known else f"deleted:{str(item.deleted).lower()}"
    if item.suppress is not None:
        told[f"{_SUPPRESS}{item.suppress}"] = None
    await queries.keep_field_times(
        connection,
        entity=item.entity,
        entity_id=item.id,
        fields=list(told),
        waiting=list(told.values()),
        at=item.at,
        version=item.version,
    )


async def set_field_times_of(connection: Connection, items: Iterable[CrmItem]) -> None:
    """The same for many items of different records, of which no one says anything of its record as a whole."""
    rows = [
        {
            "entity": item.entity,
            "entity_id": item.id,
            "fields": list(item.values),
            "at": item.at.isoformat() if item.at is not None else None,
            "version": item.version,
        }
        for item in items
        if item.values and (item.at is not None or item.version is not None)
    ]
    if rows:
        await queries.keep_field_times_of(connection, told=rows)


async def waiting_mark(connection: Connection, entity: str, identity: str) -> tuple[bool, str | None]:
    """Whether a record was told to be gone before anything else of it was, and into whom it was merged."""
    waiting = await queries.waiting_mark(connection, entity=entity, entity_id=identity)
    kind, _, value = str(waiting or "").partition(":")
    return (kind == "merged" or value == "true", value if kind == "merged" else None)


def _newer(row: FieldTime, item: CrmItem) -> bool:
    at = item.at is not None and row.at is not None and row.at > item.at
    return at or (item.version is not None and row.version is not None and row.version > item.version)
