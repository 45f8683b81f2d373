"""What Postgres and Temporal say, copied to a file: the reader of a campaign asks no server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
from temporalio.client import Client

STATE: Final = "state.json"
_QUERIES: Final = {
    found[1]: found[2].strip()
    for found in re.finditer(
        r"-- name: (\w+)\n(.*?)(?=-- name: |\Z)", Path(__file__).with_suffix(".sql").read_text(), re.DOTALL
    )
}
_RUNS = "WorkflowType = 'EnrollmentWorkflow' AND ExecutionStatus = 'Running'"


async def unrest(database_url: str) -> dict[str, int]:
    """How much is still under way, by kind; only what is not 0."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        row = await connection.fetchrow(_QUERIES["unrest"], timeout=10)
    finally:
        await connection.close()
    assert row is not None
    return {name: number for name, number in row.items() if number}


async def read_state(database_url: str, temporal: str) -> dict[str, Any]:
    """All of it, with the instant before which everything that had happened is in it."""
    at = datetime.now(UTC)
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {
                name: [dict(row) for row in await connection.fetch(query)]
                for name, query in _QUERIES.items()
                if name != "unrest"
            }
    finally:
        await connection.close()
    client = await Client.connect(temporal)
    workflows = [each.id async for each in client.list_workflows(_RUNS)]
    return {"at": at, "workflows": sorted(workflows), **tables}


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Into the folder of the campaign; instants as ISO 8601."""
    (folder / STATE).write_text(json.dumps(state, default=str, indent=1))


def differences(state: dict[str, Any]) -> Iterator[str]:
    """Rows that are open without a workflow, and workflows without such a row."""
    rows = {row["workflow"] for row in state["enrollments"] if row["state"] not in ("stopped", "finished")}
    workflows = set(state["workflows"])
    yield from (f"row without a workflow: {name}" for name in sorted(rows - workflows))
    yield from (f"workflow without a row: {name}" for name in sorted(workflows - rows))
