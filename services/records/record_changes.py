"""Writes to records, and tells the open runs that depend on what changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.address_keys import refresh_people
from adapters.postgres.events import KINDS
from adapters.postgres.record_columns import COLUMNS
from adapters.postgres.record_sets import apply_writes
from adapters.postgres.records import ChangeOrigin, RecordChange
from sequences.definition.reactions import ReactionKind
from sequences.errors import NotFoundError
from sequences.reactions.verdict import suppressed_field
from sequences.records.changed_fields import changed_fields, is_creation
from services.enrolling.window_ledger import WindowLedger
from services.reactions.write_reaction import NewReaction, reaction_key, write_field_changes, write_reaction
from services.records.consents import agreed_again
from services.records.merge_people import Merging, refuse_merge_cycle, survivor
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records, RecordValues, RecordWrite
    from services.records.merge_people import Moved
    from services.runs.planning import RunContext

# Rules read the times of events, stop rules and reactions do not: a run would be held for nothing.
_EVENTS = frozenset(f"person.{kind}" for kind in (*KINDS, "created"))

_OPEN_RUNS = {
    "person": queries.open_runs_of_person,
    "placement": queries.open_runs_of_placement,
    "client": queries.open_runs_of_client,
}
"""The open runs that a change of a record concerns; an owner's own fields stop and move nothing."""
_OPEN_RUNS_OF_MANY = {
    "person": queries.open_runs_about_people,
    "placement": queries.open_runs_about_placements,
    "client": queries.open_runs_about_clients,
}

BY_THE_CRM = "crm"
"""The reason of a suppression that the CRM told; only such a one is lifted by its word."""


@dataclass(frozen=True)
class _Mark:
    """A change of a record as a whole: its change row, without where it comes from."""

    entity: str
    entity_id: str
    fields: tuple[str, ...]
    before: Mapping[str, object]
    after: Mapping[str, object]


class RecordChanges:
    """Every write to a record goes through here, so that no open run misses it."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._merging = Merging(records, WindowLedger())

    @property
    def phone_region(self) -> str:
        """The country in which numbers without one are read: ISO 3166-1 alpha-2."""
        return self._records.phone_region

    async def write(
        self, connection: Connection, entity: str, entity_id: str, values: Mapping[str, object], origin: ChangeOrigin
    ) -> RecordChange:
        """Writes one record with its change row, and a ``field_changed`` reaction for each open run it concerns.

        A placement of somebody who was merged into another person is that one's.
        """
        if entity == "placement" and values.get("person_id") is not None:
            values = {**values, "person_id": await survivor(connection, str(values["person_id"]))}
        change = await self._records.write(connection, entity, entity_id, values, origin)
        if entity == "person":
            await agreed_again(connection, entity_id, values, origin.at)
        if change.id is not None and not change.created:
            await self._announce(connection, change, origin.at, origin.by_run)
        if change.created and entity == "person":
            # Others may have been merged into a person of whom nobody had told anything yet.
            moved = await self._merging.gather(connection, entity_id, origin.at)
            await self._tell_merged(connection, entity_id, moved, origin.at)
        return change

    def plan(self, told: RecordValues, before: Mapping[str, object] | None, origin: ChangeOrigin) -> RecordWrite | None:
        """What there is to write of values for a record as it is ``before``; None: nothing."""
        return self._records.plan(told, before, origin)

    async def write_all(self, connection: Connection, writes: Sequence[RecordWrite], origin: ChangeOrigin) -> None:
        """Writes what was planned for different records, as ``write`` does one after the other.

        Nobody was merged into a new one of them, and all their locks are held.
        """
        changes = await apply_writes(connection, writes, origin)
        for write in writes:
            if write.entity == "person":
                await agreed_again(connection, write.entity_id, write.columns, origin.at)
        if len(changes) == 1:
            if not changes[0].created:
                await self._announce(connection, changes[0], origin.at, None)
            return
        told = defaultdict(list)
        for change in changes:
            if not change.created:
                told[change.entity].append(change.entity_id)
        runs: dict[tuple[str, str], list[queries.RunAboutRow]] = defaultdict(list)
        for entity, identities in told.items():
            if (runs_of := _OPEN_RUNS_OF_MANY.get(entity)) is not None:
                for row in await runs_of(connection, ids=identities):
                    runs[entity, row.about].append(row)
        reactions = [
            _fields_changed(
                reaction_key("change", str(change.id), run.id), run.id, run.person_id, change.fields, origin.at
            )
            for change in changes
            for run in runs.get((change.entity, change.entity_id), ())
        ]
        await write_field_changes(connection, reactions)

    async def mark_deleted(
        self, connection: Connection, entity: str, entity_id: str, origin: ChangeOrigin, *, deleted: bool
    ) -> RecordChange:
        """Marks a person or a placement as deleted in the CRM, or as there again; open runs hear of it as of a field.

        The row stays: what was sent and came back must remain explainable.
        """
        root = await survivor(connection, entity_id) if entity == "person" and not deleted else entity_id
        at = origin.at if deleted else None
        mark_row = queries.mark_person_deleted if entity == "person" else queries.mark_placement_deleted
        touched = await mark_row(connection, id=entity_id, at=at)
        if not touched:
            return RecordChange(None, entity, entity_id, (), created=False)
        if root != entity_id:
            moved = await self._merging.part(connection, entity_id, root, origin.at)
            await self._tell_merged(connection, entity_id, moved, origin.at)
        mark = _Mark(entity, entity_id, (f"{entity}.deleted",), {"deleted": not deleted}, {"deleted": deleted})
        return await self._note(connection, mark, origin)

    async def mark_merged(self, connection: Connection, person: str, into: str, origin: ChangeOrigin) -> RecordChange:
        """Marks a person as merged into another one, who gets everything that was theirs: see ``Merging``.

        Open runs go on with the survivor; where both have one of the same sequence, one of them ends. With a survivor
        of whom nobody has told anything yet they end, and the rest moves once that one is told.

        Raises:
            RefusedError: the merge would go round in a circle.
        """
        await refuse_merge_cycle(connection, person, into)
        touched = await queries.mark_person_merged(connection, id=person, into=into, at=origin.at)
        if not touched:
            return RecordChange(None, "person", person, (), created=False)
        root = await survivor(connection, into)
        moved = await self._merging.gather(connection, root, origin.at, origin.event_id)
        fields = ("person.deleted", "person.merged_into")
        after = {"deleted": True, "merged_into": into}
        change = await self._note(connection, _Mark("person", person, fields, {"merged_into": None}, after), origin)
        await self._tell_merged(connection, root, moved, origin.at)
        for other in dict.fromkeys((into, root)):
            await self._pass_on(connection, person, other, origin)
        return change

    async def _pass_on(self, connection: Connection, person: str, into: str, origin: ChangeOrigin) -> None:
        """Who asked not to be contacted stays so under the other record's id, and the runs there hear of it."""
        rows = await queries.pass_on_suppressions(
            connection, id=person, into=into, source=f"merged:{person}", at=origin.at
        )
        for channel in sorted(set(rows)):
            await self._note(connection, _suppressed(into, channel), origin)
        await queries.pass_on_topics(connection, id=person, into=into, source=f"merged:{person}", at=origin.at)

    async def _tell_merged(self, connection: Connection, person: str, moved: Moved, at: datetime) -> None:
        """The runs plan anew, for another zone perhaps; or they find that they have come to their end."""
        for run in moved.runs:
            key = reaction_key("merged", person, at, run)
            await write_reaction(connection, _fields_changed(key, run, person, moved.fields, at))

    async def suppress(self, connection: Connection, person: str, channel: str, origin: ChangeOrigin) -> RecordChange:
        """Suppresses a person on a channel, or on ``all``, as the CRM says; open runs that send there stop at once.

        Who was merged into another person is that one: the "no" holds for both.
        """
        source = f"crm:{origin.event_id}" if origin.event_id else origin.name
        root = await survivor(connection, person)
        if root != person:
            await self.suppress(connection, root, channel, origin)
        fresh = await suppress(connection, NewSuppression(channel, BY_THE_CRM, source, origin.at, person=person))
        if not fresh:
            return RecordChange(None, "person", person, (), created=False)
        return await self._note(connection, _suppressed(person, channel), origin)

    async def unsuppress(
        self, connection: Connection, person: str, origin: ChangeOrigin, keep: Sequence[str] = ()
    ) -> RecordChange:
        """Lifts what the CRM itself suppressed, but on the channels to ``keep``; nothing that the person asked for."""
        rows = await queries.lift_suppressions_by(
            connection, person_id=person, reason=BY_THE_CRM, keep=list(keep), at=origin.at
        )
        if not rows:
            return RecordChange(None, "person", person, (), created=False)
        channels = sorted(row for row in rows)
        fields = tuple(suppressed_field(channel) for channel in channels)
        mark = _Mark("person", person, fields, {"suppressed": channels[-1]}, {"suppressed": None})
        return await self._note(connection, mark, origin, announce=False)

    async def set_fields(
        self, connection: Connection, context: RunContext, fields: Mapping[str, object], now: datetime
    ) -> None:
        """The ``set_field`` follow-up: an automated write, so it carries the run's lineage.

        A custom field is written to the record that the run is about.
        """
        by_entity: dict[str, dict[str, object]] = {}
        for name, value in fields.items():
            group, _, key = name.partition(".")
            entity, field = (context.view.record_type, name) if group == "custom" else (group, key)
            by_entity.setdefault(entity, {})[field] = value
        lineage = [*context.run.lineage, context.run.sequence]
        origin = ChangeOrigin("relance", now, lineage=lineage, by_run=context.run.id)
        for entity, values in by_entity.items():
            identity = getattr(context.view, entity).get("id")
            if entity not in COLUMNS or identity is None:
                raise NotFoundError(f"the run has no {entity} whose fields could be written")
            await self.write(connection, entity, identity, values, origin)

    async def announce(self, connection: Connection, row: queries.ChangeRow, at: datetime) -> None:
        """Tells the open runs of a change that was written past Relance: a row of ``change`` of origin ``sql``.

        The same row again tells nobody twice. A new record concerns no open run. Of a row that is gone nobody can be
        told either: the run's record cannot be read any more; delete by ``deleted_at``.
        """
        if row.entity == "person":
            await refresh_people(connection, [row.entity_id], self._records.phone_region)
            await agreed_again(connection, row.entity_id, row.after, at)
        if is_creation(row.before) or not row.after:
            return
        fields = tuple(field for field in changed_fields(row.fields, row.before, row.after) if field not in _EVENTS)
        if fields:
            change = RecordChange(row.id, row.entity, row.entity_id, fields, created=False)
            await self._announce(connection, change, at, None)

    async def _note(
        self, connection: Connection, mark: _Mark, origin: ChangeOrigin, *, announce: bool = True
    ) -> RecordChange:
        identity = await queries.add_change(
            connection,
            entity=mark.entity,
            entity_id=mark.entity_id,
            fields=list(mark.fields),
            before=dict(mark.before),
            after=dict(mark.after),
            origin=origin.name,
            lineage=[],
            event_id=origin.event_id,
            at=origin.at,
        )
        change = RecordChange(identity, mark.entity, mark.entity_id, mark.fields, created=False)
        if announce:
            await self._announce(connection, change, origin.at, None)
        return change

    async def _announce(self, connection: Connection, change: RecordChange, at: datetime, by_run: str | None) -> None:
        runs_of = _OPEN_RUNS.get(change.entity)
        for run in await runs_of(connection, id=change.entity_id) if runs_of else ():
            if run.id == by_run:
                continue
            key = reaction_key("change", str(change.id), run.id)
            await write_reaction(connection, _fields_changed(key, run.id, run.person_id, change.fields, at))


def _suppressed(person: str, channel: str) -> _Mark:
    return _Mark("person", person, (suppressed_field(channel),), {"suppressed": None}, {"suppressed": channel})


def _fields_changed(key: str, run: str, person: str, fields: Sequence[str], at: datetime) -> NewReaction:
    return NewReaction(key, run, person, ReactionKind.FIELD_CHANGED, at, {"fields": list(fields)})
