"""Importing from a file: its columns with what they probably are, and some of its values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from adapters.files.columns import ID, fields_to_choose, plain_name, proposed_columns
from adapters.postgres import queries
from sequences.errors import SettingsError
from sequences.records.opt_out_columns import TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from sequences.records.catalogue import Catalogue
    from services.records.people_file import PeopleFile

SHOWN: Final = 3
LINES: Final = 50
"""Of the rows that were tried, so many are shown."""


@dataclass(frozen=True)
class FileColumn:
    """A column.

    Attributes:
        place: counted from 0.
        values: of the first rows.
        field: what it is; empty: it is left out.
    """

    place: int
    name: str
    values: tuple[str, ...]
    field: str


@dataclass(frozen=True)
class PeopleFileColumns:
    """What a file holds; ``rows`` counts them."""

    columns: tuple[FileColumn, ...]
    rows: int


def file_columns(file: PeopleFile, known: Catalogue) -> PeopleFileColumns:
    """The columns of a file, as they were chosen, else as their names say.

    Raises:
        SettingsError: the file cannot be used.
    """
    with file.opened() as source:
        first = [row for _, row in islice(source.read(), SHOWN)]
        proposed = proposed_columns(source.header, file.choices.kind, known)
        chosen = file.choices.columns
        columns = tuple(
            FileColumn(
                place,
                name,
                tuple(row[place] for row in first if place < len(row) and row[place].strip()),
                chosen.get(name, "") if chosen else proposed.get(place, ""),
            )
            for place, name in enumerate(source.header)
            if name.strip()
        )
        return PeopleFileColumns(columns, source.rows)


def choices_of_columns(columns: PeopleFileColumns, kind: str, given: Mapping[int, str]) -> dict[str, str]:
    """Header to field, as somebody chose them; ``kind`` is what the rows are.

    Raises:
        SettingsError: two columns have one name or one field, or no column has the id.
    """
    chosen = {each.name: given.get(each.place, "") for each in columns.columns}
    names = Counter(plain_name(each.name) for each in columns.columns)
    double = next((each.name for each in columns.columns if names[plain_name(each.name)] > 1), None)
    if double is not None:
        raise SettingsError(f"two columns are called {double}; give them different names in the file")
    fields = Counter(field for field in chosen.values() if field and field not in TARGETS)
    twice = next((field for field, number in fields.items() if number > 1), None)
    if twice is not None:
        raise SettingsError(f"two columns are {twice.replace('_', ' ')}; choose one of them")
    if ID not in fields:
        raise SettingsError(f"choose the column with the id of the {kind} in the CRM")
    return chosen


def field_choices(kind: str, known: Catalogue) -> list[tuple[str, str]]:
    """What a column can be, with what people call it; opt-outs come last, and only people have them."""
    fields = sorted(fields_to_choose(kind, known), key=lambda each: (each[0] != ID, each[1].casefold()))
    opt_outs = TARGETS if kind == "person" else ()
    return [*fields, *((name, name.replace("_", " ").replace(".", ": ")) for name in opt_outs)]


async def sequences_to_enroll_in(connection: Connection, kind: str) -> list[tuple[str, str]]:
    """Sequences about such records, by name and title; of clients there are none."""
    return [(row.sequence, row.name) for row in await queries.sequences_to_enroll_in(connection, record=kind)]
