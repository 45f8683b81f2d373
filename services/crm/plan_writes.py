"""What happened becomes what is written to the CRM, as the mapping file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.record_columns import name_of
from sequences import ids
from sequences.crm.writing import CrmHappening, writes_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from services.crm.connected import ConnectedCrm

_AT_ONCE: Final = 200


@dataclass(frozen=True)
class PlanCrmWrites:
    """Plans writes.

    Attributes:
        connected: the CRM.
    """

    connected: ConnectedCrm

    async def plan(self) -> bool:
        """Plans what waits, up to a page of it; whether there may be more."""
        async with self.connected.database.transaction() as connection:
            rows = await queries.crm_happenings(connection, limit=_AT_ONCE)
            for row in rows:
                happening = await _happening(connection, row)
                if happening is not None:
                    await self._add(connection, happening)
            if rows:
                await queries.forget_crm_happenings(connection, ids=[row.id for row in rows])
        return len(rows) == _AT_ONCE

    async def _add(self, connection: Connection, happening: CrmHappening) -> None:
        lineage = (*happening.lineage, happening.sequence) if happening.sequence else happening.lineage
        for rule, write in writes_for(self.connected.mapping, happening):
            await queries.add_crm_write(
                connection,
                id=ids.crm_write_id(self.connected.name, happening.key, rule),
                crm=self.connected.name,
                occasion=happening.occasion,
                kind=write.kind,
                entity=write.entity,
                record=write.record,
                person_id=happening.person,
                body=write.model_dump(mode="json"),
                lineage=list(lineage),
                at=happening.at,
                now=self.connected.clock(),
            )


async def _happening(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    """What a row stands for; None: it is gone, or says nothing yet."""
    made = await _DETAILS[row.occasion](connection, row)
    return made.model_copy(update={"words": {"at": f"{row.at:%Y-%m-%d %H:%M} UTC", **made.words}}) if made else None


async def _of_run(
    connection: Connection, row: queries.CrmHappeningRow, run_id: str | None, words: Mapping[str, str | None]
) -> CrmHappening | None:
    run = await queries.crm_run(connection, id=run_id) if run_id is not None else None
    filled = {name: value for name, value in words.items() if value}
    if run is None:
        return CrmHappening(
            key=f"{row.occasion}:{row.ref}", occasion=row.occasion, at=row.at, person=row.person_id, words=filled
        )
    return CrmHappening(
        key=f"{row.occasion}:{row.ref}",
        occasion=row.occasion,
        at=row.at,
        person=run.person_id,
        placement=run.record_id if run.record_type == "placement" else None,
        owner=run.owner_id,
        sequence=run.sequence,
        lineage=tuple(run.lineage),
        words={"sequence": run.sequence_name or run.sequence, "sequence_id": run.sequence, **filled},
    )


async def _enrollment(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    run = await queries.crm_run(connection, id=row.ref)
    return await _of_run(connection, row, row.ref, {"reason": run.reason}) if run is not None else None


async def _send(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    send = await queries.crm_send(connection, id=row.ref)
    if send is None:
        return None
    words = {"step": send.step, "channel": send.channel, "subject": send.subject}
    made = await _of_run(connection, row, send.enrollment_id, words)
    return made.model_copy(update={"channel": send.channel}) if made else None


async def _reaction(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    found = await queries.crm_reaction(connection, id=row.ref)
    if found is None or found.not_theirs or (found.held_for_review and found.reviewed_at is None):
        return None
    words = {"label": found.label, "reply": found.reply_text, "channel": found.channel, "step": found.step}
    made = await _of_run(connection, row, found.enrollment_id, words)
    if made is None:
        return None
    label = found.label or ""
    # Another word of a person about the same reply is another thing to write; the same word again is not.
    return made.model_copy(update={"label": label, "channel": found.channel, "key": f"{made.key}:{label}"})


async def _task(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    task = await queries.crm_task(connection, id=row.ref)
    if task is None:
        return None
    due = f"{task.due_at:%Y-%m-%d}" if task.due_at is not None else None
    words = {"title": task.title, "description": task.description, "due": due, "step": task.step}
    made = await _of_run(connection, row, task.enrollment_id, words)
    return made.model_copy(update={"owner": task.owner_id or made.owner, "due": task.due_at}) if made else None


async def _lead(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    lead = await queries.crm_lead(connection, id=row.ref)
    if lead is None:
        return None
    made = await _of_run(connection, row, lead.enrollment_id, {"source": lead.source})
    return made.model_copy(update={"owner": lead.owner_id or made.owner}) if made else None


async def _change(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    change = await queries.crm_change(connection, id=int(row.ref))
    if change is None or not change.lineage:
        return None
    *before, sequence = change.lineage
    fields = {
        name_of(change.entity, column): value
        for column, value in change.after.items()
        if value is None or isinstance(value, (str, bool, int, float))
    }
    return CrmHappening(
        key=f"{row.occasion}:{row.ref}",
        occasion=row.occasion,
        at=row.at,
        person=row.person_id,
        placement=change.entity_id if change.entity == "placement" else None,
        sequence=sequence,
        lineage=tuple(before),
        words={"sequence": sequence, "sequence_id": sequence},
        fields=fields,
    )


async def _suppression(connection: Connection, row: queries.CrmHappeningRow) -> CrmHappening | None:
    found = await queries.crm_suppression(connection, id=int(row.ref))
    if found is None or found.lifted_at is not None or found.person_id is None:
        return None
    return CrmHappening(
        key=f"{row.occasion}:{row.ref}",
        occasion=row.occasion,
        at=row.at,
        person=found.person_id,
        channel=found.channel,
        words={"reason": found.reason.replace("_", " "), "channel": found.channel},
    )


_DETAILS: Final = {
    "enrolled": _enrollment,
    "finished": _enrollment,
    "stopped": _enrollment,
    "sent": _send,
    "replied": _reaction,
    "clicked": _reaction,
    "bounced": _reaction,
    "meeting_booked": _reaction,
    "meeting_cancelled": _reaction,
    "task": _task,
    "lead": _lead,
    "field_set": _change,
    "opted_out": _suppression,
}
