"""Scans on a real server: page by page, after a crash where they were, and every day by schedule."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from temporalio.client import ScheduleOverlapPolicy
from temporalio.service import RPCError

import worker
from adapters.clock import utc_now
from sequences.auto_enroll.messages import Origin, ScanState
from sequences.errors import NotFoundError
from sequences.ids import rule_scan_workflow_id
from sequences.names import QUEUE
from services.auto_enroll import batches
from services.auto_enroll.wiring import RuleParts
from tests.support import by_name

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

SEQUENCE = """
sequence: {name}
name: Scanned
record: person
steps:
  - {{id: one, when: 2 days after enrollment, do: [{{add_to_list: seen}}]}}
auto_enroll:
  historical:
    last_contacted: more than 30 days ago
  hold_above: {hold_above}
"""
_PEOPLE = """
INSERT INTO person (id, first_name, email, status, last_contacted)
SELECT 'p' || to_char(n, 'FM000'), 'Alex', 'p' || n || '@client.example', 'Hot', $2 FROM generate_series(1, $1) AS n
"""


async def fetch(flow: FlowRig, text: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in await flow.services.database.pool.fetch(text, *values)]


async def publish(flow: FlowRig, name: str, hold_above: int = 500, *, since: timedelta = timedelta(days=1)) -> None:
    await flow.publish(name, SEQUENCE.format(name=name, hold_above=hold_above))
    async with flow.services.database.transaction() as connection:
        version = await flow.services.versions.get(connection, name)
        await batches.switch_on(connection, version, utc_now() - since)


async def people(flow: FlowRig, number: int, days: float = 30.5) -> None:
    await fetch(flow, _PEOPLE, number, utc_now() - timedelta(days=days))


async def ended(flow: FlowRig, name: str) -> ScanState:
    handle = flow.services.client.get_workflow_handle(rule_scan_workflow_id(name), result_type=ScanState)
    state: ScanState = await handle.result(rpc_timeout=timedelta(seconds=20))
    return state


@pytest_asyncio.fixture
async def small_pages(flow: FlowRig, monkeypatch: pytest.MonkeyPatch) -> FlowRig:
    """Three records a page."""
    monkeypatch.setattr(worker, "RuleParts", functools.partial(RuleParts, page=3))
    await flow.stop_worker(QUEUE)
    await flow.start_worker(QUEUE)
    return flow


async def test_a_scan_lets_in_whose_time_has_come_and_their_runs_begin(small_pages: FlowRig) -> None:
    flow = small_pages
    await publish(flow, "scanned")
    await people(flow, 7)
    await flow.services.rules.start_scan("scanned")
    state = await ended(flow, "scanned")
    assert (state.done, state.pages, state.enrolled, state.refused) == (True, 3, 7, 0)

    async def begun() -> bool:
        return len(await fetch(flow, "SELECT 1 FROM enrollment WHERE started_at IS NOT NULL")) == 7

    await flow.until(begun)
    assert await fetch(flow, "SELECT scanned_at FROM rule_state") == [{"scanned_at": state.started_at}]
    await flow.services.rules.start_scan("scanned")
    again = await ended(flow, "scanned")
    assert (again.matched, again.enrolled) == (0, 0)
    await flow.keep_history(rule_scan_workflow_id("scanned"), "rule_scan")


async def test_existing_people_enter_only_when_they_are_wanted(flow: FlowRig) -> None:
    await publish(flow, "existing")
    await people(flow, 3, days=300)
    await flow.services.rules.start_scan("existing", Origin.SCAN)
    assert (await ended(flow, "existing")).enrolled == 0
    await flow.services.rules.start_scan("existing", Origin.EXISTING)
    assert (await ended(flow, "existing")).enrolled == 3


async def test_a_scan_goes_on_where_it_was_when_its_worker_went(
    small_pages: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = small_pages
    monkeypatch.setattr(worker, "_GRACE", timedelta(milliseconds=100))
    await flow.stop_worker(QUEUE)
    await flow.start_worker(QUEUE)
    await publish(flow, "resumed")
    await people(flow, 30)
    await flow.services.rules.start_scan("resumed")

    async def some_pages() -> bool:
        return len(await fetch(flow, "SELECT 1 FROM enrollment")) >= 6

    await flow.until(some_pages)
    await flow.stop_worker(QUEUE)
    await flow.start_worker(QUEUE)
    state = await ended(flow, "resumed")
    assert (state.done, state.pages, state.enrolled, state.refused) == (True, 11, 30, 0)
    assert len(await fetch(flow, "SELECT 1 FROM enrollment")) == 30


async def test_a_long_scan_continues_as_new(flow: FlowRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RuleParts", functools.partial(RuleParts, page=1))
    await flow.stop_worker(QUEUE)
    await flow.start_worker(QUEUE)
    await publish(flow, "long", hold_above=1000)
    await people(flow, 205)
    # Refused one and all, so that nothing but the scan is at work.
    await fetch(
        flow,
        "INSERT INTO suppression (person_id, channel, reason, source, since) "
        "SELECT id, 'all', 'opt_out', 'test', $1 FROM person",
        utc_now(),
    )
    await flow.services.rules.start_scan("long")
    state = await ended(flow, "long")
    assert (state.pages, state.continued, state.refused, state.enrolled) == (206, 1, 205, 0)
    reasons = await fetch(flow, "SELECT reason, count(*) AS number FROM refusal GROUP BY reason")
    assert reasons == [{"reason": "suppressed", "number": 205}]


async def test_a_scan_that_finds_too_many_is_held_before_anybody_enters(small_pages: FlowRig) -> None:
    flow = small_pages
    await publish(flow, "large", hold_above=4)
    await people(flow, 5)
    await flow.services.rules.start_scan("large")
    state = await ended(flow, "large")
    assert (state.enrolled, state.held) == (0, 5)
    async with flow.services.database.transaction() as connection:
        (batch,) = await by_name.rows(connection, "batches_awaiting_approval")
        assert (batch.id, batch.records) == (state.batch, 5)
        await batches.approve(connection, batch.id, "dana", utc_now())
    await flow.services.rules.wake()

    async def entered() -> bool:
        return len(await fetch(flow, "SELECT 1 FROM enrollment")) == 5

    await flow.until(entered)


async def test_the_daily_scan_is_a_schedule_that_is_made_changed_and_taken_away(flow: FlowRig) -> None:
    await publish(flow, "daily")
    await people(flow, 2)
    rules, handle = flow.services.rules, flow.services.client.get_schedule_handle(rule_scan_workflow_id("daily"))
    for _ in range(2):
        await rules.ensure_schedule("daily")
    await handle.pause(note="holiday")
    await rules.ensure_schedule("daily")
    described = await handle.describe()
    spec, state = described.schedule.spec, described.schedule.state
    assert [(each.hour[0].start, each.minute[0].start) for each in spec.calendars] == [(6, 0)]
    assert (spec.time_zone_name, spec.jitter) == ("UTC", timedelta(minutes=30))
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert (state.paused, state.note) == (True, "holiday")
    await handle.unpause()
    await handle.trigger()

    async def scanned() -> bool:
        return (await fetch(flow, "SELECT scanned_at FROM rule_state"))[0]["scanned_at"] is not None

    await flow.until(scanned)
    assert len(await fetch(flow, "SELECT 1 FROM enrollment")) == 2
    for _ in range(2):
        await rules.ensure_schedule("daily", wanted=False)
    with pytest.raises(RPCError):
        await handle.describe()


async def test_how_far_a_scan_is_can_be_asked_and_one_that_never_was_is_not_found(flow: FlowRig) -> None:
    with pytest.raises(NotFoundError):
        await flow.services.rules.scanned("never")
    await flow.services.rules.start_scan("without-rules")
    assert (await ended(flow, "without-rules")).matched == 0
    assert (await flow.services.rules.scanned("without-rules")).done
