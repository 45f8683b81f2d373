"""Writes suppressions: who must not be contacted, on which channel, why and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.email_address import address_key

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class NewSuppression:
    """Who is not to be contacted, and why.

    Attributes:
        channel: a name of ``sequences.channels``, or ``all``.
        reason: ``opt_out | stop_word | unsubscribed | complained | bounced | by_sequence | by_hand | crm | erased |
            preferences | company | consent_withdrawn``.
        source: the reaction or sequence it came from.
        since: UTC.
        person: id, or None when only the address is meant (a dead address says nothing of its person).
        address: e-mail address, E.164 number or ``@domain``, or None. It is what START lifts.
        written_to: addresses that it covers besides those of the person: where the message went that led to it.
    """

    channel: str
    reason: str
    source: str
    since: datetime
    person: str | None = None
    address: str | None = None
    written_to: Collection[str | None] = ()


async def suppress(connection: Connection, new: NewSuppression) -> bool:
    """Suppresses a person or an address; the same suppression again adds nothing and is False.

    Who is suppressed is so at every address they have, or come to have, on that channel: under another record, in
    another spelling, after an import under a new id. Triggers see to it (0018_address_keys.sql), so one row that is
    lifted lifts all of it.

    Args:
        connection: in a transaction.
        new: who and why.
    """
    address = address_key(new.address) if new.address else None
    if new.person is None and address is None:
        # The message that it is about was erased with its person: see services/privacy.
        return False
    added = await queries.add_suppression(
        connection,
        person_id=new.person,
        address=address,
        channel=new.channel,
        reason=new.reason,
        source=new.source,
        since=new.since,
    )
    for other in new.written_to:
        if other and (new.channel == "all" or (new.channel == "email") == ("@" in other)):
            await queries.cover_address(
                connection,
                person_id=new.person,
                address=address,
                channel=new.channel,
                reason=new.reason,
                covered=address_key(other),
            )
    return added is not None
