"""A ledger in memory that gathers the facts of an entry as Postgres does; ``sequences.enrolling.entry`` decides.

The simulator runs for years on it, and ``test_entry_agreement`` holds the SQL against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as List
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sequences.auto_enroll.conditions import fields_read
from sequences.auto_enroll.finding import edge
from sequences.auto_enroll.messages import FINAL, Origin, Refused
from sequences.definition.model import SequenceDefinition
from sequences.enrolling.entry import EntryFacts, EntryLimits, by_hand, by_rule, first_refusal, window_open

Lineages = Mapping[str, List[str]]
"""Catalogue name of a field to the lineage of its last write; a field that a human or the CRM wrote is not in it."""


@dataclass(frozen=True, slots=True)
class PastEntry:
    """One row of the ledger: somebody entered a sequence.

    Attributes:
        record: it was about.
        opened_at: UTC.
        until: UTC; None when the window never ends.
        state: ``opening`` and ``open`` keep the person out until then; ``ended`` and what is open keep a record from
            entering twice when there is no window; ``lifted`` (by hand) and ``refused`` (at the gate) keep nobody out.
    """

    record: str
    opened_at: datetime
    until: datetime | None
    state: Literal["opening", "open", "ended", "lifted", "refused"] = "open"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a record that asks for entry.

    Attributes:
        record: its id.
        ledger: everything that entered this sequence for this person, whichever record it was about.
        lineages: of the fields the rule reads, or of more.
        running: the record has an open run in this sequence.
        deleted: the record or the person is gone.
        suppressed: the person must not be contacted on any channel.
        answered: an answer of the person waits to be handled.
        stops: the record already meets one of the sequence's stop rules.
        waited_for: fields that an earlier refusal waited for, when the record is looked at again: what let it pass
            counts as the cause of an entry like what the rule reads.
    """

    record: str
    ledger: List[PastEntry] = ()
    lineages: Lineages | None = None
    running: bool = False
    deleted: bool = False
    suppressed: bool = False
    answered: bool = False
    stops: bool = False
    waited_for: List[str] = ()


@dataclass(frozen=True, slots=True)
class EntryDecision:
    """Whether it enters; with the lineage that its run carries.

    Attributes:
        refused: why not, or None.
        detail: of ``refused``, for people; no personal data.
        lineage: sequences whose automated writes led here, each once.
    """

    refused: Refused | None
    detail: str = ""
    lineage: tuple[str, ...] = ()

    @property
    def enters(self) -> bool:
        """True when nothing speaks against it."""
        return self.refused is None


def decide(
    definition: SequenceDefinition, candidate: Candidate, now: datetime, *, limits: EntryLimits | None = None
) -> EntryDecision:
    """Whether a record for which the rule is true may enter now.

    Args:
        definition: the newest version of the sequence; one without rules lets nobody in by rule.
        candidate: the record, for which ``evaluate`` found every condition true.
        now: UTC.
        limits: what the sequence asks; None: as by rule.

    Raises:
        ValueError: the sequence has no rules.
    """
    rules = definition.auto_enroll
    if rules is None:
        raise ValueError(f"{definition.sequence} has no rules")
    lineage = lineage_of({*fields_read(rules), *candidate.waited_for}, candidate.lineages or {})
    windowed = rules.prevent_reenrollment_within is not None
    open_rows = [row for row in candidate.ledger if windowed and window_open(row.state, row.until, now)]
    facts = EntryFacts(
        deleted=candidate.deleted,
        running=candidate.running,
        window=bool(open_rows),
        until=open_rows[0].until if open_rows else None,
        entered=any(_entered(row) and row.record == candidate.record for row in candidate.ledger),
        suppressed="opt_out" if candidate.suppressed else None,
        answered="since today" if candidate.answered else None,
        lineage=lineage,
        stop_rule="stop_when" if candidate.stops else None,
    )
    return _decision(facts, limits or by_rule(definition))


def decide_follow_up(
    target: SequenceDefinition, lineage: List[str], *, running: bool, limits: EntryLimits | None = None
) -> EntryDecision:
    """Whether a follow-up ``enroll`` may start ``target``: automation asks for the cycle, not for the window.

    Args:
        target: the sequence to be entered.
        lineage: of the run whose follow-up it is, with that run's own sequence at the end.
        running: the record has an open run in ``target``.
        limits: what the sequence asks; None: as by hand.
    """
    facts = EntryFacts(running=running, lineage=tuple(dict.fromkeys(lineage)))
    return _decision(facts, limits or by_hand(target))


def _decision(facts: EntryFacts, limits: EntryLimits) -> EntryDecision:
    found = first_refusal(facts, limits)
    return EntryDecision(None if found is None else Refused(found.reason), found.detail if found else "", facts.lineage)


def _entered(row: PastEntry) -> bool:
    return row.state not in {"lifted", "refused"}


def lineage_of(fields: Iterable[str], lineages: Lineages) -> tuple[str, ...]:
    """The sequences whose automated writes left these fields as they are, each once, field by field in their order."""
    return tuple(dict.fromkeys(name for field in sorted(fields) for name in lineages.get(field, ())))


def asks(
    definition: SequenceDefinition,
    origin: Origin,
    *,
    changed: Iterable[str] = (),
    event: Callable[[str], datetime | None] | None = None,
    since: datetime | None = None,
    now: datetime,
    ledger: Iterable[PastEntry] = (),
    record: str = "",
    refused: Refused | None = None,
) -> bool:
    """Whether a rule is looked at for a record at all: not every true rule enrolls at any time.

    A change asks when the rule reads a changed field. A scan asks for a record whose condition came true by time
    passing, after the rule was switched on, and which has not entered since. ``existing`` asks for everybody. Both a
    change, of whatever it is, and a scan ask again for who was refused for what can pass.

    Args:
        definition: with its rules; without any, nothing asks.
        origin: what made the rule look.
        changed: catalogue names, for a change.
        event: the latest time of an event, UTC, for a scan.
        since: when the rule was switched on, UTC, for a scan.
        now: UTC.
        ledger: the enterings of this person in this sequence, for a scan.
        record: id, for a scan.
        refused: the refusal of the record that stands, if one does.
    """
    rules = definition.auto_enroll
    if rules is None:
        return False
    if origin is Origin.EXISTING or (refused is not None and refused not in FINAL):
        return True
    if origin is Origin.CHANGE:
        return not fields_read(rules).isdisjoint(changed)
    at = edge(rules, event, now) if event is not None else None
    if at is None or at > now or (since is not None and at <= since):
        return False
    return not any(row.record == record and row.opened_at >= at and row.state != "refused" for row in ledger)
