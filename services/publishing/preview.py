"""Who would enter by rule now, before anything is switched on. Reads only, through the evaluator that enrolls."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import ActiveRule, Rules, ScanScope
from adapters.postgres.versions import Version
from sequences.auto_enroll.messages import Origin
from services.enrolling.eligibility import Eligibility, eligibility_of
from services.publishing.first_matches import FirstMatches
from services.reading.holds import holds_over

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.settings import Settings
    from sequences.definition.model import SequenceDefinition
    from sequences.records.catalogue import Catalogue
    from sequences.runs.hold import Hold

SAMPLE = 10
ASKED = 500
"""How many are asked one by one; each costs a few questions to Postgres."""


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
        holds: what keeps the runs of the sequence from sending now.
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
    holds: tuple[Hold, ...] = ()

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


def rule_alone(asking: Asking, version: Version, since: datetime) -> ActiveRule:
    """As ``rule_of``, by an evaluator of its own: the number 0 of what is not published is no key of a cache."""
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
        holds=await holds_over(connection, definition.sequence, None),
    )
    rule = rule_alone(asking, version, now)
    if rule.compiled is None:
        return replace(head, broken=rule.broken)
    rules = Rules()
    counts = await rules.count(connection, rule, ScanScope(Origin.EXISTING, now, now))
    refused = Counter({reason: number for reason, number in counts.items() if reason})
    asked = FirstMatches(asking.eligibility, sample=sample, wanted=min(ASKED, counts.get("", 0)))
    await asked.ask_each(connection, rules, rule, now)
    refused.update(asked.refused)
    return replace(
        head,
        conditions=tuple(
            Share(each.group, each.field, each.wanted, records)
            for each, records in zip(rule.compiled.conditions, await rules.met(connection, rule, now), strict=True)
        ),
        matching=sum(counts.values()),
        would_enroll=counts.get("", 0) - asked.refused.total(),
        asked=asked.records,
        refused={reason: number for reason, number in sorted(refused.items()) if number},
        sample=tuple(Example(each.match.record_id, each.match.person_id, each.name) for each in asked.examples),
        coming=counts.get("", 0),
        standing=await queries.batch_waits(connection, sequence=definition.sequence) is not None,
        unsocial=len(asked.unsocial),
        unsocial_example=next(iter(asked.unsocial.values()), None),
    )
