"""Takes away the lines that we ourselves sent: we know exactly what we wrote, whatever marks a mail program used."""

from __future__ import annotations

_MIN_LETTERS = 8
_MIN_INSIDE = 20
_MAX_PARENT = 200_000


def _letters(line: str) -> str:
    return "".join(char for char in line.casefold() if char.isalnum())


def without_own_lines(lines: list[str], parent_text: str) -> list[str]:
    """Drops lines that stand in ``parent_text``, whole or as part of a line that was wrapped differently.

    Only below the first line that is the author's: somebody who answers by repeating a line of ours means it.
    Short lines ("Thanks") are never taken for ours.
    """
    parent = parent_text[:_MAX_PARENT]
    whole = {folded for line in parent.split("\n") if len(folded := _letters(line)) >= _MIN_LETTERS}
    joined = _letters(parent)
    out: list[str] = []
    written = False
    for line in lines:
        folded = _letters(line[:2_000])
        ours = folded in whole or (len(folded) >= _MIN_INSIDE and folded in joined)
        if written and ours:
            continue
        written = written or (bool(folded) and not ours)
        out.append(line)
    return out
