"""Loops between sequences, found before they run: A writes what B's rule reads, and B writes what A's rule reads."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from sequences.auto_enroll.conditions import Condition, conditions, fields_read, written_fields
from sequences.auto_enroll.cycles import elementary_cycles
from sequences.auto_enroll.writes import CONTACTED, CUSTOM, Fed, Write, enrolls, feeds, writes
from sequences.definition.compile import reenrollment_window
from sequences.definition.durations import Duration
from sequences.definition.model import SequenceDefinition

LIMIT = 50
"""Loops that are listed of each kind; beyond it the list says that there are more."""


class Guard(enum.IntEnum):
    """What keeps somebody from coming through an edge again; the larger, the stronger."""

    NOTHING = 0
    ONCE = 1
    """The target has no window: a record enters once. Only that stops a loop whose lineage is not asked."""
    WINDOW = 2
    LINEAGE = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One way in which ``source`` lets somebody enter ``target``.

    Attributes:
        field: that is written and read; None for a follow-up ``enroll``.
        after: the time that must pass after the write, None when it works at once.
        guard: what the target asks before it lets in whoever comes this way.
        value: that is written, as text; None when the field is emptied, and for a contact.
    """

    source: str
    target: str
    field: str | None
    after: Duration | None
    guard: Guard
    value: str | None = None


@dataclass(frozen=True)
class Loop:
    """A path that ends where it began.

    Attributes:
        sequences: in order, each once; the last leads to the first.
        links: for each of ``sequences`` the ways to the next one.
        guard: what stops it, the strongest of its edges (each taken at its weakest link).
        window: the longest window on it, when ``guard`` is ``WINDOW``.
    """

    sequences: tuple[str, ...]
    links: tuple[tuple[Link, ...], ...]
    guard: Guard
    window: Duration | None = None

    @property
    def path(self) -> str:
        """The loop on one line, with the fields on the edges."""
        parts = [f"{links[0].source} --[{', '.join(_words(link) for link in links)}]-->" for links in self.links]
        return " ".join([*parts, self.sequences[0]])


@dataclass(frozen=True)
class Loops:
    """What was found; ``more`` when there are further loops that are not listed."""

    found: tuple[Loop, ...]
    more: bool


@dataclass(frozen=True)
class Graph:
    """Which sequence can let somebody enter which other one.

    Attributes:
        definitions: newest versions by name.
    """

    definitions: Mapping[str, SequenceDefinition]

    @cached_property
    def links(self) -> dict[str, dict[str, tuple[Link, ...]]]:
        """Source to target to the ways between them. Every entry that automation can cause has its link here."""
        known: dict[tuple[Write, str], Fed | None] = {}
        return {name: self._links_of(definition, known) for name, definition in self.definitions.items()}

    @cached_property
    def _readers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, definition in self.definitions.items():
            rules = definition.auto_enroll
            if rules is not None:
                for field in fields_read(rules):
                    found.setdefault(field, []).append(name)
        return found

    @cached_property
    def _steady(self) -> dict[str, dict[str, AbstractSet[str] | None]]:
        """What each rule wants of the person's fields that no sequence writes; None stands for "no value".

        A sequence into which a follow-up enrolls is left out: whoever comes that way is not asked what the rule wants.
        """
        enrolled = {target for each in self.definitions.values() for target in enrolls(each)}
        written = frozenset[str]().union(*(written_fields(each) for each in self.definitions.values()))
        steady: dict[str, dict[str, AbstractSet[str] | None]] = {}
        for name, definition in self.definitions.items():
            rules = definition.auto_enroll
            if rules is not None and name not in enrolled:
                steady[name] = {
                    condition.field: _texts(condition) if condition.group == "real" else None
                    for condition in conditions(rules)
                    if condition.field.startswith("person.")
                    and condition.field not in written
                    and (condition.group == "real" or not condition.present)
                }
        return steady

    def _links_of(
        self, definition: SequenceDefinition, known: dict[tuple[Write, str], Fed | None]
    ) -> dict[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = {}
        for write in writes(definition):
            for reader in self._readers.get(write.field, ()):
                target = self.definitions[reader]
                if write.field.startswith(CUSTOM) and (definition.record, target.record) == ("placement", "person"):
                    # A placement keeps its custom fields to itself; a rule about people reads the person's.
                    continue
                if (write, reader) not in known:
                    known[write, reader] = feeds(write, target.auto_enroll) if target.auto_enroll is not None else None
                fed = known[write, reader]
                if fed is not None:
                    guard = _guard(target, by_rule=True)
                    found.setdefault(reader, []).append(
                        Link(definition.sequence, reader, fed.field, fed.after, guard, write.value)
                    )
        for name in enrolls(definition):
            if name in self.definitions:
                guard = _guard(self.definitions[name], by_rule=False)
                found.setdefault(name, []).append(Link(definition.sequence, name, None, None, guard))
        return {name: tuple(links) for name, links in found.items()}

    @cached_property
    def _walkable(self) -> dict[str, list[tuple[str, Guard]]]:
        """Source to targets with the guard of their weakest link, without edges that no person can walk."""
        return {
            source: [
                (target, min(link.guard for link in links))
                for target, links in targets.items()
                if self._together(source, target)
            ]
            for source, targets in self.links.items()
        }

    def _together(self, *names: str) -> bool:
        """Whether one person can meet these rules while only automation writes: fields that nothing writes stay."""
        allowed: dict[str, AbstractSet[str] | None] = {}
        for name in names:
            for field, values in self._steady.get(name, {}).items():
                if field not in allowed:
                    allowed[field] = values
                    continue
                known = allowed[field]
                if known is None or values is None:
                    if known is not values:
                        return False
                elif not (both := known & values):
                    return False
                else:
                    allowed[field] = both
        return True

    def loops(self, through: AbstractSet[str] = frozenset(), limit: int = LIMIT) -> Loops:
        """The loops, the least protected and the shortest first.

        Work is bounded: components first, then a limited number of paths. A loop that nothing stops is never passed
        over for the sake of the harmless ones: each degree of protection is searched by itself.

        Args:
            through: only loops that touch one of these; empty for all.
            limit: how many are listed of each degree of protection.
        """
        found: dict[tuple[str, ...], Loop] = {}
        more = False
        for strongest in (Guard.ONCE, Guard.WINDOW, Guard.LINEAGE):
            edges = {
                source: [target for target, guard in targets if guard <= strongest]
                for source, targets in self._walkable.items()
            }
            paths, cut = elementary_cycles(edges, limit=limit + len(found), through=through)
            more = more or cut
            for path in paths:
                if path not in found and self._together(*path):
                    found[path] = self._loop(path)
        order = sorted(found.values(), key=lambda loop: (loop.guard, len(loop.sequences), loop.sequences))
        return Loops(tuple(order), more)

    def _loop(self, path: tuple[str, ...]) -> Loop:
        pairs = zip(path, (*path[1:], path[0]), strict=True)
        links = tuple(self.links[source][target] for source, target in pairs)
        guard = max(min(link.guard for link in ways) for ways in links)
        windows = [
            window
            for ways in links
            if min(link.guard for link in ways) is Guard.WINDOW
            and (window := reenrollment_window(self.definitions[ways[0].target])) is not None
        ]
        longest = max(windows, key=rough_days, default=None)
        return Loop(path, links, guard, longest if guard is Guard.WINDOW else None)


def graph_of(definitions: Iterable[SequenceDefinition]) -> Graph:
    """The graph of these sequences; the last of two with the same name counts."""
    return Graph({definition.sequence: definition for definition in definitions})


DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 30.44, "years": 365.25}


def rough_days(duration: Duration) -> float:
    """A duration in days, months and years at their average: only to say which is longer."""
    return duration.amount * DAYS[duration.unit.value]


def _texts(condition: Condition) -> frozenset[str]:
    """What a field of one value may hold: what every group of the condition takes."""
    return frozenset.intersection(*(each.texts for each in condition.among))


def _guard(target: SequenceDefinition, *, by_rule: bool) -> Guard:
    rules = target.auto_enroll
    if rules is None or rules.cycle_protection == "lineage":
        return Guard.LINEAGE
    if not by_rule:
        # A follow-up does not ask the window: only rules do.
        return Guard.NOTHING
    return Guard.ONCE if rules.prevent_reenrollment_within is None else Guard.WINDOW


def _words(link: Link) -> str:
    if link.field is None:
        return "enroll"
    if link.field == CONTACTED:
        return link.field if link.after is None else f"{link.field} by time, {link.after} later"
    return f"{link.field} = {link.value}" if link.value else f"{link.field} emptied"
