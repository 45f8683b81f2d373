"""What a command opens and closes around its work."""

# ruff: noqa: PLC0415 - asyncpg and temporalio are imported by the commands that need them, never by `--help`.
from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from sequences.errors import RelanceError, SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from adapters.postgres.database import Database
    from starter.composition import Services

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
    from adapters.postgres import migrations
    from adapters.postgres.database import Database
    from adapters.settings import load_settings

    settings = load_settings()
    database = await Database.connect(settings.database_url, max_size=2)
    try:
        with _in_our_words():
            if migrate:
                await migrations.apply(settings.database_url, settings.phone_region)
            yield database
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
    from starter.composition import open_services

    settings = load_settings()
    with _in_our_words():
        async with open_services(settings) as services:
            yield services


@contextmanager
def _in_our_words() -> Iterator[None]:
    """A server that goes away in the middle is an error of ours too, and so is a database without our tables."""
    import asyncpg

    from adapters.outage_errors import is_outage

    try:
        yield
    except asyncpg.UndefinedTableError as error:
        raise SettingsError(
            "this database has no Relance tables yet; `relance up`, `relance worker` or `relance publish` creates them"
        ) from error
    except Exception as error:
        if isinstance(error, RelanceError) or not is_outage(error):
            raise
        raise UnavailableError(f"the connection to Postgres was lost ({type(error).__name__}); try again") from error


def interactive() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin.isatty()
