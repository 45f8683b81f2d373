"""Tells recruiters what the rules did: once per recipient, sequence and batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import Refused
from sequences.enrolling.refusals import REASON_WORDS, counted, worth_telling
from sequences.number_words import number_of
from sequences.records.record_view import full_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from sequences.auto_enroll.messages import Refusal

_Each = TypeVar("_Each")

ENTERED = "rule.entered"
REFUSED = "rule.refused"
HELD = "rule.held"
BROKEN = "rule.broken"
LOOP_REFUSED = "rule.loop_refused"


@dataclass(frozen=True)
class RuleNews:
    """What a rule did, by owner; an empty owner is one that is missing.

    Attributes:
        entered: the person of each record that entered.
        refused: refusals that did not stand before.
    """

    entered: Mapping[str, Sequence[str]]
    refused: Mapping[str, Sequence[Refusal]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Notice:
    """A notification to one owner; the same kind and nonce again tells nobody twice."""

    owner: str
    kind: str
    title: str
    nonce: str
    records: int | None = None
    person: str | None = None


async def notify_enrolled(connection: Connection, version: Version, news: RuleNews, now: datetime, nonce: str) -> None:
    """One person: their name and the sequence's. Several: how many; and how many did not enter, by reason.

    Args:
        connection: in the transaction that let them in.
        version: what they entered.
        news: who did and who did not.
        now: UTC.
        nonce: of the batch; the same one again tells nobody twice.
    """
    inside, outside = recipients(version, news.entered), recipients(version, news.refused)
    name = version.definition.name
    for owner in sorted({*inside, *outside}):
        entered, refused = inside.get(owner, []), outside.get(owner, [])
        told = worth_telling(refused, entered=len(entered))
        if not entered and not told:
            continue
        one = len(set(entered)) == 1
        who = await _name(connection, entered[0]) if one else number_of(len(set(entered)), "person", "people")
        not_in = f"; {len(refused)} did not: {counted(refused)}" if told else ""
        if entered:
            title, person = f"{who} entered {name}{not_in}", entered[0] if one else None
            notice = _Notice(owner, ENTERED, title, nonce, len(entered), person)
        else:
            title = f"{number_of(len(refused), 'person', 'people')} did not enter {name}: {counted(refused)}"
            notice = _Notice(owner, REFUSED, title, nonce, len(refused))
        await _tell(connection, version, notice, now)


async def notify_of_approval(
    connection: Connection, version: Version, people: Mapping[str, Sequence[str]], now: datetime, batch: str
) -> None:
    """A batch awaits approval. Told once; what joins it later changes the batch and not the notification."""
    for owner, waiting in recipients(version, people).items():
        who = number_of(len(waiting), "person awaits", "people await")
        title = f"{who} approval to enter {version.definition.name}: `relance approve {batch}`"
        await _tell(connection, version, _Notice(owner, HELD, title, batch, len(waiting)), now)


async def notify_broken(connection: Connection, version: Version, problem: str, now: datetime) -> None:
    """A rule cannot be evaluated any more, for example because a custom field is gone."""
    title = f"The rule of {version.definition.name} cannot be used: {problem}"
    assigned = assigned_by(version)
    told = [assigned] if assigned else list(await queries.owners_of_open_runs(connection, sequence=version.sequence))
    for owner in told:
        await _tell(connection, version, _Notice(owner, BROKEN, title, f"{version.version}:{problem}"), now)


async def notify_loops(
    connection: Connection, version: Version, people: Mapping[str, Sequence[str]], now: datetime, day: date
) -> None:
    """What the sequence itself caused led back to it; told once a day, when the first one is refused."""
    title = f"{version.definition.name}: people were not enrolled again ({REASON_WORDS[Refused.CYCLE]})"
    for owner, refused in recipients(version, people).items():
        await _tell(connection, version, _Notice(owner, LOOP_REFUSED, title, day.isoformat(), len(refused)), now)


def assigned_by(version: Version) -> str | None:
    """The user who stands in for every owner of the sequence."""
    rules = version.definition.auto_enroll
    return rules.assigned_by if rules else None


def recipients(version: Version, people: Mapping[str, Sequence[_Each]]) -> dict[str, list[_Each]]:
    """Who hears of whom: the owner, or the assigned-by user instead of all owners. Without either, nobody."""
    assigned = assigned_by(version)
    if assigned:
        everybody = [one for each in people.values() for one in each]
        return {assigned: everybody} if everybody else {}
    return {owner: list(each) for owner, each in sorted(people.items()) if owner and each}


def by_owner(rows: Iterable[tuple[str | None, str]]) -> dict[str, list[str]]:
    """Owner to people; the empty owner is one that is missing."""
    found: dict[str, list[str]] = {}
    for owner, person in rows:
        found.setdefault(owner or "", []).append(person)
    return found


async def _name(connection: Connection, person: str) -> str:
    row = await queries.name_of_person(connection, id=person)
    name = full_name(row.first_name, row.last_name) if row else None
    return name or "1 person"


async def _tell(connection: Connection, version: Version, notice: _Notice, now: datetime) -> None:
    key = ids.batch_id(version.sequence, f"{notice.kind}:{notice.owner}", notice.nonce)
    await queries.add_rule_notification(
        connection,
        id=f"n{key[1:]}",
        owner_id=notice.owner,
        kind=notice.kind,
        title=notice.title,
        enrollment_id=None,
        person_id=notice.person,
        sequence=version.sequence,
        records=notice.records,
        at=now,
    )
