"""The queries of ``sql/views.sql``.

Written by ``python -m tools.queries`` from ``sql/views.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_PERSON_NAMES = """
SELECT id, first_name, last_name FROM person WHERE id = ANY($1::text[])"""

_TASKS_OF = """
SELECT id, title, due_at, owner_id FROM task WHERE enrollment_id = $1"""

_SUPPRESSIONS_FROM = """
SELECT channel, reason, source, since FROM suppression WHERE source = ANY($1::text[]) ORDER BY id"""


class PersonNamesRow(Row):
    """A row of ``person_names``."""

    __slots__ = ("id", "first_name", "last_name")

    def __init__(self, id: str, first_name: str | None, last_name: str | None) -> None:
        self.id: Final = id
        self.first_name: Final = first_name
        self.last_name: Final = last_name


class SuppressionsFromRow(Row):
    """A row of ``suppressions_from``."""

    __slots__ = ("channel", "reason", "source", "since")

    def __init__(self, channel: str, reason: str, source: str, since: datetime) -> None:
        self.channel: Final = channel
        self.reason: Final = reason
        self.source: Final = source
        self.since: Final = since


class TasksOfRow(Row):
    """A row of ``tasks_of``."""

    __slots__ = ("id", "title", "due_at", "owner_id")

    def __init__(self, id: str, title: str, due_at: datetime | None, owner_id: str | None) -> None:
        self.id: Final = id
        self.title: Final = title
        self.due_at: Final = due_at
        self.owner_id: Final = owner_id


async def person_names(connection: Connection, *, ids: Collection[str]) -> list[PersonNamesRow]:
    """The rows of ``person_names``."""
    return [PersonNamesRow(*found) for found in await connection.fetch(_PERSON_NAMES, ids)]


async def tasks_of(connection: Connection, *, enrollment_id: str) -> list[TasksOfRow]:
    """The rows of ``tasks_of``."""
    return [TasksOfRow(*found) for found in await connection.fetch(_TASKS_OF, enrollment_id)]


async def suppressions_from(connection: Connection, *, sources: Collection[str]) -> list[SuppressionsFromRow]:
    """The rows of ``suppressions_from``."""
    return [SuppressionsFromRow(*found) for found in await connection.fetch(_SUPPRESSIONS_FROM, sources)]
