"""Writes suppressions: who must not be contacted, on which channel, why and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.email_address import address_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from adapters.postgres.database import Connection


async def suppress(
    connection: Connection,
    person: str | None,
    address: str | None,
    channel: str,
    reason: str,
    source: str,
    since: datetime,
    *,
    written_to: Iterable[str | None] = (),
) -> bool:
    """Suppresses a person or an address; the same suppression again adds nothing and is False.

    Who is suppressed is so at every address they have, or come to have, on that channel: under another record, in
    another spelling, after an import under a new id. Triggers see to it (0018_address_keys.sql), so one row that is
    lifted lifts all of it.

    Args:
        connection: in a transaction.
        person: id, or None when only the address is meant (a dead address says nothing of its person).
        address: e-mail address or E.164 number, or None. It is what START lifts.
        channel: a name of ``sequences.channels``, or ``all``.
        reason: ``opt_out | stop_word | unsubscribed | complained | bounced | by_sequence | crm |
            preferences``.
        source: the reaction or sequence it came from.
        since: UTC.
        written_to: addresses that it covers besides those of the person: where the message went that led to it.
    """
    added = await queries.add_suppression(
        connection,
        person_id=person,
        address=address_key(address) if address else None,
        channel=channel,
        reason=reason,
        source=source,
        since=since,
    )
    for other in written_to:
        if other and (channel == "all" or (channel == "email") == ("@" in other)):
            await queries.cover_address(
                connection,
                person_id=person,
                address=address_key(address) if address else None,
                channel=channel,
                reason=reason,
                covered=address_key(other),
            )
    return added is not None
