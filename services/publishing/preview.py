"""Who would enter by rule now, before anything is switched on. Reads only, through the evaluator that enrolls."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import ActiveRule, Rules, ScanScope
from adapters.postgres.versions import Version
from sequences.auto_enroll.conditions import conditions
from sequences.auto_enroll.messages import Origin, Refused
from services.enrolling.eligibility import Eligibility, OneEach, eligibility_of
from services.enrolling.first_message import first_hour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.settings import Settings
    from sequences.definition.model import SequenceDefinition
    from sequences.definition.rules import AutoEnroll
    from sequences.records.catalogue import Catalogue

SAMPLE = 10
ASKED = 500
"""How many are asked one by one; each costs a few questions to Postgres."""
_PAGE = 500


@dataclass(frozen=True)
class Share:
    """One condition alone: how many records meet it. ``wanted`` is as written in the file."""

    group: str
    field: str
    wanted: str
    records: int


@dataclass(frozen=True)
class Example:
    """One of those who would enter."""

    record: str
    person: str
    name: str | None


@dataclass(frozen=True)
class RulePreview:
    """What switching the rules of a sequence on would mean for the records that exist.

    Attributes:
        records: ``person | placement``.
        conditions: each alone.
        matching: records for which all conditions are true.
        would_enroll: those of them that nothing stands against, as far as they were asked one by one.
        asked: how many were asked one by one for what SQL does not know (addresses, stop rules); of the others that is
            known only when they enter.
        refused: reason to number, for the rest.
        sample: some of those who would enter, by record id.
        window: the re-enrollment window as written; None: a record enters once, ever.
        broken: why the rules cannot be evaluated; then everything else is empty.
        coming: for how many SQL knows nothing against: what ``hold_above`` counts.
        standing: a batch of the sequence awaits approval now; what a scan finds joins it.
        unsocial: of those asked one by one, how many would get the first message at night or on a weekend.
        unsocial_example: when, for one of them.
    """

    sequence: str
    name: str
    records: str
    conditions: tuple[Share, ...] = ()
    matching: int = 0
    would_enroll: int = 0
    asked: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    sample: tuple[Example, ...] = ()
    window: str | None = None
    hold_above: int = 0
    max_per_day: int | None = None
    broken: str | None = None
    coming: int = 0
    standing: bool = False
    unsocial: int = 0
    unsocial_example: str | None = None

    @property
    def would_wait(self) -> bool:
        """A scan of them all would await approval."""
        return self.would_enroll > 0 and (self.standing or self.coming > self.hold_above)


@dataclass(frozen=True)
class Asking:
    """What a preview asks.

    Attributes:
        catalogue: the organisation's fields; a rule about one that is gone is broken.
        eligibility: what lets people in.
    """

    catalogue: Catalogue
    eligibility: Eligibility


def asking(settings: Settings) -> Asking:
    """As the settings say."""
    records = Records(settings.organisation_timezone, settings.phone_region)
    return Asking(settings.catalogue(), eligibility_of(settings, records))


def rule_of(rules: Rules, version: Version, since: datetime) -> ActiveRule:
    """The rule of a version, whether it is switched on or not; broken when it names what is gone."""
    compiled = rules.compiled(version)
    if isinstance(compiled, str):
        return ActiveRule(version, None, compiled, since)
    return ActiveRule(version, compiled, None, since)


def unpublished(definition: SequenceDefinition, templates: Mapping[str, Mapping[str, Any]] | None = None) -> Version:
    """A definition that is not published, as a version. Without templates nobody is refused for a missing field."""
    return Version(definition.sequence, 0, definition, templates or {})


def _rule(asking: Asking, version: Version, since: datetime) -> ActiveRule:
    """An evaluator of its own: the number 0 is no key of a cache."""
    return rule_of(Rules(catalogue=asking.catalogue), version, since)


async def preview(
    asking: Asking, connection: Connection, version: Version, now: datetime, *, sample: int = SAMPLE
) -> RulePreview | None:
    """Who would enter if the rules of this version were switched on and the existing records wanted.

    Args:
        asking: what it needs to know.
        connection: in a transaction.
        version: published, or ``unpublished``.
        now: UTC.
        sample: how many are named, at the most.

    Returns:
        None for a sequence without rules.
    """
    definition = version.definition
    wanted = definition.auto_enroll
    if wanted is None:
        return None
    window = wanted.prevent_reenrollment_within
    head = RulePreview(
        definition.sequence,
        definition.name,
        definition.record,
        window=str(window) if window else None,
        hold_above=wanted.hold_above,
        max_per_day=wanted.max_per_day,
    )
    rule = _rule(asking, version, now)
    if rule.compiled is None:
        return replace(head, broken=rule.broken)
    rules = Rules()
    counts = await rules.count(connection, rule, ScanScope(Origin.EXISTING, now, now))
    refused = Counter({reason: number for reason, number in counts.items() if reason})
    asked = _Asked(asking.eligibility, sample=sample, wanted=min(ASKED, counts.get("", 0)))
    await asked.ask_each(connection, rules, rule, now)
    refused.update(asked.refused)
    return replace(
        head,
        conditions=tuple([share async for share in _shares(asking, rules, connection, definition, now)]),
        matching=sum(counts.values()),
        would_enroll=counts.get("", 0) - asked.refused.total(),
        asked=asked.records,
        refused={reason: number for reason, number in sorted(refused.items()) if number},
        sample=tuple(asked.examples),
        coming=counts.get("", 0),
        standing=await queries.batch_waits(connection, sequence=definition.sequence) is not None,
        unsocial=len(asked.unsocial),
        unsocial_example=asked.unsocial[0] if asked.unsocial else None,
    )


async def _shares(
    asking: Asking, rules: Rules, connection: Connection, definition: SequenceDefinition, now: datetime
) -> AsyncIterator[Share]:
    """Each condition alone, counted by the evaluator that counts them all."""
    wanted = definition.auto_enroll
    assert wanted is not None
    for group, name, each in _each_condition(wanted):
        alone = wanted.model_copy(update={"historical": {}, "qualitative": {}, "real": {}} | {group: {name: each}})
        part = _rule(asking, unpublished(definition.model_copy(update={"auto_enroll": alone})), now)
        found = await rules.count(connection, part, ScanScope(Origin.EXISTING, now, now))
        condition = next(conditions(alone))
        yield Share(condition.group, condition.field, condition.wanted, sum(found.values()))


def _each_condition(wanted: AutoEnroll) -> Iterator[tuple[str, Any, Any]]:
    for group in ("historical", "qualitative", "real"):
        for name, each in getattr(wanted, group).items():
            yield group, name, each


@dataclass
class _Asked:
    """Asks the first ones what SQL does not know: addresses, stop rules."""

    eligibility: Eligibility
    wanted: int
    sample: int
    records: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    unsocial: list[str] = field(default_factory=list)
    one_each: OneEach = field(default_factory=OneEach)

    async def ask_each(self, connection: Connection, rules: Rules, rule: ActiveRule, now: datetime) -> None:
        """Page by page, until enough were asked."""
        after = ""
        while self.records < self.wanted:
            page = await rules.page(connection, rule, ScanScope(Origin.EXISTING, now, now), after=after, limit=_PAGE)
            for match in page:
                if match.refused is not None or self.records == self.wanted:
                    continue
                self.records += 1
                judged = await self.eligibility.of_match(connection, rule.version, match, now, among=self.one_each)
                if judged.refusal is not None or judged.view is None:
                    self.refused[str(judged.refusal.reason if judged.refusal else Refused.DELETED)] += 1
                    continue
                if (odd := first_hour(rule.version, judged.view, now)) is not None:
                    self.unsocial.append(odd)
                if len(self.examples) < self.sample:
                    self.examples.append(Example(match.record_id, match.person_id, judged.view.person["full_name"]))
            if len(page) < _PAGE:
                break
            after = page[-1].record_id
