"""May this record enter this sequence now? The one statement of who enters, in the one order of its reasons. Pure.

Postgres gathers what it alone can know of thousands of records in one statement; ``services.enrolling.eligibility``
gathers the rest of one record. ``first_refusal`` decides: by rule, by hand and by follow-up, for previews, explanations
and outlooks, and in the simulator of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sequences.auto_enroll.messages import Refusal, Refused
from sequences.definition.model import SequenceDefinition

OPEN_STATES: Final = frozenset({"opening", "open"})
"""States in which a window keeps others out until it ends. Postgres: ``relance_window_open``."""


def window_open(state: str, until: datetime | None, now: datetime) -> bool:
    """Whether a row of the ledger keeps its person (or record) out; the end of a window is outside it."""
    return state in OPEN_STATES and (until is None or until > now)


@dataclass(frozen=True, slots=True)
class EntryLimits:
    """What a sequence asks of somebody who enters by one of the ways in.

    Attributes:
        sequence: its name.
        window: an open re-enrollment window keeps the person out.
        once: a record that entered before is kept out.
        loops: what the sequence itself caused lets nobody in.
    """

    sequence: str
    window: bool
    once: bool
    loops: bool


def by_rule(definition: SequenceDefinition) -> EntryLimits:
    """By rule: inside its window nobody enters again; without a window a record enters once, ever."""
    rules = definition.auto_enroll
    once = rules is not None and rules.prevent_reenrollment_within is None
    return EntryLimits(definition.sequence, window=True, once=once, loops=_protected(definition))


def by_hand(definition: SequenceDefinition, *, again: bool = True) -> EntryLimits:
    """By hand, by hook and by follow-up: no window keeps anybody out.

    Args:
        definition: of the sequence.
        again: also a record that was in the sequence before.
    """
    return EntryLimits(definition.sequence, window=False, once=not again, loops=_protected(definition))


def _protected(definition: SequenceDefinition) -> bool:
    return definition.auto_enroll is None or definition.auto_enroll.cycle_protection == "lineage"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One channel on which the sequence writes.

    Attributes:
        suppressed: why nothing may be sent on it, or None.
        problem: what is wrong with the address, or None.
        field: of the catalogue, that has to change before the problem can pass.
    """

    suppressed: str | None = None
    problem: str | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What is known of a record that asks for entry. Whatever nobody asked for counts as nothing against it.

    Attributes:
        no_person: a placement whose person is unknown.
        deleted: the record or its person was deleted in the CRM.
        running: the record has an open run of the sequence.
        window: a re-enrollment window of the person is open.
        until: when that window ends, UTC; None: never.
        entered: the record entered the sequence before.
        entered_at: when, UTC, if that is known.
        suppressed: the person must not be contacted on any channel; why, or None.
        answered: an answer of the person waits to be handled; which, or None.
        lineage: sequences whose automated writes, or follow-ups, led here, each once.
        written: those of the fields behind the lineage that the sequence itself caused, for the words.
        stop_rule: the stop rule that the record meets, or None.
        stop_fields: what all stop rules read.
        channels: on which the sequence writes.
        taken: every address of the record gets the sequence for another person.
        address_fields: where those addresses are.
        unwritable: what keeps the first message from being written, or None.
        missing: the fields that it lacks.
    """

    no_person: bool = False
    deleted: bool = False
    running: bool = False
    window: bool = False
    until: datetime | None = None
    entered: bool = False
    entered_at: datetime | None = None
    suppressed: str | None = None
    answered: str | None = None
    lineage: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    stop_rule: str | None = None
    stop_fields: tuple[str, ...] = ()
    channels: Mapping[str, ChannelFacts] = field(default_factory=dict)
    taken: bool = False
    address_fields: tuple[str, ...] = ()
    unwritable: str | None = None
    missing: tuple[str, ...] = ()


def first_refusal(facts: EntryFacts, limits: EntryLimits) -> Refusal | None:
    """Why the record may not enter: the first reason that applies, or None."""
    for check in _CHECKS.values():
        found = check(facts, limits)
        if found is not None:
            return found
    return None


def caused_by_itself(limits: EntryLimits, lineage: Iterable[str]) -> bool:
    """Whether the sequence would enroll somebody because of what it caused itself, and does not allow that."""
    return limits.loops and limits.sequence in lineage


def _no_person(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.NO_PERSON) if facts.no_person else None


def _deleted(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.DELETED) if facts.deleted else None


def _already_enrolled(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.ALREADY_ENROLLED) if facts.running else None


def _window(facts: EntryFacts, limits: EntryLimits) -> Refusal | None:
    if not (limits.window and facts.window):
        return None
    until = facts.until
    return Refusal(Refused.WINDOW, f"until {until.astimezone(UTC):%F %H:%M} UTC" if until else "forever")


def _once(facts: EntryFacts, limits: EntryLimits) -> Refusal | None:
    if not (limits.once and facts.entered):
        return None
    return Refusal(Refused.ONCE, f"on {facts.entered_at:%F}" if facts.entered_at else "")


def _suppressed(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.SUPPRESSED, facts.suppressed) if facts.suppressed is not None else None


def _answered(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.ANSWERED, facts.answered) if facts.answered is not None else None


def _cycle(facts: EntryFacts, limits: EntryLimits) -> Refusal | None:
    if not caused_by_itself(limits, facts.lineage):
        return None
    written = f"{', '.join(facts.written)} written by " if facts.written else ""
    return Refusal(Refused.CYCLE, written + " > ".join(facts.lineage))


def _stop_when(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.STOP_WHEN, facts.stop_rule, facts.stop_fields) if facts.stop_rule is not None else None


def _no_channel(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    """Nothing could reach the person: every channel is closed, or has no address that it could use."""
    found = facts.channels
    if not found or not all(each.suppressed or each.problem for each in found.values()):
        return None
    if all(each.suppressed for each in found.values()):
        return Refusal(Refused.SUPPRESSED, ", ".join(sorted({str(each.suppressed) for each in found.values()})))
    wrong = {channel: each for channel, each in found.items() if each.problem}
    problems = ", ".join(sorted({str(each.problem) for each in wrong.values()}))
    return Refusal(Refused.UNREACHABLE, problems, tuple(wrong[channel].field for channel in sorted(wrong)))


def _same_address(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.SAME_ADDRESS, "", facts.address_fields) if facts.taken else None


def _missing_field(facts: EntryFacts, _: EntryLimits) -> Refusal | None:
    return Refusal(Refused.MISSING_FIELD, facts.unwritable, facts.missing) if facts.unwritable is not None else None


_CHECKS: Final[Mapping[Refused, Callable[[EntryFacts, EntryLimits], Refusal | None]]] = {
    Refused.NO_PERSON: _no_person,
    Refused.DELETED: _deleted,
    Refused.ALREADY_ENROLLED: _already_enrolled,
    Refused.WINDOW: _window,
    Refused.ONCE: _once,
    Refused.SUPPRESSED: _suppressed,
    Refused.ANSWERED: _answered,
    Refused.CYCLE: _cycle,
    Refused.STOP_WHEN: _stop_when,
    Refused.UNREACHABLE: _no_channel,
    Refused.SAME_ADDRESS: _same_address,
    Refused.MISSING_FIELD: _missing_field,
}
ORDER: Final = tuple(_CHECKS)
"""The first that applies is the answer.

Down to the cycle, Postgres knows them of many records at once: a scan asks one by one only those who are left.
"""
