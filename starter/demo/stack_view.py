"""The demo's view of the running stack: enroll, move a run forward in time, and read back what became of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import httpx

from adapters.postgres import queries
from adapters.postgres.paging import page
from sequences.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from temporalio.client import Client, WorkflowHandle
    from temporalio.testing._timeskipping import TimeSkipper

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.paging import Listing
    from adapters.postgres.row import Row
    from starter.local.stack import LocalStack

_P = ParamSpec("_P")
_T = TypeVar("_T")
_R = TypeVar("_R", bound="Row")
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
        self._token = {"Authorization": f"Bearer {stack.secrets.bearer_token}"}

    async def enroll(self, sequence: str, person: str, record: str | None = None) -> httpx.Response:
        """``POST /enrollments`` with the bearer token."""
        body = {"sequence": sequence, "person": person, **({"record": record} if record else {})}
        return await self.post("/enrollments", body)

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """What the HTTP API answers, behind its bearer token."""
        return await self._http.post(f"{self.stack.url}{path}", json=body, headers=self._token)

    async def patch(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """As ``post``."""
        return await self._http.patch(f"{self.stack.url}{path}", json=body, headers=self._token)

    async def get(self, path: str, **asked: str) -> Any:
        """The JSON at an address of the HTTP API.

        Raises:
            UnavailableError: it did not answer with 200.
        """
        answer = await self._http.get(f"{self.stack.url}{path}", params=asked, headers=self._token)
        if answer.status_code != httpx.codes.OK:
            raise UnavailableError(f"GET {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    async def download(self, url: str) -> bytes:
        """What is behind a signed link."""
        return (await self._http.get(url)).content

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
        steps = await self.ask(queries.steps_of, enrollment_id=enrollment)
        due = min(row.due_at for row in steps if row.state == "planned" and row.due_at)
        delta = due - await self.now(workflow_id) + timedelta(minutes=1)
        await self.skip(workflow_id, max(delta, timedelta(seconds=1)))

    async def ask(
        self, query: Callable[Concatenate[Connection, _P], Awaitable[_T]], *args: _P.args, **values: _P.kwargs
    ) -> _T:
        """The answer of a query."""
        async with self._database.transaction() as connection:
            return await query(connection, *args, **values)

    async def listed(self, listing: Listing[_R], **asked: object) -> list[_R]:
        """The first rows of a list."""
        async with self._database.transaction() as connection:
            return (await page(connection, listing, asked, limit=1000)).rows

    async def run(self, enrollment: str) -> queries.EnrollmentRow:
        """The enrollment row."""
        row = await self.ask(queries.enrollment_row, id=enrollment)
        assert row is not None
        return row

    async def step_states(self, enrollment: str) -> dict[str, str]:
        """State of each step, in their order."""
        return {row.step: row.state for row in await self.ask(queries.steps_of, enrollment_id=enrollment)}

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
                raise UnavailableError(f"gave up after {_PATIENCE_SECONDS:.0f} s of waiting for: {what}")
            await asyncio.sleep(0.05)

    async def waits_for_opening(self, enrollment: str, workflow_id: str, step: str) -> bool:
        """Whether a step is planned for later than the next minute; asked once the run is planned."""
        found: list[queries.EnrollmentStepRow] = []

        async def planned() -> bool:
            found[:] = [row for row in await self.ask(queries.steps_of, enrollment_id=enrollment) if row.step == step]
            return bool(found)

        await self.until(f"{step} planned", planned)
        due = found[0].due_at if found[0].state == "planned" else None
        return due is not None and due > await self.now(workflow_id) + timedelta(minutes=1)

    async def until_sent(self, enrollment: str, step: str) -> None:
        """Waits until a step was sent."""

        async def sent() -> bool:
            return (await self.step_states(enrollment)).get(step) == "sent"

        await self.until(f"{step} sent", sent)

    async def until_state(self, enrollment: str, *states: str) -> None:
        """Waits until the run is in one of ``states``."""

        async def reached() -> bool:
            return (await self.run(enrollment)).state in states

        await self.until(" or ".join(states), reached)
