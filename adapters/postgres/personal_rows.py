"""Reads every row about a person, by the list of ``personal_tables``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.postgres.personal_tables import PERSONAL_TABLES, PersonalTable, PersonKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection


class PersonParameters(dict[str, str]):
    """Names of ``PersonKey`` in SQL as the numbers of parameters, each once; ``values_in_order`` are theirs."""

    def __init__(self, known: Mapping[PersonKey, Iterable[str]], now: datetime | None = None) -> None:
        """``now`` is the value of ``{now}``; None: the SQL has none."""
        super().__init__()
        self._known = known
        self._now = now
        self.values_in_order: list[object] = []

    def __missing__(self, name: str) -> str:
        """The parameter of a name that was not met before."""
        is_now = name == "now"
        self.values_in_order.append(self._now if is_now else list(self._known[PersonKey(name)]))
        self[name] = f"${len(self.values_in_order)}::{'timestamptz' if is_now else 'text[]'}"
        return self[name]


async def personal_rows(
    connection: Connection, people: Sequence[str]
) -> tuple[tuple[PersonalTable, list[dict[str, Any]]], ...]:
    """The rows of each table, with all their columns; those of ``instead`` as they are exported.

    Args:
        connection: in a transaction that reads everything as of one instant.
        people: the id of a person, and those of who was merged into them.
    """
    known: dict[PersonKey, dict[str, None]] = {each: {} for each in PersonKey}
    known[PersonKey.PEOPLE] = dict.fromkeys(people)
    found = []
    for table in PERSONAL_TABLES:
        rows = await _rows(connection, table, known)
        for column, adds in table.gives.items():
            known[adds].update(dict.fromkeys(str(row[column]) for row in rows if row[column] is not None))
        found.append((table, rows))
    return tuple(found)


async def _rows(
    connection: Connection, table: PersonalTable, known: Mapping[PersonKey, Iterable[str]]
) -> list[dict[str, Any]]:
    parameters = PersonParameters(known)
    more = "".join(f", {sql.format_map(parameters)} AS {name}" for name, sql in table.instead.items())
    where = table.where.format_map(parameters)
    # Everything in it is our own text; what is known travels as parameters. Of two columns of one name the later holds.
    statement = f"SELECT *{more} FROM {table.name} WHERE {where} ORDER BY {table.order}"  # noqa: S608
    return [dict(row.items()) for row in await connection.fetch(statement, *parameters.values_in_order)]
