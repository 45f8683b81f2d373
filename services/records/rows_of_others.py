"""Rows of a file that are about other recruiters' people: they are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.records.record_view import full_name
from services.records.crm_item import CrmItem
from services.records.import_rows import FileRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Scope
    from services.records.people_file import ImportChoices

_OTHERS: Final = "belongs to another recruiter"
_OTHERS_NEW: Final = "names another recruiter as the owner"
_UNKNOWN: Final = "there is no such person"
_UNKNOWN_PLACEMENT: Final = "there is no such placement"
_OF_ALL: Final = "only those who work with everybody import clients"


@dataclass(frozen=True)
class KnownRecords:
    """What is known of the records of a file before it is imported.

    Attributes:
        owners: of each person and placement that is there, the id of whose they are.
        people: likewise, of the people whose placements the file tells.
        names: of people.
    """

    owners: Mapping[str, str | None]
    people: Mapping[str, str | None]
    names: Mapping[str, str | None]


async def known_records(connection: Connection, kind: str, items: Sequence[CrmItem]) -> KnownRecords:
    """What is known of these records; ``kind`` is what all of them are."""
    ids = [each.id for each in items]
    if kind == "client":
        return KnownRecords({}, {}, {})
    owners: dict[str, str | None] = {}
    people = set(ids) if kind == "person" else {str(each.values["person_id"]) for each in items if person_of(each)}
    if kind == "placement":
        found = await queries.owners_of_placements(connection, ids=ids)
        owners = {row.id: row.owner_id for row in found}
        people |= {row.person_id for row in found if row.person_id}
    rows = await queries.console_people_of_rule(connection, ids=sorted(people))
    names = {row.id: full_name(row.first_name, row.last_name) for row in rows}
    of_people = {row.id: row.owner_id for row in rows}
    return KnownRecords(owners if kind == "placement" else of_people, of_people, names)


def item_of(row: FileRow) -> CrmItem:
    """The record that a row tells; the row was read."""
    item = row.items[0]
    assert isinstance(item, CrmItem)
    return item


def person_of(item: CrmItem) -> str | None:
    """Whose placement it is, as the file says."""
    told = item.values.get("person_id")
    return str(told) if told else None


def allowed(row: FileRow, known: KnownRecords, works_with: Scope, choices: ImportChoices) -> FileRow:
    """The row, refused if it is about somebody else's people."""
    if row.refused:
        return row
    why = _why_not(item_of(row), known, works_with, choices)
    return FileRow(row.line, row.items, why) if why else row


def _why_not(item: CrmItem, known: KnownRecords, works_with: Scope, choices: ImportChoices) -> str:
    if choices.kind == "client":
        # A client's time zone decides when other recruiters' people are written to.
        return "" if works_with.owner_ids is None else _OF_ALL
    there, person, given = item.id in known.owners, person_of(item), item.values.get("owner_id")
    if there and not works_with.holds(known.owners[item.id]):
        return _OTHERS
    if choices.only_enroll:
        return "" if there else _UNKNOWN if choices.kind == "person" else _UNKNOWN_PLACEMENT
    if person is not None and not works_with.holds(known.people.get(person)):
        return _OTHERS
    return _OTHERS_NEW if given and not works_with.holds(str(given)) else ""
