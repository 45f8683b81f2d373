"""Which fields a change row is about, by the catalogue's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_JSON = "custom"


def changed_fields(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a row of ``change``: its own names, each custom field by its own (``custom.shirt_size``).

    A direct SQL write is noted by a trigger, which names columns: ``person.custom`` is taken apart into the keys whose
    value differs between ``before`` and ``after``.
    """
    found: dict[str, None] = {}
    for name in row["fields"]:
        _, _, column = str(name).partition(".")
        if column == _JSON:
            was, now = (row[side].get(_JSON) or {} for side in ("before", "after"))
            different = (key for key in sorted({*was, *now}) if was.get(key) != now.get(key))
            found.update(dict.fromkeys(f"custom.{key}" for key in different))
        else:
            found[str(name)] = None
    return tuple(found)


def is_creation(row: Mapping[str, Any]) -> bool:
    """True when the row tells of a new record: nothing was there before, so no open run can depend on it."""
    return not row["before"]
