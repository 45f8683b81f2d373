"""The demo's view of the running stack: enroll, move a run forward in time, and read back what became of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.paging import page
from sequences.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx
    from temporalio.client import Client, WorkflowHandle
    from temporalio.testing._timeskipping import TimeSkipper

    from adapters.postgres.database import Database
    from adapters.postgres.paging import Listing
    from starter.local.stack import LocalStack

_PATIENCE_SECONDS = 45.0


class World:
    """Reads from Postgres and Temporal, acts through the HTTP API."""

    def __init__(
        self, stack: LocalStack, http: httpx.AsyncClient, database: Database, client: Client, skipper: TimeSkipper
    ) -> None:
        self.stack = stack
        self._http = http
        self._database = database
        self._client = client
        self._skipper = skipper

    async def enroll(self, sequence: str, person: str, record: str | None = None) -> httpx.Response:
        """``POST /enrollments`` with the bearer token."""
        body = {"sequence": sequence, "person": person, **({"record": record} if record else {})}
        headers = {"Authorization": f"Bearer {self.stack.secrets.bearer_token}"}
        return await self._http.post(f"{self.stack.url}/enrollments", json=body, headers=headers)

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """The run in Temporal."""
        return self._client.get_workflow_handle(workflow_id)

    async def now(self, workflow_id: str) -> datetime:
        """The run's own time, UTC."""
        return await self._skipper.get_current_time(self.handle(workflow_id))

    async def skip(self, workflow_id: str, delta: timedelta) -> None:
        """Moves one run forward in time; the others stay where they are."""
        await self._skipper.fast_forward(self.handle(workflow_id), delta)

    async def skip_to_next(self, enrollment: str, workflow_id: str) -> None:
        """Moves a run to just after its next step is due."""
        steps = await self.rows("steps_of", enrollment_id=enrollment)
        due = min(row["due_at"] for row in steps if row["state"] == "planned" and row["due_at"])
        delta = due - await self.now(workflow_id) + timedelta(minutes=1)
        await self.skip(workflow_id, max(delta, timedelta(seconds=1)))

    async def rows(self, name: str, **values: object) -> list[queries.Row]:
        """Rows of a named query."""
        async with self._database.transaction() as connection:
            return await queries.rows(connection, name, **values)

    async def listed(self, listing: Listing, **asked: object) -> list[queries.Row]:
        """The first rows of a list."""
        async with self._database.transaction() as connection:
            return (await page(connection, listing, asked, limit=1000)).rows

    async def row(self, name: str, **values: object) -> queries.Row:
        """One row of a named query; empty when there is none."""
        async with self._database.transaction() as connection:
            return await queries.row(connection, name, **values) or {}

    async def run(self, enrollment: str) -> queries.Row:
        """The enrollment row."""
        return await self.row("enrollment_row", id=enrollment)

    async def step_states(self, enrollment: str) -> dict[str, str]:
        """State of each step, in their order."""
        return {row["step"]: row["state"] for row in await self.rows("steps_of", enrollment_id=enrollment)}

    async def until(self, what: str, condition: Callable[[], Awaitable[bool]]) -> None:
        """Waits until ``condition`` holds.

        Raises:
            UnavailableError: it did not become true in time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_SECONDS
        while not await condition():
            self.stack.check()
            if loop.time() > deadline:
                raise UnavailableError(f"waited {_PATIENCE_SECONDS:.0f} s in vain for: {what}")
            await asyncio.sleep(0.05)

    async def waits_for_opening(self, enrollment: str, workflow_id: str, step: str) -> bool:
        """Whether a step is planned for later than the next minute; asked once the run is planned."""
        found: list[queries.Row] = []

        async def planned() -> bool:
            found[:] = [row for row in await self.rows("steps_of", enrollment_id=enrollment) if row["step"] == step]
            return bool(found)

        await self.until(f"{step} planned", planned)
        due = found[0]["due_at"] if found[0]["state"] == "planned" else None
        return due is not None and due > await self.now(workflow_id) + timedelta(minutes=1)

    async def until_sent(self, enrollment: str, step: str) -> None:
        """Waits until a step was sent."""

        async def sent() -> bool:
            return (await self.step_states(enrollment)).get(step) == "sent"

        await self.until(f"{step} sent", sent)

    async def until_state(self, enrollment: str, *states: str) -> None:
        """Waits until the run is in one of ``states``."""

        async def reached() -> bool:
            return (await self.run(enrollment)).get("state") in states

        await self.until(" or ".join(states), reached)
