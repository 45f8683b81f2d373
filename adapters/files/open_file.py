"""Opens a file of rows, whatever program wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.files.csv_file import open_csv
from adapters.files.sheet_file import is_workbook, open_sheet
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class RowsFile(Protocol):
    """A file that names its columns and can be read to its end, as often as one likes.

    Attributes:
        rows: how many there are below the header, blank ones left out.
        delimiter: of what is written about it as CSV.
    """

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    def rows(self) -> int:
        """See the class."""

    @property
    def delimiter(self) -> str:
        """See the class."""

    def read(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header with the line, or the number, of each."""


def open_rows(path: Path, encoding: str | None, sheet: str | None) -> RowsFile:
    """Opens a workbook or a CSV file.

    Raises:
        SettingsError: it cannot be used, or an option does not fit it; the message says why.
    """
    if is_workbook(path):
        return open_sheet(path, sheet)
    if sheet is not None:
        raise SettingsError(f"--sheet: {path.name} is not a workbook")
    return open_csv(path, encoding)


def full_row(source: RowsFile, cells: list[str]) -> list[str] | None:
    """The row as wide as the header; None when it has more cells with something in them: it has slipped.

    Programs leave out empty cells at the end of a row, or add some.
    """
    wide = len(source.header)
    if any(cell.strip() for cell in cells[wide:]):
        return None
    return [*cells[:wide], *[""] * (wide - len(cells))]
