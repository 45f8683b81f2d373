"""Tells recruiters what the rules did: once per recipient, sequence and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import Refusal, Refused
from sequences.enrolling.refusals import REASON_WORDS, counted, worth_telling
from sequences.records.record_view import full_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version

_Each = TypeVar("_Each")

ENTERED = "rule.entered"
REFUSED = "rule.refused"
HELD = "rule.held"
BROKEN = "rule.broken"
LOOP_REFUSED = "rule.loop_refused"


Fresh = Mapping[str, Sequence[Refusal]]
"""Owner to refusals; an empty owner is one that is missing."""


async def notify_enrolled(
    connection: Connection,
    version: Version,
    people: Mapping[str, Sequence[str]],
    now: datetime,
    nonce: str,
    fresh: Fresh | None = None,
) -> None:
    """One person: their name and the sequence's. Several: how many; and how many did not enter, by reason.

    Args:
        connection: in the transaction that let them in.
        version: what they entered.
        people: owner to the person of each record; an empty owner is one that is missing.
        now: UTC.
        nonce: of the batch; the same one again tells nobody twice.
        fresh: refusals of the same batch that did not stand before.
    """
    inside, outside = recipients(version, people), recipients(version, fresh or {})
    name = version.definition.name
    for owner in sorted({*inside, *outside}):
        entered, refused = inside.get(owner, []), outside.get(owner, [])
        told = worth_telling(refused, entered=len(entered))
        if not entered and not told:
            continue
        one = len(set(entered)) == 1
        who = await _name(connection, entered[0]) if one else many(len(set(entered)))
        not_in = f"; {len(refused)} did not: {counted(refused)}" if told else ""
        if entered:
            await _tell(
                connection,
                version,
                owner,
                ENTERED,
                f"{who} entered {name}{not_in}",
                now,
                nonce,
                records=len(entered),
                person=entered[0] if one else None,
            )
        else:
            title = f"{many(len(refused))} did not enter {name}: {counted(refused)}"
            await _tell(connection, version, owner, REFUSED, title, now, nonce, records=len(refused))


async def notify_of_approval(
    connection: Connection, version: Version, people: Mapping[str, Sequence[str]], now: datetime, batch: str
) -> None:
    """A batch waits for approval. Told once; what joins it later changes the batch and not the notification."""
    for owner, waiting in recipients(version, people).items():
        who = f"{many(len(waiting))} {'waits' if len(waiting) == 1 else 'wait'}"
        title = f"{who} for approval to enter {version.definition.name}: `relance approve {batch}`"
        await _tell(connection, version, owner, HELD, title, now, batch, records=len(waiting))


async def notify_broken(connection: Connection, version: Version, problem: str, now: datetime) -> None:
    """A rule cannot be evaluated any more, for example because a custom field is gone."""
    title = f"The rule of {version.definition.name} cannot be used: {problem}"
    assigned = assigned_by(version)
    told = [assigned] if assigned else list(await queries.owners_of_open_runs(connection, sequence=version.sequence))
    for owner in told:
        await _tell(connection, version, owner, BROKEN, title, now, f"{version.version}:{problem}")


async def notify_loops(
    connection: Connection, version: Version, people: Mapping[str, Sequence[str]], now: datetime, day: date
) -> None:
    """What the sequence itself caused led back to it; told once a day, when the first one is refused."""
    title = f"{version.definition.name}: people were not enrolled again ({REASON_WORDS[Refused.CYCLE]})"
    for owner, refused in recipients(version, people).items():
        await _tell(connection, version, owner, LOOP_REFUSED, title, now, day.isoformat(), records=len(refused))


def many(number: int) -> str:
    """A number of people, in words."""
    return "1 person" if number == 1 else f"{number} people"


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


async def _tell(
    connection: Connection,
    version: Version,
    owner: str,
    kind: str,
    title: str,
    now: datetime,
    nonce: str,
    *,
    records: int | None = None,
    person: str | None = None,
) -> None:
    key = ids.batch_id(version.sequence, f"{kind}:{owner}", nonce)
    await queries.add_rule_notification(
        connection,
        id=f"n{key[1:]}",
        owner_id=owner,
        kind=kind,
        title=title,
        enrollment_id=None,
        person_id=person,
        sequence=version.sequence,
        records=records,
        at=now,
    )
