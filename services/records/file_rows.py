"""A file whose columns are known, as rows of records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.files.columns import OWNER
from adapters.files.dates import dates_of
from adapters.files.open_file import full_row
from services.records.file_owners import FileOwners
from services.records.import_rows import Cells, FileRow, read_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from adapters.files.columns import Columns
    from adapters.files.dates import Dates, Order
    from adapters.files.open_file import RowsFile
    from sequences.records.catalogue import Catalogue


@dataclass(frozen=True)
class FileTable:
    """A file, and how its cells become records.

    Attributes:
        kind: ``person | placement | client | owner``.
        owners: whom a cell can mean by an address or a name.
    """

    source: RowsFile
    columns: Columns
    kind: str
    known: Catalogue
    dates: Dates
    owners: FileOwners = field(default_factory=FileOwners)

    def rows(self, zone: ZoneInfo) -> Iterator[FileRow]:
        """Each row, read; ``zone`` is the organisation's."""
        source, columns = self.source, self.columns
        for line, cells in source.read():
            row = full_row(source, cells)
            if row is None:
                yield FileRow(line, refused=f"has {len(cells)} cells, the header {len(source.header)}")
                continue
            for index in columns.dates:
                row[index] = self.dates.read(row[index])
            fields = {name: row[index] for index, name in columns.fields.items()}
            if OWNER in fields:
                fields[OWNER] = self.owners.id_of(fields[OWNER])
            told = Cells(
                row[columns.id],
                fields,
                {name: row[index] for index, name in columns.events.items()},
                [(source.header[index], each, row[index]) for index, each in columns.opt_outs.items()],
                row[columns.at] if columns.at is not None else "",
                row[columns.country] if columns.country is not None else "",
            )
            yield read_row(line, self.kind, told, self.known, zone)


def dates_in(source: RowsFile, columns: Columns, told: Order | None) -> Dates:
    """How the dates of the file are read; it is read once for it.

    Raises:
        SettingsError: they can be read in two ways.
    """
    cells = (
        (line, source.header[index], row[index])
        for line, row in source.read()
        for index in sorted(columns.dates)
        if index < len(row)
    )
    return dates_of(cells, told)
