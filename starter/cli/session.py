"""What a command opens and closes around its work."""

# ruff: noqa: PLC0415 - asyncpg and temporalio are imported by the commands that need them, never by `--help`.
from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from adapters.postgres.database import Database
    from starter.services import Services

_T = TypeVar("_T")


def run(work: Coroutine[None, None, _T]) -> _T:
    """Runs one command to its end."""
    return asyncio.run(work)


@asynccontextmanager
async def open_database(*, migrate: bool = False) -> AsyncIterator[Database]:
    """Postgres alone, for commands that need no Temporal.

    Args:
        migrate: bring the schema up to date first. Commands that only read leave it alone.

    Raises:
        SettingsError: no settings, or a database without our tables.
        UnavailableError: Postgres does not answer.
    """
    import asyncpg

    from adapters.postgres import migrations
    from adapters.postgres.database import Database
    from adapters.settings import load_settings

    settings = load_settings()
    database = await Database.connect(settings.database_url, max_size=2)
    try:
        if migrate:
            await migrations.apply(settings.database_url)
        yield database
    except asyncpg.UndefinedTableError as error:
        raise SettingsError(
            "this database has no tables of Relance yet; `relance up`, `relance worker` or `relance publish` make them"
        ) from error
    finally:
        await database.close()


@asynccontextmanager
async def open_everything() -> AsyncIterator[Services]:
    """Postgres and Temporal.

    Raises:
        SettingsError: no settings, or Postgres refuses us.
        UnavailableError: one of them does not answer.
    """
    from adapters.settings import load_settings
    from starter.services import open_services

    async with open_services(load_settings()) as services:
        yield services
