"""Which tests stay in one process, and which files run beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TORCH: Final = "with torch"
_WITH_TORCH: Final = ("tests/integration/adapters/sentiment/", "tests/integration/starter/cli/test_sentiment.py")
_HEAVY: Final = ("tests/e2e/", "tests/browser/", _TORCH)
MOST_HEAVY: Final = 2
"""Files at once that start a whole stack, a browser or a model: with one in each process all wait for the processor."""


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """A file is one unit of work; so are those for which each process would import torch and Flair."""

    def _split_scope(self, nodeid: str) -> str:
        return _TORCH if nodeid.startswith(_WITH_TORCH) else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: object) -> None:
        others = [work for each, work in self.assigned_work.items() if each is not node]
        self.workqueue.move_to_end(following(self.workqueue, sum(map(holds_heavy, others))), last=False)
        super()._assign_work_unit(node)


def following(waiting: Iterable[str], heavy: int) -> str:
    """The unit that a process takes next: the first, or the first light one where enough others have a heavy one."""
    units = list(waiting)
    light = (unit for unit in units if not unit.startswith(_HEAVY))
    return next(light, units[0]) if heavy >= MOST_HEAVY else units[0]


def holds_heavy(work: Mapping[str, Mapping[str, bool]]) -> bool:
    """Whether a process has something heavy before it, of what it was given: by unit, which tests are done."""
    return any(unit.startswith(_HEAVY) and not all(done.values()) for unit, done in work.items())
