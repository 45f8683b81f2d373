"""What went wrong with the rows of a file, counted by reason: four thousand rows have five kinds of trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.records.import_rows import RowResult

EXAMPLES = 5


@dataclass(frozen=True)
class Reason:
    """One kind of trouble.

    Attributes:
        what: ``row`` (refused), ``field`` (left out, the rest of its row is in) or ``warning`` (taken, to be mended).
        reason: in words, without the values.
        count: how many rows have it.
        lines: the first of them.
    """

    what: str
    reason: str
    count: int
    lines: tuple[int, ...]


def reasons_of(results: Iterable[RowResult]) -> list[Reason]:
    """All of them, refused rows first, and the most frequent first."""
    lines: dict[tuple[int, str, str], list[int]] = {}
    for result in results:
        if result.status == "refused":
            lines.setdefault((0, "row", result.reason), []).append(result.line)
        for _, reason in result.problems:
            lines.setdefault((1, "field", reason), []).append(result.line)
        for warning in result.warnings:
            lines.setdefault((2, "warning", warning), []).append(result.line)
    found = sorted(lines.items(), key=lambda each: (each[0][0], -len(each[1]), each[1][0]))
    return [Reason(what, reason, len(at), tuple(at[:EXAMPLES])) for (_, what, reason), at in found]
