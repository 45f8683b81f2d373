"""One person as people and programs look them up: the mirrored fields, and what is about them here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.postgres import listings, paging
from sequences.errors import NotFoundError
from services.reading.listed import EnrollmentLine, PersonLine, SuppressionLine, line_of
from services.records.consents import ConsentStanding, consents_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from adapters.postgres.row import Row

_R = TypeVar("_R", bound="Row")

_SHOWN = 20


@dataclass(frozen=True)
class PersonEvents:
    """When something last happened to a person, as far as is known; UTC."""

    contacted: datetime | None
    shortlisted: datetime | None
    interviewed: datetime | None
    placed: datetime | None
    replied: datetime | None
    resume_updated: datetime | None


@dataclass(frozen=True)
class PersonRecord(PersonLine):
    """A person with every field of the mirror.

    Attributes:
        available_from: as the CRM wrote it.
        consents: what the person agreed to, of the channels that ask for it.
        custom: the organisation's own fields, without ``custom.`` in front.
        last: when something last happened.
        placements: their ids.
        lists: that the person is on.
        suppressions: those in force for the person; their addresses may also be suppressed.
        runs: the newest 20; ``GET /enrollments?person=`` has all.
    """

    timezone: str | None
    company: str | None
    job_title: str | None
    city: str | None
    language: str | None
    source: str | None
    available_from: str | None
    created_at: str | None
    resume: str | None
    consents: list[ConsentStanding]
    custom: dict[str, Any]
    last: PersonEvents
    placements: list[str]
    lists: list[str]
    suppressions: list[SuppressionLine]
    runs: list[EnrollmentLine]


async def person_record(connection: Connection, person: str) -> PersonRecord:
    """A person, deleted ones too.

    Raises:
        NotFoundError: there is none with that id.
    """
    row = await paging.one(connection, listings.PEOPLE, "id", person)
    if row is None:
        raise NotFoundError(f"no person has the id {person}")

    async def of(listing: paging.Listing[_R], limit: int, **asked: object) -> list[_R]:
        return (await paging.page(connection, listing, {"person": person, **asked}, limit=limit)).rows

    names = PersonEvents.__annotations__
    last = {name: getattr(row, name if name == "resume_updated" else f"last_{name}") for name in names}
    return line_of(
        PersonRecord,
        row,
        last=PersonEvents(**last),
        consents=list(await consents_of(connection, row)),
        placements=[each.id for each in await of(listings.PLACEMENTS, 1_000, gone=False)],
        lists=[each.list for each in await of(listings.LIST_MEMBERS, 1_000)],
        suppressions=[line_of(SuppressionLine, each) for each in await of(listings.SUPPRESSIONS, 1_000, lifted=False)],
        runs=[line_of(EnrollmentLine, each) for each in await of(listings.ENROLLMENTS, _SHOWN)],
    )
