"""Automatic answers that no day ends, and those that nothing but their words gives away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

OTHER = (
    "sequence: other\nname: Other\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
)


async def _run(flow: FlowRig) -> Accepted:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    return accepted


async def _answer(flow: FlowRig, accepted: Accepted, ident: str, words: str, subject: str = "Automatic reply") -> None:
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    raw = (
        f"From: p1@client.example\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <{ident}@client.example>\r\n"
        f"In-Reply-To: {send['message_id']}\r\nSubject: {subject}\r\n"
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} +0000\r\n\r\n{words}\r\n"
    ).encode()
    await flow.intake.receive(raw, ())


async def test_who_is_gone_pauses_every_run_until_a_person_says_so_and_makes_a_task(flow: FlowRig) -> None:
    accepted = await _run(flow)
    await flow.publish("other", OTHER)
    other = await flow.enroll("other")
    await flow.until_step(other, "one")
    await _answer(flow, accepted, "gone", "Alex no longer works here. {{ 7 * 7 }} Please contact Ana.")
    await flow.until_state(accepted, "paused")
    await flow.until_state(other, "paused")
    async with flow.services.database.transaction() as connection:
        [task] = await connection.fetch("SELECT * FROM task WHERE enrollment_id = $1", accepted.enrollment)
    assert task["title"].endswith("is no longer there")
    assert "> Alex no longer works here. {{ 7 * 7 }} Please contact Ana." in task["description"]
    assert f"relance resume {accepted.enrollment}" in task["description"]
    await flow.skip(accepted, days=60)
    assert (await flow.state(accepted), (await flow.steps(accepted))["remind"]) == ("paused", "planned")


async def test_who_was_away_and_is_gone_does_not_come_back_by_itself(flow: FlowRig) -> None:
    accepted = await _run(flow)
    await _answer(flow, accepted, "away", "I am out of the office.")
    await flow.until_state(accepted, "paused")
    await _answer(flow, accepted, "gone", "I have left the company.")

    async def told() -> bool:
        return len(await flow.rows("tasks_of", enrollment_id=accepted.enrollment)) == 1

    await flow.until(told)

    async def waits() -> bool:
        return (await flow.handle(accepted).query("status"))["paused_until"] is None

    await flow.until(waits)
    await flow.skip(accepted, days=30)
    assert await flow.state(accepted) == "paused"


async def test_an_acknowledgement_that_only_its_words_give_away_is_an_absence_and_no_end(flow: FlowRig) -> None:
    accepted = await _run(flow)
    await flow.reply(accepted, "We have received your request and will look at it.")
    await flow.until_state(accepted, "paused")
    [reaction] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    assert (reaction["kind"], reaction["decision"]) == ("replied", "pause")
    await flow.skip(accepted, days=8)
    await flow.until_state(accepted, "active")
    assert (await flow.steps(accepted))["remind"] == "planned"
