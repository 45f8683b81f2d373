"""Which fields a change row is about, by the catalogue's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_JSON = "custom"


def changed_fields(fields: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a change: its own names, each custom field by its own (``custom.shirt_size``).

    A direct SQL write is noted by a trigger, which names columns: ``person.custom`` is taken apart into the keys whose
    value differs between ``before`` and ``after``.
    """
    found: dict[str, None] = {}
    for name in fields:
        _, _, column = name.partition(".")
        if column == _JSON:
            was, now = before.get(_JSON) or {}, after.get(_JSON) or {}
            different = (key for key in sorted({*was, *now}) if was.get(key) != now.get(key))
            found.update(dict.fromkeys(f"custom.{key}" for key in different))
        else:
            found[name] = None
    return tuple(found)


def is_creation(before: Mapping[str, Any]) -> bool:
    """True when a change tells of a new record: nothing was there before, so no open run can depend on it."""
    return not before
