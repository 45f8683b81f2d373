"""The rules of a sequence: their conditions in words, what they may not do, what waits, and loops as paths."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import Rules
from sequences.auto_enroll.conditions import conditions
from sequences.auto_enroll.loops import graph_of
from sequences.auto_enroll.writes import CONTACTED
from services.console.approvals import Batch, waiting_batches
from services.console.condition_words import ConditionWords, condition_words, field_labels
from services.publishing.lint import published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version, Versions
    from sequences.auto_enroll.loops import Link, Loop
    from sequences.definition.model import SequenceDefinition
    from sequences.definition.rules import AutoEnroll
    from sequences.records.catalogue import Catalogue


LOOPS: Final = 5
"""The least protected ones are listed; `relance lint` lists more."""


@dataclass(frozen=True)
class LoopWay:
    """What leads from one sequence to the next.

    Attributes:
        kind: ``enroll`` (a follow-up), ``contact`` (a message is sent), ``write`` or ``empty`` (a field).
        label: what the field is called.
        value: that is written.
        after: the time that must pass; None: it works at once.
    """

    kind: str
    label: str = ""
    value: str = ""
    after: str | None = None


@dataclass(frozen=True)
class LoopStep:
    """One sequence of a loop, and what leads from it to the next one."""

    sequence: str
    name: str
    ways: tuple[LoopWay, ...]


@dataclass(frozen=True)
class LoopPath:
    """A path of sequences that leads back to its start.

    Attributes:
        guard: what stops it: ``nothing | once | window | lineage``.
        window: the longest on it, where that is what stops it.
    """

    steps: tuple[LoopStep, ...]
    guard: str
    window: str | None


@dataclass(frozen=True)
class RuleLimits:
    """What a rule may not do.

    Attributes:
        window: the re-enrollment window as written; None: a record enters once, ever.
        protection: ``lineage | window``.
        hold_above: a larger batch awaits approval.
        max_per_day: None: as many as match.
    """

    window: str | None
    protection: str
    hold_above: int
    max_per_day: int | None


@dataclass(frozen=True)
class RulesPage:
    """What the page shows before anybody is counted.

    Attributes:
        version: whose rules they are.
        state: ``none`` (there are no rules), ``off``, ``on`` or ``broken``.
        since: when they were switched on.
        scanned_at: the last scan.
        broken: why they cannot be evaluated.
        more_loops: further ones are not listed.
        batches: of the sequence, that await approval.
    """

    version: Version
    state: str
    since: datetime | None = None
    scanned_at: datetime | None = None
    broken: str | None = None
    conditions: tuple[ConditionWords, ...] = ()
    limits: RuleLimits | None = None
    loops: tuple[LoopPath, ...] = ()
    more_loops: bool = False
    batches: tuple[Batch, ...] = ()

    @property
    def sequence(self) -> str:
        """Its name in addresses."""
        return self.version.sequence

    @property
    def name(self) -> str:
        """What people call the sequence."""
        return self.version.definition.name

    @property
    def record(self) -> str:
        """``person | placement``."""
        return self.version.definition.record


@dataclass(frozen=True)
class RulesReading:
    """What the page of a rule is read with.

    Attributes:
        catalogue: what fields are called; a rule about one that is gone is broken.
    """

    versions: Versions
    catalogue: Catalogue

    async def page(self, connection: Connection, sequence: str) -> RulesPage:
        """The page of one sequence.

        Args:
            connection: of ``looking``.
            sequence: its name.

        Raises:
            NotFoundError: it was never published.
        """
        version = await self.versions.get(connection, sequence)
        row = await queries.explain_rules_on(connection, sequence=sequence)
        return replace(
            await self._page(connection, version, "on" if row else "off", row.broken if row else None),
            since=row.since if row else None,
            scanned_at=row.scanned_at if row else None,
            batches=await waiting_batches(connection, sequence=sequence),
        )

    async def _page(self, connection: Connection, version: Version, state: str, broken: str | None) -> RulesPage:
        definition = version.definition
        wanted = definition.auto_enroll
        if wanted is None:
            return RulesPage(version, "none")
        compiled = Rules(catalogue=self.catalogue).compiled(version)
        broken = broken or (compiled if isinstance(compiled, str) else None)
        loops, more = await self.loops(connection, definition)
        return RulesPage(
            version,
            "broken" if broken else state,
            broken=broken,
            conditions=self.words(definition),
            limits=limits_of(wanted),
            loops=loops,
            more_loops=more,
        )

    def words(self, definition: SequenceDefinition) -> tuple[ConditionWords, ...]:
        """The conditions of a definition, published or not."""
        labels = field_labels(self.catalogue)
        wanted = definition.auto_enroll
        return tuple(condition_words(each, labels) for each in conditions(wanted)) if wanted is not None else ()

    async def loops(self, connection: Connection, definition: SequenceDefinition) -> tuple[tuple[LoopPath, ...], bool]:
        """Paths that lead from a definition, published or not, back to it; True: there are more."""
        sequence, labels = definition.sequence, field_labels(self.catalogue)
        graph = graph_of([*await published(connection), definition])
        # Of two hundred sequences that all write to people this takes a third of a second.
        found = await asyncio.to_thread(graph.loops, frozenset({sequence}), LOOPS)
        paths = tuple(_path(loop, sequence, graph.definitions, labels) for loop in found.found[:LOOPS])
        return paths, found.more or len(found.found) > LOOPS


def limits_of(wanted: AutoEnroll) -> RuleLimits:
    """What a rule may not do."""
    window = wanted.prevent_reenrollment_within
    return RuleLimits(str(window) if window else None, wanted.cycle_protection, wanted.hold_above, wanted.max_per_day)


def _path(
    loop: Loop, sequence: str, definitions: Mapping[str, SequenceDefinition], labels: Mapping[str, str]
) -> LoopPath:
    """Begins with the sequence that is looked at."""
    start = loop.sequences.index(sequence)
    order = [*range(start, len(loop.sequences)), *range(start)]
    steps = (
        LoopStep(
            loop.sequences[place],
            definitions[loop.sequences[place]].name,
            tuple(_way(link, labels) for link in loop.links[place]),
        )
        for place in order
    )
    return LoopPath(tuple(steps), loop.guard.name.lower(), str(loop.window) if loop.window else None)


def _way(link: Link, labels: Mapping[str, str]) -> LoopWay:
    if link.field is None:
        return LoopWay("enroll")
    after = str(link.after) if link.after else None
    if link.field == CONTACTED:
        return LoopWay("contact", after=after)
    label = labels.get(link.field, link.field)
    return LoopWay("write", label, link.value) if link.value else LoopWay("empty", label)
