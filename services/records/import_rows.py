"""Rows of a file as records: batches in one transaction each, every row on its own savepoint."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from adapters.postgres import queries
from adapters.postgres.record_columns import name_of
from sequences.errors import RefusedError, RequestRefused, UnavailableError
from sequences.phone import in_full
from sequences.records.country_names import country_of
from sequences.records.equal_values import BLANK, seen
from sequences.records.opt_out_columns import DELETED, joined, read
from sequences.records.record_view import read_instant
from services.records.crm_item import CrmItem, EventItem, read_item
from services.records.crm_values import read_moment
from services.records.crm_writing import ItemWriter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Connection, Database
    from sequences.records.catalogue import Catalogue
    from sequences.records.opt_out_columns import OptOut
    from services.records.crm_item import Item
    from services.records.crm_writing import OwnWrites
    from services.records.record_changes import RecordChanges

BATCH = 500
_SHEET_ERRORS = frozenset(
    {
        "#N/A",
        "#NV",
        "#REF!",
        "#BEZUG!",
        "#VALUE!",
        "#WERT!",
        "#VALEUR!",
        "#DIV/0!",
        "#NAME?",
        "#NOM?",
        "#NULL!",
        "#NUM!",
        "#ZAHL!",
        "#NOMBRE!",
        "#SPILL!",
    }
)
_ERROR_SHOWN = "the spreadsheet has an error instead of a value, such as #N/A"
_ATTEMPTS = 3
Look = Callable[[Any, str], Awaitable[None]]
"""Looks at a batch of changes in its transaction: a connection, and the id of the batch."""


@dataclass(frozen=True)
class FileRow:
    """One row of a file, read.

    Attributes:
        line: where it begins, counted from 1.
        items: the record, and its events.
        refused: why it cannot be read; empty when it can.
        warnings: what was read and is doubtful.
    """

    line: int
    items: tuple[Item, ...] = ()
    refused: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cells:
    """What a row says, by its columns; a file has no types, so that all of it is text.

    Attributes:
        id: of the record, as written.
        fields: name to cell.
        events: column of a person's event (``last_contacted``) to cell: an instant, a wall-clock time of the
            organisation, or a date for its midnight in UTC.
        opt_outs: header, meaning and cell of what says that the person opted out, or that the record is gone. A cell
            that cannot be read refuses the row: nobody is written to on a guess.
        at: cell that says when the row was true: an instant, or a date for its midnight in UTC; fields of which
            something newer was told are passed over. Empty: the file is what is true now.
        country: cell that says in which country a national phone number is to be read; empty: in the organisation's.
    """

    id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    opt_outs: Sequence[tuple[str, OptOut, str]] = ()
    at: str = ""
    country: str = ""


@dataclass(frozen=True)
class RowResult:
    """What became of a row: ``created | updated | unchanged | deleted | refused``, the last with its reason.

    Attributes:
        problems: fields that could not be taken, and why; the rest of the row went in.
        warnings: what was taken and will not do.
        opted_out: the channel that the row suppresses its person on; empty for none.
    """

    line: int
    status: str
    reason: str = ""
    problems: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    opted_out: str = ""


def read_row(line: int, kind: str, cells: Cells, known: Catalogue, zone: ZoneInfo) -> FileRow:
    """Reads one row as the hook reads an item. An empty cell says nothing: it empties no field.

    What cannot be read keeps no other field out, but for the id, an opt-out, and when something happened: a person of
    whom nobody can say when they were last contacted may be written to too soon.

    Args:
        line: where the row begins.
        kind: ``person | placement | client | owner``.
        cells: what it says.
        known: the field catalogue.
        zone: the organisation's, of a time without offset.
    """
    told = {name: cell for name, cell in cells.fields.items() if cell.strip(BLANK)}
    errors = [name for name, cell in told.items() if seen(cell).upper() in _SHEET_ERRORS]
    for name in errors:
        del told[name]
    warnings = _in_country(told, cells.country)
    try:
        said = _said(cells.opt_outs)
        marks = {"suppress": joined(said), "deleted": True if DELETED in said else None}
        item = read_item({"entity": kind, "id": cells.id.strip(BLANK), "fields": told, **marks}, known)
        if errors:
            found = {name_of(kind, name): f"{name_of(kind, name)}: {_ERROR_SHOWN}" for name in errors}
            item = replace(item, problems={**item.problems, **found})
        if cells.at.strip(BLANK):
            item = replace(item, at=_moment("at", cells.at, None))
        moments = {name: _moment(name, cell, zone) for name, cell in cells.events.items() if cell.strip(BLANK)}
    except RefusedError as error:
        return FileRow(line, refused=str(error))
    happened = (EventItem(item.id, name, at, f"at:{at.isoformat()}") for name, at in moments.items())
    return FileRow(line, (item, *happened), warnings=warnings)


def _in_country(told: dict[str, str], country: str) -> tuple[str, ...]:
    """Writes a national phone number with its country code, where the row says which country is meant."""
    phone = told.get("phone")
    if phone is None or not country.strip(BLANK):
        return ()
    region = country_of(country)
    if region is None:
        return ("country: unknown country; a national phone number is read with the country of the organisation",)
    number = in_full(seen(phone), region)
    if number is not None and not seen(phone).startswith("+"):
        told["phone"] = number
    return ()


def _said(opt_outs: Iterable[tuple[str, OptOut, str]]) -> set[str]:
    said = set()
    for header, column, cell in opt_outs:
        try:
            said.add(read(column, cell))
        except RefusedError as error:
            raise RefusedError(RequestRefused.INVALID, f"{header}: {error}") from None
    return {each for each in said if each is not None}


def _moment(name: str, cell: str, zone: ZoneInfo | None) -> datetime:
    """An instant in UTC; a time without offset is one of ``zone``, and none at all without a zone."""
    text = seen(cell)
    found = read_instant(text)
    if not isinstance(found, datetime):
        return read_moment(name, f"{text}T00:00:00+00:00" if found is not None else text)
    if found.tzinfo is None and zone is not None:
        # Spreadsheets know no offsets: what they show is the clock of the office that they come from.
        found = found.replace(tzinfo=zone)
    return read_moment(name, found.isoformat())


class Importing:
    """Brings a file in; bringing it in again changes nothing.

    However many transactions it takes, what it brings is one batch of changes: the rules look at it when it is closed,
    or when the process that brought it in is gone.
    """

    def __init__(
        self, database: Database, changes: RecordChanges, clock: Callable[[], datetime], look: Look | None = None
    ) -> None:
        """``look`` is asked what the rules would do: at the end, before they do it; in a dry run, of each 500 rows."""
        self._database = database
        self._writer = ItemWriter(changes, origin="import")
        self._clock = clock
        self._look = look

    async def bring_in(
        self, rows: Iterable[FileRow], *, dry_run: bool = False
    ) -> AsyncGenerator[list[RowResult], None]:
        """Writes the rows in batches of 500, each in one transaction, and tells of each batch once it is committed.

        A dry run does all of it and takes every batch back.

        Raises:
            UnavailableError: the records are being written by others all the time; what was told of is in.
        """
        identity = f"import:{uuid.uuid4().hex}"
        every = iter(rows)
        async with self._open(identity, dry_run=dry_run):
            while batch := list(itertools.islice(every, BATCH)):
                yield await self._patiently(batch, identity, dry_run=dry_run)
            if self._look is not None and not dry_run:
                async with self._database.transaction() as connection:
                    await self._look(connection, identity)

    @asynccontextmanager
    async def _open(self, identity: str, *, dry_run: bool) -> AsyncIterator[None]:
        """The batch, open for as long as this process lives: a lock of its connection says so, and no clock."""
        if dry_run:
            yield
            return
        async with self._database.connection() as alive:
            await queries.keep_batch_open(alive, id=identity)
            try:
                await queries.open_batch(alive, id=identity, at=self._clock())
                try:
                    yield
                finally:
                    # Also of a file that broke off: what is in counts.
                    await queries.close_batch(alive, id=identity, at=self._clock())
            finally:
                await queries.release_batch_lock(alive, id=identity)

    async def _patiently(self, batch: Sequence[FileRow], identity: str, *, dry_run: bool) -> list[RowResult]:
        for _ in range(_ATTEMPTS):
            async with self._database.connection() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    await queries.write_batch(connection, id=identity)
                    results = await self._write(connection, batch)
                    if dry_run and self._look is not None:
                        await self._look(connection, identity)
                except asyncpg.DeadlockDetectedError:
                    await transaction.rollback()
                    continue
                except BaseException:
                    await transaction.rollback()
                    raise
                await (transaction.rollback() if dry_run else transaction.commit())
                return results
        raise UnavailableError("the records are being changed by another request; import the file again")

    async def _write(self, connection: Connection, batch: Sequence[FileRow]) -> list[RowResult]:
        own = await self._writer.prepare(connection, [item for row in batch for item in row.items], self._clock())
        return [await self._row(connection, row, own) for row in batch]

    async def _row(self, connection: Connection, row: FileRow, own: OwnWrites) -> RowResult:
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
        record = row.items[0]
        opted_out = record.suppress if isinstance(record, CrmItem) and record.suppress not in (None, "none") else None
        return RowResult(
            row.line,
            "updated" if changed else str(first["status"]),
            problems=tuple((each["field"], each["reason"]) for each in first.get("problems", ())),
            warnings=(*row.warnings, *first.get("warnings", ())),
            opted_out=opted_out or "",
        )


def _accepted(result: dict[str, Any]) -> dict[str, Any]:
    """The result, unless it is a refusal: one refused item takes its whole row back."""
    if result["status"] == "refused":
        raise RefusedError(RequestRefused.INVALID, result["reason"])
    return result
