"""Keeps a journal of opt-outs and erasures beside the database, and brings back what a restored database lacks of it.

A backup is of one instant. Who opted out after it would be written to again once it is restored: an unsubscribe by link
and a STOP leave no trace anywhere else. So each of them is a line in a file on another disk, within seconds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.backup.journal_file import append_lines, read_lines
from adapters.postgres import queries
from sequences.channels.address_kinds import closed_at
from sequences.email_address import address_key
from sequences.erased_address import ERASED, TOPIC, address_hash
from sequences.errors import GrammarError, NotFoundError, RefusedError, RequestRefused, UnavailableError
from sequences.opt_out_line import OptOutLine
from services.access.audit import CLI
from services.jobs.erase_person import ask_for_erasing
from services.privacy.ask_to_erase import AskToErase, ErasureOrder
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database

SOURCE: Final = "journal"
"""Source of a suppression that a restore brought back."""
_HOST: Final = "{host}"
_PAGE: Final = 500
_ERASED_ADDRESS: Final = "erased:"
"""How an address that was erased begins."""


@dataclass(frozen=True)
class JournalWriter:
    """Writes what is not in the journal yet. Any number of processes may, each into a file of its own.

    Attributes:
        keys: those that sign tokens, the newest first: addresses are kept as hashes.
    """

    database: Database
    path: Path
    keys: tuple[bytes, ...] = field(repr=False)
    clock: Callable[[], datetime]

    async def write(self) -> int:
        """Writes all that waits; how many lines those are. Cut off after a page, it writes that page once more.

        Raises:
            UnavailableError: the file cannot be written.
        """
        total = 0
        while written := await self._page():
            total += written
        return total

    async def _page(self) -> int:
        now = self.clock()
        async with self.database.transaction() as connection:
            suppressions = await queries.suppressions_to_journal(connection, most=_PAGE)
            topics = await queries.topics_to_journal(connection, most=_PAGE)
            hashes = await queries.erased_addresses_to_journal(connection, most=_PAGE)
            erasures = await queries.erasures_to_journal(connection, most=_PAGE)
            lines = [line for row in suppressions for line in self._suppression(row, now)]
            lines += [self._topic(row, now) for row in topics]
            lines += [
                OptOutLine(
                    f"address:{row.hash.hex()}:{row.channel}",
                    now,
                    row.channel,
                    row.reason,
                    row.since,
                    hashes=(row.hash.hex(),),
                )
                for row in hashes
            ]
            lines += [
                OptOutLine(
                    f"erasure:{row.person_id}",
                    now,
                    "",
                    ERASED,
                    row.asked_at,
                    person=row.person_id,
                    may_be_contacted_again=row.may_be_contacted_again,
                )
                for row in erasures
            ]
            if not lines:
                return 0
            try:
                await asyncio.to_thread(append_lines, self.path, [line.text() for line in lines])
            except OSError as error:
                raise UnavailableError(f"the journal of opt-outs cannot be written: {error.strerror}") from error
            # Only now: what is on the disk twice is no harm, and what is nowhere is.
            await queries.suppressions_journaled(connection, ids=[row.id for row in suppressions])
            await queries.topics_journaled(connection, ids=[row.id for row in topics])
            await queries.erased_addresses_journaled(connection, hashes=[row.hash for row in hashes])
            await queries.erasures_journaled(connection, people=[row.person_id for row in erasures])
        return len(lines)

    def _suppression(self, row: queries.SuppressionsToJournalRow, now: datetime) -> Iterator[OptOutLine]:
        known = [each for each in row.addresses if not each.startswith(_ERASED_ADDRESS)]
        numbers = [each for each in known if "@" not in each]
        key = f"suppression:{row.id}:{row.since.isoformat()}"
        yield OptOutLine(
            key,
            now,
            row.channel,
            row.reason,
            row.since,
            row.standing,
            row.person_id,
            self._hashes(each for each in known if each not in numbers and not each.startswith("@")),
            # A company is nobody in person.
            tuple(each for each in known if each.startswith("@")),
        )
        if numbers:
            # Colleagues share a number, so it closes the channels of numbers alone.
            hashes = self._hashes(numbers)
            for channel in closed_at(numbers[0], row.channel):
                yield OptOutLine(f"{key}:{channel}", now, channel, row.reason, row.since, row.standing, hashes=hashes)

    def _topic(self, row: queries.TopicsToJournalRow, now: datetime) -> OptOutLine:
        return OptOutLine(
            f"topic:{row.id}:{row.since.isoformat()}",
            now,
            f"{TOPIC}{row.topic}",
            "topic",
            row.since,
            row.standing,
            row.person_id,
            self._hashes([row.address] if row.address and not row.address.startswith(_ERASED_ADDRESS) else []),
        )

    def _hashes(self, addresses: Iterable[str]) -> tuple[str, ...]:
        return tuple(address_hash(self.keys[0], address_key(each)).hex() for each in addresses)


@dataclass(frozen=True)
class Journal:
    """What a journal says.

    Attributes:
        lines: of each row the newest.
        unreadable: lines that cannot be read, such as one that was cut off.
        until: when the newest line was written; None: there is none.
    """

    lines: tuple[OptOutLine, ...]
    unreadable: int
    until: datetime | None


def journal_path(setting: str, host: str) -> Path:
    """The file of one process: ``{host}`` in ``RELANCE_OPT_OUT_JOURNAL`` is the name of its machine or container."""
    return Path(setting.replace(_HOST, host))


def journal_files(setting: str) -> list[Path]:
    """The files of all processes that share a folder, and are there."""
    place = Path(setting)
    return sorted(place.parent.glob(place.name.replace(_HOST, "*"))) if setting else []


def read_journal(paths: Sequence[Path]) -> Journal:
    """Reads the files of all processes.

    Raises:
        RefusedError: one cannot be read.
    """
    newest: dict[str, OptOutLine] = {}
    unreadable = 0
    for path in paths:
        try:
            for text in read_lines(path):
                try:
                    line = OptOutLine.read(text)
                except GrammarError:
                    unreadable += bool(text.strip())
                    continue
                known = newest.get(line.key)
                # A line that says less was written earlier, or is one written twice.
                if known is None or (line.at, not line.standing) >= (known.at, not known.standing):
                    newest[line.key] = line
        except OSError as error:
            raise RefusedError(RequestRefused.FILE, f"{path} cannot be read: {error.strerror}") from error
    until = max((line.at for line in newest.values()), default=None)
    return Journal(tuple(newest.values()), unreadable, until)


@dataclass(frozen=True)
class BroughtBack:
    """What a journal brought back.

    Attributes:
        opt_outs: that the rows did not know.
        erasures: people who are erased once more.
        unreadable: lines that cannot be read.
        until: what the journal knows ends here; None: it knows nothing.
    """

    opt_outs: int
    erasures: int
    unreadable: int
    until: datetime | None


@dataclass(frozen=True)
class BringBack:
    """Brings back what a restored database lacks.

    Attributes:
        keys: those that sign tokens, the newest first.
        has_uploads: the settings name the folder of files that came by forms.
    """

    keys: tuple[bytes, ...] = field(repr=False)
    has_uploads: bool = False

    async def all_of(self, connection: Connection, journal: Journal, backup_at: datetime, now: datetime) -> BroughtBack:
        """Suppresses and erases again. Repeated, it finds nothing.

        Args:
            connection: in a transaction.
            journal: of ``read_journal``.
            backup_at: what the rows know ends here.
            now: UTC.
        """
        # A line follows its row within seconds, and never comes before it.
        later = [line for line in journal.lines if line.at >= backup_at]
        opt_outs = 0
        for line in later:
            if line.standing and not line.is_erasure:
                opt_outs += await self._suppress(connection, line, now)
        erasures = 0
        for line in later:
            if line.is_erasure and line.person is not None:
                erasures += await self._erase(connection, line.person, line, now)
        return BroughtBack(opt_outs, erasures, journal.unreadable, journal.until)

    async def _suppress(self, connection: Connection, line: OptOutLine, now: datetime) -> bool:
        new = False
        if line.channel.startswith(TOPIC):
            if line.person is not None:
                topic = line.channel.removeprefix(TOPIC)
                left = await queries.leave_topic(
                    connection, person_id=line.person, address=None, topic=topic, source=SOURCE, at=line.since
                )
                new = left > 0
        elif line.person is not None:
            new = await suppress(
                connection, NewSuppression(line.channel, line.reason, SOURCE, line.since, person=line.person)
            )
        for domain in line.domains:
            new |= await suppress(
                connection, NewSuppression(line.channel, line.reason, SOURCE, line.since, address=domain)
            )
        for each in line.hashes:
            # Whoever has, or comes with, this address is recognised by the hash.
            added = await queries.bring_back_address(
                connection, hash=bytes.fromhex(each), channel=line.channel, reason=line.reason, since=line.since
            )
            new |= added is not None
        return new

    async def _erase(self, connection: Connection, person: str, line: OptOutLine, now: datetime) -> bool:
        asking = AskToErase(self.keys, self.has_uploads)
        order = ErasureOrder(person, CLI, line.may_be_contacted_again)
        row = await queries.erasure_row(connection, person=person)
        if row is not None and row.asked_at >= line.since:
            return False
        try:
            await asking.begin(connection, order, now)
        except NotFoundError:
            return False
        await ask_for_erasing(connection, order, now)
        return True
