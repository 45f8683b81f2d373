"""The typed queries are those of the ``.sql`` files and the migrations, and each is used."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres import listings
from adapters.postgres.paging import Listing
from adapters.postgres.queries import lists
from tools.queries import __main__ as generator
from tools.queries import sql_files

ROOT = Path(__file__).parents[4]
PRODUCT = ("adapters", "services", "activities", "starter")


async def test_the_committed_modules_are_those_of_the_sql_files_and_the_migrations(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        made = await generator.written(connection)
    finally:
        await connection.close()
    there = {path.name: path.read_text() for path in generator.PACKAGE.glob("*.py")}
    stale = sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))
    assert stale == [], "run python -m tools.queries"


def test_every_query_is_used() -> None:
    text = "".join(
        path.read_text()
        for part in PRODUCT
        for path in (ROOT / part).rglob("*.py")
        if generator.PACKAGE not in path.parents
    )
    used = set(re.findall(r"\bqueries\.([a-z]\w+)", text))
    assert sorted(query.name for query in sql_files.read() if query.name not in used) == []


def test_no_query_is_named_as_a_file_is(tmp_path: Path) -> None:
    """The module of that name would hide it, once another query of the file was used."""
    (tmp_path / "calendar.sql").write_text("-- name: calendar()\nSELECT 1;\n")
    with pytest.raises(ValueError, match="named as a file"):
        sql_files.read(tmp_path)


def test_every_list_is_annotated_with_the_class_of_its_rows() -> None:
    declared = {
        name: listings.__annotations__[name] for name, value in vars(listings).items() if isinstance(value, Listing)
    }
    made = {
        name: f"Listing[queries.{lists.ROWS[value.name].__name__}]"
        for name, value in vars(listings).items()
        if isinstance(value, Listing)
    }
    assert declared == made
