"""Many runs planned again at once: who is due earlier hears of it, and no older plan overtakes a newer one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.clock import utc_now
from adapters.postgres.records import ChangeOrigin
from sequences.runs.state import Due

if TYPE_CHECKING:
    from sequences.runs.state import RunState
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

ONBOARDING = """
sequence: many
name: Onboarding of many
record: placement
day_zero: placement.start_date
frequency_cap: exempt
stop_when:
  placement.status: [Cancelled]
steps:
  - {id: week-before, when: 7 days before day zero, at: 09:00, email: bd/introduce}
  - {id: first-day, when: on day zero, at: 08:00, email: bd/remind}
"""
PEOPLE = ("eva", "kim", "lee", "moe")


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.server.lanes._MANY", 3)


def day(number: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%d}"


async def enrolled(flow: FlowRig, start: str) -> list[Accepted]:
    await flow.publish("many", ONBOARDING)
    found = []
    for name in PEOPLE:
        await flow.person(name)
        await flow.write("placement", f"pl-{name}", person_id=name, owner_id="dana", status="Active", start_date=start)
        found.append(await flow.enroll("many", name, record_id=f"pl-{name}"))
    for each in found:
        await flow.until_state(each, "active")
        await until_due(flow, each, 23)
    return found


async def move(flow: FlowRig, start: str, *, cancelled: str = "") -> None:
    """All at the same moment, as one event or one import brings it."""
    async with flow.services.database.transaction() as connection:
        for name in PEOPLE:
            values = {"start_date": start} | ({"status": "Cancelled"} if name == cancelled else {})
            await flow.services.changes.write(
                connection, "placement", f"pl-{name}", values, ChangeOrigin("crm", utc_now())
            )


async def state(flow: FlowRig, accepted: Accepted) -> RunState:
    return await flow.services.runs.status(accepted.workflow_id)


async def until_due(flow: FlowRig, accepted: Accepted, days: int) -> None:
    async def met() -> bool:
        due = (await state(flow, accepted)).due
        return due is not None and due.at is not None and f"{due.at:%Y-%m-%d}" == day(days)

    await flow.until(met)


async def planned(flow: FlowRig, accepted: Accepted) -> list[str]:
    rows = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    return [f"{row['due_at']:%Y-%m-%d}" for row in rows if row["state"] == "planned"]


async def until_planned(flow: FlowRig, accepted: Accepted, *days: int) -> None:
    async def met() -> bool:
        return await planned(flow, accepted) == [day(each) for each in days]

    await flow.until(met)


async def events(flow: FlowRig, accepted: Accepted) -> list[str]:
    history = await flow.handle(accepted).fetch_history()
    found = []
    for event in history.events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            found.append(event.activity_task_scheduled_event_attributes.activity_type.name)
        elif event.HasField("workflow_execution_signaled_event_attributes"):
            found.append(event.workflow_execution_signaled_event_attributes.signal_name)
    return found


async def test_many_moved_dates_are_planned_together_and_only_earlier_ones_are_signalled(flow: FlowRig) -> None:
    runs = await enrolled(flow, day(30))
    before = [await events(flow, run) for run in runs]
    await move(flow, day(20))
    for run, known in zip(runs, before, strict=True):
        await until_planned(flow, run, 13, 20)
        await until_due(flow, run, 13)
        assert await events(flow, run) == [*known, "plan"]
    await move(flow, day(40))
    for run, known in zip(runs, before, strict=True):
        await until_planned(flow, run, 33, 40)
        assert await events(flow, run) == [*known, "plan"]
    first = runs[0]
    # It wakes when it was due, is told that it is due later, and sends nothing.
    await flow.skip(first, days=14)
    await until_due(flow, first, 33)
    assert (await events(flow, first))[-2:] == ["plan", "take_step"]
    await flow.skip(first, days=19, hours=12)
    await flow.until_step(first, "week-before")
    await flow.keep_history(first.workflow_id, "enrollment-planned-from-outside")


async def test_an_older_plan_is_ignored_and_a_stop_among_many_is_left_to_its_run(flow: FlowRig) -> None:
    runs = await enrolled(flow, day(30))
    await move(flow, day(20), cancelled="moe")
    await flow.until_state(runs[3], "stopped")
    for run in runs[:3]:
        await until_due(flow, run, 13)
    first = runs[0]
    assert (await state(flow, first)).plan_revision == 1
    early = datetime.now(UTC) + timedelta(days=1)
    for revision in (1, 0, None):
        await flow.services.runs.plan(first.workflow_id, Due("week-before", early, "planned", revision=revision))
    await until_due(flow, first, 13)
    await flow.services.runs.plan(first.workflow_id, Due("week-before", early, "planned", revision=2))

    async def taken() -> bool:
        due = (await state(flow, first)).due
        return due is not None and due.at == early

    await flow.until(taken)
