"""Who is left after the first conditions of a rule: the people behind a number of ``rule_counts``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import Rules
from sequences.records.record_view import full_name
from services.console.looking import looking
from services.publishing.preview import rule_alone

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.postgres.versions import Version
    from services.publishing.preview import Asking

PAGE: Final = 50


@dataclass(frozen=True)
class RemainingPerson:
    """Somebody who is left. That somebody is there may be known of everybody's people; nothing else is shown.

    Attributes:
        record_id: of the person, or of the placement.
        name: None: it has none.
    """

    record_id: str
    person_id: str
    name: str | None
    owner_name: str | None


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
        rows = await queries.console_people_of_rule(connection, ids=[each.person_id for each in found])
    known = {row.id: row for row in rows}
    lines = []
    for each in found[:PAGE]:
        row = known.get(each.person_id)
        name = full_name(row.first_name, row.last_name) if row is not None else None
        lines.append(RemainingPerson(each.record_id, each.person_id, name, row.owner_name if row else None))
    return RemainingPeople(tuple(lines), lines[-1].record_id if len(found) > PAGE else "")
