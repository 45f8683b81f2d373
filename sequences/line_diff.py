"""What differs between two texts, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_AROUND: Final = 3


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison.

    Attributes:
        sign: ``+`` only the newer text has it, ``-`` only the older one, a blank both, ``~`` lines that are the same
            are left out here.
        text: of the line; empty for what is left out.
        before: its number in the older text, counted from 1; None: it is not there.
        after: its number in the newer text.
    """

    sign: Literal["+", "-", " ", "~"]
    text: str
    before: int | None = None
    after: int | None = None


def line_diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """The lines that differ, with a few around them; nothing when the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(_lines(matcher, old, new))


def _lines(matcher: SequenceMatcher[str], old: list[str], new: list[str]) -> Iterator[DiffLine]:
    at = 0
    for group in matcher.get_grouped_opcodes(_AROUND):
        if group[0][1] > at:
            yield DiffLine("~", "")
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                for shift in range(old_end - old_start):
                    number = old_start + shift
                    yield DiffLine(" ", old[number], number + 1, new_start + shift + 1)
                continue
            yield from (DiffLine("-", old[each], before=each + 1) for each in range(old_start, old_end))
            yield from (DiffLine("+", new[each], after=each + 1) for each in range(new_start, new_end))
        at = group[-1][2]
    if at < len(old) and at:
        yield DiffLine("~", "")
