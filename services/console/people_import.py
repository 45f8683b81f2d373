"""Importing from a file: its columns with what they probably are, and some of its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from adapters.files.columns import ID, fields_to_choose, plain_name, proposed_columns
from adapters.postgres import queries
from sequences.errors import SettingsError
from sequences.records.opt_out_columns import TARGETS
from services.drafts.draft import mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection
    from sequences.records.catalogue import Catalogue
    from services.records.people_file import PeopleFile
    from services.records.people_import import CheckedRow, ImportCheck

SHOWN: Final = 3
PAGE: Final = 50
"""Rows that were tried, on one page."""
ENROLLS: Final = "enrolls"
_NOT: Final = "not-"
_TROUBLE: Final = "trouble-"
_BY_MEANING: Final = {each: name for name, each in reversed(TARGETS.items())}
_FIRST_NAMES: Final[Mapping[str, str]] = {name: _BY_MEANING[each] for name, each in TARGETS.items()}
"""Of names for the same opt-out, the first of them."""


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
                _FIRST_NAMES.get(field := chosen.get(name, "") if chosen else proposed.get(place, ""), field),
            )
            for place, name in enumerate(source.header)
            if name.strip()
        )
        return PeopleFileColumns(columns, source.rows)


@dataclass(frozen=True)
class ShownRows:
    """A page of the rows behind a number of what would happen; ``following`` is where the next one begins, 0: nowhere.

    Attributes:
        which: as in ``rows_behind``.
        number: how many there are.
    """

    which: str
    rows: tuple[CheckedRow, ...]
    number: int
    following: int


def which_not_enrolled(words: str) -> str:
    """Names the rows of those who would not be enrolled for a reason."""
    return _NOT + mark_of(words)


def which_trouble(what: str, reason: str) -> str:
    """Names the rows with which the same is wrong."""
    return _TROUBLE + mark_of(f"{what} {reason}")


def rows_behind(check: ImportCheck, which: str, start: int) -> ShownRows:
    """The rows that a number counts: the numbers are made of the same rows.

    Args:
        check: what would happen.
        which: a state, ``ENROLLS``, or of ``which_not_enrolled`` or ``which_trouble``; empty: all, refused ones first.
        start: of the page, counted from 0.
    """
    rows: Sequence[CheckedRow] = [each for each in check.rows if not which or which in _names_of(each)]
    if not which:
        rows = sorted(rows, key=lambda row: row.status != "refused")
    shown = tuple(rows[start : start + PAGE])
    return ShownRows(which, shown, len(rows), start + PAGE if start + PAGE < len(rows) else 0)


def _names_of(row: CheckedRow) -> set[str]:
    found = {row.status, *(which_trouble(*each) for each in row.troubles)}
    return found | ({ENROLLS} if row.enrolls else set()) | ({which_not_enrolled(row.why_not)} if row.why_not else set())


def choices_of_columns(
    columns: PeopleFileColumns, kind: str, given: Mapping[int, str], words: Mapping[str, str]
) -> dict[str, str]:
    """Header to field, as somebody chose them.

    Args:
        columns: of the file.
        kind: what the rows are.
        given: field by the place of its column.
        words: what people call each field.

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
        raise SettingsError(f"two columns are “{words.get(twice, twice)}”; choose one of them")
    if ID not in fields:
        raise SettingsError(f"choose the column with the id of the {kind} in the CRM")
    return chosen


def field_choices(kind: str, known: Catalogue) -> list[tuple[str, str]]:
    """What a column can be, with what the catalogue of fields calls it; opt-outs come last, and only people have them.

    Of several names of one opt-out it has the first.
    """
    fields = sorted(fields_to_choose(kind, known), key=lambda each: (each[0] != ID, each[1].casefold()))
    opt_outs = dict.fromkeys(_FIRST_NAMES.values()) if kind == "person" else ()
    return [*fields, *((name, name) for name in opt_outs)]


async def sequences_to_enroll_in(connection: Connection, kind: str) -> list[tuple[str, str]]:
    """Sequences about such records, by name and title; of clients there are none."""
    return [(row.sequence, row.name) for row in await queries.sequences_to_enroll_in(connection, record=kind)]
