"""Who will enter by rule because of an import: asked before the rules look, by what lets people in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.auto_enroll.count_batch import concerned_by, touched_by
from services.auto_enroll.guarded_rules import guarded
from services.auto_enroll.look_again import Again
from services.enrolling.eligibility import OneEach
from services.enrolling.first_message import first_hour
from services.publishing.preview import ASKED, SAMPLE, Example

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.rules.evaluator import ActiveRule, ChangedRecords, Rules
    from sequences.auto_enroll.messages import Match
    from services.auto_enroll.queue import Queue
    from services.enrolling.eligibility import Eligibility


@dataclass(frozen=True)
class Outlook:
    """What the rules of one sequence make of an import.

    Attributes:
        records: ``person | placement``.
        would_enroll: whom nothing stands against, as far as they were asked one by one.
        matching: all that the rule is true of and SQL knows nothing against: what ``hold_above`` counts.
        asked: how many were asked one by one for addresses, stop rules and fields; of the others that is known when
            they enter.
        refused: reason to number, for the rest.
        sample: some of those who would enter.
        waits: all of them await approval.
        standing: because a batch of the sequence waits already.
        unsocial: of those asked one by one, how many would get the first message at night or on a weekend.
        unsocial_example: when, for one of them.
    """

    sequence: str
    name: str
    records: str
    would_enroll: int
    matching: int
    asked: int
    refused: Mapping[str, int]
    sample: tuple[Example, ...]
    hold_above: int
    max_per_day: int | None
    waits: bool
    standing: bool
    unsocial: int = 0
    unsocial_example: str | None = None


@dataclass
class _Seen:
    """What was found of one sequence so far. Records, so that a row in two parts of the file counts once."""

    rule: ActiveRule
    coming: dict[str, Match] = field(default_factory=dict)
    fit: dict[str, Example] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    unsocial: dict[str, str] = field(default_factory=dict)
    one_each: OneEach = field(default_factory=OneEach)
    recent: int = 0
    standing: bool = False


class Outlooks:
    """Gathers outlooks over the transactions of an import; reads only."""

    def __init__(self, rules: Rules, eligibility: Eligibility, queue: Queue, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._eligibility = eligibility
        self._again = Again(rules, eligibility)
        self._queue = queue
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    async def look(self, connection: Connection, batch: str) -> None:
        """Adds what a batch of changes would do, as far as it is visible to this transaction."""
        now = self._clock()
        touched = await touched_by(connection, batch)
        for rule in await self._rules.active(connection):
            sequence = rule.version.sequence
            concerned = await concerned_by(connection, rule, batch)
            if rule.compiled is None or not (concerned or sequence in touched):
                continue
            matches = await self._matches(connection, rule, now, concerned, touched.get(sequence, []))
            if matches:
                seen = self._seen.setdefault(sequence, _Seen(rule))
                await self._add(connection, seen, matches, now)

    def found(self) -> list[Outlook]:
        """By sequence: who would enter, who waits, and why others would not."""
        return [_outlook(seen) for _, seen in sorted(self._seen.items())]

    async def _matches(
        self,
        connection: Connection,
        rule: ActiveRule,
        now: datetime,
        concerned: ChangedRecords,
        refused: list[str],
    ) -> list[Match]:
        async def ask() -> tuple[list[Match], list[Match]]:
            matches = await self._rules.for_changes(connection, rule, now, concerned) if concerned else []
            known = {match.record_id for match in matches}
            rest = [record for record in refused if record not in known]
            rest += [record for record in concerned.placements if record not in known]
            return matches, await self._again.matches(connection, rule, now, list(dict.fromkeys(rest)))

        found = await guarded(connection, rule, now, ask)
        if found is None:
            return []
        matches, again = found
        return [*matches, *await self._again.judged(connection, rule, again, now)]

    async def _add(self, connection: Connection, seen: _Seen, matches: list[Match], now: datetime) -> None:
        version = seen.rule.version
        for match in matches:
            if match.refused is not None:
                seen.refused[match.record_id] = str(match.refused)
                continue
            seen.refused.pop(match.record_id, None)
            seen.coming[match.record_id] = match
            if len(seen.asked) < ASKED:
                seen.asked.add(match.record_id)
                await self._ask(connection, seen, match, now)
        seen.recent = await self._queue.entered_lately(connection, version.sequence, now)
        seen.standing = await queries.batch_waits(connection, sequence=version.sequence) is not None

    async def _ask(self, connection: Connection, seen: _Seen, match: Match, now: datetime) -> None:
        version = seen.rule.version
        judged = await self._eligibility.of_match(connection, version, match, now, among=seen.one_each)
        if judged.refusal is not None:
            seen.refused[match.record_id] = str(judged.refusal.reason)
        elif judged.view is not None:
            seen.fit[match.record_id] = Example(match.record_id, match.person_id, judged.view.person["full_name"])
            if (odd := first_hour(version, judged.view, now)) is not None:
                seen.unsocial[match.record_id] = odd


def _outlook(seen: _Seen) -> Outlook:
    definition = seen.rule.version.definition
    rules = definition.auto_enroll
    assert rules is not None
    entering = [record for record in seen.coming if record not in seen.refused]
    odd = [seen.unsocial[record] for record in entering if record in seen.unsocial]
    return Outlook(
        sequence=definition.sequence,
        name=definition.name,
        records=definition.record,
        would_enroll=len(entering),
        matching=len(seen.coming),
        asked=len(seen.asked),
        refused=dict(sorted(Counter(seen.refused.values()).items())),
        sample=tuple(seen.fit[record] for record in entering if record in seen.fit)[:SAMPLE],
        hold_above=rules.hold_above,
        max_per_day=rules.max_per_day,
        waits=bool(entering) and (seen.standing or seen.recent + len(seen.coming) > rules.hold_above),
        standing=seen.standing,
        unsocial=len(odd),
        unsocial_example=odd[0] if odd else None,
    )
