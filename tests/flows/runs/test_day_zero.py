"""Day zero over a real Temporal: a run that waits for its date, and one whose date comes while it is paused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sequences.runs.state import Command
from services.reading.run_story import timeline

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

ONBOARDING = """
sequence: onb
name: Onboarding
record: placement
day_zero: placement.start_date
frequency_cap: exempt
reaction_period: 3 days
steps:
  - {id: week-before, when: 7 days before day zero, at: 09:00, email: bd/introduce}
  - {id: first-day, when: on day zero, at: 08:00, email: bd/remind}
  - {id: three-days, when: 3 days after day zero, email: bd/thank-you}
"""
STEPS = ("week-before", "first-day", "three-days")


def day(number: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%d}"


async def enrolled(flow: FlowRig, start: str | None) -> Accepted:
    await flow.publish("onb", ONBOARDING)
    await flow.person("eva")
    await flow.write("placement", "pl-eva", person_id="eva", owner_id="dana", status="On Assignment", start_date=start)
    accepted = await flow.enroll("onb", "eva", record_id="pl-eva")
    await flow.until_state(accepted, "active")
    return accepted


async def shown(flow: FlowRig, accepted: Accepted) -> dict[str, str]:
    async with flow.services.database.transaction() as connection:
        story = await timeline(connection, accepted.enrollment)
    return {
        line.step: f"{line.due_at:%Y-%m-%d}" if line.state == "planned" and line.due_at else line.state
        for line in story.steps
    }


async def until_shown(flow: FlowRig, accepted: Accepted, *expected: str) -> None:
    async def met() -> bool:
        return await shown(flow, accepted) == dict(zip(STEPS, expected, strict=True))

    await flow.until(met)


async def test_a_run_waits_for_its_date_and_then_sends_all(flow: FlowRig) -> None:
    accepted = await enrolled(flow, None)
    assert accepted.warnings == ("no_day_zero: week-before, first-day and three-days wait for placement.start_date",)
    await until_shown(flow, accepted, "waiting", "waiting", "waiting")
    status = await flow.handle(accepted).query("status")
    assert (status["due"]["step"], status["due"]["at"], status["phase"]) == ("week-before", None, "waiting")
    # Longer than its reaction period: it has something before it, and stays open.
    await flow.skip(accepted, days=4)
    await flow.write("placement", "pl-eva", start_date=day(30))
    await until_shown(flow, accepted, day(23), day(30), day(33))
    # It goes, and comes again.
    await flow.write("placement", "pl-eva", start_date=None)
    await until_shown(flow, accepted, "waiting", "waiting", "waiting")
    await flow.write("placement", "pl-eva", start_date=day(40))
    await until_shown(flow, accepted, day(33), day(40), day(43))
    await flow.skip(accepted, days=40)
    await until_shown(flow, accepted, "sent", "sent", "sent")
    await flow.skip(accepted, days=3)
    assert await flow.handle(accepted).result() == "finished"
    await flow.keep_history(accepted.workflow_id, "enrollment-day-zero-waits")


async def test_a_waiting_run_pauses_and_a_date_told_meanwhile_is_judged_then(flow: FlowRig) -> None:
    accepted = await enrolled(flow, None)
    await until_shown(flow, accepted, "waiting", "waiting", "waiting")
    runs = flow.services.runs
    assert (await runs.command(accepted.workflow_id, Command("p", "pause", "holiday"))).changed
    await flow.write("placement", "pl-eva", start_date=day(5))
    await until_shown(flow, accepted, "skipped", day(5), day(8))
    await flow.skip(accepted, days=6)
    assert (await runs.command(accepted.workflow_id, Command("r", "resume"))).changed
    await until_shown(flow, accepted, "skipped", "skipped", day(8))
    await flow.skip(accepted, days=4)
    await until_shown(flow, accepted, "skipped", "skipped", "sent")
    await flow.keep_history(accepted.workflow_id, "enrollment-day-zero-paused")
