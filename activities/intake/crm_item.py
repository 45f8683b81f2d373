"""One item of a CRM event: read, checked against the field catalogue, or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.postgres.records import COLUMNS, column_of
from sequences.catalogue import Catalogue, Field, FieldType
from sequences.errors import RefusedError
from sequences.ids import is_external_id, is_slug
from sequences.problems import did_you_mean
from sequences.record_view import read_instant

_KEYS = frozenset({"entity", "id", "fields", "deleted", "lineage"})
_DELETABLE = frozenset({"person", "placement"})
_LONGEST = 10_000
_LONGEST_LINEAGE = 50


@dataclass(frozen=True)
class CrmItem:
    """One change as the CRM tells it.

    Attributes:
        entity: ``person | placement | client | owner``.
        id: the CRM's id of the record.
        values: column to value; None empties the field.
        deleted: None says nothing about it.
        lineage: the chain of sequences whose automated writes led to this change, oldest first.
    """

    entity: str
    id: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    deleted: bool | None = None
    lineage: tuple[str, ...] = ()


def read_item(raw: object, known: Catalogue) -> CrmItem:
    """Reads one item of ``changes``.

    Raises:
        RefusedError: it cannot be applied; the message says why and quotes no value.
    """
    if not isinstance(raw, dict):
        raise RefusedError("a change is an object with entity, id and fields")
    unknown = sorted(str(key) for key in raw if key not in _KEYS)
    if unknown:
        raise RefusedError(f"a change has no key {unknown[0][:40]!r}; it has entity, id, fields, deleted, lineage")
    entity = raw.get("entity")
    if not isinstance(entity, str) or entity not in COLUMNS:
        raise RefusedError(f"entity: one of {', '.join(COLUMNS)}")
    deleted = raw.get("deleted")
    if deleted is not None and not isinstance(deleted, bool):
        raise RefusedError("deleted: true or false")
    if deleted is not None and entity not in _DELETABLE:
        raise RefusedError("deleted: only a person or a placement can be deleted")
    return CrmItem(
        entity, _identity("id", raw.get("id")), _values(entity, raw.get("fields"), known), deleted,
        _lineage(raw.get("lineage")),
    )  # fmt: skip


def _identity(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_external_id(value):
        raise RefusedError(
            f"{name}: 1 to 64 letters, digits and . _ : - (an id goes into logs and URLs; no address, no name)"
        )
    return value


def _lineage(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    names = value if isinstance(value, list) else [None]
    if len(names) > _LONGEST_LINEAGE or not all(isinstance(name, str) and is_slug(name) for name in names):
        raise RefusedError(f"lineage: a list of at most {_LONGEST_LINEAGE} names of sequences")
    return tuple(names)


def _values(entity: str, fields: object, known: Catalogue) -> dict[str, str | None]:
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise RefusedError("fields: an object of field names and values")
    values: dict[str, str | None] = {}
    for written, value in fields.items():
        name = str(written).removeprefix(f"{entity}.")
        column = column_of(entity, name)
        if column is None:
            raise RefusedError(_unknown_field(entity, name, known))
        values[column] = _value(f"{entity}.{name}", column, value, known.get(f"{entity}.{name}"))
    return values


def _unknown_field(entity: str, name: str, known: Catalogue) -> str:
    if name == "id":
        return "fields: the id stands beside the fields, not in them"
    short = [field.name.partition(".")[2] for field in known.fields.values() if field.group == entity]
    return f"fields: a {entity} has no field {name[:40]!r}.{did_you_mean(name, short)}"


def _value(name: str, column: str, value: Any, declared: Field | None) -> str | None:
    """A value as it is stored. Nothing and an empty text are the same: the CRM means a field that is not filled in."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if column.endswith("_id"):
        return _identity(name, value)
    kind = declared.type if declared is not None else FieldType.TEXT
    if kind is FieldType.FILE and isinstance(value, bool):
        return "present" if value else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RefusedError(f"{name}: a text, a number or null")
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise RefusedError(f"{name}: longer than {_LONGEST} characters")
    if "\x00" in text or not _is_unicode(text):
        raise RefusedError(f"{name}: has characters that are no text")
    if kind in (FieldType.DATE, FieldType.DATETIME) and read_instant(text) is None:
        raise RefusedError(f"{name}: a date such as 2027-05-04, or a date-time in ISO 8601")
    if declared is not None and declared.choices and text not in declared.choices:
        raise RefusedError(f"{name}: one of {', '.join(declared.choices)}")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
