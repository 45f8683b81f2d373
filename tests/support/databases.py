"""Statements outside any pool, and a database for each test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg

from adapters.postgres import migrations

if TYPE_CHECKING:
    from starter.local.postgres import LocalPostgres


async def run_sql(url: str, statement: str) -> None:
    """Opens a connection for one statement: ``CREATE DATABASE`` runs in no transaction, and in nobody's pool."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


class Databases:
    """Clones of one migrated database, made and dropped over one connection: opening one takes a sixth of the work."""

    def __init__(self, server: LocalPostgres) -> None:
        self._server = server
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._numbers = itertools.count(1)

    async def prepare(self) -> None:
        """Makes the template, and lets a login compute one round of hashes instead of 4096."""
        password = urlsplit(self._server.url).password
        await self._do("SET scram_iterations = 1")
        await self._do(f"ALTER ROLE CURRENT_USER PASSWORD '{password}'")
        await migrations.apply(await self.template("migrated"))

    @asynccontextmanager
    async def fresh(self, template: str = "migrated") -> AsyncIterator[str]:
        """The URL of a database that nobody else uses: a clone of one that nobody is connected to."""
        name = f"test_{next(self._numbers)}"
        await self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield self._server.url_of(name)
        await self._do(f"DROP DATABASE {name} WITH (FORCE)")

    async def template(self, name: str, of: str = "template1") -> str:
        """The URL of a database that is made once, for clones; it stays until the server goes."""
        await self._do(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY file_copy")
        return self._server.url_of(name)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _do(self, statement: str) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._server.url_of("postgres"))
        await self._connection.execute(statement)
