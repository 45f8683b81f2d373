"""The watch over runs and windows: what workflow and activity say to each other. Every field has a default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RunWatchCall:
    """Input of the activity; ``now`` is the workflow's time."""

    now: datetime | None = None


@dataclass(frozen=True)
class RunWatchPass:
    """What one pass found.

    Attributes:
        closed: rows of runs that were closed, since their workflow was not there any more.
        gates: windows whose workflow was not there any more, and is started again.
        lapsed: windows whose time was over and which nobody had ended.
        ended: workflows that were ended, since their row was closed or gone.
        late: replies after the run whose workflow was lost, taken up again.
        stuck: runs whose workflow cannot go on, and which need somebody to look.
        trouble: why it held back; empty when it did not.
    """

    closed: int = 0
    gates: int = 0
    lapsed: int = 0
    ended: int = 0
    late: int = 0
    stuck: int = 0
    trouble: str = ""

    def __add__(self, other: RunWatchPass) -> RunWatchPass:
        """Both together."""
        return RunWatchPass(
            self.closed + other.closed,
            self.gates + other.gates,
            self.lapsed + other.lapsed,
            self.ended + other.ended,
            self.late + other.late,
            self.stuck + other.stuck,
            self.trouble or other.trouble,
        )
