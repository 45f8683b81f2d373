"""Counts people by what became of their runs. Exact: a person counts once in each column of each row."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Protocol

from sequences.statistics.measures import DEFINITIONS, Measure
from sequences.statistics.wilson import Rate, rate


class By(enum.StrEnum):
    """What the rows are."""

    SEQUENCE = "sequence"
    VERSION = "version"
    STEP = "step"
    VARIANT = "variant"
    OWNER = "owner"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened in a run: the name of a measure, or ``replied_*``; of which message.

    Attributes:
        step: empty: it is about no message of ours.
        version: under which the message was written.
        variant: empty: the step had none.
    """

    what: str
    step: str = ""
    version: int | None = None
    variant: str = ""


@lru_cache(maxsize=50_000)
def read_fact(text: str) -> Fact:
    """A fact as ``run_outcome`` stores it.

    >>> read_fact("replied_positive|introduce|2|")
    Fact(what='replied_positive', step='introduce', version=2, variant='')
    """
    what, step, version, variant = text.split("|")
    return Fact(what, step, int(version) if version else None, variant)


class Outcome(Protocol):
    """What became of a run, or of several equal ones: a row of ``run_outcomes``."""

    @property
    def sequence(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> int:
        """The run's, by now."""
        ...

    @property
    def earlier_versions(self) -> Sequence[int]:
        """Those that it was on before."""
        ...

    @property
    def state(self) -> str:
        """``open | stopped | finished``."""
        ...

    @property
    def facts(self) -> str:
        """What its steps did, then what came back, each in order: words as ``read_fact`` takes them."""
        ...

    @property
    def owner_id(self) -> str | None:
        """None: not asked for, or none."""
        ...

    @property
    def week(self) -> date | None:
        """Its Monday; None: not asked for."""
        ...

    @property
    def person_id(self) -> str | None:
        """None: of a person who was in the sequence once. Then rows may stand for several people."""
        ...

    @property
    def entered_at(self) -> datetime | None:
        """Known where the person is."""
        ...

    @property
    def number(self) -> int:
        """How many equal runs the row stands for."""
        ...


@dataclass(frozen=True, order=True)
class RowKey:
    """What a row of the statistics is about; what is empty is not told apart.

    Attributes:
        sequence: always.
        version: None: all of them.
        step: empty: the sequence as a whole.
    """

    sequence: str
    version: int | None = None
    step: str = ""
    variant: str = ""
    owner: str | None = None
    week: date | None = None


@dataclass
class Counted:
    """People, by measure."""

    place: RowKey
    people: dict[Measure, int] = field(default_factory=lambda: dict.fromkeys(Measure, 0))

    def rates(self) -> Mapping[Measure, Rate | None]:
        """Of each measure that is a share of another one."""
        return {
            measure: rate(self.people[measure], self.people[meaning.of])
            for measure, meaning in DEFINITIONS.items()
            if meaning.of is not None
        }


STATES: Final = {"open": Measure.IN_IT_NOW, "stopped": Measure.STOPPED, "finished": Measure.FINISHED}
TURNS: Final = frozenset({Measure.SENT, Measure.NOT_SENT, Measure.UNKNOWN, Measure.SKIPPED})
"""What can become of a step."""
LABELS: Final = frozenset({Measure.POSITIVE, Measure.NEGATIVE, Measure.NEUTRAL, Measure.UNREAD})
CAME_BACK: Final = frozenset(
    {
        *(Measure.OPENED, Measure.CLICKED, Measure.REPLIED, Measure.OUT_OF_OFFICE, Measure.OPTED_OUT),
        *(Measure.COMPLAINED, Measure.LIKED, Measure.DISLIKED, Measure.FORM_SUBMITTED, Measure.MEETING_BOOKED),
    }
)
"""What shows that a message had arrived."""
_ABOUT_SENT: Final = frozenset({*CAME_BACK, *LABELS, Measure.DELIVERED, Measure.BOUNCED, Measure.MEETING_CANCELLED})
"""What counts of people only to whom a message went out."""
FOLLOWS: Final = {Measure.CLICKED: Measure.SENT_WITH_LINK, Measure.OPENED: Measure.SENT_WITH_PIXEL}
"""What must have been in the message."""
_BY_VERSION: Final = frozenset({By.VERSION, By.STEP, By.VARIANT})
_BY_STEP: Final = frozenset({By.STEP, By.VARIANT})

Steps = Mapping[tuple[str, int], Sequence[str]]
"""The steps that send, of a sequence and a version, in order."""


def count(outcomes: Iterable[Outcome], by: By, steps: Steps, only: int | None = None) -> list[Counted]:
    """Counts people.

    Args:
        outcomes: of people who were in a sequence more than once every run alone, with the person.
        by: what the rows are. By version, step and variant the whole sequence and each version are rows too.
        steps: of every version that has a row of its own; those of which nothing happened yet are rows as well.
        only: a version that all outcomes were on: sequences, owners and weeks count what happened under it, as its own
            row would; None: all versions.

    Returns:
        In order: the newest version first, the whole before its parts, steps as they stand in the version.
    """
    counter = _Counter(by, only)
    often: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.person_id is None:
            counter.add_equal(outcome)
        else:
            often[outcome.sequence, outcome.person_id].append(outcome)
    for runs in often.values():
        counter.add_person(sorted(runs, key=_entered))
    found = counter.counted
    if by in _BY_STEP:
        for place in [each for each in found if each.version is not None and not each.step]:
            for step in steps.get((place.sequence, place.version or 0), ()):
                added = RowKey(place.sequence, place.version, step)
                found.setdefault(added, Counted(added))
    return sorted(found.values(), key=lambda one: _order(one.place, steps))


def places_of(runs: Iterable[Outcome]) -> Mapping[RowKey, set[Measure]]:
    """What one person counts for: by version, step and variant, and in the sequence as a whole.

    Args:
        runs: of the person in one sequence, each with ``entered_at`` if there are several.
    """
    known = list(runs)
    ordered = sorted(known, key=_entered) if len(known) > 1 else known
    return _Counter(By.VARIANT).of_person(ordered, apart=False)


def _entered(outcome: Outcome) -> tuple[datetime, int]:
    assert outcome.entered_at is not None
    return outcome.entered_at, outcome.version


def _order(place: RowKey, steps: Steps) -> tuple[object, ...]:
    known = steps.get((place.sequence, place.version or 0), ())
    # What a later version dropped comes last.
    position = known.index(place.step) if place.step in known else len(known)
    return (
        place.sequence,
        place.owner or "",
        place.week or date.min,
        place.version is not None,
        -(place.version or 0),
        place.step != "",
        position,
        place.step,
        place.variant,
    )


class _Counter:
    def __init__(self, by: By, only: int | None = None) -> None:
        self._by = by
        # Where versions are rows, each counts its own.
        self._only = only if by not in _BY_VERSION else None
        # Runs of many sequences are alike, and so is what each of them counts for.
        self._alike: dict[tuple[object, ...], list[tuple[RowKey, set[Measure]]]] = {}
        self._keys: dict[tuple[object, ...], RowKey] = {}
        self.counted: dict[RowKey, Counted] = {}

    def add_equal(self, run: Outcome) -> None:
        """Several people with equal runs, each of them once in the sequence."""
        alike = (run.version, tuple(run.earlier_versions), run.state, run.facts)
        if (found := self._alike.get(alike)) is None:
            found = self._alike[alike] = list(self.of_person([run], apart=False).items())
        for key, measures in found:
            self._count(self._of_sequence(run, key.version, key.step, key.variant), measures, run.number)

    def add_person(self, runs: Sequence[Outcome]) -> None:
        """One person, with all their runs in order."""
        for key, measures in self.of_person(runs, apart=True).items():
            self._count(key, measures, 1)

    def _count(self, key: RowKey, measures: set[Measure], number: int) -> None:
        if (counted := self.counted.get(key)) is None:
            counted = self.counted[key] = Counted(key)
        people = counted.people
        for measure in measures:
            people[measure] += number

    def _of_sequence(self, run: Outcome, version: int | None = None, step: str = "", variant: str = "") -> RowKey:
        owner = run.owner_id if self._by is By.OWNER else None
        week = run.week if self._by is By.WEEK else None
        known = (run.sequence, version, step, variant, owner, week)
        if (key := self._keys.get(known)) is None:
            key = self._keys[known] = RowKey(run.sequence, version, step, variant, owner, week)
        return key

    def of_person(self, runs: Sequence[Outcome], *, apart: bool) -> dict[RowKey, set[Measure]]:
        """What a person with these runs counts for; with ``apart`` each owner and week alone."""
        found: dict[RowKey, set[Measure]] = defaultdict(set)
        # Of several states, and of several replies, the newest counts.
        states: dict[RowKey, Measure] = {}
        labels: dict[RowKey, Measure] = {}
        for run in runs:
            whole = self._of_sequence(run, self._only) if apart else RowKey(run.sequence, self._only)
            entered, now = [whole], [whole] if self._only in (None, run.version) else []
            if self._by in _BY_VERSION:
                entered += [RowKey(run.sequence, each) for each in {*run.earlier_versions, run.version}]
                now.append(RowKey(run.sequence, run.version))
            last: list[RowKey] = []
            for fact in map(read_fact, run.facts.split()):
                if self._only not in (None, fact.version):
                    continue
                places = self._places(whole, fact)
                measure = Measure(fact.what)
                if measure in LABELS:
                    labels.update(dict.fromkeys(places, measure))
                    measure = Measure.REPLIED
                for place in places:
                    found[place].add(measure)
                if measure in TURNS:
                    last = [place for place in places if place.step]
                    entered += last
            for place in entered:
                found[place].add(Measure.ENTERED)
            states.update(dict.fromkeys((*now, *last), STATES[run.state]))
        for newest in (states, labels):
            for place, measure in newest.items():
                found[place].add(measure)
        return {place: _kept(measures) for place, measures in found.items()}

    def _places(self, whole: RowKey, fact: Fact) -> list[RowKey]:
        places = [whole]
        if self._by in _BY_VERSION and fact.version is not None:
            places.append(RowKey(whole.sequence, fact.version))
            if self._by in _BY_STEP and fact.step:
                places.append(RowKey(whole.sequence, fact.version, fact.step))
                if self._by is By.VARIANT and fact.variant:
                    places.append(RowKey(whole.sequence, fact.version, fact.step, fact.variant))
        return places


def _kept(measures: set[Measure]) -> set[Measure]:
    """Without what is about no message that went out, and with what follows."""
    if Measure.SENT not in measures:
        return measures - _ABOUT_SENT
    follows = {of for measure, of in FOLLOWS.items() if measure in measures}
    return measures | follows | ({Measure.DELIVERED} if CAME_BACK & measures else set())
