"""The people behind the numbers of ``rule_counts``: who is left after some conditions, and who of them is enrolled."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import OutcomesWanted, Rules
from sequences.auto_enroll.messages import Refused
from sequences.enrolling.refusals import REASON_WORDS, plain_sentence
from sequences.records.record_view import full_name
from services.console.looking import looking
from services.console.rule_counts import ASKED, LONGEST
from services.publishing.first_matches import FirstMatches
from services.publishing.preview import rule_alone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.rules.evaluator import OutcomeRecord, RemainingRecord
    from adapters.postgres.versions import Version
    from services.publishing.preview import Asking

PAGE: Final = 50


class RuleOutcome(enum.StrEnum):
    """What becomes of those who meet all conditions."""

    ENROLLED = "enrolled"
    REFUSED = "refused"
    UNSOCIAL = "unsocial"
    """Enrolled, and the first message would go at night or on a weekend, as far as they were asked one by one."""


@dataclass(frozen=True)
class OutcomeAsked:
    """Which of those who meet all conditions, and which page of them.

    Attributes:
        reasons: of those who are refused, these (values of ``Refused``); none: all.
        after: ``next`` of the page before; empty: the first page.
        checked: how many were asked one by one for the number.
    """

    outcome: RuleOutcome
    reasons: tuple[str, ...] = ()
    after: str = ""
    checked: int = ASKED


@dataclass(frozen=True)
class RemainingPerson:
    """Somebody who is left. That somebody is there may be known of everybody's people; nothing else is shown.

    Attributes:
        record_id: of the person, or of the placement.
        name: None: it has none.
        note: why they are refused, or when their first message would go; empty: nothing is said.
    """

    record_id: str
    person_id: str
    name: str | None
    owner_name: str | None
    note: str = ""


@dataclass(frozen=True)
class RemainingPeople:
    """A page of them, by record id.

    Attributes:
        next: the last record id of the page; empty: it is the last page.
        broken: why the rule cannot be evaluated; then nobody is listed.
    """

    lines: tuple[RemainingPerson, ...] = ()
    next: str = ""
    broken: str | None = None


async def remaining_people(
    database: Database, asking: Asking, version: Version, first: int, after: str, now: datetime
) -> RemainingPeople:
    """A page of those who meet the first conditions.

    Args:
        database: Postgres.
        asking: what a look at rules needs.
        version: published, or of a draft.
        first: how many conditions; 0: everybody.
        after: ``next`` of the page before; empty: the first page.
        now: UTC.

    Raises:
        UnavailableError: it takes too long.
    """
    rule = rule_alone(asking, version, now)
    if version.definition.auto_enroll is None or rule.compiled is None:
        return RemainingPeople(broken=rule.broken)
    async with looking(database) as connection:
        found = await Rules().remaining(connection, rule, now, first, after=after, limit=PAGE + 1)
        return await _named(connection, [(each, "") for each in found])


async def people_of_outcome(
    database: Database, asking: Asking, version: Version, asked: OutcomeAsked, now: datetime
) -> RemainingPeople:
    """A page of those who meet all conditions, by what becomes of them.

    The first ones are asked one by one, as for the number: what Postgres does not know stands against some of them.

    Args:
        database: Postgres.
        asking: what a look at rules needs.
        version: published, or of a draft.
        asked: which of them.
        now: UTC.

    Raises:
        UnavailableError: it takes too long.
    """
    rule = rule_alone(asking, version, now)
    if version.definition.auto_enroll is None or rule.compiled is None:
        return RemainingPeople(broken=rule.broken)
    async with looking(database, LONGEST) as connection:
        first = FirstMatches(asking.eligibility, sample=0, wanted=asked.checked)
        await first.ask_open(connection, Rules(), rule, now)
        wanted = _wanted(asked, first)
        found = await Rules().with_outcome(connection, rule, now, wanted, after=asked.after, limit=PAGE + 1)
        return await _named(connection, [(each, _note(each, first, asked.outcome)) for each in found])


def _wanted(asked: OutcomeAsked, first: FirstMatches) -> OutcomesWanted:
    match asked.outcome:
        case RuleOutcome.ENROLLED:
            return OutcomesWanted(open=True, without=tuple(first.turned_away))
        case RuleOutcome.REFUSED:
            reasons = asked.reasons or tuple(Refused)
            away = (record for record, refusal in first.turned_away.items() if refusal.reason in reasons)
            return OutcomesWanted(reasons=reasons, also=tuple(away))
        case RuleOutcome.UNSOCIAL:
            return OutcomesWanted(also=tuple(first.unsocial))


def _note(each: OutcomeRecord, first: FirstMatches, outcome: RuleOutcome) -> str:
    if outcome is RuleOutcome.UNSOCIAL:
        return first.unsocial[each.record_id]
    if each.record_id in first.turned_away:
        return plain_sentence(first.turned_away[each.record_id])
    return REASON_WORDS.get(each.reason, each.reason) if each.reason is not None else ""


async def _named(
    connection: Connection, found: Sequence[tuple[RemainingRecord | OutcomeRecord, str]]
) -> RemainingPeople:
    """A page of records with what is said of each; there is one more if a page follows."""
    rows = await queries.console_people_of_rule(connection, ids=[each.person_id for each, _ in found])
    known = {row.id: row for row in rows}
    lines = []
    for each, note in found[:PAGE]:
        row = known.get(each.person_id)
        name = full_name(row.first_name, row.last_name) if row is not None else None
        lines.append(RemainingPerson(each.record_id, each.person_id, name, row.owner_name if row else None, note))
    return RemainingPeople(tuple(lines), lines[-1].record_id if len(found) > PAGE else "")
