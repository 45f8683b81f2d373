"""A list that people page through, as a table or as JSON: what ``relance tasks``, ``leads`` and their like share."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.session import open_database, run

_R = TypeVar("_R", bound="Row")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from adapters.postgres.paging import Listing
    from adapters.postgres.row import Row
    from starter.cli.row_names import RowNames

_KEYS = {
    IdKind.PERSON: "person_id",
    IdKind.OWNER: "owner_id",
    IdKind.ENROLLMENT: "enrollment_id",
    IdKind.BATCH: "batch_id",
    IdKind.REACTION: "reply",
}


@dataclass(frozen=True)
class ListTable(Generic[_R]):
    """How a list looks.

    Attributes:
        listing: which list.
        title: above the table.
        columns: their names.
        cells: what a row shows, one cell a column.
        empty: said in place of a table without rows.
        in_json: what ``--json`` has of a row; empty: everything.
        own_id: what the ``id`` of a row names, where people type it.
    """

    listing: Listing[_R]
    title: str
    columns: tuple[str, ...]
    cells: Callable[[_R, RowNames], Iterable[object]]
    empty: str
    in_json: tuple[str, ...] = ()
    own_id: IdKind | None = None

    def show(self, limit: int, *, as_json: bool, asked: Mapping[str, object] | None = None) -> None:
        """Prints the first rows; ``asked`` are values of the list's filters."""
        rows, names = run(self._read(limit, asked or {}))
        if as_json:
            output.print_json([{key: getattr(row, key) for key in self.in_json or row.__slots__} for row in rows])
        else:
            tables.table(self.title, self.columns, (self.cells(row, names) for row in rows), empty=self.empty)

    async def _read(self, limit: int, wanted: Mapping[str, object]) -> tuple[list[_R], RowNames]:
        from adapters.postgres.paging import page
        from services.reading.id_prefix import whole_id
        from starter.cli.row_names import shown

        async with open_database() as database, database.transaction() as connection:
            # The first page is all: of people, those whom the CRM has not deleted.
            asked = dict(wanted) | ({"gone": False} if "gone" in self.listing.filters else {})
            if "owner" in asked:
                asked["owner"] = await whole_id(connection, IdKind.OWNER, str(asked["owner"]))
            rows = (await page(connection, self.listing, asked, limit=limit)).rows
            ids = {kind: [getattr(row, key, None) for row in rows] for kind, key in _KEYS.items()}
            if self.own_id is not None:
                ids[self.own_id] = [getattr(row, "id", None) for row in rows]
            return rows, await shown(connection, ids)
