"""What goes out to other systems: delivered wherever it is written, each once, beside the run, and with an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.client import WorkflowHandle

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.errors import SettingsError
from sequences.ids import delivery_workflow_id
from sequences.names import SENTIMENT_QUEUE
from sequences.runs.state import Command, CommandKind, Decision
from services.follow_ups.deliver import DeliverFollowUp
from services.intake.links import LinkIntake
from services.operations.retry_delivery import retry, retry_all
from services.reactions.handle_reaction import HandleReaction
from services.reading.run_story import timeline
from tests.support.servers.receivers import OK, Floods, drips_the_body, drips_the_head, hangs, receiver, status

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

SILENT = "sequence: {name}\nname: {name}\nrecord: person\nsteps:\n  - {{id: mark, do: [{{add_to_list: {name}}}]}}\n"


async def _publish(flow: FlowRig, *names: str) -> None:
    for name in names:
        await flow.publish(name, SILENT.format(name=name) + "reaction_period: 0 days\n")


async def _story(flow: FlowRig, enrollment: str) -> dict[str, str]:
    async with flow.services.database.transaction() as connection:
        story = await timeline(connection, enrollment)
    return {moment.what: moment.why for moment in story.moments if moment.kind == "follow_up"}


async def _rows(flow: FlowRig, accepted: Accepted) -> list[dict[str, Any]]:
    rows = await flow.rows("follow_ups_of", enrollment_id=accepted.enrollment)
    return [row for row in rows if row["kind"] in ("enroll", "webhook")]


async def _settled(flow: FlowRig, accepted: Accepted, *states: str) -> list[dict[str, Any]]:
    async def met() -> bool:
        rows = await _rows(flow, accepted)
        return bool(rows) and all(row["state"] in states for row in rows)

    await flow.until(met)
    return await _rows(flow, accepted)


async def _tried(flow: FlowRig, accepted: Accepted, number: int = 1, result: str = "") -> dict[str, Any]:
    """The only delivery of a run, once it waits for another try.

    A try counts from its beginning on, with the result of the one before: ``result`` says which one to wait for.
    """

    async def met() -> bool:
        rows = await _rows(flow, accepted)
        waits = bool(rows) and rows[0]["tries"] >= number and rows[0]["next_try_at"] is not None
        return waits and str(rows[0]["result"] or "").startswith(result)

    await flow.until(met)
    [row] = await _rows(flow, accepted)
    return row


def _delivery(flow: FlowRig, row: dict[str, Any]) -> WorkflowHandle[Any, Any]:
    return flow.services.client.get_workflow_handle(delivery_workflow_id(row["id"]))


async def _runs_of(flow: FlowRig, sequence: str) -> list[dict[str, Any]]:
    return await flow.listed(listings.ENROLLMENTS, sequence=sequence)


async def test_enroll_and_webhook_in_a_step_and_at_the_end(flow: FlowRig) -> None:
    async with receiver() as crm:
        await _publish(flow, "chain-two", "chain-three")
        await flow.publish(
            "chain",
            "sequence: chain\nname: Chain\nrecord: person\nsteps:\n"
            f"  - {{id: go, do: [{{enroll: chain-two}}, {{webhook: {{url: '{crm.url('/step')}'}}}}]}}\n"
            "reactions:\n  - on: finished\n    do:\n      - enroll: chain-three\n"
            f"      - webhook: {{url: '{crm.url('/finished')}'}}\nreaction_period: 0 days\n",
        )
        await flow.person()
        accepted = await flow.enroll("chain")
        await flow.until_state(accepted, "finished")
        rows = await _settled(flow, accepted, "done")
        assert sorted(request.head.split()[1] for request in crm.got) == ["/finished", "/step"]
        told = {request.head.split()[1]: request.json() for request in crm.got}
        assert (told["/step"]["event"], told["/finished"]["event"]) == ("step:go", "finished")
        assert {request.headers["idempotency-key"] for request in crm.got} == {
            row["id"] for row in rows if row["kind"] == "webhook"
        }
        for sequence in ("chain-two", "chain-three"):
            [run] = await _runs_of(flow, sequence)
            assert (run["person_id"], run["via"], run["lineage"]) == ("p1", "sequence", ["chain"])
            assert run["id"] in [row["result"] for row in rows]
        assert set(await _story(flow, accepted.enrollment)) == {
            "enrolled in chain-two",
            "enrolled in chain-three",
            f"webhook {crm.url('/step')}",
            f"webhook {crm.url('/finished')}",
        }
        [hook] = [row for row in rows if row["kind"] == "webhook" and row["cause"] == "finished"]
        assert await _delivery(flow, hook).result() == "done"
        # Handed over once more, as by a dispatcher that died over it: nothing happens twice.
        await flow.services.deliveries.hand_over(hook["id"], "webhook", "chain")
        assert await _delivery(flow, hook).result() == "done"
        assert len(crm.got) == 2
        await flow.keep_history(delivery_workflow_id(hook["id"]), "delivery")


async def test_no_answer_leads_to_nurture_and_an_answer_does_not(flow: FlowRig, two_step: str) -> None:
    await _publish(flow, "nurture")
    await flow.publish(
        "two-step", two_step + "reactions:\n  - on: finished\n    do: [{enroll: nurture}]\nreaction_period: 5 days\n"
    )
    await flow.person("p1", timezone="UTC")
    await flow.person("p2", timezone="UTC")
    silent, answering = await flow.enroll("two-step", "p1"), await flow.enroll("two-step", "p2")
    for accepted in (silent, answering):
        await flow.until_step(accepted, "one")
    await flow.reply(answering, "No, thank you, not for me", "one")
    await flow.until_state(answering, "stopped")
    await flow.skip(silent, days=2, hours=1)
    await flow.until_step(silent, "two")
    await flow.skip(silent, days=6)
    await flow.until_state(silent, "finished")
    await _settled(flow, silent, "done")
    assert [run["person_id"] for run in await _runs_of(flow, "nurture")] == ["p1"]


async def test_a_sequence_that_is_not_published_is_a_dead_letter_until_it_is(flow: FlowRig) -> None:
    await _publish(flow, "next")
    await flow.publish(
        "chain",
        "sequence: chain\nname: Chain\nrecord: person\nsteps:\n  - {id: go, do: [{enroll: next}]}\n"
        "  - {id: gone, do: [{enroll: later}]}\nreaction_period: 0 days\n",
    )
    await flow.person()
    accepted = await flow.enroll("chain")
    await flow.until_state(accepted, "finished")
    rows = {row["arguments"]["enroll"]: row for row in await _settled(flow, accepted, "done", "dead")}
    assert (rows["next"]["state"], rows["later"]["state"]) == ("done", "dead")
    assert "is published" in rows["later"]["result"]
    story = await _story(flow, accepted.enrollment)
    assert story["could not be enrolled in later"].startswith("dead, no sequence")
    [notice] = await flow.listed(listings.NOTIFICATIONS)
    assert notice["title"].startswith("enrollment in later of Chain not delivered (no sequence")
    await _publish(flow, "later")
    async with flow.services.database.transaction() as connection:
        assert await retry_all(connection) == 1
    flow.dispatcher.wake()
    await _settled(flow, accepted, "done")
    assert [run["person_id"] for run in await _runs_of(flow, "later")] == ["p1"]


async def test_who_is_suppressed_is_not_enrolled_and_nobody_is_bothered(flow: FlowRig, two_step: str) -> None:
    await flow.publish("next", two_step.replace("two-step", "next"))
    await flow.publish(
        "two-step",
        two_step + "reactions:\n  - on: unsubscribed\n    do: [{enroll: next}]\n    then: stop\n",
    )
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    links = LinkIntake(flow.services.database, utc_now, flow.dispatcher.wake)
    await links.unsubscribe(send["id"])
    [row] = await _settled(flow, accepted, "failed")
    assert row["result"].startswith("suppressed: ")
    assert (await _story(flow, accepted.enrollment))["not enrolled in next"].startswith("failed, suppressed: ")
    assert await flow.listed(listings.NOTIFICATIONS) == []


async def test_who_has_just_answered_is_enrolled_once_the_answer_is_handled(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    await flow.publish("next", two_step.replace("two-step", "next"))
    later = SILENT.format(name="chain").replace("id: mark", "id: mark, when: 1 hour after enrollment")
    await flow.publish("chain", later.replace("add_to_list: chain", "enroll: next"))
    await flow.person()
    accepted, chain = await flow.enroll("two-step"), await flow.enroll("chain")
    await flow.until_step(accepted, "one")
    await flow.stop_worker(SENTIMENT_QUEUE)
    await flow.reply(accepted, "Tell me more")
    await flow.skip(chain, hours=1, minutes=1)
    row = await _tried(flow, chain)
    assert row["result"].startswith("answered: ")
    assert await _runs_of(flow, "next") == []
    await flow.start_worker(SENTIMENT_QUEUE)
    await _settled(flow, chain, "done")
    assert len(await _runs_of(flow, "next")) == 1


@pytest.mark.parametrize(
    "behaviour", [status(500), hangs, drips_the_head, None], ids=["answers 500", "hangs", "drips", "gone"]
)
async def test_a_bad_receiver_costs_its_own_row_and_nothing_of_the_run(
    flow: FlowRig, two_step: str, behaviour: Any
) -> None:
    async with receiver(behaviour or OK) as bad, receiver() as good:
        url = bad.url() if behaviour else "http://127.0.0.1:1/gone"
        await flow.publish(
            "two-step",
            two_step + "reactions:\n  - on: replied.positive\n    do:\n"
            f"      - webhook: {{url: '{url}'}}\n    then: continue\n",
        )
        await flow.publish(
            "other", SILENT.format(name="other").replace("add_to_list: other", f"webhook: {{url: '{good.url()}'}}")
        )
        await flow.person(timezone="UTC")
        accepted = await flow.enroll("two-step")
        await flow.until_step(accepted, "one")
        await flow.reply(accepted, "Tell me more", "one")

        async def handled() -> bool:
            rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
            return bool(rows) and rows[0]["handled_at"] is not None

        await flow.until(handled)
        # The run is free at once: it obeys while the delivery is still under way or waits.
        await flow.services.runs.command(accepted.workflow_id, Command("c1", CommandKind.STOP))
        assert await flow.handle(accepted).result() == "stopped by hand"
        [row] = await _rows(flow, accepted)
        assert row["state"] == "pending"
        other = await flow.enroll("other")
        await _settled(flow, other, "done")
        bad.hang_up()
        waiting = await _tried(flow, accepted)
        assert waiting["state"] == "pending"
        [(what, why)] = (await _story(flow, accepted.enrollment)).items()
        assert (what, why.startswith("pending, ")) == (f"webhook {url} waits for delivery", True)
        assert "next try" in why


async def test_a_receiver_that_comes_back_gets_it_by_itself(flow: FlowRig) -> None:
    flood = Floods()
    async with receiver(status(503), status(429, "Retry-After: 600"), drips_the_body, flood) as crm:
        await flow.publish(
            "hook", SILENT.format(name="hook").replace("add_to_list: hook", f"webhook: {{url: '{crm.url()}'}}")
        )
        await flow.person()
        accepted = await flow.enroll("hook")
        row = await _tried(flow, accepted, 2, "HTTP 429")
        # It asked for ten minutes.
        assert (row["next_try_at"] - utc_now()).total_seconds() > 500
        await flow.skipper.fast_forward(_delivery(flow, row), row["next_try_at"] - utc_now() + timedelta(seconds=30))
        [row] = await _settled(flow, accepted, "done")
        assert (row["result"], row["tries"]) == ("HTTP 200", 3)
        assert await _delivery(flow, row).result() == "done"
        await flow.keep_history(delivery_workflow_id(row["id"]), "delivery-again")
        assert {request.headers["idempotency-key"] for request in crm.got} == {row["id"]}


async def test_it_ends_after_its_deadline_tells_the_owner_once_and_can_be_tried_anew(
    flow: FlowRig, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiver(status(500)) as crm:
        await flow.publish(
            "hook", SILENT.format(name="hook").replace("add_to_list: hook", f"webhook: {{url: '{crm.url()}'}}")
        )
        await flow.person()
        accepted = await flow.enroll("hook")
        row = await _tried(flow, accepted)
        await flow.skipper.fast_forward(_delivery(flow, row), timedelta(days=3, hours=2))
        [row] = await _settled(flow, accepted, "dead")
        assert row["result"] == "given up after 3 days: HTTP 500"
        assert row["tries"] > 70
        assert await _delivery(flow, row).result() == "dead"
        [notice] = await flow.listed(listings.NOTIFICATIONS)
        assert (notice["kind"], notice["owner_id"]) == ("delivery_problem", "dana")
        assert notice["title"] == "webhook of hook not delivered (given up after 3 days: HTTP 500): Alex Example"
        assert [record.levelname for record in caplog.records if f"delivery {row['id']}" in record.message][-1:] == [
            "WARNING"
        ]
        crm.answers[:] = [OK]
        async with flow.services.database.transaction() as connection:
            await retry(connection, row["id"])
        flow.dispatcher.wake()
        [row] = await _settled(flow, accepted, "done")
        assert (await _story(flow, accepted.enrollment)) == {f"webhook {crm.url()}": "HTTP 200"}
        assert len(await flow.listed(listings.NOTIFICATIONS)) == 1


async def test_who_asks_to_try_now_need_not_wait_for_the_next_try(flow: FlowRig) -> None:
    async with receiver(status(503, "Retry-After: 3600"), OK) as crm:
        await flow.publish(
            "hook", SILENT.format(name="hook").replace("add_to_list: hook", f"webhook: {{url: '{crm.url()}'}}")
        )
        await flow.person()
        accepted = await flow.enroll("hook")
        row = await _tried(flow, accepted)
        async with flow.services.database.transaction() as connection:
            await retry(connection, row["id"])
        flow.dispatcher.wake()
        await _settled(flow, accepted, "done")
        assert len(crm.got) == 2
        assert await _delivery(flow, row).result() == "done"


async def test_a_delivery_whose_workflow_is_lost_gets_another(flow: FlowRig) -> None:
    async with receiver(status(503, "Retry-After: 3600"), OK) as crm:
        await flow.publish(
            "hook", SILENT.format(name="hook").replace("add_to_list: hook", f"webhook: {{url: '{crm.url()}'}}")
        )
        await flow.person()
        accepted = await flow.enroll("hook")
        row = await _tried(flow, accepted)
        await _delivery(flow, row).terminate("lost in this test")
        async with flow.services.database.transaction() as connection:
            await connection.execute("UPDATE follow_up SET hand_at = now() - interval '1 minute'")
        flow.dispatcher.wake()
        await _settled(flow, accepted, "done")


async def test_an_activity_that_fails_for_good_ends_the_delivery_with_a_reason(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise SettingsError("broken in this test")

    monkeypatch.setattr(DeliverFollowUp, "_post", broken)
    await flow.publish(
        "hook", SILENT.format(name="hook").replace("add_to_list: hook", "webhook: {url: 'http://127.0.0.1:1/'}")
    )
    await flow.person()
    accepted = await flow.enroll("hook")
    [row] = await _settled(flow, accepted, "dead")
    assert row["result"] == "it fails on our side (SettingsError)"
    assert await _delivery(flow, row).result() == "dead"
    await flow.keep_history(delivery_workflow_id(row["id"]), "delivery-given-up")
    assert len(await flow.listed(listings.NOTIFICATIONS)) == 1


async def test_many_deliveries_to_a_receiver_that_hangs_hold_up_no_reply(flow: FlowRig, two_step: str) -> None:
    """More of them than the worker has places for anything."""
    async with receiver(hangs) as bad:
        steps = "".join(f"      - webhook: {{url: '{bad.url(f'/{n}')}'}}\n" for n in range(150))
        await flow.publish(
            "flood", "sequence: flood\nname: Flood\nrecord: person\nsteps:\n  - id: go\n    do:\n" + steps
        )
        await flow.publish("two-step", two_step)
        await flow.person(timezone="UTC")
        flooding = await flow.enroll("flood")
        accepted = await flow.enroll("two-step")
        await flow.until_step(accepted, "one")

        async def begun() -> bool:
            return len(bad.got) > 0

        await flow.until(begun)
        await flow.reply(accepted, "No, thank you", "one")
        await flow.until_state(accepted, "stopped")
        assert {row["state"] for row in await _rows(flow, flooding)} == {"pending"}
        assert bad.most <= 5


async def test_a_run_that_0_1_told_to_deliver_goes_on_at_once(
    flow: FlowRig, two_step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of an old worker, or of an old history: the run asks for its deliveries, and waits for none."""
    decide = HandleReaction._decide

    async def as_before(*arguments: Any) -> Decision:
        return replace(await decide(*arguments), deliver=True)

    monkeypatch.setattr(HandleReaction, "_decide", as_before)
    async with receiver(hangs) as bad:
        await flow.publish(
            "two-step",
            two_step + f"reactions:\n  - on: replied.negative\n    do: [{{webhook: {{url: '{bad.url()}'}}}}]\n",
        )
        await flow.person(timezone="UTC")
        accepted = await flow.enroll("two-step")
        await flow.until_step(accepted, "one")
        await flow.reply(accepted, "No, not now", "one")
        await flow.until_state(accepted, "stopped")
        assert await flow.handle(accepted).result() == "replied.negative (replied.negative)"
        [row] = await _rows(flow, accepted)
        assert row["state"] == "pending"
    await flow.keep_history(accepted.workflow_id, "enrollment-delivers")
