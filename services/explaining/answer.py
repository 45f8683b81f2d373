"""Why somebody is or is not in a sequence: the values of the answer.

The command line and the HTTP API show the same values.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from sequences.auto_enroll.finding import ConditionFinding
from sequences.runs.hold import Hold


class EntryAnswer(enum.StrEnum):
    """What it comes down to, for programs."""

    ENROLLED = "enrolled"
    HELD = "held"
    WAITING = "waiting"
    NO_RECORD = "no_record"
    ARCHIVED = "archived"
    NO_RULES = "no_rules"
    RULES_OFF = "rules_off"
    BROKEN = "broken"
    CONDITIONS = "conditions"
    REFUSED = "refused"
    CHANGE_WAITS = "change_waits"
    NEXT_SCAN = "next_scan"
    REFUSED_BEFORE = "refused_before"
    NOTHING_HAPPENED = "nothing_happened"


@dataclass(frozen=True)
class ExplainedRun:
    """One run of the person through the sequence. Instants are UTC; ``ended_at`` is None while it is open.

    ``next_reason`` says why the next step is due when it is: a server that cannot be used is named there.

    Attributes:
        waits: steps of an open run that have no instant yet, because nobody knows its day zero.
    """

    enrollment: str
    version: int
    record: str
    via: str
    lineage: tuple[str, ...]
    state: str
    reason: str | None
    enrolled_at: datetime
    ended_at: datetime | None
    waits: tuple[str, ...] = ()
    next_step: str | None = None
    next_due_at: datetime | None = None
    next_reason: str | None = None


@dataclass(frozen=True)
class RuleState:
    """The rules of the sequence.

    Attributes:
        state: ``none`` (the newest version has no rules), ``archived`` (nobody enters the sequence), ``off``, ``on`` or
            ``broken``.
        since: UTC; when they were switched on.
        scanned_at: UTC; the last scan.
        broken: why they cannot be evaluated.
        window: the re-enrollment window as written; None: a record enters once, ever.
        protection: ``lineage | window``.
    """

    state: str
    since: datetime | None = None
    scanned_at: datetime | None = None
    broken: str | None = None
    window: str | None = None
    protection: str = "lineage"
    hold_above: int | None = None
    max_per_day: int | None = None


@dataclass(frozen=True)
class Window:
    """One row of the ledger. Instants are UTC.

    Attributes:
        blocks: nobody enters by rule because of it now.
        until: None: for ever.
    """

    window: str
    sequence: str
    record: str
    scope: str
    state: str
    blocks: bool
    opened_at: datetime
    until: datetime | None
    ended_at: datetime | None
    reason: str | None
    via: str
    enrollment: str


@dataclass(frozen=True)
class WrittenField:
    """A field that the rules read and that automation wrote last.

    Attributes:
        by: the chain of sequences that led to the write, oldest first.
        blocks: this sequence is among them, so the field does not let anybody in.
    """

    field: str
    by: tuple[str, ...]
    blocks: bool


@dataclass(frozen=True)
class ExplainedSuppression:
    """Why the person is not contacted on a channel (or on ``all``)."""

    channel: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Queued:
    """Matched and not yet entered: ``held`` for approval, or ``waiting`` for the day's share."""

    state: str
    since: datetime
    batch: str | None
    records: int | None
    origin: str | None


@dataclass(frozen=True)
class RefusalLine:
    """A refusal that was written down; ``times`` counts.

    Attributes:
        state: ``standing`` (the last answer, and nobody entered since), ``passed`` or ``entered``.
        fields: those that have to change before there is another answer.
    """

    reason: str
    detail: str
    via: str
    times: int
    first_at: datetime
    at: datetime
    state: str = "standing"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Everything that decides whether a record is in a sequence.

    Attributes:
        answer: for programs.
        verdict: for people, in one sentence.
        record: what the answer is about; None when the person has no such record.
        other_records: more placements of the person, for which the answer may differ.
        refused: the reason that stands in the way now (``Refused``), when the conditions are met.
        refused_before: the last refusal by rule, when nobody entered since.
        run: the open run.
        past_runs: the newest first.
    """

    answer: EntryAnswer
    verdict: str
    sequence: str
    name: str
    version: int
    record_type: str
    record: str | None
    person: str
    person_name: str | None
    deleted: bool
    rules: RuleState
    run: ExplainedRun | None = None
    past_runs: tuple[ExplainedRun, ...] = ()
    conditions: tuple[ConditionFinding, ...] = ()
    refused: str | None = None
    refused_detail: str | None = None
    windows: tuple[Window, ...] = ()
    written: tuple[WrittenField, ...] = ()
    suppressions: tuple[ExplainedSuppression, ...] = ()
    queue: Queued | None = None
    refusals: tuple[RefusalLine, ...] = ()
    refused_before: RefusalLine | None = None
    unwatched_changes: int = 0
    edge: datetime | None = None
    other_records: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
