"""What happened becomes what is written to the CRM: its mapping file says what, and the event stream says when.

An event has ids and labels. The words of a reply, the title of a task and the values of fields are read from the rows
that it names, as they are when it is planned.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from adapters.postgres.record_columns import name_of
from sequences import ids
from sequences.crm.occasions import OCCASION_OF, types_of
from sequences.crm.writing import CrmHappening, writes_for
from sequences.events.catalogue import event_id
from services.events.read import place_all
from services.records.record_changes import BY_THE_CRM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

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
        """Plans what happened behind the CRM's place in the stream, up to a page of it; whether there may be more.

        What is planned and the place are one transaction: a death in between costs nothing. One process plans at
        a time.
        """
        connected = self.connected
        types = types_of(connected.mapping)
        if not types:
            return False
        async with connected.database.statement() as connection:
            if not await queries.crm_is_behind(connection, name=connected.name):
                return False
        async with connected.database.transaction() as connection:
            head = await place_all(connection)
        async with connected.database.transaction() as connection:
            place = await queries.lock_crm_place(connection, name=connected.name)
            if place is None:
                return False
            rows = await queries.stream_events(connection, after=place, types=types, limit=_AT_ONCE)
            for row in rows:
                for happening in await _happenings(connection, row):
                    await self._add(connection, happening)
            full = len(rows) == _AT_ONCE
            # Also past what the mapping does not write about: the next look begins behind it.
            await queries.move_crm_place(
                connection, name=connected.name, position=rows[-1].position if full else max(head, place)
            )
        return full

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


@dataclass(frozen=True)
class _Told:
    """An event of a person, with the row that it names.

    Attributes:
        ref: id of that row; of an event that names none, its own.
    """

    event: queries.StreamEventRow
    person: str
    occasion: str
    ref: str

    def key(self, more: str = "") -> str:
        """The same for the same thing, however often it is told."""
        return f"{self.occasion}:{self.ref}{more}"


async def _happenings(connection: Connection, row: queries.StreamEventRow) -> list[CrmHappening]:
    """What an event stands for; nothing: what it names is gone, or says nothing yet."""
    if row.person_id is None:
        return []
    names, read = _FROM[row.type]
    ref = row.enrollment_id if names == _RUN else row.detail.get(names or "")
    told = _Told(row, row.person_id, OCCASION_OF[row.type], str(ref or event_id(row.position)))
    return [
        each.model_copy(update={"words": {"at": f"{each.at:%Y-%m-%d %H:%M} UTC", **each.words}})
        for each in await read(connection, told)
    ]


async def _of_run(
    connection: Connection, told: _Told, run_id: str | None, words: Mapping[str, str | None]
) -> CrmHappening:
    run = await queries.crm_run(connection, id=run_id) if run_id is not None else None
    filled = {name: value for name, value in words.items() if value}
    if run is None:
        return _plain(told, words=filled)
    return _plain(
        told,
        person=run.person_id,
        placement=run.record_id if run.record_type == "placement" else None,
        owner=run.owner_id,
        sequence=run.sequence,
        lineage=tuple(run.lineage),
        words={"sequence": run.sequence_name or run.sequence, "sequence_id": run.sequence, **filled},
    )


def _plain(told: _Told, **more: Any) -> CrmHappening:
    values = {"key": told.key(), "occasion": told.occasion, "at": told.event.at, "person": told.person}
    return CrmHappening.model_validate(values | more)


async def _enrollment(connection: Connection, told: _Told) -> list[CrmHappening]:
    run = await queries.crm_run(connection, id=told.ref)
    return [await _of_run(connection, told, told.ref, {"reason": run.reason})] if run is not None else []


async def _send(connection: Connection, told: _Told) -> list[CrmHappening]:
    send = await queries.crm_send(connection, id=told.ref)
    if send is None:
        return []
    words = {"step": send.step, "channel": send.channel, "subject": send.subject}
    made = await _of_run(connection, told, send.enrollment_id, words)
    return [made.model_copy(update={"channel": send.channel})]


async def _reaction(connection: Connection, told: _Told) -> list[CrmHappening]:
    found = await queries.crm_reaction(connection, id=told.ref)
    if found is None or found.not_theirs or (found.held_for_review and found.reviewed_at is None):
        return []
    words = {"label": found.label, "reply": found.reply_text, "channel": found.channel, "step": found.step}
    made = await _of_run(connection, told, found.enrollment_id, words)
    label = found.label or ""
    # Another word of a person about the same reply is another thing to write; the same word again is not. Either way
    # it is about what came when the reply came.
    key = told.key(f":{label}")
    return [made.model_copy(update={"label": label, "channel": found.channel, "key": key, "at": found.received_at})]


async def _task(connection: Connection, told: _Told) -> list[CrmHappening]:
    task = await queries.crm_task(connection, id=told.ref)
    if task is None:
        return []
    due = f"{task.due_at:%Y-%m-%d}" if task.due_at is not None else None
    words = {"title": task.title, "description": task.description, "due": due, "step": task.step}
    made = await _of_run(connection, told, task.enrollment_id, words)
    return [made.model_copy(update={"owner": task.owner_id or made.owner, "due": task.due_at})]


async def _lead(connection: Connection, told: _Told) -> list[CrmHappening]:
    lead = await queries.crm_lead(connection, id=told.ref)
    if lead is None:
        return []
    made = await _of_run(connection, told, lead.enrollment_id, {"source": lead.source})
    return [made.model_copy(update={"owner": lead.owner_id or made.owner})]


async def _fields(connection: Connection, told: _Told) -> list[CrmHappening]:
    """What the sequence set and was not there before, as the record holds it; each record by itself."""
    event = told.event
    run = await queries.crm_run(connection, id=event.enrollment_id) if event.enrollment_id is not None else None
    if run is None:
        return []
    asked = event.detail["fields"]
    # Of two follow-ups of one instant that set the same field, the later one counts.
    set_there: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for change in await queries.crm_changes(connection, enrollment=run.id, at=event.at):
        named = {name_of(change.entity, column): value for column, value in change.after.items()}
        set_there[change.entity, change.entity_id] |= {
            name: value
            for name, value in named.items()
            if name in asked and (value is None or isinstance(value, (str, bool, int, float)))
        }
    return [
        _plain(
            told,
            key=told.key(f":{entity}"),
            person=run.person_id,
            placement=identity if entity == "placement" else None,
            sequence=run.sequence,
            lineage=tuple(run.lineage),
            words={"sequence": run.sequence_name or run.sequence, "sequence_id": run.sequence},
            fields=fields,
        )
        for (entity, identity), fields in set_there.items()
        if fields
    ]


async def _opt_out(connection: Connection, told: _Told) -> list[CrmHappening]:
    """Not what the CRM said itself, nor what is about one topic."""
    channel, reason = told.event.detail["channel"], str(told.event.detail["reason"])
    if channel is None or reason == BY_THE_CRM:
        return []
    stands = await queries.crm_suppressed(connection, person=told.person, channel=channel, since=told.event.at)
    words = {"reason": reason.replace("_", " "), "channel": channel}
    return [_plain(told, channel=channel, words=words)] if stands else []


async def _erased(_connection: Connection, told: _Told) -> list[CrmHappening]:
    """There is nothing to read any more."""
    return [_plain(told)]


_RUN: Final = "enrollment"
_FROM: Final[Mapping[str, tuple[str | None, Callable[[Connection, _Told], Awaitable[list[CrmHappening]]]]]] = {
    "enrollment.enrolled": (_RUN, _enrollment),
    "enrollment.finished": (_RUN, _enrollment),
    "enrollment.stopped": (_RUN, _enrollment),
    "message.sent": ("message", _send),
    "message.clicked": ("reaction", _reaction),
    "message.bounced": ("reaction", _reaction),
    "reply.received": ("reply", _reaction),
    "reply.reviewed": ("reply", _reaction),
    "meeting.booked": ("reaction", _reaction),
    "meeting.cancelled": ("reaction", _reaction),
    "person.opted_out": (None, _opt_out),
    "person.erased": (None, _erased),
    "task.created": ("task", _task),
    "lead.created": ("lead", _lead),
    "field.set": (None, _fields),
}
"""By the type of an event: which of its ids is that of the row that it is about, and how that is read."""
