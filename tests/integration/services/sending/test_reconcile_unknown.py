"""What becomes of sends that are unknown: found, proved, believed or given up, and always told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio

from adapters.templates.renderer import Renderer
from sequences.sending.send_obstacles import NotNow, Settled
from services.sending.compose_email import Composer
from services.sending.contacts import prove_sent
from tests.support import by_name as queries
from tests.support.rigs.send import LOST, NOW, ORGANISATION, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as opened:
        await opened.publish("trusting")
        await opened.publish("insisting", if_unknown="resend")
        await opened.publish("texting", channel="sms")
        yield opened


async def _last_contacted(rig: SendRig, person: str) -> object:
    return (await rig.fetch("SELECT last_contacted FROM person WHERE id = $1", person))[0]["last_contacted"]


async def _listed(rig: SendRig) -> list[queries.Row]:
    """What ``relance unknown`` shows."""
    async with rig.database.transaction() as connection:
        return await queries.rows(connection, "unresolved_sends", limit=9)


async def test_a_mail_in_the_sent_folder_is_proved(rig: SendRig) -> None:
    run, other = await rig.ready("trusting"), await rig.ready("trusting")
    rig.wire.outcomes = [LOST, LOST]
    assert (await rig.send(run)).__class__ is Settled
    await rig.send(other)
    row = await rig.row(run)
    rig.sent.filed_ids = {row["message_id"]}
    done = await rig.reconcile()
    assert (done.proved, done.waiting) == (1, 1)
    # One look for both: they are of the same sender.
    assert [sender for sender, _ in rig.sent.asked] == ["dana@agency.example"]
    row = await rig.row(run)
    assert (row["state"], row["resolution"], row["reason"]) == (
        "sent",
        "proved",
        "proved by the mail in the Sent folder",
    )
    assert await rig.step(run) == "sent"
    assert await rig.events(run) == ["send_unknown", "send_proved"]
    assert await _last_contacted(rig, run.run.person_id) == NOW
    assert (await rig.row(other))["state"] == "unknown"
    assert rig.wire.handed == ["p1@client.example", "p2@client.example"]
    assert await rig.told() == sorted([run.run.id, other.run.id])


async def test_a_text_at_the_provider_is_proved_with_its_id(rig: SendRig) -> None:
    run = await rig.ready("texting")
    rig.wire.outcomes = [LOST]
    await rig.send(run)
    rig.wire.texts_there = {"+442071830001": "SM1"}
    assert (await rig.reconcile()).proved == 1
    row = await rig.row(run)
    assert (row["state"], row["provider_message_id"]) == ("sent", "SM1")
    assert rig.sent.asked == []


async def test_without_proof_the_policy_decides_after_the_deadline(rig: SendRig) -> None:
    run = await rig.ready("trusting")
    rig.wire.outcomes = [LOST]
    await rig.send(run)
    assert (await rig.reconcile()).waiting == 1
    assert [line["id"] for line in await _listed(rig)] == [(await rig.row(run))["id"]]
    assert (await rig.reconcile(NOW + 23 * HOUR)).waiting == 1
    # It is not due to be looked at again before its time.
    assert (await rig.reconcile(NOW + 23 * HOUR)).waiting == 0
    assert (await rig.reconcile(NOW + 2 * DAY)).assumed_sent == 1
    row = await rig.row(run)
    assert (row["state"], row["resolution"]) == ("unknown", "assumed_sent")
    assert await rig.step(run) == "unknown"
    assert await rig.events(run) == ["send_unknown", "send_assumed_sent"]
    assert await _last_contacted(rig, run.run.person_id) == NOW
    assert (await rig.reconcile(NOW + 3 * DAY)).assumed_sent == 0
    assert await _listed(rig) == []
    assert len(rig.wire.handed) == 1


async def test_proof_still_counts_after_it_was_believed(rig: SendRig) -> None:
    run = await rig.ready("trusting")
    rig.wire.outcomes = [LOST]
    await rig.send(run)
    await rig.reconcile()
    await rig.reconcile(NOW + 2 * DAY)
    async with rig.database.transaction() as connection:
        assert await prove_sent(connection, await rig.row(run), NOW + 3 * DAY)
        assert not await prove_sent(connection, await rig.row(run), NOW + 3 * DAY)
    row = await rig.row(run)
    assert (row["state"], row["resolution"]) == ("sent", "proved")


async def test_what_will_be_sent_again_is_left_to_its_run(rig: SendRig) -> None:
    run = await rig.ready("insisting")
    rig.wire.outcomes = [LOST]
    outcome = await rig.send(run)
    assert isinstance(outcome, NotNow)
    assert (await rig.reconcile()).waiting == 1
    assert await rig.told() == [run.run.id]
    # The run was paused for days: it still sends again when it goes on.
    assert (await rig.reconcile(NOW + 3 * DAY)).waiting == 1
    assert await rig.send(run, now=NOW + 3 * DAY, attempt=1) == Settled("sent")
    assert len(rig.wire.handed) == 2
    assert (await rig.reconcile(NOW + 4 * DAY)).waiting == 0


async def test_proof_in_the_hour_before_keeps_it_from_being_sent_again(rig: SendRig) -> None:
    run = await rig.ready("insisting")
    rig.wire.outcomes = [LOST]
    await rig.send(run)
    rig.sent.filed_ids = {(await rig.row(run))["message_id"]}
    assert (await rig.reconcile()).proved == 1
    assert await rig.send(run, now=NOW + HOUR, attempt=1) == Settled("sent")
    assert len(rig.wire.handed) == 1


async def test_what_a_closed_run_would_have_sent_again_is_given_up(rig: SendRig) -> None:
    run = await rig.ready("insisting")
    rig.wire.outcomes = [LOST]
    await rig.send(run)
    await rig.database.pool.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", run.run.id)
    await rig.reconcile()
    assert (await rig.reconcile(NOW + 2 * DAY)).given_up == 1
    assert await rig.events(run) == ["send_unknown", "send_given_up"]
    assert (await rig.row(run))["resolution"] == "given_up"
    assert await _last_contacted(rig, run.run.person_id) is None


async def test_a_claim_that_nobody_settles_is_unknown_and_told(rig: SendRig) -> None:
    run = await rig.ready("trusting")
    await rig.database.pool.execute(
        "UPDATE send SET state = 'claimed', claimed_by = 'gone', claimed_at = $2, attempts = 1 "
        "WHERE enrollment_id = $1",
        run.run.id,
        NOW,
    )
    assert (await rig.reconcile()).lost == 0
    assert (await rig.reconcile(NOW + timedelta(minutes=19))).lost == 0
    assert await rig.told() == []
    done = await rig.reconcile(NOW + timedelta(minutes=21))
    assert (done.lost, done.waiting) == (1, 1)
    row = await rig.row(run)
    assert (row["state"], row["reason"]) == ("unknown", "the worker died while sending")
    assert await rig.told() == [run.run.id]


async def test_a_run_far_ahead_of_the_wall_is_watched_by_the_watchers_clock(rig: SendRig) -> None:
    run = await rig.ready("trusting")
    rig.wire.outcomes = [LOST]
    await rig.send(run, now=NOW + 300 * DAY)
    assert (await rig.reconcile()).waiting == 1
    assert (await rig.reconcile(NOW + 25 * HOUR)).assumed_sent == 1


async def test_a_place_that_does_not_answer_costs_nothing_but_time(rig: SendRig) -> None:
    run, text = await rig.ready("trusting"), await rig.ready("texting")
    rig.wire.outcomes = [LOST, LOST]
    await rig.send(run)
    await rig.send(text)
    rig.sent.away = rig.wire.away = True
    done = await rig.reconcile()
    assert (done.away, done.waiting) == (2, 2)
    assert await rig.told() == sorted([run.run.id, text.run.id])
    rig.sent.away = rig.wire.away = False
    rig.sent.filed_ids = {(await rig.row(run))["message_id"]}
    rig.wire.texts_there = {(await rig.row(text))["recipient"]: "SM9"}
    assert (await rig.reconcile(NOW + HOUR)).proved == 2


async def test_more_than_a_page_is_looked_at_in_one_pass(rig: SendRig) -> None:
    for _ in range(3):
        run = await rig.ready("trusting")
    await rig.database.pool.execute(
        "INSERT INTO enrollment SELECT 'ecopy' || lpad(n::text, 9, '0'), workflow_id, sequence, version, record_type, "
        "'r' || n, person_id, owner_id, via, lineage, state, reason, enrolled_at, started_at, ended_at "
        "FROM enrollment, generate_series(1, 450) n WHERE id = $1",
        run.run.id,
    )
    await rig.database.pool.execute(
        "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, message_id, content, "
        "text, planned_at, claimed_at, claimed_by) SELECT 'scopy' || lpad(n::text, 9, '0'), 'ecopy' || "
        "lpad(n::text, 9, '0'), step, person_id, channel, 'unknown', sender, recipient, '<' || n || '@x>', content, "
        "text, planned_at, $2, 'gone' FROM send, generate_series(1, 450) n WHERE enrollment_id = $1",
        run.run.id,
        NOW,
    )
    assert (await rig.reconcile()).waiting == 450


async def test_what_is_frozen_is_what_was_signed(rig: SendRig) -> None:
    rig.composer = Composer(Renderer(), ORGANISATION, lambda mail: b"DKIM-Signature: here\r\n" + mail)
    run = await rig.ready("trusting")
    assert bytes((await rig.row(run))["content"]).startswith(b"DKIM-Signature: here\r\nFrom: ")
