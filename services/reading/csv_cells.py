"""Cells of a file for spreadsheets."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """The text of a cell: a spreadsheet would run some as a formula.

    >>> harmless("=1+1"), harmless("Ann")
    ("'=1+1", 'Ann')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
