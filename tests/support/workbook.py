"""Workbooks for tests, written by hand (ECMA-376): what a library that writes them would not let us write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import escape

Cell = str | bool | int | float | date | datetime | tuple[str, str | int] | None
"""A tuple is a formula and the value that it had when the workbook was saved."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# The formats of cells: plain, a date, a date with its time.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts><cellXfs count="3"><xf numFmtId="0"/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Cell]]], merged: Sequence[str] = (), hidden: Sequence[str] = ()
) -> bytes:
    """The bytes of a workbook; ``merged`` are ranges of its first sheet, such as ``B1:C1``."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        names = list(sheets)
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            for n in range(1, len(names) + 1)
        )
        parts.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>',
        )
        parts.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        parts.writestr(
            "xl/_rels/workbook.xml.rels",
            _relations(
                [*(("worksheet", f"worksheets/sheet{n + 1}.xml") for n in range(len(names))), ("styles", "styles.xml")]
            ),
        )
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}" state="{_state(name, hidden)}"/>'
            for n, name in enumerate(names, 1)
        )
        parts.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>'
        )
        parts.writestr("xl/styles.xml", _STYLES)
        for n, name in enumerate(names, 1):
            parts.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(sheets[name], merged if n == 1 else ()))
    return file.getvalue()


def _state(name: str, hidden: Sequence[str]) -> str:
    return "hidden" if name in hidden else "visible"


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="r{n}" Type="{_REL}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _sheet(rows: Sequence[Sequence[Cell]], merged: Sequence[str]) -> str:
    body = ""
    for at, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{_letters(column)}{at}", value) for column, value in enumerate(row, 1))
        body += f'<row r="{at}">{cells}</row>'
    ranges = "".join(f'<mergeCell ref="{each}"/>' for each in merged)
    more = f'<mergeCells count="{len(merged)}">{ranges}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>{more}</worksheet>'


def _letters(column: int) -> str:
    return (_letters((column - 1) // 26) if column > 26 else "") + chr(65 + (column - 1) % 26)


def _cell(place: str, value: Cell) -> str:
    match value:
        case None:
            return ""
        case (formula, shown):
            kind = ' t="str"' if isinstance(shown, str) else ""
            return f'<c r="{place}"{kind}><f>{escape(formula)}</f><v>{escape(str(shown))}</v></c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case datetime():
            return (
                f'<c r="{place}" s="2"><v>{(value - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1)!r}</v></c>'
            )
        case date():
            return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value!r}</v></c>'
        case _:
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
