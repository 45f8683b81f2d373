"""Which values a field of the catalogue can have: for rules, stop rules and follow-ups that write one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from sequences.author_messages import listed
from sequences.planning.zones import is_zone
from sequences.records.catalogue import Field, FieldType


def unfit(field: Field, value: str | bool | float) -> str:
    """What the field allows when it cannot have the value, else an empty text."""
    if field.choices:
        return "" if value in field.choices else listed(field.choices)
    fits, allowed = _FITS.get(field.type, (lambda given: isinstance(given, str), "a text"))
    return "" if fits(value) else allowed


def _reads(reader: Callable[[str], object], value: object) -> bool:
    try:
        reader(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


_FITS: Mapping[FieldType, tuple[Callable[[object], bool], str]] = MappingProxyType(
    {
        FieldType.FILE: (lambda _: False, "only `present` or `missing`, as a qualitative condition or a stop rule"),
        FieldType.NUMBER: (lambda given: isinstance(given, (int, float)) and not isinstance(given, bool), "a number"),
        FieldType.BOOLEAN: (lambda given: isinstance(given, bool), "true or false"),
        FieldType.DATE: (lambda given: _reads(date.fromisoformat, given), "a date `YYYY-MM-DD`"),
        FieldType.DATETIME: (
            lambda given: _reads(datetime.fromisoformat, given),
            "a date and time `YYYY-MM-DDTHH:MM:SS+00:00`",
        ),
        FieldType.TIMEZONE: (
            lambda given: isinstance(given, str) and is_zone(given),
            "an IANA name such as `Europe/London`",
        ),
    }
)
"""For each type that is not simply text: whether a value fits, and what would."""
