"""One item of a CRM event: read, checked against the field catalogue, or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.postgres.records import COLUMNS, Stored
from sequences.errors import RefusedError, RequestRefused
from sequences.ids import is_slug
from sequences.records import opt_out_columns
from sequences.records.catalogue import Catalogue
from services.records.crm_values import identity, read_moment, read_values, stored_name

EVENT = "event"
EVENTS: Mapping[str, str] = {
    "contacted": "last_contacted",
    "shortlisted": "last_shortlisted",
    "interviewed": "last_interviewed",
    "placed": "last_placed",
    "replied": "last_replied",
    "resume_updated": "resume_updated",
}
"""What the CRM calls an event, and the column of its latest time. ``created`` comes from ``person.created_at``."""
SUPPRESS = ("email", "sms", "all", "none")
"""``none`` lifts what the CRM itself suppressed."""

_KEYS = (
    "entity",
    "id",
    "fields",
    "deleted",
    "merged_into",
    "suppress",
    "unsubscribed",
    "lineage",
    "echo",
    "at",
    "version",
)
_EVENT_KEYS = ("entity", "person", "event", "at", "id", "lineage", "echo")
_DELETABLE = frozenset({"person", "placement"})
_LONGEST_LINEAGE = 50
_LONGEST_TOKEN = 100


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
        suppress: one of ``SUPPRESS``, or None to say nothing about it.
        echo: the token of the webhook that led to this change, or None.
        problems: catalogue name of a field that cannot be taken, to why; the rest of the item is taken all the same.
        at: when the CRM held this to be true (UTC), or None.
        version: the CRM's number of this state of the record, or None; the greater is the newer.
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
    return read_event(raw) if isinstance(raw, dict) and raw.get("entity") == EVENT else read_item(raw, known)


def read_item(raw: object, known: Catalogue) -> CrmItem:
    """Reads one record of ``changes``.

    Raises:
        RefusedError: it cannot be applied; the message says why and quotes no value.
    """
    if not isinstance(raw, dict):
        raise RefusedError(RequestRefused.INVALID, "a change is an object with entity, id and fields")
    _only(raw, _KEYS, "a change")
    entity = raw.get("entity")
    if not isinstance(entity, str) or entity not in COLUMNS:
        raise RefusedError(RequestRefused.INVALID, f"entity: one of {', '.join((*COLUMNS, EVENT))}")
    deleted = raw.get("deleted")
    if deleted is not None and not isinstance(deleted, bool):
        raise RefusedError(RequestRefused.INVALID, "deleted: true or false")
    if deleted is not None and entity not in _DELETABLE:
        raise RefusedError(RequestRefused.INVALID, "deleted: only a person or a placement can be deleted")
    record = identity("id", raw.get("id"))
    fields, told = _opt_outs(entity, raw, known)
    merged = _merged_into(entity, record, raw.get("merged_into"), deleted)
    if opt_out_columns.DELETED in told and deleted is None:
        deleted = True
    values, problems = read_values(entity, fields, known)
    at = read_moment("at", raw["at"]) if raw.get("at") is not None else None
    version = _version(raw.get("version"))
    if at is not None and version is not None:
        raise RefusedError(
            RequestRefused.INVALID, "at, version: one of the two says which of two changes is newer, not both"
        )
    return CrmItem(
        entity,
        record,
        values,
        deleted,
        _lineage(raw.get("lineage")),
        merged,
        _suppress(entity, raw.get("suppress"), told),
        _token(raw.get("echo")),
        problems,
        at,
        version,
    )


def read_event(raw: Mapping[str, Any]) -> EventItem:
    """Reads one event of ``changes``.

    Raises:
        RefusedError: it cannot be applied; the message says why and quotes no value.
    """
    _only(raw, _EVENT_KEYS, "an event")
    person = identity("person", raw.get("person"))
    word = raw.get("event")
    if not isinstance(word, str) or word not in EVENTS:
        created = " (created comes from the person's created_at)" if word == "created" else ""
        raise RefusedError(RequestRefused.INVALID, f"event: one of {', '.join(EVENTS)}{created}")
    at = read_moment("at", raw.get("at"))
    told = raw.get("id")
    source = f"crm:{identity('id', told)}" if told is not None else f"at:{at.isoformat()}"
    return EventItem(person, EVENTS[word], at, source, _lineage(raw.get("lineage")), _token(raw.get("echo")))


def _only(raw: Mapping[str, Any], allowed: tuple[str, ...], what: str) -> None:
    unknown = sorted(str(key) for key in raw if key not in allowed)
    if unknown:
        raise RefusedError(
            RequestRefused.INVALID, f"{what} has no key {unknown[0][:40]!r}; it has {', '.join(allowed)}"
        )


def _lineage(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    names = value if isinstance(value, list) else [None]
    if len(names) > _LONGEST_LINEAGE or not all(isinstance(name, str) and is_slug(name) for name in names):
        raise RefusedError(RequestRefused.INVALID, f"lineage: a list of at most {_LONGEST_LINEAGE} names of sequences")
    return tuple(names)


def _merged_into(entity: str, record: str, value: object, deleted: bool | None) -> str | None:
    if value is None:
        return None
    if entity != "person":
        raise RefusedError(RequestRefused.INVALID, "merged_into: only a person can be merged")
    into = identity("merged_into", value)
    if into == record:
        raise RefusedError(RequestRefused.INVALID, "merged_into: a person cannot be merged into itself")
    if deleted is False:
        raise RefusedError(
            RequestRefused.INVALID, "merged_into: a merged person is a deleted one, so deleted cannot be false"
        )
    return into


def _version(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise RefusedError(
            RequestRefused.INVALID, "version: a whole number from 0 that grows with every change of the record"
        )
    return value


def _opt_outs(entity: str, raw: Mapping[str, Any], known: Catalogue) -> tuple[object, set[str]]:
    """The fields that are fields, and what the others and ``unsubscribed`` say of opting out."""
    told: set[str] = set()
    if raw.get("unsubscribed") is not None:
        if entity != "person":
            raise RefusedError(RequestRefused.INVALID, "unsubscribed: only a person can be")
        told |= _said("unsubscribed", opt_out_columns.TARGETS["unsubscribed"], raw["unsubscribed"])
    fields = raw.get("fields")
    if entity != "person" or not isinstance(fields, dict):
        return fields, told
    left = {}
    for written, value in fields.items():
        name = str(written).removeprefix(f"{entity}.")
        column = opt_out_columns.opt_out_of(name) if stored_name(entity, name, known) is None else None
        if column is None or column.kind in (opt_out_columns.OptOutKind.UNCLEAR, opt_out_columns.OptOutKind.ELSEWHERE):
            left[written] = value
        else:
            told |= _said(f"fields.{name[:40]}", column, value)
    return left, told


def _said(name: str, column: opt_out_columns.OptOut, value: object) -> set[str]:
    try:
        found = opt_out_columns.read(column, value)
    except RefusedError as error:
        raise RefusedError(RequestRefused.INVALID, f"{name}: {error}") from None
    return {found} if found else set()


def _suppress(entity: str, value: object, told: set[str]) -> str | None:
    if value is not None and entity != "person":
        raise RefusedError(RequestRefused.INVALID, "suppress: only a person can be suppressed")
    if value is not None and value not in SUPPRESS:
        raise RefusedError(RequestRefused.INVALID, f"suppress: one of {', '.join(SUPPRESS)}")
    # Of a no and a yes in one item the no to being written to counts.
    channels = told - {opt_out_columns.DELETED} | ({str(value)} if value not in (None, "none") else set())
    return opt_out_columns.joined(channels) or (None if value is None else str(value))


def _token(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        raise RefusedError(RequestRefused.INVALID, "echo: the token of our webhook, as it came")
    return value
