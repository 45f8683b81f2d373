"""A human's word on a reply: the run that waits for it obeys, the one that is over is followed up, each thing once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.reactions.reviews import REVIEWED
from sequences.reactions.sentiment import Intent, Label
from sequences.runs.state import Command, CommandKind
from services.operations.review import Opinion, review
from tests.support.raw_history import found_in, raw_history

if TYPE_CHECKING:
    from sequences.runs.state import RunState
    from services.enrolling.enroll import Accepted
    from services.operations.review import Reviewed
    from tests.support.rigs.flow import FlowRig

HELD = "perhaps, {{ person.email }} would do"
REACTIONS = """reactions:
  - on: replied
    then: {then}
  - on: replied.positive
    do:
      - create_task: {{title: Call them}}
      - create_lead: {{source: reply}}
      - set_field: {{person.status: Warm}}
      - notify: owner
    then: stop
  - on: replied.negative
    do: [{{create_task: {{title: Call them}}}}, {{set_field: {{person.status: Cold}}}}]
    then: stop
  - on: replied.neutral
    then: continue
"""


async def _enrolled(flow: FlowRig, two_step: str, then: str) -> Accepted:
    await flow.publish("two-step", two_step + REACTIONS.format(then=then))
    await flow.person(timezone="UTC")
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    return accepted


async def _replied(flow: FlowRig, accepted: Accepted, words: str = HELD, number: int = 1) -> str:
    """The id of the newest reply, once the run has handled it."""
    await flow.reply(accepted, words, "one")

    async def handled() -> bool:
        rows = await _reactions(flow, accepted, "replied")
        return len(rows) == number and all(row["handled_at"] for row in rows)

    await flow.until(handled)
    return str((await _reactions(flow, accepted, "replied"))[-1]["id"])


async def _reactions(flow: FlowRig, accepted: Accepted, kind: str) -> list[dict[str, Any]]:
    rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    return [row for row in rows if row["kind"] == kind]


async def _review(
    flow: FlowRig, reaction: str, label: Label, intent: Intent | None = None, *, not_an_opt_out: bool = False
) -> Reviewed:
    async with flow.services.database.transaction() as connection:
        done = await review(connection, reaction, Opinion(label, intent, not_an_opt_out=not_an_opt_out), utc_now())
    flow.dispatcher.wake()
    return done


async def _obeyed(flow: FlowRig, accepted: Accepted, number: int) -> list[dict[str, Any]]:
    async def handled() -> bool:
        rows = await _reactions(flow, accepted, REVIEWED)
        return len(rows) == number and all(row["handled_at"] for row in rows)

    await flow.until(handled)
    return await _reactions(flow, accepted, REVIEWED)


async def _heard(flow: FlowRig, accepted: Accepted) -> RunState:
    """The state of the run once it has acted on everything that it was told."""

    async def met() -> bool:
        return not (await flow.services.runs.status(accepted.workflow_id)).reactions

    await flow.until(met)
    return await flow.services.runs.status(accepted.workflow_id)


async def _titles(flow: FlowRig) -> list[str]:
    return sorted(row["title"] for row in await flow.listed(listings.TASKS))


async def _status_of(flow: FlowRig) -> str | None:
    person = await flow.row("person_row", id="p1")
    assert person is not None
    status: str | None = person["status"]
    return status


async def test_a_held_reply_that_is_positive_is_followed_up_once_however_often_it_is_said(
    flow: FlowRig, two_step: str
) -> None:
    accepted = await _enrolled(flow, two_step, "stop")
    reaction = await _replied(flow, accepted)
    await flow.until_state(accepted, "stopped")
    [task] = await flow.listed(listings.TASKS)
    # The words of a stranger are shown as they are, and are no template.
    assert f"> {HELD}" in task["description"]
    assert f"relance review set {reaction} --label" in task["description"]

    first = await _review(flow, reaction, Label.POSITIVE)
    again = await _review(flow, reaction, Label.POSITIVE)
    assert (first.repeated, again.repeated, again.review) == (False, True, first.review)
    assert "the run has already ended (stopped)" in first.notes[0]
    await _obeyed(flow, accepted, 1)
    assert await _titles(flow) == ["Call them", "Read the reply of Alex Example"]
    assert {row["title"]: row["state"] for row in await flow.listed(listings.TASKS)} == {
        "Call them": "open",
        "Read the reply of Alex Example": "done",
    }
    assert (len(await flow.listed(listings.LEADS)), await _status_of(flow)) == (1, "Warm")
    assert len(await flow.listed(listings.NOTIFICATIONS)) == 1
    assert await flow.state(accepted) == "stopped"

    # There and back: what stands is what was said last, and nobody calls twice.
    await _review(flow, reaction, Label.NEGATIVE)
    await _obeyed(flow, accepted, 2)
    assert await _status_of(flow) == "Cold"
    assert (await _review(flow, reaction, Label.POSITIVE)).number == 3
    await _obeyed(flow, accepted, 3)
    assert await _status_of(flow) == "Warm"
    assert await _titles(flow) == ["Call them", "Read the reply of Alex Example"]
    assert (len(await flow.listed(listings.LEADS)), len(await flow.listed(listings.NOTIFICATIONS))) == (1, 1)
    for workflow_id, told in ((accepted.workflow_id, reaction), (f"late-reaction:{first.review}", first.review)):
        history = await raw_history(flow.services.client.get_workflow_handle(workflow_id))
        assert found_in(history, ("perhaps", "p1@client.example", "Alex", told)) == [told]


async def test_an_opt_out_that_a_human_reads_suppresses_and_stops_the_open_run(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step, "continue")
    reaction = await _replied(flow, accepted)
    assert await flow.state(accepted) == "active"
    done = await _review(flow, reaction, Label.NEGATIVE, Intent.OPT_OUT)
    # Suppressed with the review itself, not only when the run comes to it.
    [suppression] = await flow.rows("suppressions_of", person_id="p1", email="-", phone="-")
    assert (suppression["channel"], suppression["reason"]) == ("all", "opt_out")
    assert "on any channel" in done.notes[0]
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "opt_out"
    assert await flow.steps(accepted) == {"one": "sent", "two": "cancelled"}

    # They only asked for another job: the suppression goes, the run stays over.
    corrected = await _review(flow, reaction, Label.NEGATIVE, Intent.DECLINE, not_an_opt_out=True)
    assert any("lifted" in note for note in corrected.notes)
    assert await flow.rows("suppressions_of", person_id="p1", email="-", phone="-") == []
    await _obeyed(flow, accepted, 2)
    assert await flow.state(accepted) == "stopped"


async def test_a_pause_for_an_unsure_reply_ends_when_a_human_says_go_on(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step, "pause 30 days")
    reaction = await _replied(flow, accepted)
    await flow.until_state(accepted, "paused")
    await _review(flow, reaction, Label.NEUTRAL)
    await flow.until_state(accepted, "active")
    assert [row["decision"] for row in await _reactions(flow, accepted, REVIEWED)] == ["continue"]
    await flow.skip(accepted, days=2, hours=1)
    await flow.until_step(accepted, "two")


async def test_a_pause_for_a_reply_is_made_longer_when_a_human_says_so(flow: FlowRig, two_step: str) -> None:
    rules = REACTIONS.replace("replied.neutral\n    then: continue", "replied.neutral\n    then: pause 90 days")
    await flow.publish("two-step", two_step + rules.format(then="pause 30 days"))
    await flow.person(timezone="UTC")
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    reaction = await _replied(flow, accepted)
    before = (await _heard(flow, accepted)).paused_until
    await _review(flow, reaction, Label.NEUTRAL)
    await _obeyed(flow, accepted, 1)
    status = await _heard(flow, accepted)
    assert before is not None
    assert status.paused_until is not None
    assert (status.phase, (status.paused_until - before).days) == ("paused", 60)


async def test_a_pause_that_somebody_asked_for_stays(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step, "pause 30 days")
    reaction = await _replied(flow, accepted)
    await flow.until_state(accepted, "paused")
    await flow.services.runs.command(accepted.workflow_id, Command("c1", CommandKind.PAUSE, "wait for Dana"))
    await _review(flow, reaction, Label.NEUTRAL)
    await _obeyed(flow, accepted, 1)
    status = await _heard(flow, accepted)
    assert (status.phase, status.paused_until, await flow.state(accepted)) == ("paused", None, "paused")


async def test_another_reply_that_waits_to_be_read_keeps_the_pause(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step, "pause 30 days")
    first = await _replied(flow, accepted)
    second = await _replied(flow, accepted, "perhaps not", 2)
    until = (await _heard(flow, accepted)).paused_until
    await _review(flow, first, Label.NEUTRAL)
    await _obeyed(flow, accepted, 1)
    status = await _heard(flow, accepted)
    assert (status.phase, status.paused_until, await flow.state(accepted)) == ("paused", until, "paused")
    await _review(flow, second, Label.NEGATIVE)
    await flow.until_state(accepted, "stopped")


async def test_a_human_may_speak_before_the_model(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step, "continue")
    await flow.stop_worker("relance-sentiment")
    await flow.reply(accepted, HELD)

    async def delivered() -> bool:
        rows = await _reactions(flow, accepted, "replied")
        return bool(rows) and rows[0]["delivered_at"] is not None

    await flow.until(delivered)
    [reply] = await _reactions(flow, accepted, "replied")
    done = await _review(flow, reply["id"], Label.POSITIVE)
    assert (done.said_label, done.intent) == (None, "interested")
    assert "also waits for the model" in done.notes[0]
    await flow.until_state(accepted, "stopped")
    assert await _titles(flow) == ["Call them"]
    # The reply itself is handled when the worker is back, and changes nothing any more.
    await flow.start_worker("relance-sentiment")

    async def handled() -> bool:
        return (await _reactions(flow, accepted, "replied"))[0]["handled_at"] is not None

    await flow.until(handled)
    assert (await _titles(flow), len(await flow.listed(listings.LEADS))) == (["Call them"], 1)
    assert len(await flow.listed(listings.NOTIFICATIONS)) == 1
