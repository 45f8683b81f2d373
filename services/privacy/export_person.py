"""Everything that is stored about one person: their rows in every table, and the stories of their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from adapters.postgres.personal_rows import personal_rows
from adapters.postgres.personal_tables import NOT_FOUND_BY_PERSON
from sequences.errors import NotFoundError
from sequences.records.record_view import full_name
from sequences.tokens import without_tokens
from services.access.audit import Deed, Doer, record
from services.reading.run_story import timeline
from services.records.merge_people import survivor

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from services.reading.run_story import Timeline

LINK: Final = "[a link of the person's own]"
"""In place of a token that we signed: who has it acts for the person."""


@dataclass(frozen=True)
class PersonTable:
    """The person's rows of a table.

    Attributes:
        table: its name.
        title: for people.
        rows: in the order of time, without what is exported as a file.
    """

    table: str
    title: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class PersonExport:
    """What is stored about a person.

    Attributes:
        person: their id: of who was merged into another, that of the survivor.
        merged: ids of the people who were merged into this one; their data is here too.
        name: None: not known.
        exported_at: UTC.
        tables: those with a row.
        stories: of their enrollments, the oldest first, as ``relance show`` tells them.
        not_searched: by table, what may hold data about the person and does not say of whom.
    """

    person: str
    merged: list[str]
    name: str | None
    exported_at: datetime
    tables: list[PersonTable]
    stories: list[Timeline]
    not_searched: Mapping[str, str]


@dataclass(frozen=True)
class ReceivedMessage:
    """A message of the person as it came.

    Attributes:
        ending: of a name for it: ``eml`` for a mail.
    """

    id: str
    ending: str
    raw: bytes


@dataclass(frozen=True)
class ReceivedFile:
    """A file of the person's: its name as they gave it, and its name in the folder of uploads."""

    id: str
    name: str
    file: str


@dataclass(frozen=True)
class ExportedPerson:
    """A person's data, and what does not fit into JSON."""

    data: PersonExport
    messages: tuple[ReceivedMessage, ...]
    files: tuple[ReceivedFile, ...]


async def export_person(
    database: Database, keys: tuple[bytes, ...], person: str, doer: Doer, now: datetime
) -> ExportedPerson:
    """Everything about a person, as of one instant; that it was asked for is in the audit log.

    Args:
        database: ours.
        keys: of signed tokens.
        person: their id.
        doer: who asks.
        now: UTC.

    Raises:
        NotFoundError: nothing is stored under that id.
    """
    async with database.transaction() as connection:
        await record(connection, doer, Deed("person_exported", f"person:{person}"), now)
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        # Most of what was about somebody who was merged is the survivor's by now.
        root = await survivor(connection, person)
        merged = await queries.merged_below(connection, id=root)
        found = await personal_rows(connection, [root, *merged])
        rows: dict[str, list[dict[str, Any]]] = {}
        titles: dict[str, str] = {}
        for table, more in found:
            titles[table.name] = table.title
            rows.setdefault(table.name, []).extend(more)
        left_out = {table.name: frozenset(table.left_out) for table, _ in found}
        known = {name for name, each in rows.items() if each and name != "audit_event"}
        if not known:
            raise NotFoundError(f"nothing is stored about a person with the id {person}")
        stories = [await timeline(connection, row["id"]) for row in rows["enrollment"]]
    tables = [
        PersonTable(name, titles[name], [_exported(row, left_out[name], keys) for row in each])
        for name, each in rows.items()
        if each
    ]
    own = next((row for row in rows["person"] if row["id"] == root), None)
    data = PersonExport(
        person=root,
        merged=list(merged),
        name=full_name(own["first_name"], own["last_name"]) if own else None,
        exported_at=now,
        tables=tables,
        stories=stories,
        not_searched=NOT_FOUND_BY_PERSON,
    )
    messages = [
        ReceivedMessage(row["id"], "eml" if row["channel"] == "email" else "txt", _without_tokens(row["raw"], keys))
        for row in rows["inbound"]
        # What it was byte for byte is gone after its period; its words are in the data.
        if row["raw"]
    ]
    files = [ReceivedFile(row["id"], row["name"], row["file"]) for row in rows["upload"]]
    return ExportedPerson(data, tuple(messages), tuple(files))


def _exported(row: Mapping[str, Any], left_out: frozenset[str], keys: tuple[bytes, ...]) -> dict[str, Any]:
    return {name: _readable(value, keys) for name, value in row.items() if name not in left_out}


def _readable(value: Any, keys: tuple[bytes, ...]) -> Any:
    if isinstance(value, str):
        return without_tokens(value, keys, LINK)
    if isinstance(value, dict):
        return {name: _readable(each, keys) for name, each in value.items()}
    if isinstance(value, list):
        return [_readable(each, keys) for each in value]
    return value


def _without_tokens(raw: bytes, keys: tuple[bytes, ...]) -> bytes:
    """As far as they are there letter by letter: a link that a mail program has encoded stays."""
    return without_tokens(raw.decode("latin-1"), keys, LINK).encode("latin-1")
