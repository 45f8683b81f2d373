"""Imports the records of an uploaded file, and enrolls them: tried without a trace first, then done by a job.

Who imports works with the people: rows of others are refused.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from adapters.files.columns import map_columns
from adapters.files.dates import Order
from adapters.postgres.rules.evaluator import Rules
from sequences.enrolling.refusals import plain_sentence
from sequences.errors import NotFoundError, SettingsError
from sequences.records.record_view import full_name
from services.auto_enroll.queue import Queue
from services.enrolling.eligibility import OneEach
from services.enrolling.enroll import EntryRequest
from services.enrolling.enroll_many import EnrollingMany, Meant
from services.records.crm_item import CrmItem
from services.records.file_owners import file_owners
from services.records.file_rows import FileTable, dates_in
from services.records.import_outlook import Outlooks
from services.records.import_reasons import Reason, reasons_of, troubles_of
from services.records.import_rows import FileRow, Importing, RowResult
from services.records.record_changes import RecordChanges
from services.records.rows_of_others import allowed, item_of, known_records, person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.settings import Settings
    from sequences.access.viewer import Scope
    from sequences.records.catalogue import Catalogue
    from services.enrolling.enroll import Enrolling
    from services.records.file_owners import FileOwners
    from services.records.import_outlook import Outlook
    from services.records.people_file import PeopleFile

_LEFT_OUT: Final = ("refused", "deleted")


@dataclass(frozen=True)
class CheckedRow:
    """What would become of one row.

    Attributes:
        name: of the person, of whose placement it is, or of the client.
        status: ``created | updated | unchanged | deleted | refused``.
        reason: of a refusal.
        enrolls: the person, or the placement, would be enrolled.
        why_not: why somebody who is meant would not be; empty: nobody is meant, or nothing stands against it.
        troubles: what is wrong with it, as ``ImportCheck.reasons`` counts it: ``what`` and ``reason``.
    """

    line: int
    id: str
    name: str | None
    status: str
    reason: str
    enrolls: bool
    why_not: str
    troubles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ImportCheck:
    """What importing a file would do.

    Attributes:
        counts: rows by what would become of them.
        reasons: what is wrong with rows, counted.
        outlooks: who would be enrolled by rule because of it.
        enrolls: how many would be enrolled by hand.
        not_enrolled: words of a reason and number, the most frequent first.
    """

    rows: tuple[CheckedRow, ...]
    counts: Mapping[str, int]
    reasons: tuple[Reason, ...]
    outlooks: tuple[Outlook, ...]
    enrolls: int
    not_enrolled: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ImportDone:
    """What importing a file did."""

    counts: Mapping[str, int]
    reasons: tuple[Reason, ...]
    enrolled: int
    not_enrolled: tuple[tuple[str, int], ...]


@dataclass
class _Entries:
    """Who would be enrolled, asked in the transaction that takes everything back. By id: asking again is harmless."""

    enrolling: Enrolling
    sequence: str
    kind: str
    one_each: OneEach = field(default_factory=OneEach)
    answers: dict[str, str] = field(default_factory=dict)

    async def ask(self, connection: Connection, records: Iterable[str]) -> None:
        for record in records:
            if record not in self.answers:
                self.answers[record] = await self._answer(connection, record)

    async def _answer(self, connection: Connection, record: str) -> str:
        """Why not; empty: nothing stands against it."""
        person, placement = (record, None) if self.kind == "person" else (None, record)
        try:
            asked = EntryRequest(self.sequence, "", person, placement, again=False)
            prospect = await self.enrolling.prospect_in(connection, asked)
        except NotFoundError as error:
            return str(error)
        refusal = prospect.refusal or self.one_each.refusal(prospect.person_id, prospect.addresses)
        return plain_sentence(refusal) if refusal is not None else ""


@dataclass(frozen=True, kw_only=True)
class PeopleImporting:
    """Imports files of people, of their placements, and of clients.

    Attributes:
        zone: the organisation's.
        clock: UTC.
    """

    database: Database
    changes: RecordChanges
    enrolling: Enrolling
    rules: Rules
    known: Catalogue
    zone: ZoneInfo
    clock: Callable[[], datetime]

    async def check(self, file: PeopleFile, works_with: Scope) -> ImportCheck:
        """Does all of it and takes it back.

        Args:
            file: with its choices.
            works_with: whose people the user works with.

        Raises:
            SettingsError: the file, or a choice, cannot be used.
            UnavailableError: the records are being written by others all the time.
        """
        rows, names = await self._rows(file, works_with)
        outlooks = Outlooks(self.rules, self.enrolling.eligibility, Queue(self.zone), self.clock)
        entries = _Entries(self.enrolling, file.choices.sequence, file.choices.kind)
        handed: list[str] = []

        def handing() -> Iterator[FileRow]:
            for row in rows:
                if not row.refused:
                    handed.append(_id(row))
                yield row

        async def look(connection: Connection, batch: str) -> None:
            await outlooks.look(connection, batch)
            if file.choices.sequence:
                await entries.ask(connection, handed)

        results: list[RowResult] = []
        if file.choices.only_enroll:
            results = [_kept(row) for row in rows]
            async with self.database.transaction() as connection:
                await entries.ask(connection, [_id(row) for row in rows if not row.refused])
        else:
            importing = Importing(self.database, self.changes, self.clock, look)
            async for batch in importing.bring_in(handing(), dry_run=True):
                results += batch
        checked = tuple(_checked(row, result, entries, names) for row, result in zip(rows, results, strict=True))
        return ImportCheck(
            checked,
            Counter(each.status for each in checked),
            tuple(reasons_of(results)),
            tuple(outlooks.found()),
            sum(each.enrolls for each in checked),
            tuple(Counter(each.why_not for each in checked if each.why_not).most_common()),
        )

    async def carry_out(
        self, file: PeopleFile, works_with: Scope, nonce: str, step: Callable[[int], None]
    ) -> ImportDone:
        """Does it. The same again with the same nonce goes on where it broke off.

        Args:
            file: with its choices.
            works_with: whose people the user works with.
            nonce: idempotency key of the enrollments.
            step: called with how many more rows are done.

        Raises:
            SettingsError: the file, or a choice, cannot be used.
            NotFoundError: there is no such sequence any more.
            UnavailableError: the records are being written by others all the time, or a server does not answer.
        """
        rows, _ = await self._rows(file, works_with)
        results: list[RowResult] = []
        if file.choices.only_enroll:
            results = [_kept(row) for row in rows]
        else:
            importing = Importing(self.database, self.changes, self.clock)
            async for batch in importing.bring_in(rows):
                results += batch
                step(len(batch))
        counts = Counter(each.status for each in results)
        enrolled, why_not = 0, Counter[str]()
        if file.choices.sequence:
            many = EnrollingMany(self.database, self.enrolling.versions, self.enrolling)
            target = await many.target(file.choices.sequence)
            came = await many.enroll(target, _meant(rows, results), again=False, nonce=nonce, step=lambda: step(1))
            enrolled = len(came.enrolled)
            why_not = Counter(each.detail or each.reason for each in came.refused)
        return ImportDone(counts, tuple(reasons_of(results)), enrolled, tuple(why_not.most_common()))

    async def _rows(self, file: PeopleFile, works_with: Scope) -> tuple[list[FileRow], Mapping[str, str | None]]:
        """The rows of the file, those of others refused; and the names of the people who are known."""
        async with self.database.statement() as connection:
            owners = await file_owners(connection)
        rows = await asyncio.to_thread(self._read, file, owners)
        items = [item_of(row) for row in rows if not row.refused]
        async with self.database.statement() as connection:
            known = await known_records(connection, file.choices.kind, items)
        own = [allowed(row, known, works_with, file.choices) for row in rows]
        return own, known.names

    def _read(self, file: PeopleFile, owners: FileOwners) -> list[FileRow]:
        """In a thread: a workbook takes a while."""
        choices = file.choices
        with file.opened() as source:
            told = [f"{column}={name}" for column, name in choices.columns.items()]
            columns = map_columns(source.header, choices.kind, self.known, told)
            try:
                dates = dates_in(source, columns, Order(choices.dates) if choices.dates else None)
            except SettingsError as error:
                what = str(error).partition("; say which")[0]
                raise SettingsError(f"{what}: choose which it is under “Dates such as 04/05/2027”") from error
            return list(FileTable(source, columns, choices.kind, self.known, dates, owners).rows(self.zone))


def _id(row: FileRow) -> str:
    return item_of(row).id


def _kept(row: FileRow) -> RowResult:
    return RowResult(row.line, "refused", row.refused) if row.refused else RowResult(row.line, "unchanged")


def _meant(rows: Sequence[FileRow], results: Sequence[RowResult]) -> list[Meant]:
    return [
        Meant(row.line, _id(row)) for row, result in zip(rows, results, strict=True) if result.status not in _LEFT_OUT
    ]


def _checked(row: FileRow, result: RowResult, entries: _Entries, names: Mapping[str, str | None]) -> CheckedRow:
    item = item_of(row) if row.items else None
    identity = item.id if item is not None else ""
    meant = result.status not in _LEFT_OUT and identity in entries.answers
    why_not = entries.answers[identity] if meant else ""
    return CheckedRow(
        line=row.line,
        id=identity,
        name=_name(item, names) if item is not None else None,
        status=result.status,
        reason=result.reason or "; ".join(why for _, why in result.problems),
        enrolls=meant and not why_not,
        why_not=why_not,
        troubles=tuple(troubles_of(result)),
    )


def _name(item: CrmItem, names: Mapping[str, str | None]) -> str | None:
    values = item.values
    if item.entity == "client":
        return str(values["name"]) if values.get("name") else None
    if item.entity == "placement":
        return names.get(person_of(item) or "")
    return full_name(values.get("first_name"), values.get("last_name"))


def importing_of(settings: Settings, database: Database, enrolling: Enrolling) -> PeopleImporting:
    """As the settings say."""
    known = settings.catalogue()
    return PeopleImporting(
        database=database,
        changes=RecordChanges(enrolling.records),
        enrolling=enrolling,
        rules=Rules(enrolling.versions, known),
        known=known,
        zone=ZoneInfo(settings.organisation_timezone),
        clock=enrolling.clock,
    )
