"""Whom a rehearsal plays, and the copy of what decides about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.records import Records
from sequences.errors import RefusedError, RequestRefused
from sequences.records.record_view import full_name
from services.publishing.preview import asking, preview
from services.reading.id_kinds import IdKind
from services.reading.id_prefix import whole_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from adapters.settings import Settings


@dataclass(frozen=True)
class WantedRecords:
    """Who is to be played.

    Attributes:
        number: how many are chosen when nobody is named.
        records: ids of people, or of placements for a sequence about placements; empty: they are chosen.
    """

    number: int
    records: Sequence[str] = ()


@dataclass(frozen=True)
class Player:
    """One record that enters."""

    record: str
    person: str
    name: str | None


async def players(
    connection: Connection, settings: Settings, version: Version, wanted: WantedRecords, now: datetime
) -> list[Player]:
    """Those who are named; else those whom the rules would enroll now; without rules, the newest records.

    Raises:
        RefusedError: there is nobody.
        NotFoundError: a record that is named is not there.
    """
    kind = version.definition.record
    if wanted.records:
        what = IdKind.PLACEMENT if kind == "placement" else IdKind.PERSON
        ids = [await whole_id(connection, what, each) for each in wanted.records]
        views = [await _records(settings).view(connection, kind, each) for each in ids]
        return [Player(view.record_id, view.person_id, _name(view.person)) for view in views]
    found = await preview(asking(settings), connection, version, now, sample=wanted.number)
    if found is not None:
        if found.broken or not found.sample:
            why = found.broken or "its rules would enroll nobody now (`relance preview` says why)"
            raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"{version.sequence}: {why}; name records with --record")
        return [Player(each.record, each.person, each.name) for each in found.sample]
    ask = queries.placements_to_rehearse if kind == "placement" else queries.people_to_rehearse
    rows = await ask(connection, limit=wanted.number)
    if not rows:
        raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"there is no {kind} that could be enrolled")
    people = {row.id: row for row in await queries.people_rows(connection, ids=[row.person_id for row in rows])}
    return [Player(row.record_id, row.person_id, _name(people[row.person_id].as_dict())) for row in rows]


async def copy_of(source: Connection, chosen: Sequence[Player]) -> Any:
    """Them with their placements, clients, events and suppressions, and all owners, holds, forms and mailboxes.

    Args:
        source: only read.
        chosen: whose rows.
    """
    return await queries.copy_of_people(source, people=sorted({each.person for each in chosen}))


async def put_copy(target: Connection, copied: Any) -> None:
    """Writes a copy into an empty database with the same schema."""
    await queries.put_copy_of_people(target, copy=copied)


def _records(settings: Settings) -> Records:
    return Records(settings.organisation_timezone, settings.phone_region)


def _name(person: Any) -> str | None:
    return full_name(person.get("first_name"), person.get("last_name"))
