"""All rows of one instant, out of a database and into one, by COPY: no program beside Relance is needed for it.

``pg_dump`` has to be of the server's version at least, and the image of Relance has none. Our own migrations make the
schema, so that only rows have to be kept.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

import asyncpg

from sequences.errors import RefusedError, RequestRefused, SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

Plain: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection outside of any pool."""

OF_SHORT_LIFE: Final = frozenset(
    {
        "console_session",
        "sign_in_link",
        "console_press",
        "people_file",
        "outbox_delay",
        "_pogo_migration",
        "_pogo_version",
    }
)
"""Sessions and the like, of which nothing is kept: after a restore everybody signs in again."""

_FILLED_BY_MIGRATIONS: Final = frozenset({"run_watch", "address_key_basis", "stream_head", "mailbox_revision"})
_TABLES: Final = """
SELECT c.relname AS name, array_agg(a.attname ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE n.nspname = 'public' AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
"""
_REFERENCES: Final = """
SELECT f.relname AS child, t.relname AS parent FROM pg_constraint k
JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND f.oid <> t.oid
"""
_NUMBERS: Final = """
SELECT t.relname || '.' || a.attname AS name, s.oid::regclass::text AS sequence
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
"""
_ROWS: Final = re.compile(r"COPY (\d+)")


@dataclass(frozen=True)
class Table:
    """A table, and the columns that can be written."""

    name: str
    columns: tuple[str, ...]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Plain]:
    """A connection of its own, on which a statement may take as long as it takes.

    Raises:
        SettingsError: Postgres refuses us.
        UnavailableError: nobody answers there, or the connection is lost.
    """
    try:
        connection: Plain = await asyncpg.connect(url, timeout=10, server_settings={"relance.writer": "on"})
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise SettingsError(
            f"Postgres refuses the connection ({type(error).__name__}); check RELANCE_DATABASE_URL"
        ) from error
    except (TimeoutError, OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
        raise UnavailableError("Postgres does not answer at RELANCE_DATABASE_URL") from error
    try:
        yield connection
    except (asyncpg.ConnectionDoesNotExistError, asyncpg.ConnectionFailureError, ConnectionError) as error:
        raise UnavailableError(f"the connection to Postgres was lost ({type(error).__name__})") from error
    finally:
        await connection.close(timeout=10)


async def tables_of(connection: Plain) -> list[Table]:
    """Every table whose rows are kept, those that others refer to first.

    Raises:
        RuntimeError: tables refer to each other in a circle.
    """
    known = {row["name"]: Table(row["name"], tuple(row["columns"])) for row in await connection.fetch(_TABLES)}
    parents: dict[str, set[str]] = {name: set() for name in known}
    for row in await connection.fetch(_REFERENCES):
        parents[row["child"]].add(row["parent"])
    ordered: list[Table] = []
    done: set[str] = set()
    while len(done) < len(known):
        ready = sorted(name for name in known if name not in done and parents[name] <= done)
        if not ready:
            raise RuntimeError(f"tables refer to each other in a circle: {sorted(known.keys() - done)}")
        done.update(ready)
        ordered += [known[name] for name in ready]
    return [table for table in ordered if table.name not in OF_SHORT_LIFE]


class Snapshot:
    """All tables as they are at one instant, however long it takes to read them.

    Attributes:
        taken_at: that instant, by the clock of Postgres.
        postgres: the server's version.
        migrations: those that the database has.
        numbers: of each generated number what it had come to.
    """

    def __init__(self, connection: Plain, taken_at: datetime, migrations: tuple[str, ...], tables: list[Table]) -> None:
        self._connection = connection
        self.taken_at = taken_at
        self.postgres = connection.get_settings().server_version
        self.migrations = migrations
        self.tables = tables
        self.numbers: dict[str, int] = {}

    @classmethod
    @asynccontextmanager
    async def of(cls, url: str) -> AsyncIterator[Snapshot]:
        """Opens one.

        Raises:
            SettingsError: this is no database of Relance, or Postgres refuses us.
            UnavailableError: Postgres does not answer.
        """
        async with (
            connected(url) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if await connection.fetchval("SELECT to_regclass('public._pogo_migration')") is None:
                raise SettingsError("this database has no Relance tables: there is nothing to back up")
            taken_at: datetime = await connection.fetchval("SELECT clock_timestamp()")
            rows = await connection.fetch("SELECT migration_id FROM public._pogo_migration ORDER BY migration_id")
            found = cls(connection, taken_at, tuple(row[0] for row in rows), await tables_of(connection))
            for row in await connection.fetch(_NUMBERS):
                last = await connection.fetchval(f"SELECT last_value FROM {row['sequence']}")  # noqa: S608
                found.numbers[row["name"]] = last
            yield found

    async def copy(self, table: Table, target: IO[bytes]) -> int:
        """Writes the rows of a table; returns how many."""

        async def write(data: bytes) -> None:
            target.write(data)

        done = await self._connection.copy_from_table(
            table.name, schema_name="public", columns=list(table.columns), output=write, format="text"
        )
        return _number(done)


async def others_connected(connection: Plain) -> int:
    """How many others use the database at this moment."""
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    return int(found)


async def rows_found(connection: Plain) -> dict[str, int]:
    """The tables that hold anything of anybody's, with how many rows at the most a thousand are counted."""
    found = {}
    for row in await connection.fetch(_TABLES):
        name = row["name"]
        if name in OF_SHORT_LIFE or name in _FILLED_BY_MIGRATIONS:
            continue
        number = await connection.fetchval(f'SELECT count(*) FROM (SELECT 1 FROM public."{name}" LIMIT 1000) s')  # noqa: S608
        if number:
            found[name] = int(number)
    return found


async def forget_schema(connection: Plain) -> None:
    """Drops what migrations have made, in a database that holds nothing else.

    Raises:
        RefusedError: we may not.
    """
    try:
        async with connection.transaction():
            await connection.execute("DROP SCHEMA public CASCADE")
            await connection.execute("CREATE SCHEMA public")
    except asyncpg.InsufficientPrivilegeError as error:
        raise RefusedError(
            RequestRefused.INVALID,
            "the tables of this empty database are of another schema, and its user may not replace them; create a new"
            " database for the restore, owned by the user of RELANCE_DATABASE_URL",
        ) from error


class Loading:
    """Loads tables in the caller's transaction; triggers of ours do not fire, foreign keys are checked."""

    def __init__(self, connection: Plain) -> None:
        self._connection = connection

    async def begin(self, tables: list[Table]) -> None:
        """Empties what migrations filled."""
        for table in tables:
            await self._connection.execute(f'ALTER TABLE public."{table.name}" DISABLE TRIGGER USER')
        for table in reversed(tables):
            await self._connection.execute(f'DELETE FROM public."{table.name}"')  # noqa: S608

    async def load(self, table: Table, columns: tuple[str, ...], source: BinaryIO) -> int:
        """Reads the rows of a table; returns how many.

        Raises:
            RefusedError: they do not fit.
        """
        try:
            done = await self._connection.copy_to_table(
                table.name, schema_name="public", columns=list(columns), source=source, format="text"
            )
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.UndefinedColumnError) as error:
            raise RefusedError(
                RequestRefused.FILE, f"the rows of {table.name} do not fit this schema ({type(error).__name__})"
            ) from error
        return _number(done)

    async def end(self, tables: list[Table], numbers: Mapping[str, int]) -> None:
        """Numbers go on where they had come to."""
        for row in await self._connection.fetch(_NUMBERS):
            last = numbers.get(row["name"])
            if last is not None:
                await self._connection.execute("SELECT setval($1::regclass, $2)", row["sequence"], last)
        for table in tables:
            await self._connection.execute(f'ALTER TABLE public."{table.name}" ENABLE TRIGGER USER')


def _number(done: Any) -> int:
    found = _ROWS.fullmatch(str(done))
    assert found is not None, done
    return int(found[1])
