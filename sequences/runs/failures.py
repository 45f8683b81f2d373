"""What becomes of a run when one of its activities has failed for good: values that workflow and activity exchange.

Every field has a default, so that an old payload decodes on new code. Ids, instants and reasons only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sequences.runs.state import Command

LONGEST_REASON: Final = 300
"""Characters of a reason that are kept."""


@dataclass(frozen=True)
class FailureCall:
    """Input of the activity that settles a failure; ``now`` is the workflow's time.

    Attributes:
        enrollment: id of the run.
        activity: name of the activity that failed for good.
        why: the words of its error; no personal data.
        step: that was taken, or empty.
        reaction: that was handled, or empty.
        command: that was carried out; without an id when there was none.
        late: the reaction came after the run was over.
    """

    enrollment: str = ""
    activity: str = ""
    why: str = ""
    now: datetime | None = None
    step: str = ""
    reaction: str = ""
    command: Command = field(default_factory=Command)
    late: bool = False
