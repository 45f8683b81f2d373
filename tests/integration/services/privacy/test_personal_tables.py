"""Each column that can hold text is decided: it may hold data about a person, or it does not."""

from __future__ import annotations

from collections import defaultdict

import asyncpg

from adapters.postgres.personal_tables import NOT_FOUND_BY_PERSON, PERSONAL_TABLES, PersonKey
from tests.support.not_personal import BESIDE_PERSONAL, OF_OTHERS, OF_SHORT_LIFE

# Numbers, instants, dates and yes or no say nothing by themselves.
_COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type = ANY($1) AS is_plain FROM information_schema.columns c
JOIN information_schema.tables USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE'
"""
_PLAIN = ["integer", "bigint", "boolean", "double precision", "date", "timestamp with time zone"]
_NUMBERS = {"enrollment.earlier_versions", "run_outcome.earlier_versions", "run_outcome_count.earlier_versions"}


async def columns(url: str) -> tuple[set[str], set[str]]:
    """Those that can hold text, and all."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(_COLUMNS, _PLAIN)
    finally:
        await connection.close()
    every = {f"{row['table_name']}.{row['column_name']}" for row in rows}
    return {f"{row['table_name']}.{row['column_name']}" for row in rows if not row["is_plain"]} - _NUMBERS, every


def listed(tables: dict[str, str]) -> set[str]:
    return {f"{table}.{column}" for table, names in tables.items() for column in names.split()}


async def test_each_column_is_personal_or_not(database_url: str) -> None:
    text, every = await columns(database_url)
    personal = {f"{table.name}.{column}" for table in PERSONAL_TABLES for column in table.personal}
    plain = listed(BESIDE_PERSONAL | OF_OTHERS | OF_SHORT_LIFE)
    # A new one: does it hold data about a person? Say so in personal_tables.py, or that not, in not_personal.py.
    assert text - personal - plain == set()
    assert personal & plain == set()
    assert (personal | plain) - text == set()
    named = {
        f"{table.name}.{column}"
        for table in PERSONAL_TABLES
        for column in (*table.left_out, *table.gives, *table.instead)
    }
    assert named - every == set()


async def test_each_table_with_the_id_of_a_person_or_of_a_run_is_read(database_url: str) -> None:
    _, every = await columns(database_url)
    ids = {"person_id", "enrollment_id", "reaction_id", "send_id", "inbound_id", "submission_id"}
    about = {table for table, _, column in (each.partition(".") for each in every) if column in ids}
    read = {table.name for table in PERSONAL_TABLES}
    assert about - read == set()
    assert read.isdisjoint(OF_OTHERS)
    assert set(OF_SHORT_LIFE) == set(NOT_FOUND_BY_PERSON)
    assert set(BESIDE_PERSONAL) <= read


def test_what_a_table_asks_for_is_known_before_it_is_read() -> None:
    known = {PersonKey.PEOPLE}
    asked = defaultdict(set)
    for table in PERSONAL_TABLES:
        asked[table.name] = {
            each for each in PersonKey if f"{{{each}}}" in "".join((table.where, *table.instead.values()))
        }
        # A table may also be found by what it gives: a message of theirs by its own id.
        assert asked[table.name] <= known | set(table.gives.values()), table.name
        assert asked[table.name], table.name
        known |= set(table.gives.values())
    assert known == set(PersonKey)
