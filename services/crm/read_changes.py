"""Looks what changed in the CRM: rows first, then the cursor, so that a death in between costs nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError

if TYPE_CHECKING:
    from services.crm.apply_records import ApplyRecords
    from services.crm.connected import ConnectedCrm

_LEASE: Final = timedelta(minutes=3)
"""Longer than any request and its page take: another process does not read beside one that lives."""

_log = logging.getLogger("relance.crm")


@dataclass(frozen=True)
class CrmLook:
    """What one look came to.

    Attributes:
        read: records.
        refused: items that could not be taken.
        elsewhere: another process reads at this moment.
        problem: why it ended early; empty: it did not.
    """

    read: int = 0
    refused: int = 0
    elsewhere: bool = False
    problem: str = ""


@dataclass
class ReadCrm:
    """Looks what changed. One process at a time.

    Attributes:
        connected: the CRM.
        apply: takes records in.
        runner: of this process, which no other has.
    """

    connected: ConnectedCrm
    apply: ApplyRecords
    runner: str
    _known_account: bool = field(default=False, init=False)

    async def look(self) -> CrmLook:
        """Reads until there is nothing more. What a CRM does is the outcome, never an error."""
        connected = self.connected
        now = connected.clock()
        async with connected.database.statement() as connection:
            taken = await queries.take_crm_lease(
                connection, name=connected.name, runner=self.runner, now=now, until=now + _LEASE
            )
        if taken is None:
            return CrmLook(elsewhere=True)
        try:
            return await self._read()
        finally:
            async with connected.database.statement() as connection:
                await queries.release_crm_lease(connection, name=connected.name, runner=self.runner)

    async def _read(self) -> CrmLook:
        read = refused = 0
        try:
            if not self._known_account:
                await self.connected.check_account()
                self._known_account = True
            more = True
            while more:
                found = await self._page()
                if found is None:
                    return CrmLook(read, refused, elsewhere=True)
                count, bad, more = found
                read, refused = read + count, refused + bad
        except (CrmAwayError, CrmAccessError) as error:
            await self.connected.fails(error)
            return CrmLook(read, refused, problem=str(error))
        except CrmRefusedError as error:
            # Not of one record: what the mapping asks for is refused, so nothing can be read until it is corrected.
            await self.connected.fails(CrmAccessError(str(error)))
            return CrmLook(read, refused, problem=str(error))
        await self.connected.works(read=True)
        if read:
            _log.info("read %d records of the CRM, %d refused", read, refused)
        return CrmLook(read, refused)

    async def _page(self) -> tuple[int, int, bool] | None:
        """Records, refused items, and whether there is more; None: another process has taken over."""
        connected = self.connected
        async with connected.database.statement() as connection:
            row = await queries.crm_connection_row(connection, name=connected.name)
        if row is None or row.runner != self.runner:
            return None
        changes = await connected.crm.changes(row.cursor, connected.wanted())
        await connected.require_fields(changes.records)
        refused = await self.apply.apply(changes.records)
        async with connected.database.statement() as connection:
            moved = await queries.move_crm_cursor(
                connection,
                name=connected.name,
                runner=self.runner,
                cursor=changes.cursor,
                read=len(changes.records),
                until=connected.clock() + _LEASE,
            )
        # An older page that is answered again and again must not be read for ever: the next look goes on.
        more = changes.more and changes.cursor != row.cursor
        return (len(changes.records), refused, more) if moved is not None else None
