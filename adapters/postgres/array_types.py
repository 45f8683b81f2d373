"""Arrays of Postgres' own types, so that the driver need not ask for them.

asyncpg knows arrays of text alone: each new connection asks the server when it meets the first of another type, by a
query that costs 7 ms of the server's time, and again for the next one. Numbers of built-in types are the same in every
database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adapters.postgres.database import Connection

BUILT_IN = {
    "bool": (1000, 16),
    "int4": (1007, 23),
    "int8": (1016, 20),
    "float8": (1022, 701),
    "date": (1182, 1082),
    "timestamptz": (1185, 1184),
    "numeric": (1231, 1700),
    "jsonb": (3807, 3802),
}
"""By the name of the elements: the number of the array's type, and that of the elements' type."""

_NOTHING: dict[str, Any] = dict.fromkeys(("basetype", "range_subtype", "attrtypoids", "attrnames"))
_TYPES = [
    {**_NOTHING, "oid": array, "ns": "pg_catalog", "name": f"_{name}", "kind": b"b", "elemtype": element}
    | {"elemdelim": ",", "elemtype_name": name}
    for name, (array, element) in BUILT_IN.items()
]


def make_known(connection: Connection) -> None:
    """Tells the driver of these arrays, as if it had asked. It has no public way for that."""
    connection._protocol.get_settings().register_data_types(_TYPES)  # type: ignore[union-attr]
