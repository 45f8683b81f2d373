"""Planned messages that will go later than planned: a limit puts them off, of messages to a person or of a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.access.viewer import Scope

MOST: Final = 20_000
"""Where more steps than this are planned, it would take long, and nobody looks at each: nothing is said."""

Limit = Literal["person", "mailbox"]
"""Whose limit puts a message off: of messages to one person, or of those from one mailbox."""


@dataclass(frozen=True)
class GoesLater:
    """A planned message that a limit puts off.

    Attributes:
        owner_id: of the run.
        due_at: as planned; UTC.
        timezone: of the recipient, as it was planned; None: UTC.
        again_from: when it goes at the earliest; UTC.
        limit: whose.
    """

    run: str
    sequence: str
    step: str
    owner_id: str | None
    due_at: datetime
    timezone: str | None
    again_from: datetime
    limit: Limit


@dataclass(frozen=True)
class LaterAsked:
    """What is asked for.

    Attributes:
        start: of the days that are shown; aware. None: from what is overdue on.
        stop: their end.
        scope: whose people.
        people: of whom; None: of all.
    """

    start: datetime | None
    stop: datetime
    scope: Scope
    people: tuple[str, ...] | None = None
