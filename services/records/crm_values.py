"""Values of a record as the CRM or a file tells them: checked against the field catalogue, as they are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapters.postgres.record_columns import CUSTOM, HAS_CUSTOM, Stored, column_of, name_of
from sequences.author_messages import did_you_mean
from sequences.errors import RefusedError, RequestRefused
from sequences.ids import is_external_id
from sequences.records.catalogue import Catalogue, Field, FieldType
from sequences.records.equal_values import BLANK, folded, found_text, seen
from sequences.records.record_view import DATE_LOOKS, read_date, read_instant
from sequences.records.truth_words import NO, YES
from sequences.records.zone_names import read_zone

ID_LOOKS = "1 to 64 letters, digits and . _ : - (an id goes into logs and URLs; no address, no name)"
INSTANT_LOOKS = "an instant with its offset, such as 2027-05-04T09:00:00+01:00"

_LONGEST = 10_000
_LONGEST_OF = {"email": 320, "phone": 100}
"""By column. They are in indexes of Postgres, which hold 2,700 bytes: a longer value would end its event."""
_MOST = 200
_DIGITS = 40
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", re.ASCII)
_CUT_SHORT = re.compile(r"[+-]?[0-9](?:[.,](?P<rest>[0-9]*))?[eE]\+?(?P<power>[0-9]{1,2})", re.ASCII)
_PROSE = frozenset({FieldType.TEXT, FieldType.LIST})


def identity(name: str, value: object) -> str:
    """An id of the CRM.

    Raises:
        RefusedError: it is none; the message quotes nothing.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_external_id(value):
        raise RefusedError(RequestRefused.INVALID, f"{name}: {ID_LOOKS}")
    return value


def read_values(
    entity: str, fields: Mapping[str, object], known: Catalogue
) -> tuple[dict[str, Stored], dict[str, str]]:
    """Column (or ``custom.x``) to value as it is stored, None to empty the field; and what is wrong with other fields.

    A field that there is not, or whose value cannot be taken, keeps no other out.
    """
    values: dict[str, Stored] = {}
    problems: dict[str, str] = {}
    for written, value in fields.items():
        name = written.removeprefix(f"{entity}.")
        column = stored_name(entity, name, known)
        full = name if name.startswith(CUSTOM) else f"{entity}.{name}"
        if column is None:
            # The name is the sender's: as long as it likes, with whatever in it.
            printable = "".join(letter for letter in full[:80] if letter.isprintable())
            problems[printable] = unknown_field(entity, name, known)
            continue
        full = name_of(entity, column)
        try:
            values[column] = _value(full, column, value, known.get(full))
        except RefusedError as refused:
            problems[full] = str(refused)
    return values, problems


def stored_name(entity: str, name: str, known: Catalogue) -> str | None:
    """The column of a field, or ``custom.x`` of a declared custom one; None when such a record has no such field."""
    if name.startswith(CUSTOM):
        return name if entity in HAS_CUSTOM and known.get(name) is not None else None
    return column_of(entity, name)


def unknown_field(entity: str, name: str, known: Catalogue) -> str:
    """What to say of a field that there is not."""
    if name == "id":
        return "fields: the id belongs beside the fields, not in them"
    if name.startswith(CUSTOM) and entity not in HAS_CUSTOM:
        return f"fields: a {entity} has no custom fields; only a person and a placement have"
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
    raise RefusedError(RequestRefused.INVALID, f"{name}: {INSTANT_LOOKS}")


def _value(name: str, column: str, value: Any, declared: Field | None) -> Stored:
    """A value as it is stored. Nothing and an empty text are the same: the CRM means a field that is not filled in."""
    if value is None or (isinstance(value, str) and not value.strip(BLANK)):
        return None
    if column.endswith("_id") and not column.startswith(CUSTOM):
        return identity(name, value)
    kind = declared.type if declared is not None else FieldType.TEXT
    if kind is FieldType.LIST:
        return _several(name, value)
    if isinstance(value, list):
        raise RefusedError(
            RequestRefused.INVALID,
            f"{name}: a string, a number or null; a field with several values must be declared as a list",
        )
    if kind is FieldType.FILE and isinstance(value, bool):
        return "present" if value else None
    if kind is FieldType.BOOLEAN:
        return _truth(name, value)
    # A name is never "true", but a custom field that nobody gave a type may well hold ticks.
    truth_is_text = isinstance(value, bool) and kind is FieldType.TEXT and column.startswith(CUSTOM)
    if (isinstance(value, bool) and not truth_is_text) or not isinstance(value, str | int | float):
        raise RefusedError(
            RequestRefused.INVALID,
            f"{name}: {'a number or null' if kind is FieldType.NUMBER else 'a string, a number or null'}",
        )
    text = str(found_text(value)).strip()
    text = text if kind in _PROSE else seen(text)
    longest = _LONGEST_OF.get(column, _LONGEST)
    if len(text) > longest:
        raise RefusedError(RequestRefused.INVALID, f"{name}: longer than {longest} characters")
    if "\x00" in text or not _is_unicode(text):
        raise RefusedError(RequestRefused.INVALID, f"{name}: has characters that are not text")
    return _read_as(kind, name, text, declared.choices if declared is not None else ())


def _read_as(kind: FieldType, name: str, text: str, choices: tuple[str, ...]) -> str:
    """The one form in which a text of that kind is stored."""
    if kind is FieldType.DATE:
        return _date(name, text)
    if kind is FieldType.DATETIME and read_instant(text) is None:
        raise RefusedError(RequestRefused.INVALID, f"{name}: {DATE_LOOKS}, or a date-time in ISO 8601")
    if kind is FieldType.TIMEZONE:
        return read_zone(name, text)
    if kind is FieldType.NUMBER:
        return _number(name, text)
    if kind is FieldType.PHONE:
        return _phone(name, text)
    return _choice(name, text, choices) if choices else text


def _phone(name: str, text: str) -> str:
    """A number as it is told, unless a spreadsheet has rounded it: what is left is somebody else's, or nobody's."""
    short = _CUT_SHORT.fullmatch(text)
    if short is None:
        return text
    digits = short["rest"] or ""
    if len(digits) < int(short["power"]):
        raise RefusedError(
            RequestRefused.INVALID,
            f"{name}: a spreadsheet has shortened the number (such as 4.47E+11); format the column as text there, "
            f"and export again",
        )
    return format(Decimal(text.replace(",", ".")), "f").partition(".")[0]


def _date(name: str, text: str) -> str:
    found = read_date(text)
    if found is not None:
        return found.isoformat()
    if read_instant(text) is not None:
        raise RefusedError(RequestRefused.INVALID, f"{name}: {DATE_LOOKS}; this is a time of day, and a date has none")
    raise RefusedError(RequestRefused.INVALID, f"{name}: {DATE_LOOKS}")


def _several(name: str, value: Any) -> list[str] | None:
    """The values of a list, each once: an array, or one text with ``;``, ``|`` or line ends between them."""
    parts = re.split(r"[;|\r\n]", value) if isinstance(value, str) else value if isinstance(value, list) else [value]
    if len(parts) > _MOST:
        raise RefusedError(RequestRefused.INVALID, f"{name}: at most {_MOST} values")
    found: dict[str, str] = {}
    for part in parts:
        if part is None:
            continue
        if isinstance(part, bool) or not isinstance(part, str | int | float):
            raise RefusedError(RequestRefused.INVALID, f"{name}: a list of strings")
        text = str(found_text(part)).strip()
        if "\x00" in text or not _is_unicode(text):
            raise RefusedError(RequestRefused.INVALID, f"{name}: has characters that are not text")
        if text.strip(BLANK):
            found.setdefault(folded(text), text)
    if sum(map(len, found.values())) > _LONGEST:
        raise RefusedError(RequestRefused.INVALID, f"{name}: longer than {_LONGEST} characters")
    return list(found.values()) or None


def _number(name: str, text: str) -> str:
    """One form for each number, however it was written: ``+7.00`` is ``7``."""
    text = text.replace("\N{MINUS SIGN}", "-")
    match = _DECIMAL.fullmatch(text)
    spelled = format(Decimal(text), "f") if match is not None else ""
    if not spelled or len(spelled) > _DIGITS:
        raise RefusedError(
            RequestRefused.INVALID,
            f"{name}: a number such as 42 or 7.5, of at most {_DIGITS} digits; no spaces, no commas and no _ in it",
        )
    sign, digits = ("-", spelled[1:]) if spelled[0] == "-" else ("", spelled)
    whole, _, rest = digits.partition(".")
    whole, rest = whole.lstrip("0") or "0", rest.rstrip("0")
    short = f"{whole}.{rest}" if rest else whole
    return short if short == "0" else sign + short


def _choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    found = next((choice for choice in choices if folded(choice) == folded(text)), None)
    if found is None:
        raise RefusedError(RequestRefused.INVALID, f"{name}: one of {', '.join(choices)}")
    return found


def _truth(name: str, value: object) -> str:
    word = folded(str(found_text(value)))
    if word not in YES and word not in NO:
        raise RefusedError(RequestRefused.INVALID, f"{name}: true or false (also yes, no, 1, 0)")
    return "true" if word in YES else "false"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
