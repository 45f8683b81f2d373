"""Keys of addresses that Postgres alone could not make: after an upgrade, after SQL by hand, for another country."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.email_address import address_key, email_key, phone_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.postgres.database import Connection

RULES = 1
"""Number of the rules by which keys are made; a higher one makes them all anew."""
_PAGE = 1_000


async def refresh(connection: Connection, region: str) -> int:
    """Makes every key that is missing or was made by other rules; returns of how many people. Idempotent.

    Writes a thousand people a transaction, so that nobody waits for it; broken off, it goes on where it was.

    Args:
        connection: in no transaction.
        region: ISO 3166-1 alpha-2 country in which numbers without one are read.
    """
    basis = await queries.address_key_basis(connection)
    if basis is None or (basis.rules, basis.region) != (RULES, region):
        await _begin_anew(connection, region, numbers_only=basis is not None and basis.rules == RULES)
    elif not await queries.any_stale_keys(connection):
        return 0
    done = 0
    while True:
        async with connection.transaction():
            people = await queries.stale_people(connection, limit=_PAGE)
            await _write(connection, people, region)
        done += len(people)
        if len(people) < _PAGE:
            return done


async def refresh_people(connection: Connection, ids: Iterable[str], region: str) -> None:
    """Makes the keys of these people, in the caller's transaction, where SQL by hand left them stale."""
    people = await queries.stale_among(connection, ids=sorted(set(ids)))
    await _write(connection, people, region)


async def _write(
    connection: Connection, people: Sequence[queries.StaleAmongRow | queries.StalePeopleRow], region: str
) -> None:
    if not people:
        return
    await queries.write_address_keys(
        connection,
        ids=[row.id for row in people],
        emails=[email_key(row.email) if row.email else None for row in people],
        phones=[phone_key(row.phone, region) if row.phone else None for row in people],
    )


async def _begin_anew(connection: Connection, region: str, *, numbers_only: bool) -> None:
    after: str | None = ""
    while after is not None:
        after = await queries.all_keys_stale(connection, after=after, limit=_PAGE, numbers_only=numbers_only)
    async with connection.transaction():
        odd = await queries.odd_recipients(connection)
        await queries.write_recipient_keys(
            connection,
            ids=[row.id for row in odd],
            keys=[email_key(row.recipient) for row in odd],
        )
        covered = await queries.odd_suppressed_addresses(connection)
        await queries.cover_keys(
            connection,
            ids=[row.suppression_id for row in covered],
            keys=[address_key(row.address, region) for row in covered],
            channels=[row.channel for row in covered],
        )
        # Last: broken off before, all of it is done again.
        await queries.set_address_key_basis(connection, rules=RULES, region=region)
