"""What tests of orders about all runs stand on: open runs, and a Temporal that does what it is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sequences.runs.state import Command, CommandAnswer

if TYPE_CHECKING:
    from adapters.postgres.database import Database

NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)


class PausingRuns:
    """``services.ports.Runs`` that writes what a real run writes: the event, and the pause when there was none."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commands: list[tuple[float, str, Command]] = []
        self.errors: dict[str, Exception] = {}
        self.dies_after: int | None = None

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        self.commands.append((asyncio.get_running_loop().time(), workflow_id, command))
        if self.dies_after is not None and len(self.commands) > self.dies_after:
            # Before it writes: on a busy machine all of a page may have begun by now.
            raise asyncio.CancelledError
        if workflow_id in self.errors:
            raise self.errors[workflow_id]
        at = NOW + timedelta(seconds=len(self.commands))
        async with self.database.transaction() as connection:
            added = await connection.fetchval(
                "INSERT INTO enrollment_event (enrollment_id, at, kind, key) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT DO NOTHING RETURNING id",
                workflow_id,
                at,
                command.kind,
                f"command:{command.id}",
            )
            if added and command.kind == "pause":
                await connection.execute("INSERT INTO enrollment_pause VALUES ($1, $2, NULL, 'x')", workflow_id, at)
            elif added:
                await connection.execute(
                    "UPDATE enrollment_pause SET ended_at = $2 WHERE enrollment_id = $1 AND ended_at IS NULL",
                    workflow_id,
                    at,
                )
        return CommandAnswer()


async def put_runs(connection: Any, count: int, sequence: str = "hello", owner: str = "dana") -> None:
    await connection.execute("INSERT INTO sequence_version VALUES ($1, 1, '{}', '{}', 'x', $2)", sequence, NOW)
    await connection.execute(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, "
        "state, enrolled_at) SELECT id, id, $2, 1, 'person', id, id, $3, 'hand', 'active', $4 "
        "FROM (SELECT 'e' || $2 || lpad(n::text, 10, '0') AS id FROM generate_series(1, $1) n) made",
        count,
        sequence,
        owner,
        NOW,
    )
    await connection.execute(
        "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at) "
        "SELECT id, 'one', 0, 'planned', $2 FROM enrollment WHERE sequence = $1",
        sequence,
        NOW,
    )
