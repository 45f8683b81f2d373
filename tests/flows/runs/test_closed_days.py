"""Days close and open again under open runs: they sleep until the time that is allowed now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from sequences.planning.closed_days import Days
from services.operations.closed_days import DaysChange, change_closed_days, plan_again

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

CAMPAIGN = """
sequence: campaign
name: Campaign
record: person
frequency_cap: exempt
steps:
  - {id: hello, when: 10 days after enrollment, at: 09:00, email: bd/introduce}
"""


async def change(flow: FlowRig, days: Days, *, remove: bool = False) -> None:
    wanted, database = DaysChange(days, None, remove), flow.services.database
    now = utc_now()
    await change_closed_days(database, wanted, now)
    async for _ in plan_again(database, wanted, now):
        pass


async def until_known(flow: FlowRig, accepted: Accepted, day: str) -> None:
    """Its workflow knows what its plan says."""

    async def met() -> bool:
        due = (await flow.services.runs.status(accepted.workflow_id)).due
        return due is not None and due.at is not None and f"{due.at:%Y-%m-%d}" == day

    await flow.until(met)


async def until_planned(flow: FlowRig, accepted: Accepted, day: str) -> None:
    async def met() -> bool:
        [row] = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
        return f"{row['due_at']:%Y-%m-%d}" == day

    await flow.until(met)


async def test_a_run_follows_the_days_that_close_and_open(flow: FlowRig) -> None:
    await flow.publish("campaign", CAMPAIGN)
    await flow.person("eva", timezone="UTC")
    accepted = await flow.enroll("campaign", "eva")
    await flow.until_state(accepted, "active")
    [row] = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    before = row["due_at"]
    first, after = f"{before:%Y-%m-%d}", f"{before + timedelta(days=4):%Y-%m-%d}"
    days = Days(before.date(), before.date() + timedelta(days=3))
    await change(flow, days)
    await until_planned(flow, accepted, after)
    # Nothing is signalled for a later time: whoever wakes too early is told when it is due.
    await change(flow, days, remove=True)
    await until_planned(flow, accepted, first)
    await until_known(flow, accepted, first)
    assert before.astimezone(UTC) > datetime.now(UTC)
