"""A Postgres that is away for a moment, or from which somebody is gone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from adapters.postgres.database import Database


@dataclass
class AwayDatabase:
    """Refuses some transactions in a row, from the moment that ``since`` is true.

    Attributes:
        error: what they raise.
    """

    real: Database
    since: Callable[[], bool]
    times: int = 2
    error: type[BaseException] = ConnectionError

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        if self.times and self.since():
            self.times -= 1
            raise self.error
        async with self.real.transaction() as connection:
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Any]:
        async with self.real.statement() as connection:
            yield connection
