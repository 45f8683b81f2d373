"""The queries of ``sql/preferences.sql``.

Written by ``python -m tools.queries`` from ``sql/preferences.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_MERGED_PEOPLE = """
WITH RECURSIVE chain AS (
    SELECT id, merged_into, email, phone, phone_key, 1 AS depth FROM person WHERE id = $1
    UNION ALL
    SELECT p.id, p.merged_into, p.email, p.phone, p.phone_key, c.depth + 1 FROM person p JOIN chain c ON p.id = c.merged_into
    WHERE c.depth < 8
)
SELECT id, email, phone, phone_key FROM chain ORDER BY depth"""

_SMS_NUMBER = """
SELECT recipient FROM send WHERE person_id = ANY($1::text[]) AND channel = 'sms'
ORDER BY planned_at DESC, id LIMIT 1"""

_STANDING_SUPPRESSIONS = """
SELECT DISTINCT s.channel, s.reason, s.since, s.id
FROM unnest($1::text[]) AS one(person), suppressions_on(one.person, $2::text[]) s
ORDER BY s.since, s.id"""

_LIFT_CHOSEN = """
UPDATE suppression s SET lifted_at = $5
FROM unnest($1::text[]) AS one(person), suppressions_on(one.person, $2::text[]) x
WHERE s.id = x.id AND x.channel = $3 AND x.reason = $4 AND s.lifted_at IS NULL"""


class MergedPeopleRow(Row):
    """A row of ``merged_people``."""

    __slots__ = ("id", "email", "phone", "phone_key")

    def __init__(self, id: str, email: str | None, phone: str | None, phone_key: str | None) -> None:
        self.id: Final = id
        self.email: Final = email
        self.phone: Final = phone
        self.phone_key: Final = phone_key


class StandingSuppressionsRow(Row):
    """A row of ``standing_suppressions``."""

    __slots__ = ("channel", "reason", "since", "id")

    def __init__(self, channel: str, reason: str, since: datetime, id: int) -> None:
        self.channel: Final = channel
        self.reason: Final = reason
        self.since: Final = since
        self.id: Final = id


async def merged_people(connection: Connection, *, id: str) -> list[MergedPeopleRow]:
    """A person and, in order, the ones into whom the CRM merged it."""
    return [MergedPeopleRow(*found) for found in await connection.fetch(_MERGED_PEOPLE, id)]


async def sms_number(connection: Connection, *, people: Collection[str]) -> str | None:
    """The number as texts went to it; records keep it as it was typed."""
    value: str | None = await connection.fetchval(_SMS_NUMBER, people)
    return value


async def standing_suppressions(
    connection: Connection, *, people: Collection[str], addresses: Collection[str]
) -> list[StandingSuppressionsRow]:
    """The rows of ``standing_suppressions``."""
    return [
        StandingSuppressionsRow(*found) for found in await connection.fetch(_STANDING_SUPPRESSIONS, people, addresses)
    ]


async def lift_chosen(
    connection: Connection,
    *,
    people: Collection[str],
    addresses: Collection[str],
    channel: str,
    reason: str,
    at: datetime,
) -> int:
    """Whoever reads mail at the address has chosen, also for the other records that it stands in."""
    return affected(await connection.execute(_LIFT_CHOSEN, people, addresses, channel, reason, at))
