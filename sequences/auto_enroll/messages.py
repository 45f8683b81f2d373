"""What auto-enrollment passes between workflows, activities and clients: ids, instants, counts. No personal data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final


class Origin(enum.StrEnum):
    """What made a rule look at a record."""

    CHANGE = "change"
    """A field that the rule reads has changed."""
    SCAN = "scan"
    """A condition came true by time passing alone."""
    EXISTING = "existing"
    """It was true when the rule was switched on, and the existing ones were wanted."""


class Refused(enum.StrEnum):
    """Why somebody whom a rule matches is not enrolled (``refusal.reason``)."""

    WINDOW = "window"
    CYCLE = "cycle"
    SUPPRESSED = "suppressed"
    ALREADY_ENROLLED = "already_enrolled"
    ONCE = "once"
    """The sequence has no window, so a record enters once, ever."""
    DELETED = "deleted"
    STOP_WHEN = "stop_when"
    UNREACHABLE = "unreachable"
    MISSING_FIELD = "missing_field"
    """The first message cannot be written: a field is empty and its template has no default."""
    NO_PERSON = "no_person"
    """A placement whose person the CRM has not told yet."""
    SAME_ADDRESS = "same_address"
    """Another person's run of the sequence writes, or wrote, to the address: it gets the sequence once."""
    ANSWERED = "answered"
    """An answer of the person waits to be handled; looked at again once it is."""
    HELD = "held"
    MAX_PER_DAY = "max_per_day"


FINAL: Final = frozenset(
    {Refused.WINDOW, Refused.ONCE, Refused.CYCLE, Refused.ALREADY_ENROLLED, Refused.HELD, Refused.MAX_PER_DAY}
)
"""Reasons that nothing but a new match, a person or the queue does away with.

Who was refused because they are, or were, in the sequence has had it: the end of a run or a window is no reason to
begin again with somebody who may have answered.
"""


@dataclass(frozen=True)
class Refusal:
    """Why a record does not enter.

    Attributes:
        reason: a value of ``Refused``.
        detail: what exactly, for people; the reason itself has its words in ``sequences.enrolling.refusals``. No
            personal data.
        fields: of the catalogue, that have to change before there is another answer; empty: not a matter of fields.
    """

    reason: str
    detail: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """One record for which a rule is true.

    Attributes:
        record_id: of the person or the placement.
        person_id: who would receive.
        owner_id: the record's owner; None when it has none.
        lineage: sequences whose automated writes left the values that made the rule true, each once, oldest first.
        refused: what the one statement that found it says against it, or None. What needs more than SQL (addresses,
            stop rules) is asked when it enters.
        detail: of ``refused``, for people; no personal data.
        again: it was refused before, and is looked at only because something else changed.
        waits_for: fields of the catalogue that have to change before ``refused`` can pass.
    """

    record_id: str
    person_id: str
    owner_id: str | None = None
    lineage: tuple[str, ...] = ()
    refused: Refused | None = None
    detail: str = ""
    again: bool = False
    waits_for: tuple[str, ...] = ()

    def refused_for(self, refusal: Refusal) -> Match:
        """The same match, refused."""
        return replace(self, refused=Refused(refusal.reason), detail=refusal.detail, waits_for=refusal.fields)


@dataclass
class WindowState:
    """Input, continue-as-new argument and answer of ``ReenrollmentWindowWorkflow``.

    Attributes:
        window: id of the ledger's row.
        enrollment: the run that opened it; its workflow is started as an abandoned child.
        start_child: False when somebody else starts the run (an enrollment by hand).
        until: UTC; None for a window that never ends: the workflow ends at once and the ledger's key remains.
        revision: of ``until``; an older one than this is passed over.
    """

    window: str
    sequence: str
    person: str
    record: str
    enrollment: str
    version: int
    owner: str = ""
    start_child: bool = True
    until: datetime | None = None
    revision: int = 0


@dataclass(frozen=True)
class WindowChange:
    """A window was moved or lifted; ``until`` in the past ends it now."""

    window: str
    until: datetime | None
    revision: int


@dataclass(frozen=True)
class WindowCall:
    """Argument of ``end_window``. ``now`` is the window's own time."""

    window: str
    now: datetime


@dataclass(frozen=True)
class WindowEnd:
    """Answer of ``end_window``: ``until`` is set when the ledger says that the window lasts longer than believed."""

    ended: bool
    until: datetime | None = None
    revision: int = 0


@dataclass
class WatcherState:
    """State of ``RuleWatcherWorkflow``; counts since it began. ``shard`` is 0.1's, always 0."""

    shard: int = 0
    changes: int = 0
    matched: int = 0
    enrolled: int = 0
    refused: int = 0
    continued: int = 0


@dataclass(frozen=True)
class WatchCall:
    """Argument of ``watch_changes``; ``now`` is the watcher's own time, ``shard`` always 0."""

    shard: int
    now: datetime


@dataclass(frozen=True)
class WatchResult:
    """One batch of changes: how many rows it took, and whether more wait."""

    changes: int = 0
    matched: int = 0
    enrolled: int = 0
    refused: int = 0
    held: int = 0
    more: bool = False


@dataclass
class ScanState:
    """Input and state of ``RuleScanWorkflow``.

    Attributes:
        origin: ``scan`` (conditions that came true by time) or ``existing`` (everybody for whom the rule is true).
        after: the last record id of the page before; empty at the start.
        started_at: UTC; fixed at the first page, so that all pages see one instant.
        batch: the held batch when the scan is larger than ``hold_above``.
        done: it is over.
        failed: why it ended before the last page; empty when it did not.
    """

    sequence: str
    origin: str = Origin.SCAN.value
    after: str = ""
    started_at: datetime | None = None
    batch: str | None = None
    pages: int = 0
    matched: int = 0
    enrolled: int = 0
    refused: int = 0
    held: int = 0
    continued: int = 0
    done: bool = False
    failed: str = ""


@dataclass(frozen=True)
class ScanCall:
    """Argument of ``begin_scan`` and ``scan_page``."""

    sequence: str
    origin: str
    now: datetime
    after: str = ""
    batch: str | None = None


@dataclass(frozen=True)
class ScanBegun:
    """How many records the scan would enroll now; ``batch`` is the id of the held batch when that is too many."""

    matching: int
    batch: str | None = None


@dataclass(frozen=True)
class ScanPage:
    """One page; ``after`` is None behind the last one."""

    after: str | None = None
    matched: int = 0
    enrolled: int = 0
    refused: int = 0
    held: int = 0


@dataclass(frozen=True)
class Entered:
    """What became of some matches of one sequence.

    Attributes:
        windows: ids of the windows that opened.
        people: ids of those who entered, for the notification, by owner.
        refused: reason to number.
    """

    windows: tuple[str, ...] = ()
    people: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    held: int = 0

    @property
    def enrolled(self) -> int:
        """How many entered."""
        return len(self.windows)
