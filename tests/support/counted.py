"""Counts what is said to Postgres."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database

_STATEMENTS = ("fetch", "fetchrow", "fetchval", "execute")


@dataclass
class CountedDatabase:
    """A database that notes each message of its transactions and statements.

    Attributes:
        said: ``BEGIN``, ``COMMIT``, and of each other statement its first words.
        commits: transactions, with or without ``BEGIN``.
    """

    real: Database
    said: list[str] = field(default_factory=list)
    commits: int = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self.said.append("BEGIN")
        async with self.real.transaction() as connection:
            yield _Counted(connection, self.said)
        self.said.append("COMMIT")
        self.commits += 1

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Any]:
        async with self.real.statement() as connection:
            yield _Counted(connection, self.said)
        self.commits += 1


class _Counted:
    def __init__(self, real: Any, said: list[str]) -> None:
        self._real, self._said = real, said

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in _STATEMENTS:
            return found

        async def counted(statement: str, *values: Any, **more: Any) -> Any:
            self._said.append(" ".join(statement.split())[:60])
            return await found(statement, *values, **more)

        return counted
