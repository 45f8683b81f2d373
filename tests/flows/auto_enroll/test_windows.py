"""Re-enrollment windows on the real server: the id is the gate, the ledger the memory, and neither loses anybody."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from adapters.clock import utc_now
from sequences import ids
from sequences.auto_enroll.messages import WindowState
from sequences.errors import RefusedError, UnavailableError
from sequences.names import QUEUE
from services.enrolling.plan_entries import plan_entries
from services.enrolling.window_ledger import NewWindow
from tests.support.opening import start_window
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig

RUNNING, COMPLETED = WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED
TERMINATED = WorkflowExecutionStatus.TERMINATED


def _text(name: str, within: str | None = "1 day", more: str = "") -> str:
    window = f", prevent_reenrollment_within: {within}" if within else ""
    return (
        f"sequence: {name}\nname: Windows\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
        "  - {id: one, email: bd/introduce}\n  - {id: two, when: 5 days after one, email: bd/remind}\n"
        f"auto_enroll: {{real: {{person.type: [Client contact]}}{window}{more}}}\n"
    )


class Windows:
    """Entries by rule, as the watcher makes them, and what became of them."""

    def __init__(self, flow: FlowRig, name: str) -> None:
        self.flow = flow
        self.name = name
        self.gate: WorkflowHandle[Any, Any] = flow.services.client.get_workflow_handle(
            ids.window_workflow_id(name, "p1")
        )

    async def add(self, *, now: datetime | None = None) -> tuple[str, str | None]:
        """The rows of an entry by rule: enrollment and window, or no window where the ledger says no."""
        now = now or utc_now()
        enrollment = ids.enrollment_id(self.name, "p1", secrets.token_hex(8))
        async with self.flow.services.database.transaction() as connection:
            version = await self.flow.services.versions.get(connection, self.name)
            await self._run(connection, enrollment, version.version, now)
            entry = NewWindow(version, enrollment, person_id="p1", record_id="p1", via="rule", at=now)
            window = await self.flow.services.ledger.open(connection, entry)
            if window is not None:
                records = self.flow.services.records
                await plan_entries(connection, records, version, {enrollment: ("p1", "p1")}, now)
            else:
                await connection.execute("DELETE FROM enrollment WHERE id = $1", enrollment)
        return enrollment, window

    async def enter(self) -> tuple[str, str]:
        enrollment, window = await self.add()
        assert window is not None, "the ledger said no"
        await start_window(self.flow.services.windows, window)
        return enrollment, window

    async def _run(self, connection: Any, enrollment: str, version: int, now: datetime) -> str:
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id,"
            " via, state, enrolled_at) VALUES ($1, $2, $3, $4, 'person', 'p1', 'p1', 'dana', 'rule', 'starting', $5)",
            enrollment,
            ids.enrollment_workflow_id(self.name, "p1"),
            self.name,
            version,
            now,
        )
        return enrollment

    async def do(self, method: str, *values: Any, **named: Any) -> None:
        async with self.flow.services.database.transaction() as connection:
            await getattr(self.flow.services.ledger, method)(connection, *values, **named)
        self.flow.dispatcher.wake()

    async def sql(self, statement: str, *values: object) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.flow.services.settings.database_url)
        try:
            return [dict(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def window(self, window: str) -> dict[str, Any]:
        return (await self.sql("SELECT * FROM reenrollment_window WHERE id = $1", window))[0]

    async def until_window(self, window: str, state: str) -> None:
        async def met() -> bool:
            return bool((await self.window(window))["state"] == state)

        await self.flow.until(met)

    async def until_told(self, window: str) -> None:
        async def met() -> bool:
            row = await self.window(window)
            return bool(row["revision"] == row["told_revision"])

        await self.flow.until(met)

    async def until_run(self, enrollment: str, state: str = "active") -> None:
        async def met() -> bool:
            [row] = await self.sql("SELECT state FROM enrollment WHERE id = $1", enrollment)
            return bool(row["state"] == state)

        await self.flow.until(met)

    async def until_gate(self, status: WorkflowExecutionStatus) -> None:
        async def met() -> bool:
            return (await self.gate.describe()).status is status

        await self.flow.until(met)

    async def close(self, enrollment: str) -> None:
        """Ends the run, so that only the window can keep the person out."""
        handle = self.flow.services.client.get_workflow_handle(ids.enrollment_workflow_id(self.name, "p1"))
        await self.sql(
            "UPDATE enrollment SET state = 'stopped', reason = 'test', ended_at = now() WHERE id = $1", enrollment
        )
        with contextlib.suppress(RPCError):
            await handle.terminate("test")

    async def skip(self, **delta: float) -> None:
        await asyncio.wait_for(self.flow.skipper.fast_forward(self.gate, timedelta(**delta)), PATIENCE)


@pytest_asyncio.fixture
async def windows(flow: FlowRig) -> AsyncIterator[Windows]:
    # Its own name: one server serves all tests, and a window outlives the test that opened it.
    name = f"windows-{secrets.token_hex(4)}"
    await flow.person()
    await flow.publish(name, _text(name))
    made = Windows(flow, name)
    yield made
    with contextlib.suppress(RPCError):
        await made.gate.terminate("end of test")


async def test_the_run_outlives_the_window_that_started_it(flow: FlowRig, windows: Windows) -> None:
    enrollment, window = await windows.enter()
    await windows.until_run(enrollment)
    assert (await windows.window(window))["state"] == "open"
    # The server skips no time for a workflow whose child is open: here the end comes to the window.
    await windows.do("move", window, utc_now() + timedelta(seconds=1), "by dana", utc_now())
    await windows.until_gate(COMPLETED)
    assert (await windows.window(window))["state"] == "ended"
    run = flow.services.client.get_workflow_handle(ids.enrollment_workflow_id(windows.name, "p1"))
    assert (await run.describe()).status is RUNNING
    assert await windows.sql("SELECT state FROM enrollment WHERE id = $1", enrollment) == [{"state": "active"}]
    await flow.keep_history(windows.gate.id, "window-delayed")


async def test_a_window_that_is_open_is_one_event_and_its_run_five(flow: FlowRig, windows: Windows) -> None:
    text = _text(windows.name).replace("{id: one,", "{id: one, when: 3 days after enrollment,")
    await flow.publish(windows.name, text)
    await windows.enter()
    run = flow.services.client.get_workflow_handle(ids.enrollment_workflow_id(windows.name, "p1"))

    async def asleep() -> bool:
        return len((await run.fetch_history()).events) == 5

    await flow.until(asleep)
    found = [(await each.describe()).raw_description.workflow_execution_info for each in (windows.gate, run)]
    assert [each.history_length for each in found] == [1, 5]
    # Its worker starts it: the first task comes with the answer.
    assert await _came_with_the_answer(run)
    assert sum(each.state_transition_count for each in found) <= 3


async def test_a_run_that_is_started_where_no_worker_is_waits_for_one(flow: FlowRig, windows: Windows) -> None:
    await flow.stop_worker(QUEUE)
    enrollment, _ = await windows.enter()
    await windows.until_run(enrollment)
    run = flow.services.client.get_workflow_handle(ids.enrollment_workflow_id(windows.name, "p1"))
    assert not await _came_with_the_answer(run)
    await flow.start_worker(QUEUE)

    async def sent() -> bool:
        rows = await windows.sql("SELECT state FROM send WHERE enrollment_id = $1 AND step = 'one'", enrollment)
        return [row["state"] for row in rows] == ["sent"]

    await flow.until(sent)


async def _came_with_the_answer(run: WorkflowHandle[Any, Any]) -> bool:
    first = (await run.fetch_history()).events[0]
    return bool(first.workflow_execution_started_event_attributes.eager_execution_accepted)


async def test_inside_the_window_nobody_enters_and_after_it_somebody_does(flow: FlowRig, windows: Windows) -> None:
    first, _ = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    assert (await windows.add())[1] is None
    await windows.skip(days=1, minutes=1)
    await windows.until_gate(COMPLETED)
    await flow.keep_history(windows.gate.id, "window-delayed-silent")
    second, _ = await windows.enter()
    await windows.until_run(second)
    assert (await windows.gate.describe()).status is RUNNING


async def test_the_gate_itself_lets_one_of_many_in(flow: FlowRig, windows: Windows) -> None:
    states = [
        WindowState(
            f"w{number:010}", windows.name, "p1", "p1", "e0000000000", 1, "dana", False, utc_now() + timedelta(days=1)
        )
        for number in range(16)
    ]
    answers = await asyncio.gather(*(flow.services.windows._windows.start(state) for state in states))
    [(winner, _)] = [pair for pair in zip(states, answers, strict=True) if pair[1] is None]
    assert {answer for answer in answers if answer is not None} == {winner.window}
    assert await flow.services.windows._windows.start(winner) is None


async def test_by_hand_inside_a_window_is_allowed_and_opens_a_new_one(flow: FlowRig, windows: Windows) -> None:
    first, old = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    accepted = await flow.enroll(windows.name)
    new = ids.window_id(accepted.enrollment)
    await windows.until_told(new)
    assert ((await windows.window(old))["state"], (await windows.window(old))["reason"]) == ("ended", "replaced")
    assert (await windows.window(new))["via"] == "hand"

    async def gate_names_the_new_one() -> bool:
        return (await (await windows.gate.describe()).memo_value("window", type_hint=str)) == new

    await flow.until(gate_names_the_new_one)
    await windows.close(accepted.enrollment)
    await windows.skip(hours=23)
    assert (await windows.add())[1] is None
    await windows.skip(hours=2)
    await windows.until_gate(COMPLETED)
    assert (await windows.window(new))["state"] == "ended"
    await flow.keep_history(windows.gate.id, "window-delayed-replaced")


async def test_by_hand_without_a_window_opens_one_that_keeps_rules_out(flow: FlowRig, windows: Windows) -> None:
    accepted = await flow.enroll(windows.name)
    await windows.until_told(ids.window_id(accepted.enrollment))
    await windows.until_gate(RUNNING)
    await windows.close(accepted.enrollment)
    assert (await windows.add())[1] is None
    await windows.skip(days=1, minutes=1)
    await windows.until_gate(COMPLETED)
    second, _ = await windows.enter()
    await windows.until_run(second)


async def test_a_lifted_window_ends_and_the_next_enters(flow: FlowRig, windows: Windows) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    await flow.stop_worker("relance")
    await windows.do("lift", window, "by dana: asked for it", utc_now())
    # It slept until its end, so nobody has to wake it: its id is free without any worker.
    await windows.until_gate(TERMINATED)
    assert (await windows.window(window))["reason"] == "by dana: asked for it"
    second, _ = await windows.enter()
    await flow.start_worker("relance")
    await windows.until_run(second)


async def test_a_rule_that_comes_before_the_lifted_window_has_gone_enters_as_soon_as_it_has(
    flow: FlowRig, windows: Windows
) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    # A window that was moved has been woken, and ends by itself.
    await windows.do("move", window, utc_now() + timedelta(days=3), "by dana", utc_now())
    await windows.until_told(window)
    await flow.stop_worker("relance")
    await windows.do("lift", window, "by dana", utc_now())
    second, waiting = await windows.enter()
    # Without a worker the old workflow stays in the gate.
    assert (await windows.window(waiting))["state"] == "opening"
    await flow.start_worker("relance")
    await windows.until_window(waiting, "open")
    await windows.until_run(second)


async def test_a_window_ends_earlier_or_later_when_it_is_moved(flow: FlowRig, windows: Windows) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    opened = (await windows.window(window))["opened_at"]
    await windows.do("move", window, opened + timedelta(days=3), "by dana", utc_now())
    await windows.until_told(window)
    await windows.skip(days=2)
    assert (await windows.window(window))["state"] == "open"
    assert (await windows.gate.describe()).status is RUNNING
    await windows.do("move", window, opened + timedelta(days=2, hours=12), "by dana", utc_now())
    await windows.until_told(window)
    await windows.skip(hours=13)
    await windows.until_gate(COMPLETED)
    assert (await windows.window(window))["state"] == "ended"


async def test_a_window_that_nobody_told_of_a_later_end_asks_the_ledger_and_goes_on(
    flow: FlowRig, windows: Windows
) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    await windows.sql("UPDATE reenrollment_window SET until = until + interval '1 day' WHERE id = $1", window)
    await windows.skip(days=1, hours=1)
    assert (await windows.window(window))["state"] == "open"
    await windows.skip(days=1)
    await windows.until_gate(COMPLETED)
    assert (await windows.window(window))["state"] == "ended"


async def test_a_new_length_holds_for_windows_that_are_open(flow: FlowRig, windows: Windows) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    await flow.publish(windows.name, _text(windows.name, "3 days"))
    async with flow.services.database.transaction() as connection:
        version = await flow.services.versions.get(connection, windows.name)
    await windows.do("apply_new_length", version.definition, utc_now())
    await windows.until_told(window)
    await windows.skip(days=2)
    assert (await windows.window(window))["state"] == "open"
    await windows.skip(days=1, hours=1)
    await windows.until_gate(COMPLETED)


async def test_a_window_that_is_taken_away_ends_in_temporal_and_stays_for_ever_in_the_ledger(
    flow: FlowRig, windows: Windows
) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    await flow.publish(windows.name, _text(windows.name, None))
    async with flow.services.database.transaction() as connection:
        version = await flow.services.versions.get(connection, windows.name)
    await windows.do("apply_new_length", version.definition, utc_now())
    await windows.until_gate(TERMINATED)
    row = await windows.window(window)
    assert (row["state"], row["scope"], row["until"]) == ("open", "record", None)
    assert (await windows.add(now=utc_now() + timedelta(days=4000)))[1] is None


async def test_one_entry_ever_needs_no_gate_but_the_ledger(flow: FlowRig, windows: Windows) -> None:
    await flow.publish(windows.name, _text(windows.name, None))
    enrollment, window = await windows.enter()
    await windows.until_run(enrollment)
    assert (await windows.window(window))["state"] == "open"
    with pytest.raises(RPCError):
        await windows.gate.describe()
    await windows.close(enrollment)
    assert (await windows.add())[1] is None


async def test_when_postgres_forgot_a_window_the_gate_still_refuses_and_says_why(
    flow: FlowRig, windows: Windows
) -> None:
    first, window = await windows.enter()
    await windows.until_run(first)
    await windows.close(first)
    await windows.sql("DELETE FROM reenrollment_window WHERE id = $1", window)
    second, refused = await windows.enter()
    assert (await windows.window(refused))["state"] == "refused"
    await windows.until_run(second, "stopped")
    [row] = await windows.sql("SELECT reason, detail, via FROM refusal WHERE sequence = $1", windows.name)
    assert (row["reason"], row["via"]) == ("window", "rule")
    assert "still runs in Temporal" in row["detail"]
    # Mail in the folder proves nothing here: that of the first run may still be under way when the run is closed.
    assert await windows.sql("SELECT id FROM send WHERE enrollment_id = $1", second) == []


async def test_with_temporal_away_the_dispatcher_starts_the_window_later(
    flow: FlowRig, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = flow.services.windows._windows
    start, away = port.start, asyncio.Event()

    async def sometimes(state: WindowState) -> str | None:
        if not away.is_set():
            raise UnavailableError("Temporal is away in this test")
        return await start(state)

    monkeypatch.setattr(port, "start", sometimes)
    enrollment, window = await windows.add(now=utc_now() - timedelta(seconds=20))
    assert window is not None
    with pytest.raises(UnavailableError):
        await start_window(flow.services.windows, window)
    assert (await windows.window(window))["state"] == "opening"
    away.set()
    await windows.until_window(window, "open")
    await windows.until_run(enrollment)


async def test_a_run_whose_window_was_lifted_before_it_began_is_started_all_the_same(
    flow: FlowRig, windows: Windows
) -> None:
    enrollment, window = await windows.add(now=utc_now() - timedelta(seconds=20))
    await windows.do("lift", window, "by dana", utc_now())
    await windows.until_run(enrollment)


async def test_a_sequence_never_enrolls_somebody_because_of_itself(flow: FlowRig, windows: Windows) -> None:
    chain = (windows.name, "another")
    with pytest.raises(RefusedError, match="caused by this sequence itself"):
        await flow.enroll(windows.name, via="sequence", lineage=chain)
    [row] = await windows.sql("SELECT reason, detail FROM refusal WHERE sequence = $1", windows.name)
    assert row == {"reason": "cycle", "detail": f"{windows.name} > another"}
    await flow.publish(windows.name, _text(windows.name, more=", cycle_protection: window"))
    accepted = await flow.enroll(windows.name, via="sequence", lineage=chain)
    await windows.until_run(accepted.enrollment)
