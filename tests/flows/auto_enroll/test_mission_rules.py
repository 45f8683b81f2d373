"""The mission's two examples on real servers: statuses that feed each other, and a card that was dragged twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from temporalio.service import RPCError

import worker
from adapters.clock import utc_now
from sequences.auto_enroll.messages import Origin, ScanCall, WatchCall
from sequences.ids import rule_watcher_workflow_id
from services.auto_enroll import batches
from tests.support.opening import start_window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig

CIRCLE = """
sequence: {name}
name: {name}
record: person
frequency_cap: exempt
steps:
  - {{id: hello, email: bd/introduce}}
reaction_period: 0 days
reactions:
  - on: finished
    do: [{{set_field: {{person.status: {writes}}}}}]
auto_enroll:
  real: {{person.status: [{reads}]}}
  prevent_reenrollment_within: 6 months
"""
ONBOARDING = """
sequence: onboarding
name: Onboarding
record: placement
frequency_cap: exempt
steps:
  - {id: welcome, email: bd/introduce}
  - {id: later, when: 30 days after welcome, email: bd/remind}
auto_enroll:
  real: {placement.status: [On Assignment]}
  prevent_reenrollment_within: 1 day
"""


class Watcher:
    """The watcher's and the scan's activities at a time of the test's choice, as their workflows would call them."""

    def __init__(self, flow: FlowRig) -> None:
        self._flow = flow
        self._rules = worker.rules_of(flow.services)

    async def look(self, now: datetime) -> None:
        while (await self._rules.watching.watch_changes(WatchCall(0, now))).changes:
            pass
        # What the outbox does, which stands still here.
        for row in await self._flow.services.database.pool.fetch(
            "SELECT id FROM reenrollment_window WHERE state = 'opening'"
        ):
            await start_window(self._flow.services.windows, row["id"])

    async def scan(self, sequence: str, now: datetime) -> None:
        await self._rules.scanning.begin_scan(ScanCall(sequence, Origin.SCAN.value, now))
        await self._rules.scanning.scan_page(ScanCall(sequence, Origin.SCAN.value, now))

    async def entries(self) -> list[str]:
        rows = await self._flow.services.database.pool.fetch(
            "SELECT sequence || ':' || record_id AS entry FROM enrollment WHERE via = 'rule' ORDER BY enrolled_at, id"
        )
        return [row["entry"] for row in rows]

    async def reasons(self, sequence: str) -> set[str]:
        rows = await self._flow.services.database.pool.fetch(
            "SELECT reason FROM refusal WHERE sequence = $1 AND via = 'rule'", sequence
        )
        return {row["reason"] for row in rows}


@pytest.fixture
async def watcher(flow: FlowRig) -> AsyncIterator[Watcher]:
    # The rig's own watcher would look at the wall clock's time.
    flow.dispatcher.stop()
    yield Watcher(flow)
    try:
        await flow.services.client.get_workflow_handle(rule_watcher_workflow_id()).terminate("end of test")
    except RPCError:
        return


async def _switch_on(flow: FlowRig, name: str, text: str) -> None:
    await flow.publish(name, text)
    async with flow.services.database.transaction() as connection:
        await batches.switch_on(connection, await flow.services.versions.get(connection, name), utc_now())


async def _closed(flow: FlowRig, number: int) -> None:
    async def all_closed() -> bool:
        count = await flow.services.database.pool.fetchval("SELECT count(*) FROM enrollment WHERE state = 'finished'")
        return int(count) == number

    await flow.until(all_closed)


async def test_active_and_pre_approved_feed_each_other_over_24_months_and_nobody_runs_in_a_circle(
    flow: FlowRig, watcher: Watcher
) -> None:
    await _switch_on(flow, "pre-approve", CIRCLE.format(name="pre-approve", reads="Active", writes="Pre-Approved"))
    await _switch_on(flow, "activate", CIRCLE.format(name="activate", reads="Pre-Approved", writes="Active"))
    await flow.person("p1", status="Active")
    await watcher.look(utc_now())
    await _closed(flow, 1)
    await watcher.look(utc_now())
    await _closed(flow, 2)
    assert await watcher.entries() == ["pre-approve:p1", "activate:p1"]
    # The watcher hears of the status that "activate" wrote when both windows are over: only the lineage is left.
    now = utc_now() + timedelta(days=200)
    await watcher.look(now)
    assert await watcher.reasons("pre-approve") == {"cycle"}
    for month in range(24):
        now += timedelta(days=30, hours=11)
        await flow.write("person", "p1", city=f"Town {month}")
        await watcher.look(now)
        for name in ("pre-approve", "activate"):
            await watcher.scan(name, now)
    assert await watcher.entries() == ["pre-approve:p1", "activate:p1"]
    # A word from outside lets the person in once more.
    await flow.write("person", "p1", status="Inactive")
    await flow.write("person", "p1", status="Active")
    await watcher.look(now)
    assert await watcher.entries() == ["pre-approve:p1", "activate:p1", "pre-approve:p1"]


async def test_on_assignment_set_twice_by_mistake_and_a_second_placement_while_the_first_onboarding_runs(
    flow: FlowRig, watcher: Watcher
) -> None:
    await _switch_on(flow, "onboarding", ONBOARDING)
    await flow.person("p1")
    await flow.write("placement", "pl1", person_id="p1", status="Offer", owner_id="dana")
    now = utc_now()
    for status in ("On Assignment", "Offer", "On Assignment"):
        await flow.write("placement", "pl1", status=status)
        await watcher.look(now)
    assert await watcher.entries() == ["onboarding:pl1"]
    assert await watcher.reasons("onboarding") == {"already_enrolled"}
    # A copy of the card, an hour later: another record, but the person's window is open.
    await flow.write("placement", "copy", person_id="p1", status="On Assignment", owner_id="dana")
    await watcher.look(now + timedelta(hours=1))
    assert await watcher.entries() == ["onboarding:pl1"]
    assert "window" in await watcher.reasons("onboarding")
    await flow.write("placement", "pl2", person_id="p1", status="On Assignment", owner_id="dana")
    await watcher.look(now + timedelta(days=5))
    assert await watcher.entries() == ["onboarding:pl1", "onboarding:pl2"]
    states = await flow.services.database.pool.fetch("SELECT state FROM enrollment WHERE record_id = 'pl1'")
    assert [row["state"] for row in states] not in (["stopped"], ["finished"])
