"""What went wrong with the rows of a file, counted by reason: four thousand rows have five kinds of trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.records.import_rows import RowResult

EXAMPLES = 5
KINDS = ("row", "field", "warning")
"""In the order in which they are told."""


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
    lines: dict[tuple[str, str], list[int]] = {}
    for result in results:
        # Twice in one row, a trouble is one row.
        for trouble in dict.fromkeys(troubles_of(result)):
            lines.setdefault(trouble, []).append(result.line)
    found = sorted(lines.items(), key=lambda each: (KINDS.index(each[0][0]), -len(each[1]), each[1][0]))
    return [Reason(what, reason, len(at), tuple(at[:EXAMPLES])) for (what, reason), at in found]


def troubles_of(result: RowResult) -> Iterator[tuple[str, str]]:
    """What is wrong with one row: ``what`` and ``reason`` of a ``Reason``."""
    if result.status == "refused":
        yield "row", result.reason
    yield from (("field", reason) for _, reason in result.problems)
    yield from (("warning", warning) for warning in result.warnings)
