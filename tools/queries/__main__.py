"""Writes the typed queries: ``python -m tools.queries`` after every change of a ``.sql`` file or a migration.

It migrates a Postgres of its own, lets it prepare every query and asks it for the types.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from adapters.postgres import listings, migrations
from adapters.postgres.paging import Listing
from starter.local.postgres import LocalPostgres
from tools.queries import nullability, sql_files
from tools.queries.writing import Column, Described, RowClass, package

if TYPE_CHECKING:
    from adapters.postgres.database import Connection

PACKAGE = Path(__file__).parents[2] / "adapters" / "postgres" / "queries"

_TYPES = {
    "text": "str",
    "varchar": "str",
    "name": "str",
    "bpchar": "str",
    "uuid": "UUID",
    "bytea": "bytes",
    "bool": "bool",
    "int2": "int",
    "int4": "int",
    "int8": "int",
    "oid": "int",
    "xid8": "int",
    "float4": "float",
    "float8": "float",
    "numeric": "Decimal",
    "timestamptz": "datetime",
    "timestamp": "datetime",
    "date": "date",
    "time": "time",
    "interval": "timedelta",
    "void": "None",
    "json": "Any",
    "jsonb": "Any",
}


async def written(connection: Connection) -> dict[str, str]:
    """The text of every module, formatted, by file name.

    Args:
        connection: to a migrated database.
    """
    tables = await _tables(connection)
    described, rows = [], _Rows(tables)
    facts_of = {name: {column: sure for column, _, sure in columns} for name, columns in tables.items()}
    for query in sql_files.read():
        described.append(await _describe(connection, query, rows, facts_of))
    lists = {
        listing.name: await _describe(connection, _of_list(listing), rows, facts_of)
        for listing in vars(listings).values()
        if isinstance(listing, Listing)
    }
    return {name: _formatted(text) for name, text in package(described, lists, rows.used()).items()}


def _of_list(listing: Listing[Any]) -> sql_files.Query:
    tables = listing.tables.format(**{name: f"${place}" for place, name in enumerate(listing.given, 1)})
    text = f"SELECT {listing.columns} FROM {tables} WHERE {listing.where}"
    marks = {"row": (f"Listed{_camel(listing.name)}Row",), "not null": listing.never_null}
    return sql_files.Query("lists", listing.name, listing.given, "", text=text, marks=marks)


class _Rows:
    def __init__(self, tables: dict[str, list[tuple[str, str, bool]]]) -> None:
        self._tables = {
            tuple((name, kind) for name, kind, _ in columns): (
                table,
                tuple(Column(name, _nullable(kind, sure=sure)) for name, kind, sure in columns),
            )
            for table, columns in sorted(tables.items())
        }
        self._known: dict[str, RowClass] = {}

    def is_of_table(self, kinds: list[tuple[str, str]]) -> bool:
        """Whether these are the columns of a whole table, of which the table itself says what is never null."""
        return tuple(kinds) in self._tables

    def of(self, query: sql_files.Query, columns: tuple[Column, ...], kinds: list[tuple[str, str]]) -> RowClass:
        """The class of a query's rows."""
        module, doc = query.file, f"A row of ``{query.name}``."
        name = _camel(query.name).removesuffix("Row") + "Row"
        if table := self._tables.get(tuple(kinds)):
            module, name, columns, doc = (
                "tables",
                _camel(table[0]) + "Row",
                table[1],
                f"A row of the table ``{table[0]}``.",
            )
        elif marked := query.marked("row"):
            (name,) = marked
        row = self._known.setdefault(name, RowClass(name, columns, module, doc))
        if row.columns != columns:
            raise ValueError(f"{query.name}: {name} has other columns: {row.columns} and {columns}")
        return row

    def used(self) -> list[RowClass]:
        """Every class that a query gives."""
        return sorted(self._known.values(), key=lambda row: row.name)


async def _describe(
    connection: Connection, query: sql_files.Query, rows: _Rows, tables: nullability.Tables
) -> Described:
    try:
        statement = await connection.prepare(query.text)
        facts = nullability.facts(query.text, tables)
    except Exception as error:
        raise ValueError(f"{query.file}.sql, {query.name}: {error}") from error
    kinds = [(each.name, each.type.name) for each in statement.get_attributes()]
    if facts is None:
        print(f"{query.name}: cannot be read", file=sys.stderr)
        facts = nullability.Facts(tuple((name, False) for name, _ in kinds))
    parameters = []
    marked = query.marked("null")
    for number, (name, kind) in enumerate(zip(query.parameters, statement.get_parameters(), strict=True), 1):
        element = " | None" if f"{name}[]" in marked else ""
        python = f"Collection[{_type(kind.name[:-2])}{element}]" if kind.name.endswith("[]") else _type(kind.name)
        python = "object" if python == "Any" else python
        maybe = (number in facts.null_parameters or name in marked) and python != "object"
        parameters.append(python + (" | None" if maybe else ""))
    one_row = facts.one_row or "one row" in query.marks
    described = Described(query, tuple(parameters), one_row=one_row)
    if query.gives == "!":
        return described
    differ = len(facts.columns) != len(kinds) or any(
        name and name != real for (name, _), (real, _) in zip(facts.columns, kinds, strict=True)
    )
    if rows.is_of_table(kinds) or differ:
        if not rows.is_of_table(kinds):
            print(f"{query.name}: {facts.columns} is not {kinds}", file=sys.stderr)
        facts = nullability.Facts(tuple((name, False) for name, _ in kinds))
    surely = query.marked("not null")
    if strange := set(surely) - {name for name, _ in kinds}:
        raise ValueError(f"{query.name} has no columns {strange}")
    sure = [proved or name in surely for name, proved in facts.columns]
    columns = tuple(Column(name, _nullable(kind, sure=known)) for (name, kind), known in zip(kinds, sure, strict=True))
    if query.gives == "$" or (query.gives == "" and len(columns) == 1):
        described.value = columns[0].type
    else:
        described.row = rows.of(query, columns, kinds)
    return described


async def _tables(connection: Connection) -> dict[str, list[tuple[str, str, bool]]]:
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, column, kind, sure in await connection.fetch(
        "SELECT c.relname, a.attname, t.typname, a.attnotnull FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE c.relkind IN ('r', 'v') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 "
        "AND NOT a.attisdropped ORDER BY c.relname, a.attnum"
    ):
        # The catalogue calls text[] _text.
        found.setdefault(table, []).append((column, f"{kind[1:]}[]" if kind.startswith("_") else kind, sure))
    return found


def _type(kind: str) -> str:
    if kind.endswith("[]"):
        return f"list[{_type(kind[:-2])}]"
    return _TYPES[kind]


def _nullable(kind: str, *, sure: bool) -> str:
    python = _type(kind)
    return python if sure or python in ("Any", "None") else f"{python} | None"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _formatted(text: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "queries.py", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


async def _main() -> None:
    with tempfile.TemporaryDirectory(prefix="relance-queries-") as folder:
        async with LocalPostgres(Path(folder), fsync=False) as server:
            await migrations.apply(server.url)
            connection = await asyncpg.connect(server.url)
            try:
                modules = await written(connection)
            finally:
                await connection.close()
    PACKAGE.mkdir(exist_ok=True)
    for old in PACKAGE.glob("*.py"):
        if old.name not in modules:
            old.unlink()
    for name, text in modules.items():
        (PACKAGE / name).write_text(text)
    print(f"{len(modules)} files in {PACKAGE}")


if __name__ == "__main__":
    asyncio.run(_main())
