"""The mirror of the CRM's records: read as one view, written with a change row in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.record_columns import COLUMNS, CUSTOM, HAS_CUSTOM, column_of, name_of, stored_value
from adapters.postgres.row import row_from_json
from sequences import ids
from sequences.email_address import email_key, phone_key
from sequences.errors import NotFoundError
from sequences.records.equal_values import found_text
from sequences.records.record_view import RecordView, full_name, read_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.record_columns import Stored

_ROWS = {
    "person": queries.person_row,
    "placement": queries.placement_row,
    "client": queries.client_row,
    "owner": queries.owner_row,
}
_PERSON = attrgetter(*queries.PersonRow.__slots__)


async def stored_record(connection: Connection, entity: str, entity_id: str) -> dict[str, Any] | None:
    """Every column of one record, by name: for what treats all kinds and all fields alike."""
    row = await _ROWS[entity](connection, id=entity_id)
    return row.as_dict() if row is not None else None


@dataclass(frozen=True)
class ChangeOrigin:
    """Where a write comes from; its change row keeps it.

    Attributes:
        name: ``crm | import | relance``.
        at: UTC.
        event_id: of the CRM's event, or None.
        lineage: the chain of sequences whose automated writes led to it, oldest first.
        by_run: the run whose own follow-up it is, or None. That run is told of nothing: it plans again anyway.
    """

    name: str
    at: datetime
    event_id: str | None = None
    lineage: Sequence[str] = ()
    by_run: str | None = None


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


@dataclass(frozen=True)
class RecordValues:
    """What is told of one record.

    Attributes:
        entity: ``person | placement | client | owner``.
        entity_id: the CRM's id.
        values: field to value, by the catalogue's short names, or ``custom.x``; unknown ones must have been refused
            before.
    """

    entity: str
    entity_id: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class RecordWrite:
    """One write to one record, decided and not yet written.

    Attributes:
        entity: ``person | placement | client | owner``.
        entity_id: the CRM's id.
        columns: what is written to columns of their own.
        custom: name of a custom field, without ``custom.``, to its value; None takes it away.
        created: the new instant of a person's creation, or None.
        before: the change row's; empty for a new record.
        after: the change row's, by column.
        origin: where the write comes from.
        fresh: there is no such record yet.
        lineage_changes: fields get, or lose, the lineage of an automated write.
    """

    entity: str
    entity_id: str
    columns: Mapping[str, object]
    custom: Mapping[str, object]
    created: datetime | None
    before: Mapping[str, object]
    after: Mapping[str, object]
    origin: ChangeOrigin
    fresh: bool
    lineage_changes: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """Catalogue names of what changes."""
        return tuple(name_of(self.entity, column) for column in self.after)

    @property
    def kept_custom(self) -> dict[str, object]:
        """Custom fields that have a value afterwards."""
        return {name: value for name, value in self.custom.items() if value is not None}


@dataclass(frozen=True)
class _Base:
    """What a view is about; the client and the owner are the placement's, or else the person's."""

    whom: queries.PersonRow
    placement: queries.PlacementRow | None

    @property
    def client_id(self) -> str | None:
        return (self.placement and self.placement.client_id) or self.whom.client_id

    @property
    def owner_id(self) -> str | None:
        return (self.placement and self.placement.owner_id) or self.whom.owner_id


class Records:
    """Reads and writes records."""

    def __init__(self, organisation_timezone: str, phone_region: str = "GB") -> None:
        """``phone_region`` is the country in which numbers without one are read: ISO 3166-1 alpha-2."""
        self._zone = organisation_timezone
        self._region = phone_region

    @property
    def phone_region(self) -> str:
        """The country in which numbers without one are read."""
        return self._region

    async def view(
        self, connection: Connection, record_type: str, record_id: str, *, person: str | None = None
    ) -> RecordView:
        """The record and all that belongs to it.

        Args:
            connection: of the pool.
            record_type: ``person | placement``.
            record_id: the CRM's id.
            person: of a placement, whose view it is; by default of the person behind it. A run stays its own person's
                when the placement gets another one: that one must hear nothing that was meant for the first.

        Raises:
            NotFoundError: no such record, or the placement's person is missing.
        """
        of_placement = record_type == "placement"
        row = await queries.record_shown(
            connection, person=person if of_placement else record_id, placement=record_id if of_placement else None
        )
        if row is None or (of_placement and row.of_placement is None):
            placement = await queries.placement_row(connection, id=record_id) if of_placement else None
            if of_placement and placement is None:
                raise NotFoundError(f"no placement has the id {record_id}")
            missing = person or placement.person_id if placement else record_id
            raise NotFoundError(f"no person has the id {missing}; `relance people` lists them")
        return self._shown(row, row_from_json(queries.ClientRow, row.of_client) if row.of_client else None)

    async def shared_view(
        self, connection: Connection, record_type: str, record_id: str, person: str
    ) -> RecordView | None:
        """As ``shared_views``, of one record; None where that leaves it out.

        Args:
            connection: in a transaction.
            record_type: ``person | placement``.
            record_id: the CRM's id.
            person: whose view it is.
        """
        first, second = f"{record_type}:{record_id}", f"person:{person}"
        if not await queries.share_two_records(connection, first=first, second=second):
            return None
        of_placement = record_type == "placement"
        row = await queries.record_shown(connection, person=person, placement=record_id if of_placement else None)
        if row is None or (of_placement and row.of_placement is None):
            return None
        client_id = _base_of(row).client_id
        if client_id is None:
            return self._shown(row, None)
        # Read once more: what was read before it was shared may have changed between the two.
        if not await _shared(connection, {f"client:{client_id}"}):
            return None
        return self._shown(row, await queries.client_row(connection, id=client_id))

    def view_beside_run(self, found: queries.RunAndRecordRow) -> RecordView:
        """The view of a record that was read together with its run."""
        placement = row_from_json(queries.PlacementRow, found.placement) if found.placement is not None else None
        client = row_from_json(queries.ClientRow, found.client) if found.client is not None else None
        base = _Base(queries.PersonRow(*_PERSON(found)), placement)
        return self._with_closed_days(base, client, found.owner, found.closed)

    def _with_closed_days(
        self, base: _Base, client: queries.ClientRow | None, owner: Mapping[str, Any] | None, closed: Sequence[date]
    ) -> RecordView:
        view = self._assemble(base, client, _owner_fields(base.owner_id, owner))
        return replace(view, closed_days=frozenset(closed)) if closed else view

    async def views(
        self, connection: Connection, record_type: str, records: Mapping[str, str]
    ) -> dict[str, RecordView]:
        """The views of many records, in one statement for each kind; those that are gone are missing.

        Args:
            connection: of the pool.
            record_type: ``person | placement``.
            records: record to the person whose view it is, as ``view`` takes both.
        """
        return await self._assembled(connection, await _bases(connection, record_type, records))

    async def shared_views(
        self, connection: Connection, record_type: str, records: Mapping[str, str]
    ) -> dict[str, RecordView]:
        """The same, and nobody changes what they show until this transaction is over.

        Left out are records that somebody writes to at this very moment, too.
        """
        named = {f"{record_type}:{record}" for record in records} | {f"person:{whom}" for whom in records.values()}
        shared = await _shared(connection, named)
        free = {
            record: person
            for record, person in records.items()
            if {f"{record_type}:{record}", f"person:{person}"} <= shared
        }
        bases = await _bases(connection, record_type, free)
        shared = await _shared(connection, {f"client:{base.client_id}" for base in bases.values() if base.client_id})
        free_too = {
            record: base
            for record, base in bases.items()
            if base.client_id is None or f"client:{base.client_id}" in shared
        }
        return await self._assembled(connection, free_too)

    async def _assembled(self, connection: Connection, bases: Mapping[str, _Base]) -> dict[str, RecordView]:
        wanted = {base.client_id for base in bases.values() if base.client_id}
        clients = {row.id: row for row in (await queries.client_rows(connection, ids=[*wanted]) if wanted else ())}
        wanted = {base.owner_id for base in bases.values() if base.owner_id}
        owners = {
            row.id: row.as_dict() for row in (await queries.owner_rows(connection, ids=[*wanted]) if wanted else ())
        }
        closed = await closed_days(connection, wanted)
        return {
            record: replace(
                self._assemble(
                    base,
                    clients.get(base.client_id or ""),
                    _owner_fields(base.owner_id, owners.get(base.owner_id or "")),
                ),
                closed_days=closed.get(base.owner_id, closed[None]),
            )
            for record, base in bases.items()
        }

    def _shown(self, row: queries.RecordShownRow, client: queries.ClientRow | None) -> RecordView:
        return self._with_closed_days(_base_of(row), client, row.of_owner, row.of_closed)

    async def owner(self, connection: Connection, owner_id: str | None) -> dict[str, Any]:
        """Fields of a recruiter; of one whom the CRM never described, the id alone."""
        row = await queries.owner_row(connection, id=owner_id) if owner_id else None
        return _owner_fields(owner_id, row.as_dict() if row is not None else None)

    def _assemble(self, base: _Base, client: queries.ClientRow | None, owner: Mapping[str, Any]) -> RecordView:
        person, placement = base.whom, base.placement
        return RecordView(
            record_type="placement" if placement else "person",
            record_id=placement.id if placement else person.id,
            person=person.as_dict()
            | {"full_name": full_name(person.first_name, person.last_name), "owner": person.owner_id},
            placement=placement.as_dict() | {"client": placement.client_id} if placement else {},
            client=client.as_dict() if client else {},
            owner=owner,
            custom={**person.custom, **(placement.custom if placement else {})},
            organisation_timezone=self._zone,
            phone_region=self._region,
            deleted=bool(person.deleted_at or (placement and placement.deleted_at)),
            another_person=placement is not None and placement.person_id != person.id,
        )

    async def write(
        self, connection: Connection, entity: str, entity_id: str, values: Mapping[str, object], origin: ChangeOrigin
    ) -> RecordChange:
        """Creates or updates one record, and its change row, in the caller's transaction.

        Args:
            connection: in a transaction.
            entity: ``person | placement | client | owner``.
            entity_id: the CRM's id.
            values: field to value, by the catalogue's short names, or ``custom.x``; unknown ones must have been refused
                before.
            origin: where the write comes from.
        """
        await queries.lock_record(connection, key=f"{entity}:{entity_id}")
        before = await stored_record(connection, entity, entity_id)
        write = self.plan(RecordValues(entity, entity_id, values), before, origin)
        if write is None:
            return RecordChange(None, entity, entity_id, (), created=False)
        return await apply_write(connection, write)

    def plan(self, told: RecordValues, before: Mapping[str, Any] | None, origin: ChangeOrigin) -> RecordWrite | None:
        """What there is to write of values for a record, ``before`` as ``stored_record`` gives it; None: nothing."""
        stored = {column_of(told.entity, field) or field: _text(value) for field, value in told.values.items()}
        was = {column: stored_value(before, column) for column in stored}
        changed = {column: value for column, value in stored.items() if before is None or was[column] != value}
        if before is not None and not changed:
            return None
        old, new = {column: was[column] for column in changed} if before else {}, dict(changed)
        created = _created(told.entity, before, changed, origin.at)
        if created is not None:
            new["created"] = created.isoformat()
            if before is not None:
                old["created"] = before["created"].isoformat() if before["created"] else None
        marked = before["field_lineage"].keys() if before and told.entity in HAS_CUSTOM else frozenset()
        return RecordWrite(
            told.entity,
            told.entity_id,
            self._columns(told.entity, changed, created),
            {name.removeprefix(CUSTOM): value for name, value in changed.items() if name.startswith(CUSTOM)},
            created,
            old,
            new,
            origin,
            fresh=before is None,
            lineage_changes=told.entity in HAS_CUSTOM and (bool(origin.lineage) or not marked.isdisjoint(new)),
        )

    def _columns(self, entity: str, changed: Mapping[str, object], created: datetime | None) -> dict[str, object]:
        """What is written to columns of their own. Names come from COLUMNS alone, values travel as parameters."""
        written = {column: changed[column] for column in COLUMNS[entity] if column in changed}
        if entity == "person":
            written |= self._keys(changed)
        if created is not None:
            written["created"] = created
        return written

    def _keys(self, changed: Mapping[str, object]) -> dict[str, object]:
        """The compared forms of addresses that change; suppressions of the person follow them by a trigger."""
        keys: dict[str, object] = {}
        for column, key_of in (("email", email_key), ("phone", lambda text: phone_key(text, self._region))):
            if column in changed:
                text = changed[column]
                keys[f"{column}_key"] = key_of(text) if isinstance(text, str) else None
        return keys


def _base_of(row: queries.RecordShownRow) -> _Base:
    return _Base(
        queries.PersonRow(*_PERSON(row)),
        row_from_json(queries.PlacementRow, row.of_placement) if row.of_placement else None,
    )


async def _bases(connection: Connection, record_type: str, records: Mapping[str, str]) -> dict[str, _Base]:
    """Rows of records and of the persons whose views they are; those that are gone are missing."""
    people = await _people(connection, {*records.values()})
    if record_type == "person":
        return {record: _Base(people[whom], None) for record, whom in records.items() if whom in people}
    placements = {row.id: row for row in await queries.placement_rows(connection, ids=list(records))}
    return {
        record: _Base(people[whom], placements[record])
        for record, whom in records.items()
        if whom in people and record in placements
    }


async def _people(connection: Connection, wanted: Collection[str]) -> dict[str, queries.PersonRow]:
    """Of one, Postgres keeps the plan; how many an array has it wants to know each time."""
    if len(wanted) == 1:
        row = await queries.person_row(connection, id=next(iter(wanted)))
        return {row.id: row} if row is not None else {}
    return {row.id: row for row in await queries.people_rows(connection, ids=[*wanted])}


async def _shared(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys that are locked now: nobody else writes to them until the transaction is over."""
    if not keys:
        return set()
    return {row.key for row in await queries.share_records(connection, keys=sorted(keys)) if row.shared}


async def apply_write(connection: Connection, write: RecordWrite) -> RecordChange:
    """Writes what was planned, with its change row, in the caller's transaction, which holds the record's lock."""
    await (_insert if write.fresh else _update)(connection, write)
    origin = write.origin
    if write.created is not None:
        await _note_created(connection, write.entity_id, write.created, origin)
    if write.lineage_changes:
        await _note_lineage(connection, write)
    change = await queries.add_change(
        connection,
        entity=write.entity,
        entity_id=write.entity_id,
        fields=list(write.fields),
        before=dict(write.before),
        after=dict(write.after),
        origin=origin.name,
        lineage=list(origin.lineage),
        event_id=origin.event_id,
        at=origin.at,
    )
    return RecordChange(change, write.entity, write.entity_id, write.fields, created=write.fresh)


async def _insert(connection: Connection, write: RecordWrite) -> None:
    written = dict(write.columns)
    if kept := write.kept_custom:
        written["custom"] = kept
    places = ", ".join(f"${number}" for number in range(1, len(written) + 2))
    text = f"INSERT INTO {write.entity} ({', '.join(['id', *written])}) VALUES ({places})"  # noqa: S608
    await connection.execute(text, write.entity_id, *written.values())


async def _update(connection: Connection, write: RecordWrite) -> None:
    sets = [f"{column} = ${number}" for number, column in enumerate(write.columns, start=2)]
    values = list(write.columns.values())
    if write.custom:
        sets.append(f"custom = (custom - ${len(values) + 2}::text[]) || ${len(values) + 3}::jsonb")
        values += [list(write.custom), write.kept_custom]
    text = f"UPDATE {write.entity} SET {', '.join(sets)} WHERE id = $1"  # noqa: S608
    await connection.execute(text, write.entity_id, *values)


async def _note_created(connection: Connection, person: str, created: datetime, origin: ChangeOrigin) -> None:
    source = created.isoformat()
    await queries.add_created_event(
        connection,
        id=ids.event_id(person, "created", source),
        person_id=person,
        at=created,
        origin=origin.name,
        lineage=list(origin.lineage),
        source=source,
        recorded_at=origin.at,
    )


async def _note_lineage(connection: Connection, write: RecordWrite) -> None:
    """An automated write leaves its lineage on the fields; a write by a human or the CRM takes it away."""
    person = write.entity == "person"
    if write.origin.lineage:
        mark = queries.mark_person_fields if person else queries.mark_placement_fields
        lineage = list(write.origin.lineage)
        await mark(connection, id=write.entity_id, marks=dict.fromkeys(write.after, lineage))
    else:
        unmark = queries.unmark_person_fields if person else queries.unmark_placement_fields
        await unmark(connection, id=write.entity_id, columns=list(write.after))


def _owner_fields(owner_id: str | None, row: Mapping[str, Any] | None) -> dict[str, Any]:
    if not owner_id:
        return {}
    if row is None:
        return {"id": owner_id}
    return {**row, "full_name": full_name(row["first_name"], row["last_name"])}


async def closed_days(connection: Connection, owners: Collection[str]) -> dict[str | None, frozenset[date]]:
    """Of each owner who has some of their own, with everybody's; under None those of everybody else."""
    days: dict[str | None, set[date]] = {None: set()}
    for row in await queries.closed_days_of_owners(connection, owners=[*owners]):
        days.setdefault(row.owner_id, set()).add(row.day)
    return {owner: frozenset(found | days[None]) for owner, found in days.items()}


def _created(
    entity: str, before: Mapping[str, Any] | None, changed: Mapping[str, Any], at: datetime
) -> datetime | None:
    """When the person was created, if this write says something new about it: the CRM's word, else the write's time."""
    if entity != "person":
        return None
    told = utc_instant(changed.get("created_at"))
    if before is None:
        return told or at
    return told if told is not None and told != before["created"] else None


def utc_instant(text: str | None) -> datetime | None:
    """A date is its midnight in UTC, and a time without offset is UTC; None for what no calendar in UTC holds."""
    found = read_instant(text) if text else None
    if found is None:
        return None
    moment = found if isinstance(found, datetime) else datetime.combine(found, time())
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _text(value: object) -> Stored:
    """As it is stored: one form for each number and truth value, whoever writes it."""
    if isinstance(value, list | tuple):
        return [text for each in value if (text := found_text(each)) is not None] or None
    return found_text(value)
