"""Erases the rows about a person, by the list of ``personal_tables``: batch by batch, each a transaction of its own.

What is found by a row is erased before that row: so whoever is stopped halfway finds the rest when asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.personal_rows import PersonParameters
from adapters.postgres.personal_tables import PERSONAL_TABLES, EraseAct, PersonalTable, PersonKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection

ORDER: Final = tuple(reversed(PERSONAL_TABLES))
"""In which tables are erased."""
_NOTHING: Final[Mapping[str, str]] = {
    "text": "''",
    "varchar": "''",
    "jsonb": "'{{}}'::jsonb",
    "bytea": "''::bytea",
    "_text": "'{{}}'::text[]",
}
"""What a column of a kind gets that cannot be NULL."""


@dataclass(frozen=True)
class PersonRows:
    """By what the rows about a person are found, and how their columns are emptied.

    Attributes:
        known: ids and addresses; addresses that another person has too are not among them.
        empty: SQL of the empty value, by table and column.
        now: UTC; when rows are marked as deleted or as done.
    """

    known: Mapping[PersonKey, Sequence[str]]
    empty: Mapping[tuple[str, str], str]
    now: datetime

    @classmethod
    async def of(
        cls, connection: Connection, people: Iterable[str], addresses: Iterable[str], now: datetime
    ) -> PersonRows:
        """Reads what the list of tables gives, as of one instant.

        Args:
            connection: in a transaction.
            people: the id of a person, and those of who was merged into them.
            addresses: theirs alone.
            now: UTC.
        """
        known: dict[PersonKey, dict[str, None]] = {each: {} for each in PersonKey}
        known[PersonKey.PEOPLE] = dict.fromkeys(people)
        known[PersonKey.ADDRESSES] = dict.fromkeys(addresses)
        for table in PERSONAL_TABLES:
            for column, adds in table.gives.items():
                if adds is not PersonKey.ADDRESSES:
                    parameters = PersonParameters(known)
                    where = table.where.format_map(parameters)
                    # Our own text; what is known travels as parameters.
                    statement = (
                        f"SELECT DISTINCT {column}::text AS found FROM {table.name} "  # noqa: S608
                        f"WHERE ({where}) AND {column} IS NOT NULL ORDER BY 1"
                    )
                    rows = await connection.fetch(statement, *parameters.values_in_order)
                    known[adds].update(dict.fromkeys(str(row["found"]) for row in rows))
        kinds = await queries.column_kinds(connection)
        empty = {
            (row.table_name, row.column_name): "NULL" if row.is_nullable else _NOTHING[row.kind]
            for row in kinds
            if row.is_nullable or row.kind in _NOTHING
        }
        return cls({key: list(values) for key, values in known.items()}, empty, now)

    async def erase_some(self, connection: Connection, table: PersonalTable, most: int) -> int:
        """Erases at most so many rows of a table, and returns how many; 0: nothing is left.

        Args:
            connection: in a transaction.
            table: whose rows do not simply stay.
            most: rows.
        """
        parameters = PersonParameters(self.known, self.now)
        values = self._values(table)
        chosen = (
            f"ctid = ANY(ARRAY(SELECT ctid FROM {table.name} "  # noqa: S608 - our own text
            f"WHERE {self._left(table, values)} LIMIT {most:d} FOR UPDATE))"
        )
        if table.erasing.act is EraseAct.DELETE:
            statement = f"DELETE FROM {table.name} WHERE {chosen}"  # noqa: S608
        else:
            written = ", ".join(f"{column} = {value}" for column, value in values.items())
            statement = f"UPDATE {table.name} SET {written} WHERE {chosen}"  # noqa: S608
        statement = statement.format_map(parameters)
        done = await connection.execute(statement, *parameters.values_in_order)
        return int(done.rpartition(" ")[2])

    async def left(self, connection: Connection, table: PersonalTable) -> int:
        """How many rows of a table are still to be erased."""
        if table.erasing.act is EraseAct.KEEP:
            return 0
        return await self._count(connection, table.name, self._left(table, self._values(table)))

    async def kept(self, connection: Connection, table: PersonalTable) -> int:
        """How many rows of a table are about the person, emptied or not."""
        return await self._count(connection, table.name, table.erasing.where or table.where)

    async def _count(self, connection: Connection, name: str, condition: str) -> int:
        parameters = PersonParameters(self.known, self.now)
        statement = f"SELECT count(*) FROM {name} WHERE {condition}".format_map(parameters)  # noqa: S608
        return int(await connection.fetchval(statement, *parameters.values_in_order))

    def _left(self, table: PersonalTable, values: Mapping[str, str]) -> str:
        where = f"({table.erasing.where or table.where})"
        if table.erasing.act is EraseAct.DELETE:
            return where
        differs = " OR ".join(f"{column} IS DISTINCT FROM ({value})" for column, value in values.items())
        return f"{where} AND ({differs})"

    def _values(self, table: PersonalTable) -> dict[str, str]:
        """The new value of each column that changes."""
        erasing = table.erasing
        names = dict.fromkeys((*table.personal, *erasing.also, *erasing.values))
        return {name: erasing.values.get(name) or self.empty[table.name, name] for name in names}
