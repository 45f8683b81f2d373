"""Tables of the command line: whatever the width of the terminal, ids stand in one piece and no column is empty.

In a terminal, ids are as short as they may be typed. What does not fit beside the first columns follows under its row;
so a command names its columns in the order of their importance, whom it is about first. Without a terminal every row is
one line, as long as it needs to be, with whole ids: for ``grep`` and for files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from starter.cli import output

if TYPE_CHECKING:
    from rich.console import Console

_GAP: Final = 2
_INDENT: Final = 4
_WORD: Final = 32
"""Columns up to which a word of plain text stands in one piece: the longest name of a time zone."""
_COMFORT: Final = 24
"""A column of longer texts is never narrower."""
_NAME: Final = 30
"""A column of people is never narrower, unless all their names are."""
_MOST_LINES: Final = 6
"""Of one cell in a terminal; what is cut ends in an ellipsis, and ``--json`` has it all."""
_FAINT: Final = "bright_black"


class Whole(str):
    """A text that is never broken: a name that people type, an address."""

    __slots__ = ()


@dataclass(frozen=True)
class Ident:
    """An id in a table.

    Attributes:
        whole: the id.
        short: a beginning that commands take for it; empty: the whole id.
        name: of whom it names; it stands before the id, which is in brackets then.
    """

    whole: str
    short: str = ""
    name: str = ""


@dataclass(frozen=True)
class _Cell:
    """A value as text, and the narrowest column in which it can stand."""

    text: Text
    least: int

    @property
    def width(self) -> int:
        return max((cell_len(line) for line in self.text.plain.split("\n")), default=0)


@dataclass(frozen=True)
class _Column:
    name: str
    cells: Sequence[_Cell]
    least: int
    width: int
    right: bool


def table(title: object, columns: Sequence[str], rows: Iterable[Iterable[object]], *, empty: str = "") -> None:
    """Prints a table, or ``empty`` when there is nothing to show.

    Args:
        title: above it; nothing when empty.
        columns: their names, the most important first.
        rows: cells are texts, styled texts, numbers, instants, ``Ident``, ``Whole`` or None.
        empty: said in place of a table without rows.
    """
    console = output.console()
    width = output.terminal_width()
    values = [list(row) for row in rows]
    if not values:
        if empty:
            output.say(empty, style=_FAINT)
        return
    if title:
        heading = title if isinstance(title, Text) else output.safe(title)
        heading.stylize("bold")
        console.print(heading, soft_wrap=True)
    made = [_column(name, [row[place] for row in values], width) for place, name in enumerate(columns)]
    for line in _lines(console, [column for column in made if column is not None], len(values), width):
        console.print(line, soft_wrap=True)


def pairs(title: object, rows: Iterable[tuple[str, object]]) -> None:
    """Prints one thing, a line for each of its parts: the label, and a value of which no word is ever broken."""
    console = output.console()
    shown = [(label, output.cell(value)) for label, value in rows]
    room = max((cell_len(label) for label, _ in shown), default=0)
    if title:
        console.print(output.safe(title, "bold"), soft_wrap=True)
    for label, text in shown:
        for number, line in enumerate(output.folded(text, indent=room + _GAP)):
            shown_line = output.safe((label if not number else "").ljust(room + _GAP), _FAINT) + line
            shown_line.rstrip()
            console.print(shown_line, soft_wrap=True)


def _column(name: str, values: Sequence[object], width: int | None) -> _Column | None:
    """None of a column in which nothing stands."""
    cells = [_cell(value, width) for value in values]
    if not any(cell.text.plain.strip() for cell in cells):
        return None
    numbers = all(value is None or (isinstance(value, int) and not isinstance(value, bool)) for value in values)
    least = max(_longest_word(name), *(cell.least for cell in cells))
    return _Column(name, cells, least, max(cell_len(name), *(cell.width for cell in cells)), numbers)


def _cell(value: object, width: int | None) -> _Cell:
    text = _ident(value, short=width is not None) if isinstance(value, Ident) else output.cell(value)
    if width is None:
        one_line = Text(" ").join(text.split("\n"))
        return _Cell(one_line, cell_len(one_line.plain))
    text = Text("\n").join(line for line in text.split("\n") if line.plain.strip())
    cell = _Cell(text, 0)
    if isinstance(value, Whole | datetime):
        return _Cell(text, cell.width)
    if isinstance(value, Ident):
        identity = cell_len(text.plain.rpartition(" ")[2])
        return _Cell(text, max(identity, _longest_word(text.plain, _WORD), min(cell.width, _NAME)))
    return _Cell(text, max(_longest_word(text.plain, _WORD), min(cell.width, _COMFORT)))


def _ident(value: Ident, *, short: bool) -> Text:
    shown = (value.short if short else "") or value.whole
    return output.safe(value.name) + output.safe(f" ({shown})", _FAINT) if value.name else output.safe(shown)


def _longest_word(text: str, most: int | None = None) -> int:
    longest = max(map(cell_len, text.split()), default=0)
    return longest if most is None else min(longest, most)


def _lines(console: Console, columns: Sequence[_Column], rows: int, width: int | None) -> Iterable[Text]:
    if not columns:
        return
    beside, below = _that_fit(columns, width)
    widths = _widths(beside, width)
    names = [_fold(console, Text(column.name, "bold"), given) for column, given in zip(beside, widths, strict=True)]
    yield from _side_by_side(names, beside, widths)
    yield Text((" " * _GAP).join("─" * given for given in widths), _FAINT)
    for row in range(rows):
        cells = [column.cells[row].text for column in beside]
        folded = [_fold(console, text, given) for text, given in zip(cells, widths, strict=True)]
        yield from _side_by_side(folded, beside, widths)
        if width is not None:
            yield from _below(console, below, row, width)


def _that_fit(columns: Sequence[_Column], width: int | None) -> tuple[list[_Column], list[_Column]]:
    """The columns that have room side by side, the first of them always, and the others."""
    beside: list[_Column] = []
    below: list[_Column] = []
    taken = 0
    for column in columns:
        fits = width is None or not beside or taken + column.least <= width
        (beside if fits else below).append(column)
        taken += column.least + _GAP if fits else 0
    return beside, below


def _widths(columns: Sequence[_Column], width: int | None) -> list[int]:
    """Of columns that fit: what is left beyond their least is shared, the smallest wishes first."""
    if width is None:
        return [column.width for column in columns]
    widths = [min(column.least, width) for column in columns]
    left = width - sum(widths) - _GAP * (len(widths) - 1)
    wanting = sorted(range(len(widths)), key=lambda place: columns[place].width - widths[place])
    for number, place in enumerate(wanting):
        more = min(columns[place].width - widths[place], left // (len(wanting) - number))
        widths[place] += more
        left -= more
    return widths


def _fold(console: Console, text: Text, width: int) -> list[Text]:
    if not text.plain:
        return []
    folded = list(text.wrap(console, width, overflow="fold"))
    if len(folded) <= _MOST_LINES:
        return folded
    kept = folded[:_MOST_LINES]
    kept[-1].rstrip()
    kept[-1].truncate(width - 2, overflow="crop")
    kept[-1].append(" …", _FAINT)
    return kept


def _side_by_side(cells: Sequence[list[Text]], columns: Sequence[_Column], widths: Sequence[int]) -> Iterable[Text]:
    for number in range(max(map(len, cells))):
        line = Text()
        for place, (folded, column, given) in enumerate(zip(cells, columns, widths, strict=True)):
            part = folded[number] if number < len(folded) else Text()
            part.rstrip()
            room = " " * (given - cell_len(part.plain))
            line.append(" " * _GAP if place else "")
            line.append_text(Text(room) + part if column.right else part + Text(room))
        line.rstrip()
        yield line


def _below(console: Console, columns: Sequence[_Column], row: int, width: int) -> Iterable[Text]:
    """What had no room beside the others, each with the name of its column."""
    parts = [
        Text(f"{column.name}: ", _FAINT) + Text(" ").join(column.cells[row].text.split("\n"))
        for column in columns
        if column.cells[row].text.plain
    ]
    line = Text()
    for part in parts:
        if line.plain and cell_len(line.plain) + _GAP + cell_len(part.plain) > width - _INDENT:
            yield from _indented(console, line, width)
            line = Text()
        line = line + Text(" " * _GAP) + part if line.plain else part
    if line.plain:
        yield from _indented(console, line, width)


def _indented(console: Console, text: Text, width: int) -> Iterable[Text]:
    for line in _fold(console, text, width - _INDENT):
        line.rstrip()
        yield Text(" " * _INDENT) + line
