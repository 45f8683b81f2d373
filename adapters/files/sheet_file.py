"""A sheet of a workbook as somebody exported it (.xlsx, .xlsm, .xlsb, .xls, .ods), read as rows of texts."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from sequences.author_messages import did_you_mean
from sequences.errors import SettingsError
from sequences.records.equal_values import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_FAR_CELL = re.compile(rb'<c[^<>]{0,40}? r="([A-Z]{3}[0-9]{1,7})"')
_LONGEST_NAME = 64
_CHUNK = 1 << 20
Rows = list[list[str]]
Ranges = tuple[tuple[tuple[int, int], tuple[int, int]], ...]
"""First and last cell (row, column), counted from 0, of each group of merged cells."""


@dataclass(frozen=True)
class SheetFile:
    """One sheet; its rows are numbered as the program that shows it numbers them.

    Attributes:
        sheet: its name.
        rows: how many there are below the header, blank ones left out.
        delimiter: of what is written about it as CSV.
    """

    path: Path
    sheet: str
    header: tuple[str, ...]
    rows: int
    cells: tuple[tuple[int, list[str]], ...]
    delimiter: str = ","

    def read(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header with their numbers."""
        return ((number, list(row)) for number, row in self.cells)


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook by its first bytes, whatever it is called.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(4) in (_ZIP, _OLE)
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error


def open_sheet(path: Path, wanted: str | None) -> SheetFile:
    """Reads the sheet of that name; without a name the only one that is shown and has rows.

    A cell has the value that it shows: of a formula the one that was last computed, a date and a number in plain form.

    Raises:
        SettingsError: it cannot be opened, has no such sheet, or several that could be meant.
    """
    try:
        _refuse_far_cells(path)
        with CalamineWorkbook.from_path(path) as book:
            sheet = _chosen(path, book, wanted)
            rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            merged = tuple(sheet.merged_cell_ranges or ())
    except PasswordError as error:
        raise SettingsError(f"{path.name}: is locked with a password; save it without one") from error
    except (CalamineError, zipfile.BadZipFile, zlib.error, OSError) as error:
        raise SettingsError(f"{path.name}: cannot be read as a workbook ({type(error).__name__})") from error
    header, below = _header(path, rows, merged)
    cells = tuple((number + 1, row) for number, row in enumerate(rows) if number >= below and any(map(str.strip, row)))
    return SheetFile(path, sheet.name, header, len(cells), cells)


def _refuse_far_cells(path: Path) -> None:
    """A lost space in the last column would make the reader ask for memory for every cell up to there, and abort."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if not _SHEET.fullmatch(name):
                continue
            kept = b""
            with parts.open(name) as part:
                while chunk := part.read(_CHUNK):
                    found = _FAR_CELL.search(kept + chunk)
                    if found is not None:
                        cell = found[1].decode()
                        raise SettingsError(
                            f"{path.name}: a sheet has a value in the cell {cell}, far from the table; delete those "
                            f"columns and save it again"
                        )
                    kept = chunk[-_LONGEST_NAME:]


def _chosen(path: Path, book: CalamineWorkbook, wanted: str | None) -> CalamineSheet:
    names = [each.name for each in book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    if wanted is not None:
        by_plain = {name.strip().casefold(): name for name in names}
        name = by_plain.get(wanted.strip().casefold())
        if name is None:
            hint = did_you_mean(wanted, names)
            raise SettingsError(f"--sheet {wanted!r}: {path.name} has no such sheet.{hint} It has: {_quoted(names)}")
        return book.get_sheet_by_name(name)
    shown = {each.name for each in book.sheets_metadata if each.visible is SheetVisibleEnum.Visible}
    sheets = [book.get_sheet_by_name(name) for name in names if name in shown]
    filled = [sheet for sheet in sheets if sheet.start is not None]
    if not filled:
        raise SettingsError(f"{path.name}: all sheets are empty")
    if len(filled) > 1:
        raise SettingsError(
            f"{path.name} has {len(filled)} sheets with values; choose one with --sheet: "
            f"{_quoted([sheet.name for sheet in filled])}"
        )
    return filled[0]


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _text(cell: Any) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return number_text(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def _header(path: Path, rows: Rows, merged: Ranges) -> tuple[tuple[str, ...], int]:
    """The names of the columns, and the index of the first row below them.

    Titles above (one cell, merged or not, over a table of several columns) are passed over. Merged cells that stand
    over names of their own (``Name`` over ``First`` and ``Last``) give way to those.
    """
    at = _first(rows, 0)
    while at is not None and _is_title(rows, at, merged):
        at = _first(rows, at + 1)
    if at is None:
        raise SettingsError(f"{path.name}: no row names the columns")
    wide = [(first, last) for first, last in merged if first[0] == at and last[1] > first[1]]
    tall = [(first, last) for first, last in merged if first[0] == at and last[0] > first[0]]
    if not wide:
        return tuple(rows[at]), max([at, *(last[0] for _, last in tall)]) + 1
    spread = list(rows[at])
    for first, last in wide:
        spread[first[1] : last[1] + 1] = [rows[at][first[1]]] * (last[1] - first[1] + 1)
    under = rows[at + 1] if at + 1 < len(rows) else []
    if not tall:
        covered = [column for first, last in wide for column in range(first[1] + 1, last[1] + 1)]
        if any(column < len(row) and row[column].strip() for row in rows[at + 1 :] for column in covered):
            name = rows[at][wide[0][0][1]]
            raise SettingsError(f"{path.name}: the header {name!r} is merged over several columns; name each column")
        return tuple(rows[at]), at + 1
    names = [below.strip() or above for above, below in zip(spread, under, strict=True)]
    often = Counter(name.casefold() for name in names)
    return tuple(
        f"{above} {below}".strip() if below.strip() and often[below.strip().casefold()] > 1 else name
        for above, below, name in zip(spread, under, names, strict=True)
    ), at + 2


def _first(rows: Rows, after: int) -> int | None:
    return next((at for at in range(after, len(rows)) if any(map(str.strip, rows[at]))), None)


def _is_title(rows: Rows, at: int, merged: Ranges) -> bool:
    """One cell alone in its row, where the rows below have more: it names the table, not a column."""
    if sum(bool(cell.strip()) for cell in rows[at]) > 1:
        return False
    below = _first(rows, at + 1)
    over_all = any(first[0] == at and last[1] > first[1] for first, last in merged)
    return below is not None and (over_all or sum(bool(cell.strip()) for cell in rows[below]) > 1)
