"""Erases what is stored about a person. Stopped anywhere, it goes on when it is asked again.

In this order: nobody writes to the person any more, and their addresses are remembered as keyed hashes; runs are
stopped; files go, and rows, batch by batch, what is found by others first; then histories in Temporal. What is counted
is counted in the transaction that erases it, so the report of an erasure that was cut off is right all the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from adapters.postgres.erasing import ORDER, PersonRows
from adapters.postgres.personal_tables import EraseAct, PersonKey
from sequences.errors import RefusedError, UnavailableError
from sequences.runs.state import Command, CommandKind
from services.access.audit import Deed, Doer, Way, record
from services.operations.command_run import steer
from services.privacy.ask_to_erase import AskToErase
from services.privacy.erasure_report import (
    ADDRESSES,
    HISTORIES,
    PEOPLE_FILES,
    REHEARSALS,
    ROWS,
    RUNS,
    SHARED,
    UPLOADS,
    Beside,
    Erased,
    ErasureReport,
    report_of,
)
from services.privacy.erasure_scope import (
    Erasable,
    addresses_of,
    erasable,
    kept_rows,
    unknown,
    workflows_of,
)
from services.privacy.people_files import holds_person
from services.records.people_file import ImportChoices, PeopleFile
from services.runs.end_run import close
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.uploads.store import UploadStore
    from services.ports import Histories, Runs

REASON: Final = "the person is erased"
"""Of the runs that are stopped for it."""
BATCH: Final = 500
"""Most rows of one transaction."""
_UPLOADS_AT_ONCE: Final = 50
_LISTED: Final = "histories_listed"
_LEFT_AS_IDS: Final = "histories in Temporal stay until its retention ends; they hold ids and instants: {why}"


@dataclass(frozen=True, kw_only=True)
class ErasePerson:
    """Erases people.

    Attributes:
        database: Postgres.
        runs: Temporal.
        histories: Temporal.
        keys: those that sign tokens, the newest first.
        uploads: where files are that came by forms; None: the settings name no folder.
        clock: the wall clock; for stamps alone.
        most: rows of one transaction.
    """

    database: Database
    runs: Runs
    histories: Histories
    keys: tuple[bytes, ...]
    uploads: UploadStore | None
    clock: Callable[[], datetime]
    most: int = BATCH

    @property
    def asking(self) -> AskToErase:
        """What begins it."""
        return AskToErase(self.keys, self.uploads is not None)

    async def preview(self, person: str, *, may_be_contacted_again: bool = False) -> ErasureReport:
        """What erasing would do; changes nothing.

        Raises:
            NotFoundError: nothing is stored under that id.
            UnavailableError: Temporal does not answer.
        """
        now = self.clock()
        async with self.database.connection() as connection, connection.transaction(isolation="repeatable_read"):
            who = await erasable(connection, person)
            addresses = await addresses_of(connection, who.ids)
            rows = await PersonRows.of(connection, who.ids, addresses.own, now)
            counts: dict[str, int] = {ADDRESSES: len(addresses.own), SHARED: len(addresses.shared)}
            for table in ORDER:
                counts[f"{ROWS}{table.name}"] = counts.get(f"{ROWS}{table.name}", 0) + await rows.left(
                    connection, table
                )
            uploads = [table for table in ORDER if table.name == "upload"]
            counts[UPLOADS] = await rows.left(connection, uploads[0])
            counts[REHEARSALS] = await queries.rehearsals_of(connection, people=who.ids)
            counts[PEOPLE_FILES] = len(await self._people_files(connection, who, addresses.own))
            counts[RUNS] = len(await queries.open_runs_to_erase(connection, people=who.ids))
            kept = await kept_rows(connection, rows)
            exports = await queries.exports_of(connection, people=who.ids)
            workflows, runs = await workflows_of(connection, who)
        if not any(counts[key] for key in counts if key.startswith(ROWS)) and not kept:
            raise unknown(person)
        counts[HISTORIES] = len(await self.histories.of(workflows, runs))
        erased = Erased(who.root, who.merged, now, None, may_be_contacted_again)
        return report_of(erased, counts, Beside(kept, exports))

    async def carry_out(self, root: str, step: Callable[[], None] = lambda: None) -> ErasureReport:
        """Erases what is left of a person whose erasing has begun, and reports all of it.

        Args:
            root: of ``begin``.
            step: called after each batch.

        Raises:
            NotFoundError: it has not begun.
            UnavailableError: a server does not answer, or something about the person is just going out. What is erased
                is erased; ask again.
        """
        async with self.database.transaction() as connection:
            row = await _erasure(connection, root)
            if row.state == "done":
                return ErasureReport.of(row.report)
            who = Erasable(row.person_id, tuple(row.merged))
        await self._stop_runs(who)
        async with self.database.transaction() as connection:
            now = self.clock()
            await queries.end_windows_to_erase(connection, people=who.ids, at=now)
            addresses = await addresses_of(connection, who.ids)
            rows = await PersonRows.of(connection, who.ids, addresses.own, now)
            workflows, runs = await workflows_of(connection, who)
        await self._erase_uploads(who, step)
        await self._erase_files(who, addresses.own)
        for table in ORDER:
            while table.erasing.act is not EraseAct.KEEP:
                async with self.database.transaction() as connection:
                    number = await rows.erase_some(connection, table, self.most)
                    if number:
                        await queries.count_erased(connection, person=root, what=f"{ROWS}{table.name}", number=number)
                if not number:
                    break
                step()
        await self._nothing_on_its_way(who, rows)
        left = await self._erase_histories(root, workflows, runs, step)
        return await self._end(who, rows, left)

    async def _stop_runs(self, who: Erasable) -> None:
        """Each run is stopped as by a command, and is over when this returns."""
        async with self.database.statement() as connection:
            found = await queries.open_runs_to_erase(connection, people=who.ids)
        for run in found:
            if not await self._closed_before_its_start(run):
                with suppress(RefusedError):
                    await steer(
                        self.database, self.runs, run, Command(f"erase:{run}", CommandKind.STOP, REASON), self.clock
                    )
            async with self.database.transaction() as connection:
                if not (await RunRow.load(connection, run)).closed:
                    raise UnavailableError("a run of the person has not ended yet; ask again in a moment")

    async def _closed_before_its_start(self, run: str) -> bool:
        """One without a workflow yet is closed by its row: a workflow that starts all the same ends at once."""
        async with self.database.transaction() as connection:
            row = await RunRow.lock(connection, run)
            if row.state != "starting":
                return False
            await close(connection, row, "stopped", REASON, self.clock())
            return True

    async def _erase_uploads(self, who: Erasable, step: Callable[[], None]) -> None:
        """The file goes before its row: a row without a file is erased when asked again, a file without a row never."""
        while self.uploads is not None:
            async with self.database.statement() as connection:
                found = await queries.uploads_to_erase(connection, people=who.ids, limit=_UPLOADS_AT_ONCE)
            for each in found:
                await self.uploads.discard(each.file)
                async with self.database.transaction() as connection:
                    if await queries.forget_upload(connection, id=each.id) is not None:
                        for what in (UPLOADS, f"{ROWS}upload"):
                            await queries.count_erased(connection, person=who.root, what=what, number=1)
                step()
            if not found:
                return

    async def _erase_files(self, who: Erasable, addresses: Sequence[str]) -> None:
        """Uploaded tables of people that hold the person, and results of rehearsals that name them."""
        async with self.database.statement() as connection:
            files = await self._people_files(connection, who, addresses)
        for file in files:
            async with self.database.transaction() as connection:
                if await queries.erase_people_file(connection, id=file) is not None:
                    await queries.count_erased(connection, person=who.root, what=PEOPLE_FILES, number=1)
        async with self.database.transaction() as connection:
            erased = len(await queries.erase_from_rehearsals(connection, people=who.ids))
            if erased:
                await queries.count_erased(connection, person=who.root, what=REHEARSALS, number=erased)

    async def _people_files(self, connection: Connection, who: Erasable, addresses: Sequence[str]) -> list[str]:
        found = []
        for row in await queries.people_files_left(connection):
            file = PeopleFile(row.id, row.user_id, row.name, row.content, ImportChoices.of(row.choices))
            if holds_person(file, frozenset(who.ids), frozenset(addresses)):
                found.append(row.id)
        return found

    async def _nothing_on_its_way(self, who: Erasable, rows: PersonRows) -> None:
        async with self.database.statement() as connection:
            waiting = await queries.mails_on_their_way(
                connection, people=who.ids, runs=list(rows.known[PersonKey.RUNS])
            )
        if waiting:
            raise UnavailableError(
                "a list or digest that names the person waits to be sent to a recruiter; everything else is erased. "
                "Ask again when it has gone"
            )

    async def _erase_histories(
        self, root: str, workflows: Sequence[str], runs: Sequence[str], step: Callable[[], None]
    ) -> str:
        """Why some stay; empty: none does. They are counted before they go: Temporal is no part of a transaction."""
        found = await self.histories.of(workflows, runs)
        async with self.database.transaction() as connection:
            row = await _erasure(connection, root)
            if _LISTED not in row.counts:
                for what, number in ((HISTORIES, len(found)), (_LISTED, 1)):
                    await queries.count_erased(connection, person=root, what=what, number=number)
        for deleted, each in enumerate(found):
            why = await self.histories.delete(each)
            if why is not None:
                async with self.database.transaction() as connection:
                    left = deleted - len(found)
                    await queries.count_erased(connection, person=root, what=HISTORIES, number=left)
                return _LEFT_AS_IDS.format(why=why)
            step()
        return ""

    async def _end(self, who: Erasable, rows: PersonRows, histories_left: str) -> ErasureReport:
        """The report is stored, and a row of the audit log has it too; other systems are told who is gone."""
        async with self.database.transaction() as connection:
            row = await queries.lock_erasure(connection, person=who.root)
            if row is None:
                raise unknown(who.root)
            if row.state == "done":
                # Somebody else who was asked at the same time was quicker.
                return ErasureReport.of(row.report)
            now = self.clock()
            exports = await queries.exports_of(connection, people=who.ids)
            beside = Beside(await kept_rows(connection, rows), exports, histories_left)
            erased = Erased(row.person_id, row.merged, row.asked_at, now, row.may_be_contacted_again)
            report = report_of(erased, row.counts, beside)
            stored: dict[str, Any] = report.stored()
            await queries.end_erasure(connection, person=who.root, report=stored, at=now)
            await queries.add_erased_events(connection, people=list(who.ids), at=now)
            doer = Doer(Way(row.way), row.user_id, token_id=row.token_id)
            await record(connection, doer, Deed("person_erased", f"person:{who.root}", stored), now)
        return report


async def _erasure(connection: Connection, root: str) -> queries.ErasureRow:
    row = await queries.lock_erasure(connection, person=root)
    if row is None:
        raise unknown(root)
    return row
