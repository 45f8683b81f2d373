"""The first matches of a rule, asked one by one for what SQL does not know: addresses, stop rules, fields."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres.rules.evaluator import OutcomesWanted, ScanScope
from sequences.auto_enroll.messages import Origin, Refusal, Refused
from services.enrolling.eligibility import OneEach
from services.enrolling.first_message import first_hour

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from sequences.auto_enroll.messages import Match
    from services.enrolling.eligibility import Eligibility

_PAGE = 500


@dataclass(frozen=True)
class FirstMatch:
    """A match; ``refusal`` None: it would be enrolled."""

    match: Match
    name: str | None
    refusal: Refusal | None = None


@dataclass
class FirstMatches:
    """Asks them, and keeps some.

    Attributes:
        wanted: how many are asked, at the most.
        sample: how many of each kind are kept.
        records: how many were asked.
        refused: how many were refused, by reason.
        examples: some of those who would be enrolled.
        kept_out: some of those who were refused, without deleted ones; those whom Postgres refuses have no name here.
        unsocial: when the first message would go, by record id, for each who would get it at night or on a weekend.
        turned_away: why, by record id, for each who was asked and refused.
    """

    eligibility: Eligibility
    wanted: int
    sample: int
    records: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[FirstMatch] = field(default_factory=list)
    kept_out: list[FirstMatch] = field(default_factory=list)
    unsocial: dict[str, str] = field(default_factory=dict)
    turned_away: dict[str, Refusal] = field(default_factory=dict)
    one_each: OneEach = field(default_factory=OneEach)

    async def ask_each(self, connection: Connection, rules: Rules, rule: ActiveRule, now: datetime) -> None:
        """Page by page, until enough were asked; one page where nobody is, to keep some of those who are refused."""
        after = ""
        while True:
            page = await rules.page(connection, rule, ScanScope(Origin.EXISTING, now, now), after=after, limit=_PAGE)
            for match in page:
                if match.refused is not None:
                    self._keep_out(FirstMatch(match, None, Refusal(match.refused, match.detail, match.waits_for)))
                elif self.records < self.wanted:
                    await self._ask(connection, rule, match, now)
            if len(page) < _PAGE or self.records >= self.wanted:
                break
            after = page[-1].record_id

    async def ask_open(self, connection: Connection, rules: Rules, rule: ActiveRule, now: datetime) -> None:
        """The same ones as ``ask_each``, found without those whom Postgres refuses; none of these is kept."""
        found = await rules.with_outcome(connection, rule, now, OutcomesWanted(open=True), after="", limit=self.wanted)
        for match in await rules.of_records(connection, rule, now, [each.record_id for each in found]):
            await self._ask(connection, rule, match, now)

    async def _ask(self, connection: Connection, rule: ActiveRule, match: Match, now: datetime) -> None:
        self.records += 1
        found = await self.eligibility.of_match(connection, rule.version, match, now, among=self.one_each)
        name = found.view.person["full_name"] if found.view is not None else None
        if found.refusal is not None or found.view is None:
            refusal = found.refusal or Refusal(Refused.DELETED)
            self.refused[str(refusal.reason)] += 1
            self.turned_away[match.record_id] = refusal
            self._keep_out(FirstMatch(match, name, refusal))
            return
        if (odd := first_hour(rule.version, found.view, now)) is not None:
            self.unsocial[match.record_id] = odd
        if len(self.examples) < self.sample:
            self.examples.append(FirstMatch(match, name))

    def _keep_out(self, found: FirstMatch) -> None:
        deleted = found.refusal is not None and found.refusal.reason == Refused.DELETED
        if not deleted and len(self.kept_out) < self.sample:
            self.kept_out.append(found)
