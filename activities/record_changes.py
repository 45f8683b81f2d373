"""Writes to records, and tells the open runs that depend on what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.records import COLUMNS, RecordChange
from sequences import ids
from sequences.errors import NotFoundError
from sequences.reactions import ReactionKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from activities.planning import RunContext
    from adapters.postgres.records import Records


class RecordChanges:
    """Every write to a record goes through here, so that no open run misses it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def write(
        self, connection: Any, entity: str, entity_id: str, values: Mapping[str, object], *, origin: str, at: datetime,
        lineage: Sequence[str] = (), event_id: str | None = None, by_run: str | None = None,
    ) -> RecordChange:  # fmt: skip
        """Writes one record with its change row, and a ``field_changed`` reaction for each open run it concerns.

        The run ``by_run`` whose own follow-up this is gets none: it re-plans anyway.
        """
        change = await self._records.write(
            connection, entity, entity_id, values, origin=origin, at=at, lineage=lineage, event_id=event_id
        )
        if change.id is not None and not change.created:
            await self._announce(connection, change, at, by_run)
        return change

    async def mark_deleted(
        self, connection: Any, entity: str, entity_id: str, *, deleted: bool, origin: str, at: datetime,
        event_id: str | None = None,
    ) -> RecordChange:  # fmt: skip
        """Marks a person or a placement as deleted in the CRM, or as there again; open runs hear of it as of a field.

        The row stays: what was sent and came back must remain explainable.
        """
        name = f"{entity}.deleted"
        touched = await queries.run(connection, f"mark_{entity}_deleted", id=entity_id, at=at if deleted else None)
        if not touched:
            return RecordChange(None, entity, entity_id, (), created=False)
        identity = await queries.value(
            connection, "add_change", entity=entity, entity_id=entity_id, fields=[name],
            before={"deleted": not deleted}, after={"deleted": deleted}, origin=origin, lineage=[], event_id=event_id,
            at=at,
        )  # fmt: skip
        change = RecordChange(identity, entity, entity_id, (name,), created=False)
        await self._announce(connection, change, at, None)
        return change

    async def set_fields(
        self, connection: Any, context: RunContext, fields: Mapping[str, object], now: datetime
    ) -> None:
        """The ``set_field`` follow-up: an automated write, so it carries the run's lineage."""
        by_entity: dict[str, dict[str, object]] = {}
        for name, value in fields.items():
            group, _, key = name.partition(".")
            by_entity.setdefault(group, {})[key] = value
        lineage = [*context.run.lineage, context.run.sequence]
        for entity, values in by_entity.items():
            identity = getattr(context.view, entity).get("id")
            if entity not in COLUMNS or identity is None:
                raise NotFoundError(f"the run has no {entity} whose fields could be written")
            await self.write(
                connection, entity, identity, values, origin="relance", at=now, lineage=lineage,
                by_run=context.run.id,
            )  # fmt: skip

    async def _announce(self, connection: Any, change: RecordChange, at: datetime, by_run: str | None) -> None:
        runs = await queries.rows(connection, "open_runs_about", entity=change.entity, entity_id=change.entity_id)
        for run in runs:
            if run["id"] == by_run:
                continue
            key = f"change:{change.id}:{run['id']}"
            await queries.value(
                connection, "add_reaction", id=ids.reaction_id(key), key=key, enrollment_id=run["id"],
                person_id=run["person_id"], kind=ReactionKind.FIELD_CHANGED.value, channel=None, send_id=None,
                inbound_id=None, holds=True, detail={"fields": list(change.fields)}, received_at=at,
            )  # fmt: skip
