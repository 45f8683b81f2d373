"""Whom a rule would enroll now: how many each condition leaves, who is refused and why, and some of them by name.

It takes a definition, published or not: the editor asks the same of a draft. Reads only, by the evaluator that enrolls.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import FoundRecord, Rules
from sequences.enrolling.refusals import REASON_WORDS, plain_sentence
from sequences.errors import UnavailableError
from sequences.records.record_view import full_name
from services.console.condition_words import ConditionWords, field_labels, finding_words
from services.console.looking import looking
from services.publishing.first_matches import FirstMatches
from services.publishing.preview import Asking, rule_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.rules.evaluator import ActiveRule, RuleOutcomes
    from adapters.postgres.versions import Version
    from sequences.access.viewer import Viewer
    from services.publishing.first_matches import FirstMatch

LONGEST: Final = "30s"
"""Of one statement; all people are read, and the page is there already."""
ASKED: Final = 100
"""How many are asked one by one for what SQL does not know: the page of a person does not wait for more."""
EXAMPLES: Final = 10
NEAR: Final = 5


@dataclass(frozen=True)
class RulePerson:
    """Somebody whom a rule takes, or almost.

    Attributes:
        record_id: of the person, or of the placement.
        visible: the viewer sees this person's values; else there are no findings.
        findings: each condition with what was found.
        refusal: why somebody who meets every condition is not enrolled; empty: nothing stands against it.
    """

    record_id: str
    person_id: str
    name: str | None
    visible: bool
    findings: tuple[ConditionWords, ...]
    refusal: str = ""

    @property
    def missed(self) -> ConditionWords | None:
        """The first condition that is not met."""
        return next((each for each in self.findings if not each.met), None)


@dataclass(frozen=True)
class RuleCounts:
    """What a rule comes to now.

    Attributes:
        records: how many there are, without deleted ones.
        remaining: how many are left after each condition, in their order.
        refused: words of reasons, their number, and the reasons; the most frequent first.
        would_enroll: whom nothing stands against, as far as they were asked one by one.
        asked: how many were.
        waits: more than ``hold_above``, or a batch of the sequence waits already: all would await approval.
        unsocial: of those asked, how many would get the first message at night or on a weekend.
        unsocial_example: when, for one of them.
        examples: some of those who would be enrolled.
        near: some of those whom one condition or a refusal keeps out.
        near_slow: they were not looked for to the end.
        broken: why the rule cannot be evaluated; then nothing was counted.
    """

    records: int = 0
    remaining: tuple[int, ...] = ()
    refused: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    would_enroll: int = 0
    asked: int = 0
    waits: bool = False
    unsocial: int = 0
    unsocial_example: str | None = None
    examples: tuple[RulePerson, ...] = ()
    near: tuple[RulePerson, ...] = ()
    near_slow: bool = False
    broken: str | None = None

    @property
    def matching(self) -> int:
        """How many meet all conditions."""
        return self.remaining[-1] if self.remaining else 0


@dataclass(frozen=True)
class RuleCounting:
    """Counts for one viewer.

    Attributes:
        asking: what a preview needs.
        viewer: who looks: of people whom they do not see only the name is shown.
        now: UTC.
    """

    database: Database
    asking: Asking
    viewer: Viewer
    now: datetime
    _rules: Rules = field(default_factory=Rules, init=False)

    async def count(self, version: Version) -> RuleCounts:
        """Counts one version; ``unpublished(definition)`` of ``services.publishing.preview`` makes one of a draft.

        Raises:
            UnavailableError: a statement took longer than ``LONGEST``.
        """
        rule = rule_alone(self.asking, version, self.now)
        wanted = version.definition.auto_enroll
        if wanted is None or rule.compiled is None:
            return RuleCounts(broken=rule.broken)
        async with looking(self.database, LONGEST) as connection:
            found = await self._rules.outcomes(connection, rule, self.now)
            first = FirstMatches(self.asking.eligibility, sample=EXAMPLES, wanted=min(ASKED, found.open))
            await first.ask_each(connection, self._rules, rule, self.now)
            waits = await queries.batch_waits(connection, sequence=version.sequence) is not None
            examples = await self._people(connection, rule, first.examples)
            kept_out = await self._people(connection, rule, first.kept_out[:NEAR])
        near, slow = await self._near(rule)
        remaining = _remaining(found)
        would = found.open - first.refused.total()
        return RuleCounts(
            records=found.matching + sum(found.unmet),
            remaining=remaining,
            refused=_reasons(Counter(found.refused) + first.refused),
            would_enroll=would,
            asked=first.records,
            waits=would > 0 and (waits or found.open > wanted.hold_above),
            unsocial=len(first.unsocial),
            unsocial_example=next(iter(first.unsocial.values()), None),
            examples=examples,
            # Who lacks one condition says more about the rule; with a single condition that would be anybody.
            near=(*near, *kept_out)[:NEAR],
            near_slow=slow,
        )

    async def _near(self, rule: ActiveRule) -> tuple[tuple[RulePerson, ...], bool]:
        """In a transaction of its own: what takes too long here must not cost the numbers."""
        if rule.compiled is None or len(rule.compiled.conditions) < 2:
            return (), False
        try:
            async with looking(self.database, LONGEST) as connection:
                found = await self._rules.near(connection, rule, self.now, NEAR)
                return await self._named(connection, [(each, "") for each in found]), False
        except UnavailableError:
            return (), True

    async def _people(
        self, connection: Connection, rule: ActiveRule, found: Iterable[FirstMatch]
    ) -> tuple[RulePerson, ...]:
        """Matches with what was found of each."""
        records = []
        for each in found:
            match = each.match
            findings = await self._rules.findings(connection, rule, self.now, match.record_id)
            record = FoundRecord(match.record_id, match.person_id, match.owner_id, tuple(findings))
            records.append((record, plain_sentence(each.refusal) if each.refusal is not None else ""))
        return await self._named(connection, records)

    async def _named(
        self, connection: Connection, records: Sequence[tuple[FoundRecord, str]]
    ) -> tuple[RulePerson, ...]:
        """With their names; and with their values, if the viewer sees them."""
        rows = await queries.console_people_of_rule(connection, ids=[each.person_id for each, _ in records])
        known = {row.id: row for row in rows}
        labels = field_labels(self.asking.catalogue)
        people = []
        for each, refusal in records:
            row = known.get(each.person_id)
            visible = row is not None and self.viewer.sees.holds(row.owner_id)
            people.append(
                RulePerson(
                    record_id=each.record_id,
                    person_id=each.person_id,
                    name=full_name(row.first_name, row.last_name) if row is not None else None,
                    visible=visible,
                    findings=tuple(finding_words(finding, labels) for finding in each.findings) if visible else (),
                    refusal=refusal,
                )
            )
        return tuple(people)


def _remaining(found: RuleOutcomes) -> tuple[int, ...]:
    """How many are left after each condition."""
    total = found.matching + sum(found.unmet)
    return tuple(total - gone for gone in accumulate(found.unmet))


def _reasons(refused: Mapping[str, int]) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    counted = Counter[str]()
    reasons: dict[str, list[str]] = defaultdict(list)
    for reason, number in refused.items():
        if number:
            words = REASON_WORDS.get(reason, reason)
            counted[words] += number
            reasons[words].append(reason)
    return tuple((words, number, tuple(sorted(reasons[words]))) for words, number in counted.most_common())
