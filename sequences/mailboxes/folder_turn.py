"""Which folders of a mailbox are read in one look, where each folder is asked about by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUIET_AT_ONCE: Final = 10
"""So many folders in which nothing seems to have come are read in a look as well: a count can hide that one mail came
and another one left."""


def folders_in_turn(
    there: Mapping[str, int], read: Mapping[str, int], always: Sequence[str], quiet: int = QUIET_AT_ONCE
) -> list[str]:
    """The folders that a look reads, in their order.

    Args:
        there: folders that exist now, with how many messages each holds.
        read: folders that were read before, with how many messages each held then; the one that was read longest ago
            is first.
        always: folders that are read in each look, where they exist.
        quiet: most folders of the same count that are read besides.

    Returns:
        Those of ``always``; then new folders and those with another count; then those that were read longest ago.
    """
    first = [each for each in dict.fromkeys(always) if each in there]
    others = [each for each in there if each not in first]
    changed = [each for each in others if read.get(each) != there[each]]
    unchanged = [each for each in read if each in there and each not in first and read[each] == there[each]]
    return [*first, *changed, *unchanged[:quiet]]
