"""The queries of ``sql/rules.sql``.

Written by ``python -m tools.queries`` from ``sql/rules.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_RULE_STATES = """
SELECT sequence, version, since, broken FROM rule_state ORDER BY sequence"""

_PEOPLE_CONCERNED = """
SELECT id FROM person WHERE id = ANY($1::text[])
UNION
SELECT id FROM person WHERE client_id = ANY($2::text[])
UNION
SELECT id FROM person WHERE owner_id = ANY($3::text[])
ORDER BY id"""

_PLACEMENTS_CONCERNED = """
SELECT id FROM placement WHERE id = ANY($2::text[])
UNION
SELECT id FROM placement WHERE person_id = ANY($1::text[])
UNION
SELECT id FROM placement WHERE client_id = ANY($3::text[])
UNION
SELECT pl.id FROM person p JOIN placement pl ON pl.person_id = p.id AND coalesce(pl.client_id, '') = ''
WHERE p.client_id = ANY($3::text[])
UNION
SELECT id FROM placement WHERE owner_id = ANY($4::text[])
UNION
SELECT pl.id FROM person p JOIN placement pl ON pl.person_id = p.id AND coalesce(pl.owner_id, '') = ''
WHERE p.owner_id = ANY($4::text[])
ORDER BY id"""


class RuleStatesRow(Row):
    """A row of ``rule_states``."""

    __slots__ = ("sequence", "version", "since", "broken")

    def __init__(self, sequence: str, version: int, since: datetime, broken: str | None) -> None:
        self.sequence: Final = sequence
        self.version: Final = version
        self.since: Final = since
        self.broken: Final = broken


async def rule_states(connection: Connection) -> list[RuleStatesRow]:
    """Only what the newest version says counts; a sequence without rules has no row."""
    return [RuleStatesRow(*found) for found in await connection.fetch(_RULE_STATES)]


async def people_concerned(
    connection: Connection, *, persons: Collection[str], clients: Collection[str], owners: Collection[str]
) -> list[str]:
    """The rows of ``people_concerned``."""
    return [found[0] for found in await connection.fetch(_PEOPLE_CONCERNED, persons, clients, owners)]


async def placements_concerned(
    connection: Connection,
    *,
    persons: Collection[str],
    placements: Collection[str],
    clients: Collection[str],
    owners: Collection[str],
) -> list[str]:
    """A placement without client or owner of its own has its person's."""
    return [found[0] for found in await connection.fetch(_PLACEMENTS_CONCERNED, persons, placements, clients, owners)]
