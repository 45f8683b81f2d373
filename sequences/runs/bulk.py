"""Pausing and resuming all runs that a hold covers: orders, pages, and the state of the workflow.

Payloads of ``BulkControlWorkflow``: every field has a default, so that an old one decodes on new code.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

DEFAULT_RATE = 20
"""Commands a second."""

_LARGEST_PAGE = 100
_SECONDS_A_PAGE = 5


class HoldScope(enum.StrEnum):
    """What a hold is about."""

    SEQUENCE = "sequence"
    OWNER = "owner"
    EVERYTHING = "everything"


class BulkKind(enum.StrEnum):
    """What is ordered for all runs."""

    PAUSE = "pause"
    RESUME = "resume"


class Stage(enum.StrEnum):
    """Where the carrying out of an order is."""

    BEGINNING = "beginning"
    PAUSING = "pausing"
    RELEASING = "releasing"
    RESUMING = "resuming"
    DONE = "done"


@dataclass(frozen=True)
class BulkOrder:
    """Signal: what somebody wants of all runs that a hold covers.

    Attributes:
        id: the key by which the same order again is recognised.
        kind: ``pause | resume``.
        reason: shown in the story of every run; no personal data.
        mode: of a resume: ``shift | skip | send_one``, empty for each sequence's own.
        rate: runs a second, at the most.
        by: who asks.
        until: of a pause: when it ends automatically. Of a resume: only if the hold was to end by then.
    """

    id: str = ""
    kind: str = ""
    reason: str = ""
    mode: str = ""
    rate: int = DEFAULT_RATE
    by: str = ""
    until: datetime | None = None

    @property
    def page_size(self) -> int:
        """As many runs as five seconds take, so that a newer order is heard soon; 100 at the most."""
        return max(1, min(_LARGEST_PAGE, self.rate * _SECONDS_A_PAGE))


def ends_now(resume: BulkOrder, until: datetime | None) -> bool:
    """Whether a resume ends a hold that was to end at ``until`` (None: by hand).

    What a person orders always does. One because its time had come does not when the end was moved meanwhile.
    """
    return resume.until is None or (until is not None and until <= resume.until)


@dataclass(frozen=True)
class BulkCall:
    """Input of the activities.

    Attributes:
        after: id of the last run of the page before.
        now: the workflow's time.
        left: runs that the stage still has before it, as counted when it began; None: an older release did not say.
    """

    scope: str = ""
    key: str = ""
    order: BulkOrder = field(default_factory=BulkOrder)
    stage: str = ""
    after: str = ""
    now: datetime | None = None
    left: int | None = None


@dataclass(frozen=True)
class BulkBegun:
    """How an order begins.

    Attributes:
        standing: a hold is on that the order is to end, or to keep.
        left: how many runs the first stage is about.
        until: when the hold ends automatically, unless the order ends it now.
    """

    standing: bool = False
    left: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class BulkPage:
    """What became of one page.

    Attributes:
        after: id of its last run; None: it was the last page.
        done: runs that were commanded, or that needed no command any more.
        unanswered: runs that did not answer; the next pass asks them again.
        left: runs after this page, of those that were there when the stage began.
    """

    after: str | None = None
    done: int = 0
    unanswered: int = 0
    left: int = 0


@dataclass
class BulkState:
    """Argument, continue-as-new argument, answer of the query and result of the workflow.

    Attributes:
        scope: ``sequence | owner | everything``.
        key: name of the sequence, id of the owner, or ``all``.
        order: what is carried out.
        waiting: a newer order, taken up at the next page.
        seen: ids of orders.
        stage: see ``Stage``.
        after: cursor of the stage.
        passes: how often the stage went through all runs.
        done: runs handled in this stage.
        left: runs that this stage still has before it.
        unanswered: runs of this pass that did not answer.
        pages: pages since the workflow last continued as new.
        continued: how often it has.
        failed: why the order was not carried out to its end; empty when it was.
        until: when the workflow ends the hold by itself; None: it is somebody else's turn.
    """

    scope: str = ""
    key: str = ""
    order: BulkOrder = field(default_factory=BulkOrder)
    waiting: BulkOrder | None = None
    seen: list[str] = field(default_factory=list)
    stage: str = Stage.DONE
    after: str = ""
    passes: int = 0
    done: int = 0
    left: int = 0
    unanswered: int = 0
    pages: int = 0
    continued: int = 0
    failed: str = ""
    until: datetime | None = None

    def enter(self, stage: Stage, left: int = 0) -> None:
        """Begins a stage: its counts start anew."""
        self.stage, self.after, self.passes = stage, "", 0
        self.done, self.left, self.unanswered = 0, left, 0
