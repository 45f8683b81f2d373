"""Runs planned again by the dispatcher: who is due earlier hears of it, and no older plan overtakes a newer one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.postgres.records import ChangeOrigin
from sequences.runs.state import Due

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def day(number: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%d}"


async def enrolled(
    flow: FlowRig, start: str, people: Sequence[str] = PEOPLE, *, text: str = ONBOARDING
) -> list[Accepted]:
    await flow.publish("many", text)
    found = []
    for name in people:
        await flow.person(name)
        await flow.write("placement", f"pl-{name}", person_id=name, owner_id="dana", status="Active", start_date=start)
        found.append(await flow.enroll("many", name, record_id=f"pl-{name}"))
    for each in found:
        await flow.until_state(each, "active")
        await until_due(flow, each, 23)
    return found


async def move(flow: FlowRig, start: str, *, people: Sequence[str] = PEOPLE, cancelled: str = "") -> None:
    """All at the same moment, as one event or one import brings it."""
    async with flow.services.database.transaction() as connection:
        for name in people:
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
        elif event.HasField("marker_recorded_event_attributes"):
            found.append(event.marker_recorded_event_attributes.marker_name)
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
    await flow.keep_history(first.workflow_id, "enrollment-moved-earlier")


async def test_one_moved_date_is_planned_like_many(flow: FlowRig) -> None:
    [run] = await enrolled(flow, day(30), PEOPLE[:1])
    before = await events(flow, run)
    await move(flow, day(40), people=PEOPLE[:1])
    await until_planned(flow, run, 33, 40)
    await move(flow, day(20), people=PEOPLE[:1])
    await until_due(flow, run, 13)
    assert await planned(flow, run) == [day(13), day(20)]
    assert await events(flow, run) == [*before, "plan"]


async def test_a_run_whose_time_was_skipped_is_planned_by_its_own_time(flow: FlowRig) -> None:
    month = "  - {id: month-after, when: 30 days after day zero, at: 08:00, email: bd/thank-you}\n"
    [run] = await enrolled(flow, day(30), PEOPLE[:1], text=ONBOARDING + month)
    await flow.skip(run, days=24)
    await flow.until_step(run, "week-before")
    before = await events(flow, run)
    # In ten days by our clock, and thirteen days ago by that of the run.
    await move(flow, day(10), people=PEOPLE[:1])

    async def skipped() -> bool:
        return (await flow.steps(run))["first-day"] == "skipped"

    await flow.until(skipped)
    assert await planned(flow, run) == [day(40)]
    assert await events(flow, run) == before


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
