"""The connection pool, and how values cross it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from adapters.postgres.array_types import make_known
from sequences.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
"""Of the pool, or of its own."""

_CONNECT_SECONDS = 5.0
_FREE_SECONDS = 15.0


async def _learn_types(connection: Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    # Last: a codec that is set makes the driver forget them.
    make_known(connection)


async def _leaves_nothing(_connection: Connection) -> None:
    """Nobody here listens, sets or locks anything for longer than a transaction, so nothing has to be reset.

    The driver's own way asks the server to, each time a connection goes back: a message more for every transaction.
    """


class Database:
    """A pool of connections; ``transaction()`` is the only way to write more than one row together.

    Attributes:
        pool: of the driver.
        patience: seconds to wait for a free connection. Who gets none hears of an outage (``TimeoutError``): to wait
            for ever would hold up callers who can do something better, such as trying another server.
    """

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], patience: float = _FREE_SECONDS) -> None:
        self.pool = pool
        self.patience = patience

    @classmethod
    async def connect(cls, url: str, *, max_size: int = 10) -> Database:
        """Opens the pool.

        Args:
            url: ``postgresql://user:password@host:port/database``.
            max_size: connections at the most.

        Raises:
            SettingsError: Postgres answers and refuses the user, the password or the database.
            UnavailableError: nobody answers there.
        """
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=max_size,
                init=_learn_types,
                timeout=_CONNECT_SECONDS,
                command_timeout=60,
                # Our writes leave their change row themselves; a trigger notes everybody else's (0007_rules.sql).
                server_settings={"relance.writer": "on"},
                # Each rule has its own statements; of asyncpg's hundred, 200 rules in turn would use none twice.
                statement_cache_size=1000,
                reset=_leaves_nothing,
            )
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise SettingsError(
                f"Postgres refuses the connection ({type(error).__name__}); check RELANCE_DATABASE_URL"
            ) from error
        except (TimeoutError, OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
            raise UnavailableError(
                "Postgres does not answer at RELANCE_DATABASE_URL; start it (`relance up` brings its own) "
                "or correct the setting"
            ) from error
        return cls(pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One connection in one transaction: committed at the end of the block, rolled back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """One connection, for transactions that somebody begins on it."""
        return self.pool.acquire(timeout=self.patience)

    def statement(self) -> AbstractAsyncContextManager[Connection]:
        """One connection for a single statement, which is its own transaction: two messages less to the server."""
        return self.connection()

    async def close(self) -> None:
        """Closes every connection, waiting for those in use."""
        await self.pool.close()
