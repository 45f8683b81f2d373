"""Addresses that returned mail too often, and a human's word that one works again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.email_address import address_key
from sequences.errors import NotFoundError
from services.reading.listed import line_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class Unreachable:
    """An address that gets no mail.

    Attributes:
        since: UTC.
        person_id: of one who has it now, or None: nobody has it any more.
        returned: how many mails to it did not arrive, ever.
    """

    address: str
    since: datetime
    person_id: str | None
    returned: int


async def unreachable(connection: Connection, limit: int) -> list[Unreachable]:
    """The addresses to which nothing goes because they returned mail, the latest first."""
    found = await page(connection, listings.UNREACHABLE, {}, limit=limit)
    return [line_of(Unreachable, row) for row in found.rows]


async def works_again(connection: Connection, address: str, now: datetime) -> str:
    """Somebody says that an address takes mail: what it returned before counts no more. Returns it as it is compared.

    Who was refused by a rule because of it is looked at again.

    Args:
        connection: in a transaction.
        address: in any spelling.
        now: UTC.

    Raises:
        NotFoundError: nothing stands against the address for that.
    """
    key = address_key(address)
    if not await queries.lift_soft_bounces(connection, address=key, at=now):
        raise NotFoundError("this address did not return mail too often; `relance unreachable` lists those that did")
    return key
