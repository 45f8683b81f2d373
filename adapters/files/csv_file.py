"""A CSV file as somebody exported it: its encoding, its delimiter, its rows."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 1 << 16
_LOOKED_AT = 1 << 10
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MARKUP = re.compile(r"\s*<(?:[?!]|html|table|head|body|meta|div|style)", re.IGNORECASE)
# What keeps a spreadsheet from taking a text for a number or a formula, and is none of it: ="0171" and '+44.
_AS_TEXT = re.compile(r'="(.*)"|\'(?=[=+@-])(.*)', re.DOTALL)
# What Excel reads and writes to say which delimiter the file has.
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class CsvFile:
    """A file that can be read to its end.

    Attributes:
        rows: how many there are below the header, blank ones left out.
        above: lines above the header: Excel's ``sep=`` line and blank ones.
    """

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: int
    above: int = 0

    def read(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header with the line that each begins on."""
        return _below_header(self.path, self.encoding, self.delimiter, self.above)


def open_csv(path: Path, encoding: str | None) -> CsvFile:
    """Reads the whole file once before anything of it is used, so that a broken one is refused as a whole.

    Args:
        path: of the file.
        encoding: as somebody said; None: what its first bytes say, else UTF-8.

    Raises:
        SettingsError: it cannot be read, decoded or taken apart; the message says where.
    """
    try:
        encoding = _encoding(path, encoding)
        _check_encoding(path, encoding)
        told = _sep_line(path, encoding)
        above = _above(path, encoding, told is not None)
        delimiter, header = _header(path, encoding, told, above)
        if not any(cell.strip() for cell in header):
            raise SettingsError(f"{path.name}: the first line must name the columns")
        if _MARKUP.match(header[0]):
            raise SettingsError(
                f"{path.name}: is a web page or XML (some programs export these as .xls); open it in the "
                "spreadsheet program and save it as a workbook (.xlsx) or as CSV"
            )
        rows = sum(1 for _ in _below_header(path, encoding, delimiter, above))
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    return CsvFile(path, encoding, delimiter, header, rows, above)


def _encoding(path: Path, told: str | None) -> str:
    with path.open("rb") as file:
        begins = file.read(_LOOKED_AT)
    if told is not None:
        plain = told.lower().replace("_", "-")
        return "utf-8-sig" if plain in ("utf-8", "utf8") else told
    for mark, name in _MARKS:
        if begins.startswith(mark):
            return name
    # Without a mark of byte order every second byte of Latin text is zero, and no text in UTF-8 has one.
    if begins[1::2].count(0) > len(begins) // 4:
        return "utf-16-le"
    return "utf-16-be" if begins[::2].count(0) > len(begins) // 4 else "utf-8-sig"


def _check_encoding(path: Path, encoding: str) -> None:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise SettingsError("--encoding: unknown encoding; common ones are utf-8, utf-16 and cp1252") from error
    offset, lines = 0, 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            held = len(decoder.getstate()[0])
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                byte = offset - held + error.start
                line = lines + error.object[: error.start].count(b"\n")
                raise SettingsError(
                    f"{path.name}: byte {byte + 1}, in line {line}, is not {encoding.removesuffix('-sig').upper()}; "
                    "give the encoding of the file, such as --encoding cp1252 or --encoding utf-16"
                ) from error
            offset += len(chunk)
            if not chunk:
                return


def _sep_line(path: Path, encoding: str) -> str | None:
    """The delimiter that a first line ``sep=;`` names, or None when there is no such line."""
    with path.open(encoding=encoding) as file:
        found = _SEP_LINE.fullmatch(file.readline(_LOOKED_AT))
    return found[1] if found else None


def _above(path: Path, encoding: str, sep: bool) -> int:
    """How many lines stand above the first that says something, behind a ``sep=`` line."""
    with path.open(encoding=encoding) as file:
        lines = enumerate(file)
        if sep:
            next(lines)
        return next((number for number, line in lines if line.strip()), int(sep))


def _header(path: Path, encoding: str, told: str | None, above: int) -> tuple[str, tuple[str, ...]]:
    """The delimiter, as told or the one that makes most columns of the header, and the header."""
    headers: list[tuple[str, tuple[str, ...]]] = []
    for delimiter in (told,) if told else _DELIMITERS:
        with path.open(encoding=encoding, newline="") as file:
            lines = csv.reader(file, delimiter=delimiter)
            for _ in range(above):
                next(lines, None)
            headers.append((delimiter, tuple(next(lines, []))))
    return max(headers, key=lambda found: len(found[1]))


def _said(cell: str) -> str:
    found = _AS_TEXT.fullmatch(cell.strip()) if cell.lstrip()[:1] in ("=", "'") else None
    return cell if found is None else found[1] if found[1] is not None else found[2]


def _below_header(path: Path, encoding: str, delimiter: str, above: int) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        begins = 1
        try:
            for number, row in enumerate(reader):
                if number > above and any(cell.strip() for cell in row):
                    yield begins, [_said(cell) for cell in row]
                begins = reader.line_num + 1
        except csv.Error as error:
            raise SettingsError(f"{path.name}: line {begins} is not valid CSV ({error})") from error
