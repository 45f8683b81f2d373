"""Writes suppressions: who must not be contacted, on which channel, why and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.postgres import queries

if TYPE_CHECKING:
    from datetime import datetime


async def suppress(
    connection: Any, person: str | None, address: str | None, channel: str, reason: str, source: str, since: datetime
) -> bool:
    """Suppresses a person or an address; the same suppression again changes nothing and is False.

    Args:
        connection: in a transaction.
        person: id, or None when only the address is meant (a dead address says nothing of its person).
        address: e-mail address or E.164 number, or None.
        channel: ``email | sms | all``.
        reason: ``opt_out | stop_word | unsubscribed | complained | bounced | by_sequence | crm |
            preferences``.
        source: the reaction or sequence it came from.
        since: UTC.
    """
    added = await queries.value(
        connection, "add_suppression", person_id=person, address=address, channel=channel, reason=reason,
        source=source, since=since,
    )  # fmt: skip
    return added is not None
