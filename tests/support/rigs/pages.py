"""What the examples of the pages in docs run on: the people of ``examples/people.json``, and their runs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ENTERED = datetime(2027, 5, 4, 9, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[3] / "examples"
Sql = Callable[..., Awaitable[Any]]


async def put_people(sql: Sql) -> None:
    """The records of the examples, as a CRM would have handed them over."""
    for table, records in json.loads((EXAMPLES / "people.json").read_text("utf-8")).items():
        for record in records:
            columns, places = ", ".join(record), ", ".join(f"${place}" for place in range(1, len(record) + 1))
            await sql(f"INSERT INTO {table} ({columns}) VALUES ({places})", *record.values())


async def put_run(sql: Sql, person: str, number: int = 1, **columns: Any) -> str:
    """A run of ``new-services`` about somebody; gives its id."""
    identity = f"e7run{number:04}".ljust(27, "a")
    row = {
        "id": identity,
        "workflow_id": identity,
        "sequence": "new-services",
        "version": 1,
        "record_type": "person",
        "record_id": person,
        "person_id": person,
        "owner_id": "dana",
        "via": "hand",
        "state": "active",
        "enrolled_at": ENTERED,
        **columns,
    }
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await sql(f"INSERT INTO enrollment ({', '.join(row)}) VALUES ({places})", *row.values())
    return identity


async def put_send(sql: Sql, run: str, person: str) -> str:
    """The first mail of a run, as it was sent; gives its id."""
    identity = f"s{run[1:]}"
    await sql(
        "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text, "
        "planned_at) VALUES ($1, $2, 'introduce', $3, 'email', 'sent', 's', 'r', '', '', $4)",
        *(identity, run, person, ENTERED),
    )
    return identity
