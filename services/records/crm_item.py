"""One item of a CRM event, checked against the contract and the field catalogue, or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.postgres.record_columns import Stored
from sequences.errors import RefusedError, RequestRefused
from sequences.records import opt_out_columns
from sequences.records.catalogue import Catalogue
from services.records.crm_contract import CrmChange, CrmLifeEvent, LifeEvent, Suppress, read
from services.records.crm_values import read_values, stored_name

EVENTS: Mapping[LifeEvent, str] = {
    "contacted": "last_contacted",
    "shortlisted": "last_shortlisted",
    "interviewed": "last_interviewed",
    "placed": "last_placed",
    "replied": "last_replied",
    "resume_updated": "resume_updated",
}
"""What the CRM calls an event, and the column of its latest time."""


@dataclass(frozen=True)
class CrmItem:
    """One change as the CRM tells it.

    Attributes:
        entity: ``person | placement | client | owner``.
        id: the CRM's id of the record.
        values: column, or ``custom.x``, to value; None empties the field.
        deleted: None says nothing about it.
        lineage: the chain of sequences whose automated writes led to this change, oldest first.
        merged_into: the person that this one was merged into, or None.
        suppress: a channel, ``all`` or ``none``, or None to say nothing about it.
        echo: the token of the webhook that led to this change, or None.
        problems: catalogue name of a field that cannot be taken, to why; the rest of the item is taken all the same.
        at: when the CRM held this to be true (UTC), or None.
        version: the CRM's number of this state of the record, or None; the greater is the newer.
        erase: what is stored about the person is erased, too; only of one that is deleted.
    """

    entity: str
    id: str
    values: Mapping[str, Stored] = field(default_factory=dict)
    deleted: bool | None = None
    lineage: tuple[str, ...] = ()
    merged_into: str | None = None
    suppress: str | None = None
    echo: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    version: int | None = None
    erase: bool = False


@dataclass(frozen=True)
class EventItem:
    """Something that happened to a person.

    Attributes:
        person: the CRM's id.
        kind: the column of its latest time, such as ``last_contacted``.
        at: UTC.
        source: what makes a second telling recognisable: the CRM's id of the event, else its time.
    """

    person: str
    kind: str
    at: datetime
    source: str
    lineage: tuple[str, ...] = ()
    echo: str | None = None


Item = CrmItem | EventItem


def read_change(raw: object, known: Catalogue) -> Item:
    """Reads one item of ``changes``: an event, or a record as ``read_item`` does.

    Raises:
        RefusedError: it cannot be applied; the message says why and quotes no value.
    """
    told = read(raw)
    return _event(told) if isinstance(told, CrmLifeEvent) else _record(told, known)


def read_item(raw: object, known: Catalogue) -> CrmItem:
    """Reads one record of ``changes``.

    Raises:
        RefusedError: it cannot be applied; the message says why and quotes no value.
    """
    item = read_change(raw, known)
    if isinstance(item, EventItem):
        raise RefusedError(RequestRefused.INVALID, "entity: an event is not a record")
    return item


def _record(told: CrmChange, known: Catalogue) -> CrmItem:
    fields, opted_out = _opt_outs(told, known)
    deleted = True if opt_out_columns.DELETED in opted_out and told.deleted is None else told.deleted
    values, problems = read_values(told.entity, fields, known)
    return CrmItem(
        told.entity,
        told.id,
        values,
        deleted,
        tuple(told.lineage or ()),
        told.merged_into,
        _suppress(told.suppress, opted_out),
        told.echo,
        problems,
        told.at,
        told.version,
        bool(told.erase),
    )


def _event(told: CrmLifeEvent) -> EventItem:
    source = f"crm:{told.id}" if told.id is not None else f"at:{told.at.isoformat()}"
    return EventItem(told.person, EVENTS[told.event], told.at, source, tuple(told.lineage or ()), told.echo)


def _opt_outs(told: CrmChange, known: Catalogue) -> tuple[Mapping[str, object], set[str]]:
    """The fields that are fields, and what the others and ``unsubscribed`` say of opting out."""
    fields = told.fields or {}
    said = {told.unsubscribed} if told.unsubscribed else set()
    if told.entity != "person":
        return fields, said
    left = {}
    for written, value in fields.items():
        name = written.removeprefix("person.")
        column = opt_out_columns.opt_out_of(name) if stored_name("person", name, known) is None else None
        if column is None or column.kind in (opt_out_columns.OptOutKind.UNCLEAR, opt_out_columns.OptOutKind.ELSEWHERE):
            left[written] = value
            continue
        try:
            found = opt_out_columns.read(column, value)
        except RefusedError as error:
            raise RefusedError(RequestRefused.INVALID, f"fields.{name[:40]}: {error}") from None
        if found:
            said.add(found)
    return left, said


def _suppress(told: Suppress | None, opted_out: set[str]) -> str | None:
    if not opted_out:
        return told
    # Of a no and a yes in one item the no to being written to counts.
    channels = opted_out - {opt_out_columns.DELETED} | ({told} if told not in (None, "none") else set())
    return opt_out_columns.joined(channels) or told
