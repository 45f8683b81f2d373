"""Asks for a person to be erased. From the commit on nobody writes to them; what is stored goes after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.erasing import ORDER, PersonRows
from sequences.erased_address import ERASED
from sequences.errors import SettingsError
from services.access.audit import Deed, Doer, record
from services.privacy.erased_addresses import remember_all
from services.privacy.erasure_report import ADDRESSES, RUNS, SHARED, ErasureReport
from services.privacy.erasure_scope import Erasable, addresses_of, erasable, unknown
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.privacy.erasure_scope import Addresses


@dataclass(frozen=True)
class ErasureOrder:
    """Who is to be erased, and who wants it.

    Attributes:
        person: id; of who was merged into another, everybody who was merged is erased.
        may_be_contacted_again: False: whoever comes with one of the addresses is not contacted. What stood against an
            address is remembered either way.
    """

    person: str
    doer: Doer
    may_be_contacted_again: bool = False


@dataclass(frozen=True)
class AskToErase:
    """Begins erasing people, and says who is erased.

    Attributes:
        keys: those that sign tokens, the newest first.
        has_uploads: the settings name the folder of files that came by forms.
    """

    keys: tuple[bytes, ...]
    has_uploads: bool

    async def done_before(self, connection: Connection, person: str, now: datetime) -> ErasureReport | None:
        """The report on a person who is erased, and of whom nothing came back since; None: there is work.

        Args:
            connection: in a transaction.
            person: id.
            now: UTC.
        """
        row = await queries.erasure_row(connection, person=person)
        if row is None or row.state != "done":
            return None
        who = Erasable(row.person_id, tuple(row.merged))
        addresses = await addresses_of(connection, who.ids)
        rows = await PersonRows.of(connection, who.ids, addresses.own, now)
        for table in ORDER:
            if await rows.left(connection, table):
                return None
        return ErasureReport.of(row.report)

    async def begin(self, connection: Connection, order: ErasureOrder, now: datetime) -> str:
        """From the commit on nobody writes to the person; returns who is erased. Asked again, it changes nothing.

        Args:
            connection: in a transaction.
            order: who, and who wants it.
            now: UTC.

        Raises:
            NotFoundError: nothing is stored under that id.
            SettingsError: the person's files are in a folder that is not set here.
        """
        who = await erasable(connection, order.person)
        await queries.lock_record(connection, key=f"person:{who.root}")
        addresses = await addresses_of(connection, who.ids)
        rows = await PersonRows.of(connection, who.ids, addresses.own, now)
        files = await queries.uploads_to_erase(connection, people=who.ids, limit=1) if not self.has_uploads else ()
        if files:
            raise SettingsError(
                "RELANCE_UPLOADS_FOLDER is not set here, and the person's files are in that folder: "
                "run this where it is set"
            )
        row = await queries.erasure_row(connection, person=who.root)
        if row is None and not await _is_known(connection, rows):
            raise unknown(order.person)
        if row is not None and (row.state == "open" or await self.done_before(connection, who.root, now) is not None):
            return row.person_id
        doer = order.doer
        await queries.begin_erasure(
            connection,
            person=who.root,
            merged=list(who.merged),
            addresses=list(addresses.own),
            may_be_contacted_again=order.may_be_contacted_again,
            at=now,
            way=doer.way,
            user_id=doer.user_id,
            token_id=doer.token_id,
        )
        runs = await queries.open_runs_to_erase(connection, people=who.ids)
        for what, number in ((ADDRESSES, len(addresses.own)), (SHARED, len(addresses.shared)), (RUNS, len(runs))):
            await queries.count_erased(connection, person=who.root, what=what, number=number)
        await self._close(connection, who, addresses, None if order.may_be_contacted_again else now)
        await record(connection, doer, Deed("person_erasure_begun", f"person:{who.root}"), now)
        return who.root

    async def _close(
        self, connection: Connection, who: Erasable, addresses: Addresses, erased_at: datetime | None
    ) -> None:
        """What stands against the addresses is remembered, before anything of it goes."""
        await remember_all(connection, self.keys, who.ids, addresses.own, erased_at)
        if erased_at is not None:
            for person in who.ids:
                await suppress(connection, NewSuppression("all", ERASED, ERASED, erased_at, person=person))
            await queries.uncover_erased(connection, people=who.ids)


async def _is_known(connection: Connection, rows: PersonRows) -> bool:
    for table in ORDER:
        if table.name != "audit_event" and await rows.kept(connection, table):
            return True
    return False
