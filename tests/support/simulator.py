"""A world in which sequences run for years in a second: the pure domain, a heap for a clock, dice with a seed.

People, placements and fields change from outside; rules are asked by ``sequences.enrolling.entry``, over the ledger
of ``entry_model``, and by ``sequences.auto_enroll.finding``; runs write, send, enroll and get replies. Who caused
whom is kept beside the lineage, as runs that point at runs: what is proved about the lineage is not proved by the
lineage.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sequences.auto_enroll.conditions import conditions, fields_read
from sequences.auto_enroll.loops import graph_of
from sequences.auto_enroll.messages import FINAL, Origin, Refused
from sequences.definition.compile import reenrollment_window
from sequences.definition.model import SequenceDefinition
from sequences.definition.steps import Step
from sequences.reactions.verdict import stop_reason
from tests.support import entry_model
from tests.support.rule_model import evaluate

START = datetime(2027, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


@dataclass
class Record:
    """A person or a placement: values, the lineage on them, and beside it the run that wrote each last."""

    id: str
    values: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    writers: dict[str, Run | None] = field(default_factory=dict)


@dataclass
class Person(Record):
    placements: list[Record] = field(default_factory=list)


@dataclass
class Run:
    """One entering. ``causes`` are the runs whose writes the rule saw, or the one whose follow-up this is.

    ``let_by`` are those whose writes made an earlier refusal pass.
    """

    sequence: str
    person: Person
    record: Record
    at: datetime
    via: str
    lineage: tuple[str, ...]
    causes: list[tuple[str, Run]]
    let_by: list[Run] = field(default_factory=list)
    open: bool = True

    def ancestors(self) -> set[str]:
        found: dict[int, Run] = {}
        waiting = [run for _, run in self.causes] + self.let_by
        while waiting:
            run = waiting.pop()
            if id(run) not in found:
                found[id(run)] = run
                waiting.extend(cause for _, cause in run.causes)
                waiting.extend(run.let_by)
        return {run.sequence for run in found.values()}


class Simulation:
    """Sequences, people and a clock.

    ``decide`` and ``decide_follow_up`` decide who enters; tests break them to see that the checker notices.
    ``carries`` False loses the lineage of every write, ``waited`` False forgets what a refusal waited for.
    """

    def __init__(
        self,
        definitions: Iterable[SequenceDefinition],
        people: Sequence[Person],
        dice: random.Random,
        *,
        decide: Any = entry_model.decide,
        decide_follow_up: Any = entry_model.decide_follow_up,
        carries: bool = True,
        replies: float = 0.2,
        lag: timedelta = timedelta(hours=3),
        most: int = 1_000_000,
        waited: bool = True,
    ) -> None:
        self.definitions = {definition.sequence: definition for definition in definitions}
        self.people, self.dice, self.now = people, dice, START
        self.decide, self.decide_follow_up, self.carries = decide, decide_follow_up, carries
        self.replies, self.lag, self.most, self.waited = replies, lag, most, waited
        self.runs: list[Run] = []
        self.refused: dict[Refused, int] = {}
        self.again = 0
        self._standing: dict[tuple[str, str], Refused] = {}
        self._of: dict[tuple[str, str], list[Run]] = {}
        self._open: dict[tuple[str, str], Run] = {}
        self._ledger: dict[tuple[str, str], list[entry_model.PastEntry]] = {}
        self._heap: list[Any] = []
        self._again: set[tuple[str, str]] = set()
        self._numbers = itertools.count()
        self._reads = {
            name: fields_read(d.auto_enroll) if d.auto_enroll else () for name, d in self.definitions.items()
        }
        self._windows = {name: reenrollment_window(d) for name, d in self.definitions.items()}
        self._waits = [
            (name, one.field, one.waits_for)
            for name, d in self.definitions.items()
            for one in (conditions(d.auto_enroll) if d.auto_enroll else ())
            if one.waits_for
        ]

    def at(self, when: datetime, act: Callable[..., None], *arguments: object) -> None:
        heapq.heappush(self._heap, (when, next(self._numbers), act, arguments))

    def run_until(self, end: datetime | None = None) -> None:
        """Plays what is due before ``end``, or until nothing is left to happen."""
        while self._heap and (end is None or self._heap[0][0] <= end):
            assert len(self.runs) < self.most, "it goes on and on"
            self.now, _, act, arguments = heapq.heappop(self._heap)
            act(*arguments)
        self.now = max(end or self.now, self.now)

    @property
    def at_rest(self) -> bool:
        return not self._heap

    def entered(self, sequence: str, via: str = "rule") -> list[Run]:
        return [run for run in self.runs if run.sequence == sequence and run.via == via]

    # What happens from outside -----------------------------------------------------------------

    def outside(self, person: Person, record: Record, name: str, value: Any) -> None:
        self._write(person, record, name, value, None)

    def by_hand(self, person: Person, record: Record, sequence: str) -> None:
        if (sequence, record.id) not in self._open:
            self._enter(self.definitions[sequence], person, record, "hand", (), [])

    # What automation does ----------------------------------------------------------------------

    def _write(self, person: Person, record: Record, name: str, value: Any, run: Run | None) -> None:
        if record.values.get(name) == value:
            return
        record.values[name] = value
        record.writers[name] = run
        record.marks.pop(name, None)
        if run is not None and self.carries:
            record.marks[name] = (*run.lineage, run.sequence)
        lag = self.lag * self.dice.random()
        self.at(self.now + lag, self._watch, person, record, name)
        for sequence, read, ago in self._waits:
            if read == name and isinstance(value, datetime):
                # Twice: months are clipped from the other end when a condition is read than when its edge is found.
                for later in (timedelta(days=self.dice.random()), timedelta(days=4)):
                    self.at(ago.after(value) + later, self._scan, person, sequence)

    def _watch(self, person: Person, record: Record, name: str) -> None:
        for each in [run for run in self._open.values() if run.person is person] if name in self._stop_fields() else ():
            if self._stops(each.sequence, person, each.record):
                self._close(each)
        for sequence in self._reads:
            for about in self._records(sequence, person):
                if record is person or record is about:
                    self._ask(sequence, person, about, Origin.CHANGE, name)

    def _scan(self, person: Person, sequence: str) -> None:
        for record in self._records(sequence, person):
            self._ask(sequence, person, record, Origin.SCAN)

    def _scan_again(self, person: Person, sequence: str) -> None:
        self._again.discard((sequence, person.id))
        self._scan(person, sequence)

    def _records(self, sequence: str, person: Person) -> Sequence[Record]:
        return person.placements if self.definitions[sequence].record == "placement" else [person]

    def _value(self, person: Person, record: Record) -> Callable[..., Any]:
        return lambda name: self._holders(name, person, record)[0].values.get(name)

    def _holders(self, name: str, person: Person, record: Record) -> list[Record]:
        """Whose value is read. A custom field is the record's own, else the person's: then both have a say in it."""
        if name.startswith("custom.") and record is not person and record.values.get(name) is None:
            return [person, record]
        return [person if name.startswith("person.") else record]

    def _stop_fields(self) -> set[str]:
        return {name for definition in self.definitions.values() for name in definition.stop_when}

    def _stops(self, sequence: str, person: Person, record: Record) -> bool:
        view: Any = SimpleNamespace(value=self._value(person, record))
        return stop_reason(self.definitions[sequence].stop_when, view) is not None

    def _ask(self, sequence: str, person: Person, record: Record, origin: Origin, changed: str = "") -> None:
        definition = self.definitions[sequence]
        ledger = self._ledger.get((sequence, person.id), [])
        event = lambda name: person.values.get(f"person.{name}")  # noqa: E731
        if not entry_model.asks(
            definition,
            origin,
            changed=[changed],
            event=event,
            since=START,
            now=self.now,
            ledger=ledger,
            record=record.id,
            refused=self._standing.get((sequence, record.id)),
        ):
            return
        assert definition.auto_enroll is not None
        if not all(one.true for one in evaluate(definition.auto_enroll, self._value(person, record), event, self.now)):
            self._standing.pop((sequence, record.id), None)
            return
        # Whoever is asked for something else than a field of the rule is looked at again.
        by_itself = entry_model.asks(
            definition,
            origin,
            changed=[changed],
            event=event,
            since=START,
            now=self.now,
            ledger=ledger,
            record=record.id,
        )
        waits = () if by_itself else tuple(definition.stop_when)
        running = self._open.get((sequence, record.id))
        held = [(name, holder) for name in self._reads[sequence] for holder in self._holders(name, person, record)]
        let = [(name, holder) for name in waits for holder in self._holders(name, person, record)]
        marks: dict[str, tuple[str, ...]] = {}
        for name, holder in [*held, *let]:
            marks[name] = (*marks.get(name, ()), *holder.marks.get(name, ()))
        candidate = entry_model.Candidate(
            record.id,
            ledger,
            marks,
            running=running is not None,
            stops=self._stops(sequence, person, record),
            waited_for=waits if self.waited else (),
        )
        decision = self.decide(definition, candidate, self.now)
        if decision.enters or by_itself or decision.refused is not Refused.CYCLE:
            self._standing.pop((sequence, record.id), None)
        if not decision.enters and decision.refused not in FINAL:
            self._standing[sequence, record.id] = decision.refused
        if decision.enters:
            self.again += not by_itself
            causes = [(name, run) for name, holder in held if (run := holder.writers.get(name)) is not None]
            let_by = [run for name, holder in let if (run := holder.writers.get(name)) is not None]
            self._enter(definition, person, record, "rule", decision.lineage, causes, let_by)
            return
        self.refused[decision.refused] = self.refused.get(decision.refused, 0) + 1
        if origin is Origin.SCAN and decision.refused in (Refused.WINDOW, Refused.ALREADY_ENROLLED):
            # Tomorrow's scan asks again; only the first one after the window, or in a month, can hear another answer.
            ends = [row.until for row in ledger if row.until and row.until > self.now]
            if (sequence, person.id) not in self._again:
                self._again.add((sequence, person.id))
                self.at(max(ends, default=self.now + timedelta(days=30)), self._scan_again, person, sequence)

    def _enter(
        self,
        definition: SequenceDefinition,
        person: Person,
        record: Record,
        via: str,
        lineage: tuple[str, ...],
        causes: list[tuple[str, Run]],
        let_by: Iterable[Run] = (),
    ) -> None:
        name = definition.sequence
        self._standing.pop((name, record.id), None)
        run = Run(name, person, record, self.now, via, lineage, causes, list(let_by))
        self.runs.append(run)
        self._of.setdefault((name, person.id), []).append(run)
        self._open[name, record.id] = run
        window = self._windows[name]
        rows = self._ledger.setdefault((name, person.id), [])
        rows[:] = [entry_model.PastEntry(row.record, row.opened_at, row.until, "ended") for row in rows]
        rows.append(entry_model.PastEntry(record.id, self.now, window.after(self.now) if window else None))
        last = self.now
        for step in definition.steps:
            last = self.now + timedelta(days=int((step.when or "0").split()[0]))
            self.at(last, self._step, run, step)
        self.at(last + timedelta(days=int(definition.reaction_period.split()[0])), self._finish, run)

    def _step(self, run: Run, step: Step) -> None:
        if not run.open:
            return
        if step.do is None:
            self._write(run.person, run.person, "person.last_contacted", self.now, run)
            if self.dice.random() < self.replies:
                self.at(self.now + timedelta(days=5 * self.dice.random()), self._reply, run)
        self._follow_up(run, step.do or ())

    def _reply(self, run: Run) -> None:
        if run.open:
            self.outside(run.person, run.person, "person.last_replied", self.now)
            self._react(run, "replied")

    def _finish(self, run: Run) -> None:
        if run.open:
            self._react(run, "finished")

    def _react(self, run: Run, kind: str) -> None:
        for reaction in self.definitions[run.sequence].reactions:
            if reaction.on == kind:
                self._follow_up(run, reaction.do)
        self._close(run)

    def _close(self, run: Run) -> None:
        if run.open:
            run.open = False
            del self._open[run.sequence, run.record.id]

    def _follow_up(self, run: Run, items: Iterable[Any]) -> None:
        for item in items:
            for name, value in getattr(item, "set_field", {}).items():
                self._write(run.person, run.person if name.startswith("person.") else run.record, name, value, run)
            target = getattr(item, "enroll", None)
            if target is not None:
                definition = self.definitions[target]
                lineage = (*run.lineage, run.sequence) if self.carries else ()
                running = (target, run.record.id) in self._open
                decision = self.decide_follow_up(definition, lineage, running=running)
                if decision.enters:
                    self._enter(definition, run.person, run.record, "sequence", decision.lineage, [("enroll", run)])

    # What must hold ----------------------------------------------------------------------------

    def violations(self) -> list[str]:
        """Every entering that should not have been, in words; nothing here asks the lineage or the ledger."""
        found = []
        links = graph_of(self.definitions.values()).links
        for (sequence, person), runs in self._of.items():
            rules = self.definitions[sequence].auto_enroll
            window = self._windows[sequence]
            for number, run in enumerate(runs):
                where = f"{person} in {sequence} on day {(run.at - START).days} by {run.via}"
                before = runs[:number]
                if run.via == "rule" and window and before and run.at < window.after(before[-1].at):
                    found.append(f"inside the window: {where}")
                if run.via == "rule" and not window and any(each.record is run.record for each in before):
                    found.append(f"twice without a window: {where}")
                protected = rules is None or rules.cycle_protection == "lineage"
                if run.via != "hand" and protected and sequence in run.ancestors():
                    found.append(f"a loop: {where}")
                for name, cause in run.causes if run.via == "rule" else ():
                    if all(link.field != name for link in links[cause.sequence].get(sequence, ())):
                        found.append(f"lint knows no edge {cause.sequence} -> {name} -> {sequence}: {where}")
        return found
