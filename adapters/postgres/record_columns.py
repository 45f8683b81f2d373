"""The stored fields of records: the columns of each kind, and the catalogue's names for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS: dict[str, tuple[str, ...]] = {
    "owner": ("first_name", "last_name", "email", "phone", "signature", "booking_url"),
    "client": ("name", "timezone", "city"),
    "person": (
        "type",
        "first_name",
        "last_name",
        "email",
        "phone",
        "timezone",
        "status",
        "company",
        "job_title",
        "city",
        "language",
        "source",
        "available_from",
        "created_at",
        "resume",
        "whatsapp_opt_in",
        "whatsapp_opt_in_source",
        "owner_id",
        "client_id",
    ),
    "placement": (
        "person_id",
        "client_id",
        "owner_id",
        "status",
        "start_date",
        "end_date",
        "job_title",
        "timezone",
        "location",
        "meeting_with",
    ),
}
"""The stored fields of each kind of record; the only names that ever reach an SQL text."""

_ALIASES = {"person.owner": "owner_id", "person.client": "client_id", "placement.owner": "owner_id"} | {
    "placement.client": "client_id",
    "placement.person": "person_id",
}

Stored = str | list[str] | None
"""A value as a field holds it; only a custom field that was declared a list holds several."""
CUSTOM = "custom."
"""How the name of a custom field begins, here as in the catalogue. They live in the jsonb column ``custom``."""
HAS_CUSTOM = frozenset({"person", "placement"})


def column_of(entity: str, field: str) -> str | None:
    """The column of a catalogue field, or None when it has none of its own (derived, custom, unknown)."""
    column = _ALIASES.get(f"{entity}.{field}", field)
    return column if column in COLUMNS.get(entity, ()) else None


def name_of(entity: str, column: str) -> str:
    """The catalogue's name of a column, or of a custom field, of a record."""
    return column if column.startswith(CUSTOM) else f"{entity}.{column.removesuffix('_id')}"


def stored_value(row: Mapping[str, Any] | None, column: str) -> Any:
    """What a record holds in a column, or in a custom field; ``row`` as ``stored_record`` gives it."""
    if row is None:
        return None
    return row["custom"].get(column.removeprefix(CUSTOM)) if column.startswith(CUSTOM) else row[column]
