"""The queries of ``sql/follow_ups.sql``.

Written by ``python -m tools.queries`` from ``sql/follow_ups.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.queries.tables import FollowUpRow
from adapters.postgres.row import affected

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_FOLLOW_UP = """
INSERT INTO follow_up (id, enrollment_id, cause, event, position, kind, arguments, state, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING RETURNING id"""

_FOLLOW_UP_ROW = """
SELECT * FROM follow_up WHERE id = $1"""

_FOLLOW_UPS_OF = """
SELECT * FROM follow_up WHERE enrollment_id = $1 ORDER BY at, cause, position"""

_SETTLE_FOLLOW_UP = """
UPDATE follow_up SET state = $2, result = $3 WHERE id = $1"""

_ADD_TASK = """
INSERT INTO task (id, title, description, due_at, owner_id, person_id, enrollment_id, reaction_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING"""

_ADD_LEAD = """
INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"""

_ADD_TO_LIST = """
INSERT INTO list_member (list, person_id, added_at, enrollment_id) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING"""

_REMOVE_FROM_LIST = """
DELETE FROM list_member WHERE list = $1 AND person_id = $2"""

_ADD_NOTIFICATION = """
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"""

_LIST_PEOPLE = """
SELECT person_id FROM list_member WHERE list = $1 ORDER BY added_at, person_id"""

_LIST_NAMES = """
SELECT DISTINCT list FROM list_member ORDER BY list"""


async def add_follow_up(
    connection: Connection,
    *,
    id: str,
    enrollment_id: str,
    cause: str,
    event: str | None,
    position: int,
    kind: str,
    arguments: object,
    state: str,
    at: datetime,
) -> str | None:
    """The value of ``add_follow_up``."""
    value: str | None = await connection.fetchval(
        _ADD_FOLLOW_UP, id, enrollment_id, cause, event, position, kind, arguments, state, at
    )
    return value


async def follow_up_row(connection: Connection, *, id: str) -> FollowUpRow | None:
    """The row of ``follow_up_row``."""
    found = await connection.fetchrow(_FOLLOW_UP_ROW, id)
    return FollowUpRow(*FollowUpRow.columns(found)) if found is not None else None


async def follow_ups_of(connection: Connection, *, enrollment_id: str) -> list[FollowUpRow]:
    """The rows of ``follow_ups_of``."""
    return [FollowUpRow(*FollowUpRow.columns(found)) for found in await connection.fetch(_FOLLOW_UPS_OF, enrollment_id)]


async def settle_follow_up(connection: Connection, *, id: str, state: str, result: str | None) -> int:
    """Runs ``settle_follow_up``."""
    return affected(await connection.execute(_SETTLE_FOLLOW_UP, id, state, result))


async def add_task(
    connection: Connection,
    *,
    id: str,
    title: str,
    description: str | None,
    due_at: datetime | None,
    owner_id: str | None,
    person_id: str,
    enrollment_id: str,
    reaction_id: str | None,
    created_at: datetime,
) -> int:
    """Runs ``add_task``."""
    return affected(
        await connection.execute(
            _ADD_TASK, id, title, description, due_at, owner_id, person_id, enrollment_id, reaction_id, created_at
        )
    )


async def add_lead(
    connection: Connection,
    *,
    id: str,
    person_id: str,
    source: str,
    owner_id: str | None,
    enrollment_id: str,
    created_at: datetime,
) -> int:
    """Runs ``add_lead``."""
    return affected(await connection.execute(_ADD_LEAD, id, person_id, source, owner_id, enrollment_id, created_at))


async def add_to_list(
    connection: Connection, *, list: str, person_id: str, added_at: datetime, enrollment_id: str | None
) -> int:
    """Runs ``add_to_list``."""
    return affected(await connection.execute(_ADD_TO_LIST, list, person_id, added_at, enrollment_id))


async def remove_from_list(connection: Connection, *, list: str, person_id: str) -> int:
    """Runs ``remove_from_list``."""
    return affected(await connection.execute(_REMOVE_FROM_LIST, list, person_id))


async def add_notification(
    connection: Connection,
    *,
    id: str,
    owner_id: str,
    kind: str,
    title: str,
    enrollment_id: str | None,
    person_id: str | None,
    created_at: datetime,
) -> int:
    """Runs ``add_notification``."""
    return affected(
        await connection.execute(_ADD_NOTIFICATION, id, owner_id, kind, title, enrollment_id, person_id, created_at)
    )


async def list_people(connection: Connection, *, list: str) -> list[str]:
    """The rows of ``list_people``."""
    return [found[0] for found in await connection.fetch(_LIST_PEOPLE, list)]


async def list_names(connection: Connection) -> list[str]:
    """The rows of ``list_names``."""
    return [found[0] for found in await connection.fetch(_LIST_NAMES)]
