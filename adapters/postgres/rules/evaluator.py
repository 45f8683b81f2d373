"""Published rules, run against the records: who matches, and what stands against it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.rules.entry_facts import facts_inside, facts_of
from adapters.postgres.rules.statements import CallInstants, CompiledRule, Statement, compile_rule
from adapters.postgres.versions import Version, Versions
from sequences.auto_enroll.conditions import found_text
from sequences.auto_enroll.finding import ConditionFinding
from sequences.auto_enroll.messages import Match, Origin, Refusal
from sequences.enrolling.entry import EntryFacts, first_refusal
from sequences.errors import DefinitionError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection
    from sequences.records.catalogue import Catalogue


@dataclass(frozen=True)
class ActiveRule:
    """A rule that is switched on.

    Attributes:
        compiled: None when it is broken.
        broken: why, in words, or None.
        since: when it was switched on; UTC.
    """

    version: Version
    compiled: CompiledRule | None
    broken: str | None
    since: datetime


@dataclass(frozen=True)
class RuleOutcomes:
    """What all records come to that are not deleted.

    Attributes:
        unmet: for each condition in turn, how many meet those before it and not it.
        refused: of those who meet all of them, how many are refused, by reason.
        open: how many nothing stands against, as far as Postgres knows.
    """

    unmet: tuple[int, ...]
    refused: Mapping[str, int]
    open: int

    @property
    def matching(self) -> int:
        """How many meet all conditions."""
        return self.open + sum(self.refused.values())


@dataclass(frozen=True)
class FoundRecord:
    """A record with what was found of it for each condition."""

    record_id: str
    person_id: str
    owner_id: str | None
    findings: tuple[ConditionFinding, ...]


@dataclass(frozen=True)
class RemainingRecord:
    """A record that meets the first conditions of a rule."""

    record_id: str
    person_id: str
    owner_id: str | None


@dataclass(frozen=True)
class OutcomesWanted:
    """Which of those who meet all conditions.

    Attributes:
        open: those whom nothing stands against, as far as Postgres knows.
        reasons: those who are refused for one of these.
        without: record ids that are left out of ``open``.
        also: record ids that are wanted in any case.
    """

    open: bool = False
    reasons: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutcomeRecord:
    """A record that meets all conditions; ``reason``: why it is refused, None: nothing stands against it."""

    record_id: str
    person_id: str
    owner_id: str | None
    reason: str | None


@dataclass(frozen=True)
class ChangedRecords:
    """Ids of what changed, by entity."""

    persons: Sequence[str] = ()
    placements: Sequence[str] = ()
    clients: Sequence[str] = ()
    owners: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.persons or self.placements or self.clients or self.owners)


@dataclass(frozen=True)
class ScanScope:
    """Which matches a pass over all records wants.

    Attributes:
        origin: ``SCAN`` wants only those for whom the rule came true by time passing after ``since``.
        now: UTC; the same for all pages of a pass.
        since: when the rule was switched on.
    """

    origin: Origin
    now: datetime
    since: datetime


class Rules:
    """Reads and runs rules. A version never changes, so each is compiled once."""

    def __init__(self, versions: Versions | None = None, catalogue: Catalogue | None = None) -> None:
        """Args are optional: a cache of versions to share, and the catalogue that knows the declared custom fields."""
        self._versions = versions or Versions()
        self._catalogue = catalogue
        self._compiled: dict[tuple[str, int], CompiledRule | str] = {}

    async def active(self, connection: Connection) -> list[ActiveRule]:
        """All rules that are switched on, by sequence; a broken one among them says so and stops no other."""
        found = []
        for row in await queries.rule_states(connection):
            version = await self._versions.get(connection, row.sequence, row.version)
            if version.definition.auto_enroll is not None:
                compiled = self.compiled(version)
                broken = compiled if isinstance(compiled, str) else None
                rule = compiled if isinstance(compiled, CompiledRule) else None
                found.append(ActiveRule(version, rule, broken, row.since))
        return found

    def compiled(self, version: Version) -> CompiledRule | str:
        """The compiled rule of a version, or why it is broken."""
        key = (version.sequence, version.version)
        if key not in self._compiled:
            try:
                self._compiled[key] = self._compile(version)
            except DefinitionError as error:
                self._compiled[key] = str(error)
        return self._compiled[key]

    def _compile(self, version: Version) -> CompiledRule:
        rule = compile_rule(version)
        for condition in rule.conditions:
            declared = self._catalogue is None or self._catalogue.get(condition.field) is not None
            if condition.field.startswith("custom.") and not declared:
                raise DefinitionError(f"there is no field `{condition.field}` any more")
        return rule

    async def for_changes(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, changed: ChangedRecords
    ) -> list[Match]:
        """Matches among the records that these changes concern."""
        compiled = _rule(rule)
        return await self.of_records(connection, compiled, now, await self.concerned(connection, compiled, changed))

    async def concerned(
        self, connection: Connection, rule: CompiledRule | ActiveRule, changed: ChangedRecords
    ) -> list[str]:
        """Ids of the records that these changes concern."""
        clients, owners = list(changed.clients), list(changed.owners)
        if _rule(rule).record == "person":
            records = list(dict.fromkeys(changed.persons))
            if not clients and not owners:
                return records
            return list(await queries.people_concerned(connection, persons=records, clients=clients, owners=owners))
        records = list(dict.fromkeys(changed.placements))
        persons = list(changed.persons)
        if not persons and not clients and not owners:
            return records
        rows = await queries.placements_concerned(
            connection, persons=persons, placements=records, clients=clients, owners=owners
        )
        return list(rows)

    async def of_records(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, records: Sequence[str]
    ) -> list[Match]:
        """Those of the records for which the rule is true now, by record id."""
        if not records:
            return []
        compiled = _rule(rule)
        return await _matches(connection, compiled, compiled.of_records, CallInstants(now, now), list(records))

    async def entered_since(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, records: Sequence[str]
    ) -> dict[str, Refusal]:
        """Those of the records that are in the sequence now, or were when they may enter only once; and the refusal."""
        compiled = _rule(rule)
        statement = compiled.inside
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now), list(records)))
        found = {row["record_id"]: first_refusal(facts_inside(dict(row)), compiled.limits) for row in rows}
        return {record: refusal for record, refusal in found.items() if refusal is not None}

    async def count_of(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, records: Sequence[str]
    ) -> int:
        """For how many of the records the rule is true now, and nothing that SQL knows stands against them."""
        if not records:
            return 0
        statement = _rule(rule).of_records_count
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now), list(records)))
        return sum(row["number"] for row in rows if row["refused"] is None)

    async def without_person(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, records: Sequence[str]
    ) -> list[Match]:
        """Those of the placements that the rule is true of, as far as is known, and whose person is not there yet.

        Each is refused for that (``no_person``).
        """
        compiled = _rule(rule)
        if compiled.record != "placement" or not records:
            return []
        statement = compiled.without_person
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now), list(records)))
        refusal = first_refusal(EntryFacts(no_person=True), compiled.limits)
        matches = [Match(row["record_id"], row["person_id"], row["owner_id"]) for row in rows]
        return [match if refusal is None else match.refused_for(refusal) for match in matches]

    async def page(
        self, connection: Connection, rule: CompiledRule | ActiveRule, scope: ScanScope, *, after: str, limit: int
    ) -> list[Match]:
        """The next matches by record id.

        Args:
            connection: of the pool.
            rule: to run.
            scope: which of them.
            after: the last record id of the page before; empty at the start.
            limit: of matches. Fewer than these: there are no more.
        """
        compiled = _rule(rule)
        instants = CallInstants(scope.now, scope.since)
        return await _matches(connection, compiled, compiled.page(scope.origin), instants, after, limit)

    async def count(self, connection: Connection, rule: CompiledRule | ActiveRule, scope: ScanScope) -> dict[str, int]:
        """How many would be enrolled now (under ``""``), and how many refused, by reason."""
        statement = _rule(rule).count(scope.origin)
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(scope.now, scope.since)))
        return {row["refused"] or "": row["number"] for row in rows}

    async def findings(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, record: str
    ) -> list[ConditionFinding]:
        """Every condition with the value found.

        Raises:
            NotFoundError: there is no such record.
        """
        compiled = _rule(rule)
        statement = compiled.findings
        row = await connection.fetchrow(statement.text, *statement.values(CallInstants(now, now), record))
        if row is None:
            raise NotFoundError(f"no {compiled.record} has the id {record}")
        return list(_findings(compiled, row))

    async def outcomes(self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime) -> RuleOutcomes:
        """Counts all records once: how many each condition turns away, and what becomes of those who match."""
        compiled = _rule(rule)
        statement = compiled.outcomes
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now)))
        found = {row["outcome"] or "": row["number"] for row in rows}
        unmet = tuple(found.pop(str(place), 0) for place in range(len(compiled.conditions)))
        open_ = found.pop("", 0)
        return RuleOutcomes(unmet, found, open_)

    async def remaining(
        self,
        connection: Connection,
        rule: CompiledRule | ActiveRule,
        now: datetime,
        first: int,
        *,
        after: str,
        limit: int,
    ) -> list[RemainingRecord]:
        """Those whom ``outcomes`` counts as left after the first conditions, by record id.

        Args:
            connection: of the pool.
            rule: to run.
            now: UTC.
            first: how many conditions; 0: everybody is left.
            after: the last record id of the page before; empty at the start.
            limit: of records.
        """
        statement = _rule(rule).remaining_page
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now), first, after, limit))
        return [RemainingRecord(row["record_id"], row["person_id"], row["owner_id"]) for row in rows]

    async def with_outcome(
        self,
        connection: Connection,
        rule: CompiledRule | ActiveRule,
        now: datetime,
        wanted: OutcomesWanted,
        *,
        after: str,
        limit: int,
    ) -> list[OutcomeRecord]:
        """Those whom ``outcomes`` counts as meeting all conditions, by record id.

        Args:
            connection: of the pool.
            rule: to run.
            now: UTC.
            wanted: which of them.
            after: the last record id of the page before; empty at the start.
            limit: of records.
        """
        statement = _rule(rule).outcome_page
        asked = (after, limit, wanted.open, list(wanted.reasons), list(wanted.without), list(wanted.also))
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now), *asked))
        return [OutcomeRecord(row["record_id"], row["person_id"], row["owner_id"], row["outcome"]) for row in rows]

    async def met(self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime) -> tuple[int, ...]:
        """How many records meet each condition alone: all of them in one pass over the records."""
        compiled = _rule(rule)
        statement = compiled.met
        row = await connection.fetchrow(statement.text, *statement.values(CallInstants(now, now)))
        return tuple(row.values()) if row is not None else ()

    async def near(
        self, connection: Connection, rule: CompiledRule | ActiveRule, now: datetime, limit: int
    ) -> list[FoundRecord]:
        """Some of those who meet all conditions but one, by record id."""
        compiled = _rule(rule)
        statement = compiled.near
        rows = await connection.fetch(statement.text, *statement.values(CallInstants(now, now), limit))
        return [
            FoundRecord(row["record_id"], row["person_id"], row["owner_id"], _findings(compiled, row)) for row in rows
        ]


def _findings(rule: CompiledRule, row: Any) -> tuple[ConditionFinding, ...]:
    return tuple(
        ConditionFinding(
            each.group, each.field, each.wanted, found_text(row[f"found{number}"]), bool(row[f"test{number}"])
        )
        for number, each in enumerate(rule.conditions)
    )


def _rule(rule: CompiledRule | ActiveRule) -> CompiledRule:
    compiled = rule.compiled if isinstance(rule, ActiveRule) else rule
    if compiled is None:
        raise DefinitionError("this rule is broken; publish the sequence again with fields that exist")
    return compiled


async def _matches(
    connection: Connection, rule: CompiledRule, statement: Statement, moment: CallInstants, *more: Any
) -> list[Match]:
    rows = await connection.fetch(statement.text, *statement.values(moment, *more))
    return [_match(rule, row) for row in rows]


def _match(rule: CompiledRule, row: Any) -> Match:
    raw = row["lineages"]
    # A connection outside the pool has no codec for jsonb.
    lineages = [_names(marks) for marks in (json.loads(raw) if isinstance(raw, str) else raw)]
    lineage = tuple(dict.fromkeys(name for names in lineages for name in names))
    written = [each.field for each, names in zip(rule.conditions, lineages, strict=True) if rule.sequence in names]
    refusal = first_refusal(facts_of(row, lineage, tuple(dict.fromkeys(written))), rule.limits)
    match = Match(row["record_id"], row["person_id"], row["owner_id"], lineage)
    return match if refusal is None else match.refused_for(refusal)


def _names(marks: Any) -> list[str]:
    return [name for name in marks if isinstance(name, str)] if isinstance(marks, list) else []
