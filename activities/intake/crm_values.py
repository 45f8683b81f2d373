"""Values of a record as the CRM or a file tells them: checked against the field catalogue, as they are stored."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from adapters.postgres.records import CUSTOM, HAS_CUSTOM, column_of
from sequences.catalogue import Catalogue, Field, FieldType
from sequences.errors import RefusedError
from sequences.ids import is_external_id
from sequences.problems import did_you_mean
from sequences.record_view import DATE_LOOKS, read_date, read_instant
from sequences.zone_names import read_zone

_LONGEST = 10_000
_TRUTH = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


def identity(name: str, value: object) -> str:
    """An id of the CRM.

    Raises:
        RefusedError: it is none; the message quotes nothing.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_external_id(value):
        raise RefusedError(
            f"{name}: 1 to 64 letters, digits and . _ : - (an id goes into logs and URLs; no address, no name)"
        )
    return value


def read_values(entity: str, fields: object, known: Catalogue) -> dict[str, str | None]:
    """Column (or ``custom.x``) to value as it is stored; None empties the field.

    Raises:
        RefusedError: a field that there is not, or a value that it cannot hold; the message quotes no value.
    """
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise RefusedError("fields: an object of field names and values")
    values: dict[str, str | None] = {}
    for written, value in fields.items():
        name = str(written).removeprefix(f"{entity}.")
        column = stored_name(entity, name, known)
        if column is None:
            raise RefusedError(unknown_field(entity, name, known))
        full = name if name.startswith(CUSTOM) else f"{entity}.{name}"
        values[column] = _value(full, column, value, known.get(full))
    return values


def stored_name(entity: str, name: str, known: Catalogue) -> str | None:
    """The column of a field, or ``custom.x`` of a declared custom one; None when such a record has no such field."""
    if name.startswith(CUSTOM):
        return name if entity in HAS_CUSTOM and known.get(name) is not None else None
    return column_of(entity, name)


def unknown_field(entity: str, name: str, known: Catalogue) -> str:
    """What to say of a field that there is not."""
    if name == "id":
        return "fields: the id stands beside the fields, not in them"
    if name.startswith(CUSTOM) and entity not in HAS_CUSTOM:
        return f"fields: a {entity} has no custom fields; a person and a placement have"
    short = [field.name.partition(".")[2] for field in known.fields.values() if field.group == entity]
    custom = [field.name for field in known.fields.values() if field.group == "custom"] if entity in HAS_CUSTOM else []
    if name.startswith(CUSTOM):
        hint = did_you_mean(name, custom) + " Custom fields are declared in RELANCE_CUSTOM_FIELDS."
    else:
        hint = did_you_mean(name, [*short, *custom])
    return f"fields: a {entity} has no field {name[:40]!r}.{hint}"


def read_moment(name: str, value: object) -> datetime:
    """An instant with offset, as UTC.

    Raises:
        RefusedError: it is none.
    """
    found = read_instant(value) if isinstance(value, str) and len(value) <= 64 else None
    try:
        if isinstance(found, datetime) and found.tzinfo is not None:
            return found.astimezone(UTC)
    except OverflowError:
        # Before the year 1 or after 9999 once it is counted in UTC.
        pass
    raise RefusedError(f"{name}: an instant with its offset, such as 2027-05-04T09:00:00+01:00")


def _value(name: str, column: str, value: Any, declared: Field | None) -> str | None:
    """A value as it is stored. Nothing and an empty text are the same: the CRM means a field that is not filled in."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if column.endswith("_id") and not column.startswith(CUSTOM):
        return identity(name, value)
    kind = declared.type if declared is not None else FieldType.TEXT
    if kind is FieldType.FILE and isinstance(value, bool):
        return "present" if value else None
    if kind is FieldType.BOOLEAN:
        return _truth(name, value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RefusedError(f"{name}: a text, a number or null")
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise RefusedError(f"{name}: longer than {_LONGEST} characters")
    if "\x00" in text or not _is_unicode(text):
        raise RefusedError(f"{name}: has characters that are no text")
    if kind is FieldType.DATE:
        return _date(name, text)
    if kind is FieldType.DATETIME and read_instant(text) is None:
        raise RefusedError(f"{name}: {DATE_LOOKS}, or a date-time in ISO 8601")
    if kind is FieldType.TIMEZONE:
        return read_zone(name, text)
    if kind is FieldType.NUMBER and not _is_number(text):
        raise RefusedError(f"{name}: a number such as 42 or 7.5")
    if declared is not None and declared.choices and text not in declared.choices:
        raise RefusedError(f"{name}: one of {', '.join(declared.choices)}")
    return text


def _date(name: str, text: str) -> str:
    found = read_date(text)
    if found is not None:
        return found.isoformat()
    if read_instant(text) is not None:
        raise RefusedError(f"{name}: {DATE_LOOKS}; this is a time of day, and a date has none")
    raise RefusedError(f"{name}: {DATE_LOOKS}")


def _truth(name: str, value: object) -> str:
    found = _TRUTH.get(str(value).strip().lower())
    if found is None:
        raise RefusedError(f"{name}: true or false")
    return found


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
