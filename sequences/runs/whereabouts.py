"""Where the workflow of a row is, as Temporal says, and the words for it when it is not there any more.

Temporal is asked by id, never through its lists: those lag, and nothing may be decided by them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final


class Whereabouts(enum.StrEnum):
    """What became of the workflow of one run or window."""

    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"
    TIMED_OUT = "timed_out"
    GONE = "gone"
    """Temporal does not know it: deleted, past its retention, or another namespace."""
    REPLACED = "replaced"
    """The open workflow of that id belongs to another row."""


_ENDED_OUTSIDE: Final = "ended outside: "
_WORDS: Final = {
    Whereabouts.COMPLETED: "its workflow is over in Temporal",
    Whereabouts.FAILED: "its workflow failed in Temporal",
    Whereabouts.CANCELLED: "cancelled in Temporal",
    Whereabouts.TERMINATED: "terminated in Temporal",
    Whereabouts.TIMED_OUT: "timed out in Temporal",
    Whereabouts.GONE: "Temporal does not know its workflow any more",
    Whereabouts.REPLACED: "its workflow in Temporal belongs to another run",
}


def ended_outside(found: Whereabouts) -> str:
    """The reason of a row that closes because its workflow is not there any more.

    >>> ended_outside(Whereabouts.TERMINATED)
    'ended outside: terminated in Temporal'
    """
    return f"{_ENDED_OUTSIDE}{_WORDS[found]}"


def is_ended_outside(reason: str | None) -> bool:
    """Whether a run closed because its workflow was not there any more."""
    return bool(reason) and str(reason).startswith(_ENDED_OUTSIDE)


@dataclass(frozen=True)
class OpenWorkflow:
    """An open workflow, as a list of Temporal names it; the list may lag.

    Attributes:
        workflow_id: such as ``enrollment:{sequence}:{record}``.
        run_id: of this execution.
        started_at: UTC; of this execution.
        enrollment: that it runs for; empty when its start did not say so, as those of 0.1 do not.
    """

    workflow_id: str
    run_id: str
    started_at: datetime
    enrollment: str = ""


@dataclass(frozen=True)
class WorkflowRef:
    """One execution, open or over.

    Attributes:
        workflow_id: such as ``enrollment:{sequence}:{record}``.
        run_id: of this execution.
        is_open: as a list of Temporal says, which may lag.
    """

    workflow_id: str
    run_id: str
    is_open: bool


_MANY: Final = 20
"""Fewer than this may all be gone at once without anything being wrong with the settings."""


def looks_like_the_wrong_place(strangers: int, looked_at: int) -> bool:
    """Most of many rows are unknown on the other side: more likely a wrong address than so many losses.

    Closing rows, or ending workflows, cannot be taken back; a wrong ``TEMPORAL_NAMESPACE`` or database can.

    >>> looks_like_the_wrong_place(19, 19), looks_like_the_wrong_place(20, 30), looks_like_the_wrong_place(20, 40)
    (False, True, False)
    """
    return strangers >= _MANY and 2 * strangers > looked_at
