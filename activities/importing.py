"""Rows of a file as records: batches in one transaction each, every row on its own savepoint."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import asyncpg

from activities.intake.crm_item import EventItem, read_item
from activities.intake.crm_values import read_moment
from activities.intake.crm_writing import ItemWriter
from sequences.errors import RefusedError, UnavailableError
from sequences.record_view import read_instant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from activities.intake.crm_item import Item
    from activities.intake.crm_writing import OwnWrites
    from activities.record_changes import RecordChanges
    from adapters.postgres.database import Database
    from sequences.catalogue import Catalogue

BATCH = 500
_ATTEMPTS = 3


@dataclass(frozen=True)
class FileRow:
    """One row of a file, read.

    Attributes:
        line: where it begins, counted from 1.
        items: the record, and its events.
        refused: why it cannot be read; empty when it can.
    """

    line: int
    items: tuple[Item, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class RowResult:
    """What became of a row: ``created | updated | unchanged | refused``, the last with its reason."""

    line: int
    status: str
    reason: str = ""


def read_row(
    line: int, kind: str, record: str, fields: Mapping[str, str], events: Mapping[str, str], known: Catalogue,
    at: str = "",
) -> FileRow:  # fmt: skip
    """Reads one row as the hook reads an item. An empty cell says nothing: it empties no field.

    Args:
        line: where the row begins.
        kind: ``person | placement | client | owner``.
        record: its id, as written.
        fields: name to cell.
        events: column of a person's event (``last_contacted``) to cell: an instant, or a date for its midnight in UTC.
        known: the field catalogue.
        at: cell that says when the row was true: an instant, or a date for its midnight in UTC; fields of which
            something newer was told are passed over. Empty: the file is what is true now.
    """
    told = {name: cell for name, cell in fields.items() if cell.strip()}
    try:
        item = read_item({"entity": kind, "id": record.strip(), "fields": told}, known)
        if item.problems:
            # A file can be mended and brought in again: a row goes in as a whole or not at all.
            return FileRow(line, refused="; ".join(item.problems.values()))
        if at.strip():
            item = replace(item, at=_moment("at", at.strip()))
        moments = {name: _moment(name, cell.strip()) for name, cell in events.items() if cell.strip()}
    except RefusedError as error:
        return FileRow(line, refused=str(error))
    happened = (EventItem(item.id, name, at, f"at:{at.isoformat()}") for name, at in moments.items())
    return FileRow(line, (item, *happened))


def _moment(name: str, text: str) -> datetime:
    found = read_instant(text)
    is_date = found is not None and not hasattr(found, "hour")
    return read_moment(name, f"{text}T00:00:00+00:00" if is_date else text)


class Importing:
    """Brings a file in; bringing it in again changes nothing."""

    def __init__(self, database: Database, changes: RecordChanges, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._writer = ItemWriter(changes, origin="import")
        self._clock = clock

    async def bring_in(self, rows: Iterable[FileRow], *, dry_run: bool = False) -> AsyncIterator[list[RowResult]]:
        """Writes the rows in batches of 500, each in one transaction, and tells of each batch once it is committed.

        A dry run does all of it and takes every batch back.

        Raises:
            UnavailableError: the records are being written by others all the time; what was told of is in.
        """
        every = iter(rows)
        while batch := list(itertools.islice(every, BATCH)):
            yield await self._patiently(batch, dry_run=dry_run)

    async def _patiently(self, batch: Sequence[FileRow], *, dry_run: bool) -> list[RowResult]:
        for _ in range(_ATTEMPTS):
            async with self._database.pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    results = await self._write(connection, batch)
                except asyncpg.DeadlockDetectedError:
                    await transaction.rollback()
                    continue
                except BaseException:
                    await transaction.rollback()
                    raise
                await (transaction.rollback() if dry_run else transaction.commit())
                return results
        raise UnavailableError("the records are being written by others; import the file again")

    async def _write(self, connection: Any, batch: Sequence[FileRow]) -> list[RowResult]:
        own = await self._writer.prepare(connection, [item for row in batch for item in row.items], self._clock())
        return [await self._row(connection, row, own) for row in batch]

    async def _row(self, connection: Any, row: FileRow, own: OwnWrites) -> RowResult:
        if row.refused:
            return RowResult(row.line, "refused", row.refused)
        now = self._clock()
        done: list[dict[str, Any]] = []
        try:
            async with connection.transaction():
                for item in row.items:
                    done.append(_accepted(await self._writer.write(connection, item, own, now)))
        except RefusedError as refused:
            return RowResult(row.line, "refused", str(refused))
        first, *events = done
        changed = first["status"] == "unchanged" and any(event["status"] != "unchanged" for event in events)
        return RowResult(row.line, "updated" if changed else str(first["status"]))


def _accepted(result: dict[str, Any]) -> dict[str, Any]:
    """The result, unless it is a refusal: one refused item takes its whole row back."""
    if result["status"] == "refused":
        raise RefusedError(result["reason"])
    return result
