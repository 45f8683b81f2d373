"""A published rule as parametrised SQL: one set of expressions for changes, scans, previews and explanations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.postgres.rules.conditions import (
    NO_LINEAGE,
    BeforeSince,
    CallInstants,
    Parameters,
    SqlCondition,
    compile_condition,
    edge_of,
    link,
)
from adapters.postgres.rules.entry_facts import EntryFactsSql
from sequences.auto_enroll.conditions import Condition, conditions, fields_read
from sequences.auto_enroll.messages import Origin
from sequences.enrolling.entry import EntryLimits, by_rule
from sequences.errors import DefinitionError

if TYPE_CHECKING:
    from adapters.postgres.versions import Version
    from sequences.definition.rules import AutoEnroll

_OWNER_JOIN = "LEFT JOIN owner o ON o.id = "
_CLIENT_JOIN = "LEFT JOIN client c ON c.id = "


@dataclass(frozen=True)
class Statement:
    """A constant text, and the parameters that are known before a call; what a call adds follows them."""

    text: str
    parameters: Parameters

    def values(self, moment: CallInstants, *more: Any) -> list[Any]:
        """All parameters of one call."""
        return [*self.parameters.bind(moment), *more]


@dataclass(frozen=True)
class CompiledRule:
    """The rule of one published version; its statements are texts that do not change, so Postgres keeps their plans.

    Attributes:
        record: ``person | placement``.
        fields: catalogue names; a change of one of them can make the rule true.
        conditions: all of the rule.
        limits: what the sequence asks of somebody who enters by rule.
    """

    sequence: str
    version: int
    record: str
    fields: frozenset[str]
    conditions: tuple[Condition, ...]
    limits: EntryLimits

    @cached_property
    def of_records(self) -> Statement:
        """Matches among the given records. Adds: record ids."""
        build = _Builder(self)
        return build.select(f"{build.id} = ANY({build.next(1)}::text[])", f"ORDER BY {build.id}")

    @cached_property
    def inside(self) -> Statement:
        """Whether each of the given records is in the sequence or was: one row a record. Adds: record ids."""
        build = _Builder(replace(self, conditions=()))
        text = (
            f"SELECT {build.id} AS record_id, {build.facts.inside} "  # noqa: S608
            f"FROM {build.source} WHERE {build.id} = ANY({build.next(1)}::text[])"
        )
        return Statement(text, build.parameters)

    @cached_property
    def of_records_count(self) -> Statement:
        """Like ``of_records``: reason (null: would enroll) and number. Adds: record ids."""
        build = _Builder(self)
        return build.count(f"{build.id} = ANY({build.next(1)}::text[])")

    @cached_property
    def without_person(self) -> Statement:
        """Placements whose person is not known, as far as the rule can be true of them. Adds: record ids."""
        # What the rule reads of the person is judged when there is one.
        known = tuple(each for each in self.conditions if not each.field.startswith("person."))
        build = _Builder(replace(self, conditions=known), refusals=False)
        tests = [each.test for each in build.compiled]
        scope = f"pl.id = ANY({build.next(1)}::text[]) AND p.id IS NULL AND pl.deleted_at IS NULL"
        text = (
            "SELECT pl.id AS record_id, pl.person_id, nullif(pl.owner_id, '') AS owner_id "  # noqa: S608
            f"FROM {build.source.replace(' JOIN person ', ' LEFT JOIN person ', 1)} "
            f"WHERE {' AND '.join([scope, *tests])} ORDER BY pl.id"
        )
        return Statement(text, build.parameters)

    @cached_property
    def existing_page(self) -> Statement:
        """Matches by record id. Adds: the id before the page, the number of rows."""
        build = _Builder(self)
        return build.select(f"{build.id} > {build.next(1)}::text", build.page())

    @cached_property
    def scan_page(self) -> Statement:
        """Like ``existing_page``, of those for whom the rule came true by time passing."""
        build = _Builder(self)
        edge = build.edge()
        return build.select(f"{edge} AND {build.id} > {build.next(1)}::text", build.page())

    @cached_property
    def existing_count(self) -> Statement:
        """Reason (null: would enroll) and number."""
        return _Builder(self).count("true")

    @cached_property
    def scan_count(self) -> Statement:
        """Like ``existing_count``, of those for whom the rule came true by time passing."""
        build = _Builder(self)
        return build.count(build.edge())

    @cached_property
    def outcomes(self) -> Statement:
        """What every record that is not deleted comes to, and number, in one pass.

        An outcome is the place of the first condition that is not met, else the reason of a refusal, else nothing.
        """
        return _Builder(self).outcomes()

    @cached_property
    def remaining_page(self) -> Statement:
        """Records that meet the first conditions, by id. Adds: how many conditions, the id before the page, rows."""
        build = _Builder(self, refusals=False)
        deleted = EntryFactsSql(self.record, build.id, "", "").deleted
        text = (
            f"SELECT {build.id} AS record_id, p.id AS person_id, {link('owner', self.record)} AS owner_id "  # noqa: S608
            f"FROM {build.source} WHERE NOT ({deleted}) AND {build.id} > {build.next(2)}::text "
            f"AND (CASE {build.first_unmet} ELSE '{len(build.compiled)}' END)::int >= {build.next(1)}::int "
            f"ORDER BY {build.id} LIMIT {build.next(3)}::int"
        )
        return Statement(text, build.parameters)

    @cached_property
    def outcome_page(self) -> Statement:
        """Records that meet all conditions, by id, with what ``outcomes`` counts them as.

        Adds: the id before the page, rows, whether those are wanted whom nothing stands against, reasons that are
        wanted, ids that are left out of the former, and ids that are wanted in any case.
        """
        build = _Builder(self)
        text = (
            f"SELECT x.* FROM (SELECT {build.id} AS record_id, p.id AS person_id, "  # noqa: S608
            f"{link('owner', self.record)} AS owner_id, {build.outcome} AS outcome "
            f"FROM {build.source} WHERE NOT ({build.facts.deleted}) AND {build.id} > {build.next(1)}::text "
            f"AND {build.tests}) x "
            f"WHERE (x.outcome IS NULL AND {build.next(3)}::boolean AND x.record_id <> ALL({build.next(5)}::text[])) "
            f"OR x.outcome = ANY({build.next(4)}::text[]) OR x.record_id = ANY({build.next(6)}::text[]) "
            f"ORDER BY x.record_id LIMIT {build.next(2)}::int"
        )
        return Statement(text, build.parameters)

    @cached_property
    def met(self) -> Statement:
        """How many records meet each condition alone, deleted ones among them, in one pass: ``met0``, ``met1`` ..."""
        build = _Builder(self, refusals=False)
        columns = ", ".join(
            f"count(*) FILTER (WHERE {each.test}) AS met{number}" for number, each in enumerate(build.compiled)
        )
        return Statement(f"SELECT {columns} FROM {build.source}", build.parameters)  # noqa: S608

    @cached_property
    def near(self) -> Statement:
        """Records that are outside and meet all conditions but one, by id. Adds: the number of rows."""
        build = _Builder(self, refusals=False)
        # What is not named in a text must not be among its parameters: the instant is not.
        facts = EntryFactsSql(self.record, build.id, build.parameters.add(self.sequence, "text"), "")
        unmet = " + ".join(f"({each.test} IS NOT TRUE)::int" for each in build.compiled)
        owner = link("owner", self.record)
        columns = ", ".join(
            f"({each.test}) IS TRUE AS test{number}, {each.found} AS found{number}"
            for number, each in enumerate(build.compiled)
        )
        text = (
            f"SELECT {build.id} AS record_id, p.id AS person_id, {owner} AS owner_id, {columns} "  # noqa: S608
            f"FROM {build.source} WHERE NOT ({facts.deleted}) AND {unmet} = 1 AND NOT {facts.running} "
            f"ORDER BY {build.id} LIMIT {build.next(1)}::int"
        )
        return Statement(text, build.parameters)

    @cached_property
    def findings(self) -> Statement:
        """One row for a record: ``test0``, ``found0``, ``test1`` ... Adds: the record id."""
        build = _Builder(self, refusals=False)
        columns = ", ".join(
            f"{each.test} AS test{number}, {each.found} AS found{number}" for number, each in enumerate(build.compiled)
        )
        text = f"SELECT {columns} FROM {build.source} WHERE {build.id} = {build.next(1)}::text"  # noqa: S608
        return Statement(text, build.parameters)

    def page(self, origin: Origin) -> Statement:
        """The statement of a page for that origin."""
        return self.scan_page if origin is Origin.SCAN else self.existing_page

    def count(self, origin: Origin) -> Statement:
        """The statement of a count for that origin."""
        return self.scan_count if origin is Origin.SCAN else self.existing_count


class _Builder:
    """Builds one statement; each has parameters of its own, numbered from 1."""

    def __init__(self, rule: CompiledRule, *, refusals: bool = True) -> None:
        self.rule = rule
        self.parameters = Parameters()
        if refusals:
            self.sequence = self.parameters.add(rule.sequence, "text")
            self.now = self.parameters.add(_now, "timestamptz")
        self.compiled = tuple(compile_condition(each, rule.record, self.parameters) for each in rule.conditions)
        self.id = "p.id" if rule.record == "person" else "pl.id"

    def next(self, number: int) -> str:
        """Placeholder of the ``number``-th value that a call adds. Ask only when all known ones are added."""
        return f"${len(self.parameters.values) + number}"

    def page(self) -> str:
        """One page, by key: a scan of a million records holds one page in memory."""
        return f"ORDER BY {self.id} LIMIT {self.next(2)}::int"

    @property
    def source(self) -> str:
        """The record and what its rule can see."""
        groups = {each.condition.field.partition(".")[0] for each in self.compiled}
        tables = ["person p"] if self.rule.record == "person" else ["placement pl JOIN person p ON p.id = pl.person_id"]
        if "owner" in groups:
            tables.append(_OWNER_JOIN + link("owner", self.rule.record))
        if "client" in groups:
            tables.append(_CLIENT_JOIN + link("client", self.rule.record))
        return " ".join(tables)

    @property
    def tests(self) -> str:
        """True when the rule is."""
        return " AND ".join(each.test for each in self.compiled)

    def select(self, scope: str, order: str) -> Statement:
        """Matches, each with the facts that decide whether it enters."""
        lineages = ", ".join(each.lineage for each in self.compiled)
        owner = link("owner", self.rule.record)
        text = (
            f"SELECT {self.id} AS record_id, p.id AS person_id, {owner} AS owner_id, "  # noqa: S608
            f"jsonb_build_array({lineages}) AS lineages, {self.facts.columns} "
            f"FROM {self.source} WHERE {scope} AND {self.tests} {order}"
        )
        return Statement(text, self.parameters)

    def count(self, scope: str) -> Statement:
        """Numbers by reason."""
        text = (
            f"SELECT {self._reason} AS refused, count(*) AS number "  # noqa: S608
            f"FROM {self.source} WHERE {scope} AND {self.tests} GROUP BY 1"
        )
        return Statement(text, self.parameters)

    def outcomes(self) -> Statement:
        """Numbers by what every record comes to; a later condition is asked only where the earlier ones are met."""
        text = (
            f"SELECT {self.outcome} AS outcome, count(*) AS number "  # noqa: S608
            f"FROM {self.source} WHERE NOT ({self.facts.deleted}) GROUP BY 1"
        )
        return Statement(text, self.parameters)

    @property
    def outcome(self) -> str:
        """The place of the first condition that is not met, else the reason of a refusal, else null."""
        return f"CASE {self.first_unmet} ELSE {self._reason} END"

    @property
    def first_unmet(self) -> str:
        """The branches of a CASE: the place of the first condition that is not met."""
        return " ".join(f"WHEN {each.test} IS NOT TRUE THEN '{place}'" for place, each in enumerate(self.compiled))

    @property
    def _reason(self) -> str:
        marks = [each.lineage for each in self.compiled if each.lineage != NO_LINEAGE] if self.rule.limits.loops else ()
        return self.facts.reason(once=self.rule.limits.once, marks=marks)

    @property
    def facts(self) -> EntryFactsSql:
        """What decides whether a match enters."""
        return EntryFactsSql(self.rule.record, self.id, self.sequence, self.now)

    def edge(self) -> str:
        """True when a ``more than N ago`` condition came true after the rule was switched on, and was not acted on.

        Without such a condition nobody's match is the work of time. Who entered at the scan's own instant entered by
        it: a page that is repeated, since its worker died behind the commit, finds them and answers as before.
        """
        edges: list[str] = []
        fresh: list[str] = []
        for each in self.compiled:
            ago, instant = each.condition.waits_for, edge_of(each.condition, each.found, self.parameters)
            if ago is not None and instant is not None:
                edges.append(instant)
                fresh.append(f"{each.found} >= {self.parameters.add(BeforeSince(ago), 'timestamptz')}")
        if not edges:
            return "false"
        return (
            f"({' OR '.join(fresh)}) AND NOT EXISTS (SELECT 1 FROM reenrollment_window acted "  # noqa: S608
            f"WHERE acted.sequence = {self.sequence} AND acted.record_id = {self.id} AND acted.person_id = p.id "
            f"AND acted.state <> 'refused' "
            f"AND acted.opened_at >= greatest({', '.join(edges)}) AND acted.opened_at <> {self.now})"
        )


def _now(moment: CallInstants) -> Any:
    return moment.now


def compile_rule(version: Version) -> CompiledRule:
    """The rule of a published version, ready to run.

    Raises:
        DefinitionError: the version has no rule, or a field that it reads is gone: the rule is broken.
    """
    rules = version.definition.auto_enroll
    record = version.definition.record
    if rules is None:
        raise DefinitionError(f"version {version.version} of {version.sequence} has no auto-enrollment rule")
    found = tuple(conditions(rules))
    if not found:
        raise DefinitionError(f"the rule of {version.sequence} has no condition: it would enroll everybody")
    for condition in found:
        compile_condition(condition, record, Parameters())
    return CompiledRule(
        version.sequence,
        version.version,
        record,
        _triggers(rules, record),
        found,
        by_rule(version.definition),
    )


def _triggers(rules: AutoEnroll, record: str) -> frozenset[str]:
    names = set(fields_read(rules))
    if record == "person":
        names = {name for name in names if not name.startswith("placement.")}
    else:
        # A placement that comes into being, or moves to another person, can match by fields of the person alone.
        names.add("placement.person")
    return frozenset(names)


__all__ = ["CallInstants", "CompiledRule", "SqlCondition", "Statement", "compile_rule"]
