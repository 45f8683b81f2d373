"""The queries of ``sql/address_keys.sql``.

Written by ``python -m tools.queries`` from ``sql/address_keys.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import SuppressedAddressRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection

    from adapters.postgres.database import Connection

_ADDRESS_KEY_BASIS = """
SELECT rules, region FROM address_key_basis"""

_SET_ADDRESS_KEY_BASIS = """
INSERT INTO address_key_basis (rules, region) VALUES ($1, $2)
ON CONFLICT (one) DO UPDATE SET rules = excluded.rules, region = excluded.region"""

_ANY_STALE_KEYS = """
SELECT EXISTS (SELECT 1 FROM person WHERE keys_stale)"""

_ALL_KEYS_STALE = """
WITH page AS (
    SELECT id FROM person WHERE id > $1 ORDER BY id LIMIT $2
), marked AS (
    UPDATE person p SET keys_stale = true FROM page
    WHERE p.id = page.id AND NOT p.keys_stale AND (p.phone IS NOT NULL OR (p.email IS NOT NULL AND NOT $3))
)
SELECT max(id) FROM page"""

_STALE_PEOPLE = """
SELECT id, email, phone FROM person WHERE keys_stale ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"""

_STALE_AMONG = """
SELECT id, email, phone FROM person WHERE id = ANY($1::text[]) AND keys_stale ORDER BY id FOR UPDATE"""

_WRITE_ADDRESS_KEYS = """
UPDATE person p SET email_key = made.email, phone_key = made.phone, keys_stale = false
FROM unnest($1::text[], $2::text[], $3::text[]) AS made(id, email, phone) WHERE p.id = made.id"""

_ODD_RECIPIENTS = """
SELECT id, recipient FROM send WHERE recipient_key IS NULL AND channel = 'email' AND recipient ~ '[^ -~]'"""

_WRITE_RECIPIENT_KEYS = """
UPDATE send d SET recipient_key = made.key
FROM unnest($1::text[], $2::text[]) AS made(id, key) WHERE d.id = made.id"""

_ODD_SUPPRESSED_ADDRESSES = """
SELECT address, suppression_id, channel FROM suppressed_address WHERE address ~ '[^ -~]' OR address !~ '^[+]|@'"""

_COVER_KEYS = """
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT made.key, made.id, made.channel
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS made(id, key, channel)
ON CONFLICT DO NOTHING"""


class AddressKeyBasisRow(Row):
    """A row of ``address_key_basis``."""

    __slots__ = ("rules", "region")

    def __init__(self, rules: int, region: str) -> None:
        self.rules: Final = rules
        self.region: Final = region


class OddRecipientsRow(Row):
    """A row of ``odd_recipients``."""

    __slots__ = ("id", "recipient")

    def __init__(self, id: str, recipient: str) -> None:
        self.id: Final = id
        self.recipient: Final = recipient


class StaleAmongRow(Row):
    """A row of ``stale_among``."""

    __slots__ = ("id", "email", "phone")

    def __init__(self, id: str, email: str | None, phone: str | None) -> None:
        self.id: Final = id
        self.email: Final = email
        self.phone: Final = phone


class StalePeopleRow(Row):
    """A row of ``stale_people``."""

    __slots__ = ("id", "email", "phone")

    def __init__(self, id: str, email: str | None, phone: str | None) -> None:
        self.id: Final = id
        self.email: Final = email
        self.phone: Final = phone


async def address_key_basis(connection: Connection) -> AddressKeyBasisRow | None:
    """The row of ``address_key_basis``."""
    found = await connection.fetchrow(_ADDRESS_KEY_BASIS)
    return AddressKeyBasisRow(*found) if found is not None else None


async def set_address_key_basis(connection: Connection, *, rules: int, region: str) -> int:
    """Runs ``set_address_key_basis``."""
    return affected(await connection.execute(_SET_ADDRESS_KEY_BASIS, rules, region))


async def any_stale_keys(connection: Connection) -> bool:
    """The value of ``any_stale_keys``."""
    value: bool = await connection.fetchval(_ANY_STALE_KEYS)
    return value


async def all_keys_stale(connection: Connection, *, after: str, limit: int, numbers_only: bool) -> str | None:
    """The next people by id; null behind the last one."""
    value: str | None = await connection.fetchval(_ALL_KEYS_STALE, after, limit, numbers_only)
    return value


async def stale_people(connection: Connection, *, limit: int) -> list[StalePeopleRow]:
    """The rows of ``stale_people``."""
    return [StalePeopleRow(*found) for found in await connection.fetch(_STALE_PEOPLE, limit)]


async def stale_among(connection: Connection, *, ids: Collection[str]) -> list[StaleAmongRow]:
    """The rows of ``stale_among``."""
    return [StaleAmongRow(*found) for found in await connection.fetch(_STALE_AMONG, ids)]


async def write_address_keys(
    connection: Connection, *, ids: Collection[str], emails: Collection[str | None], phones: Collection[str | None]
) -> int:
    """Runs ``write_address_keys``."""
    return affected(await connection.execute(_WRITE_ADDRESS_KEYS, ids, emails, phones))


async def odd_recipients(connection: Connection) -> list[OddRecipientsRow]:
    """Of whom lower() is not the key."""
    return [OddRecipientsRow(*found) for found in await connection.fetch(_ODD_RECIPIENTS)]


async def write_recipient_keys(connection: Connection, *, ids: Collection[str], keys: Collection[str]) -> int:
    """Runs ``write_recipient_keys``."""
    return affected(await connection.execute(_WRITE_RECIPIENT_KEYS, ids, keys))


async def odd_suppressed_addresses(connection: Connection) -> list[SuppressedAddressRow]:
    """The rows of ``odd_suppressed_addresses``."""
    return [SuppressedAddressRow(*found) for found in await connection.fetch(_ODD_SUPPRESSED_ADDRESSES)]


async def cover_keys(
    connection: Connection, *, ids: Collection[int], keys: Collection[str], channels: Collection[str]
) -> int:
    """Runs ``cover_keys``."""
    return affected(await connection.execute(_COVER_KEYS, ids, keys, channels))
