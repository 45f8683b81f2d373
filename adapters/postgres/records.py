"""The mirror of the CRM's records: read as one view, written with a change row in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.errors import NotFoundError
from sequences.record_view import RecordView, full_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS: dict[str, tuple[str, ...]] = {
    "owner": ("first_name", "last_name", "email", "phone"),
    "client": ("name", "timezone", "city"),
    "person": (
        "type", "first_name", "last_name", "email", "phone", "timezone", "status", "company", "job_title", "city",
        "language", "source", "available_from", "created_at", "resume", "owner_id", "client_id",
    ),
    "placement": (
        "person_id", "client_id", "owner_id", "status", "start_date", "end_date", "job_title", "timezone", "location",
        "meeting_with",
    ),
}  # fmt: skip
"""The stored fields of each kind of record; the only names that ever reach an SQL text."""

_ALIASES = {"person.owner": "owner_id", "person.client": "client_id", "placement.owner": "owner_id"} | {
    "placement.client": "client_id",
    "placement.person": "person_id",
}


def column_of(entity: str, field: str) -> str | None:
    """The column of a catalogue field, or None when it is not stored (derived, custom, unknown)."""
    column = _ALIASES.get(f"{entity}.{field}", field)
    return column if column in COLUMNS[entity] else None


@dataclass(frozen=True)
class RecordChange:
    """One write to one record, as it was applied.

    Attributes:
        id: of the change row; None when nothing changed.
        fields: catalogue names of the fields whose value changed, such as ``placement.start_date``.
    """

    id: int | None
    entity: str
    entity_id: str
    fields: tuple[str, ...]
    created: bool


class Records:
    """Reads and writes records."""

    def __init__(self, organisation_timezone: str) -> None:
        self._zone = organisation_timezone

    async def view(self, connection: Any, record_type: str, record_id: str) -> RecordView:
        """The record and all that belongs to it.

        Raises:
            NotFoundError: no such record, or the placement's person is missing.
        """
        placement = None
        person_id = record_id
        if record_type == "placement":
            placement = await queries.row(connection, "placement_row", id=record_id)
            if placement is None:
                raise NotFoundError(f"there is no placement with the id {record_id}")
            person_id = placement["person_id"]
        person = await queries.row(connection, "person_row", id=person_id)
        if person is None:
            raise NotFoundError(f"there is no person with the id {person_id}")
        base = placement or person
        owner_id = base["owner_id"] or person["owner_id"]
        client_id = base["client_id"] or person["client_id"]
        owner = await self.owner(connection, owner_id)
        client = await queries.row(connection, "client_row", id=client_id) if client_id else None
        return self._assemble(record_type, record_id, person, placement, client, owner)

    async def owner(self, connection: Any, owner_id: str | None) -> queries.Row:
        """Fields of a recruiter; of one whom the CRM never described, the id alone."""
        if not owner_id:
            return {}
        row = await queries.row(connection, "owner_row", id=owner_id)
        if row is None:
            return {"id": owner_id}
        return {**row, "full_name": full_name(row["first_name"], row["last_name"])}

    def _assemble(
        self,
        record_type: str,
        record_id: str,
        person: queries.Row,
        placement: queries.Row | None,
        client: queries.Row | None,
        owner: queries.Row,
    ) -> RecordView:
        return RecordView(
            record_type=record_type,
            record_id=record_id,
            person={
                **person,
                "full_name": full_name(person["first_name"], person["last_name"]),
                "owner": person["owner_id"],
            },
            placement={**placement, "client": placement["client_id"]} if placement else {},
            client=client or {},
            owner=owner,
            custom={**person["custom"], **(placement["custom"] if placement else {})},
            organisation_timezone=self._zone,
            deleted=bool(person["deleted_at"] or (placement and placement["deleted_at"])),
        )

    async def write(
        self, connection: Any, entity: str, entity_id: str, values: Mapping[str, object], *, origin: str, at: datetime,
        lineage: Sequence[str] = (), event_id: str | None = None,
    ) -> RecordChange:  # fmt: skip
        """Creates or updates one record, and its change row, in the caller's transaction.

        Args:
            connection: in a transaction.
            entity: ``person | placement | client | owner``.
            entity_id: the CRM's id.
            values: field to value, by the catalogue's short names; unknown ones must have been refused before.
            origin: ``crm | relance | import``.
            at: UTC.
            lineage: the chain of sequences whose automated writes led here.
            event_id: of the hook's event.
        """
        await queries.run(connection, "lock_record", key=f"{entity}:{entity_id}")
        before = await queries.row(connection, f"{entity}_row", id=entity_id)
        stored = {column_of(entity, field) or field: _text(value) for field, value in values.items()}
        changed = {column: value for column, value in stored.items() if before is None or before[column] != value}
        if before is not None and not changed:
            return RecordChange(None, entity, entity_id, (), created=False)
        await self._upsert(connection, entity, entity_id, changed, fresh=before is None)
        if entity in ("person", "placement"):
            await self._note_lineage(connection, entity, entity_id, list(changed), list(lineage))
        fields = tuple(f"{entity}.{column.removesuffix('_id')}" for column in changed)
        change = await queries.value(
            connection, "add_change", entity=entity, entity_id=entity_id, fields=list(fields),
            before={column: before[column] for column in changed} if before else {}, after=changed, origin=origin,
            lineage=list(lineage), event_id=event_id, at=at,
        )  # fmt: skip
        return RecordChange(change, entity, entity_id, fields, created=before is None)

    async def _upsert(
        self, connection: Any, entity: str, entity_id: str, changed: Mapping[str, object], *, fresh: bool
    ) -> None:
        columns = [column for column in COLUMNS[entity] if column in changed]
        values = [changed[column] for column in columns]
        # Names come from COLUMNS alone, values travel as parameters.
        if fresh:
            places = ", ".join(f"${number}" for number in range(1, len(columns) + 2))
            text = f"INSERT INTO {entity} ({', '.join(['id', *columns])}) VALUES ({places})"  # noqa: S608
        else:
            sets = ", ".join(f"{column} = ${number}" for number, column in enumerate(columns, start=2))
            text = f"UPDATE {entity} SET {sets} WHERE id = $1"  # noqa: S608
        await connection.execute(text, entity_id, *values)

    async def _note_lineage(
        self, connection: Any, entity: str, entity_id: str, columns: list[str], lineage: list[str]
    ) -> None:
        """An automated write leaves its lineage on the fields; a write by a human or the CRM takes it away."""
        query = f"mark_{entity}_fields" if lineage else f"unmark_{entity}_fields"
        values = {"marks": dict.fromkeys(columns, lineage)} if lineage else {"columns": columns}
        await queries.run(connection, query, id=entity_id, **values)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
