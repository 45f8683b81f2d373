"""A CRM that the settings name, with what it needs from here; and whether it can be used now."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.crm.occasions import types_of
from sequences.crm.records import EntityFields
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.events.read import place_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Database
    from sequences.crm.mapping import CrmMapping
    from sequences.crm.records import CrmRecord
    from sequences.records.catalogue import Catalogue
    from services.crm.port import Crm
    from services.outages import Outages

SERVICE: Final = "CRM"
"""As outages name it."""
_FIRST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(minutes=5)
_LONGEST_ASKED: Final = timedelta(hours=1)
_WORTH_SAYING: Final = timedelta(minutes=15)
"""A CRM that asks us to wait for less is not away."""

_log = logging.getLogger("relance.crm")


@dataclass(frozen=True, kw_only=True)
class ConnectedCrm:
    """A CRM and its mapping.

    Attributes:
        database: ours.
        crm: the adapter.
        mapping: the file.
        known: the fields of ours.
        clock: the wall clock, UTC.
        outages: who is told that it is away.
        accept_account: another account than before is wanted.
    """

    database: Database
    crm: Crm
    mapping: CrmMapping
    known: Catalogue
    clock: Callable[[], datetime]
    outages: Outages
    accept_account: bool = False

    @property
    def name(self) -> str:
        """Of its row: one CRM of a kind."""
        return self.mapping.crm

    def wanted(self) -> tuple[EntityFields, ...]:
        """What is read."""
        return tuple(EntityFields(rule.entity, rule.paths()) for rule in self.mapping.read)

    async def require_fields(self, records: Sequence[CrmRecord]) -> None:
        """Looks whether a field that records lack is gone there: it must empty nothing here, nor lift a mark.

        The CRM is asked only where every record of a kind lacks a field, as after it was deleted; one that is empty is
        told as empty.

        Raises:
            CrmRefusedError: one is gone.
            CrmAwayError: the CRM does not answer.
        """
        for each in self.wanted():
            rows = [one.values for one in records if one.key.entity == each.entity and not one.deleted]
            names = {path.partition(".")[0] for path in each.fields}
            lacking = {name for name in names if rows and not any(name in row for row in rows)}
            known = await self.crm.fields(each.entity) if lacking else None
            gone = sorted(lacking - set(known)) if known is not None else []
            if gone:
                raise CrmRefusedError(f"{each.entity} has no field {gone[0]} any more; correct the mapping file")

    async def register(self) -> None:
        """From now on the event stream is read for what the mapping writes about.

        What happened before it wrote anything is not written. One that only changed goes on where it was.
        """
        types = types_of(self.mapping)
        if types:
            async with self.database.transaction() as connection:
                # What happened until now has its place before the CRM takes the last one.
                await place_all(connection)
        async with self.database.transaction() as connection:
            await queries.connect_crm(connection, name=self.name, types=types, at=self.clock())
            await queries.disconnect_crms(connection, name=self.name)

    async def may_ask(self) -> bool:
        """It did not ask us to wait, and did answer lately."""
        async with self.database.statement() as connection:
            row = await queries.crm_connection_row(connection, name=self.name)
        return row is not None and (row.not_before is None or row.not_before <= self.clock())

    async def check_account(self) -> None:
        """Refuses a login of another account: its ids are other people's.

        Raises:
            CrmAccessError: it is another one than before.
        """
        account = await self.crm.account()
        async with self.database.statement() as connection:
            known = await queries.keep_crm_account(
                connection, name=self.name, account=account, instead=self.accept_account
            )
        if known is not None and known != account:
            raise CrmAccessError(account_of_others())

    async def works(self, *, read: bool) -> None:
        """It answered. ``read``: everything that changed was read."""
        async with self.database.statement() as connection:
            if read:
                await queries.crm_works(connection, name=self.name, at=self.clock())
            else:
                await queries.crm_answers(connection, name=self.name)
        await self.outages.works(SERVICE)

    async def fails(self, error: CrmAwayError | CrmAccessError) -> None:
        """It cannot be used: everybody leaves it alone for a while, and somebody is told once."""
        now = self.clock()
        asked = error.retry_after if isinstance(error, CrmAwayError) else None
        async with self.database.transaction() as connection:
            row = await queries.crm_connection_row(connection, name=self.name)
            wait = _wait(row.failures if row is not None else 0, asked)
            await queries.crm_fails(connection, name=self.name, problem=str(error), not_before=now + wait)
        _log.info("the CRM cannot be used (%s); asked again in %d seconds", error, wait.total_seconds())
        if asked is None or wait >= _WORTH_SAYING:
            outcome = TransportOutcome(TransportVerdict.RETRY, "crm", None, str(error), away=True)
            await self.outages.fails(SERVICE, outcome)


def account_of_others() -> str:
    """For people: whose the login is, and what to do."""
    return (
        "the login belongs to another account of the CRM than the records here; correct the login, or accept "
        "the account with `relance crm check --accept-account`"
    )


def _wait(failures: int, asked: float | None) -> timedelta:
    own = min(_LONGEST, _FIRST * 2 ** min(failures, 10))
    return own if asked is None else max(_FIRST, min(_LONGEST_ASKED, timedelta(seconds=asked)))
