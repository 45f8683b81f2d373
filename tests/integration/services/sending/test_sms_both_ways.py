"""Our sending, Twilio's stand-in with its faults, and our hooks: what is known of a text, whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres import listings
from sequences.phone import to_e164
from sequences.tokens import TokenKind
from starter.local.twilio.server import list_sms
from tests.support.rigs.api import ApiRig
from tests.support.rigs.sms import OURS, PERSON, SHARED_KEY, open_sms_rig

# The tests that open a second rig, with other settings, find the first one's person and sequences.
pytestmark = pytest.mark.usefixtures("rig")


@pytest_asyncio.fixture
async def rig(api: ApiRig, tmp_path: Path) -> AsyncIterator[Any]:
    async with open_sms_rig(api, tmp_path, sms_opt_out_line="") as rig:
        await rig.person()
        await rig.publish("a", "Hi {{ person.first_name }}")
        await rig.publish("b", "Still there?")
        yield rig


async def test_a_text_is_sent_delivered_and_every_report_is_kept_once(rig: Any) -> None:
    enrollment = await rig.texted("a")

    send = await rig.send(enrollment)
    (text,) = rig.outbound()
    assert (send["state"], send["provider_status"], send["provider_error"]) == ("sent", "delivered", None)
    assert (text.body, text.recipient, send["provider_message_id"]) == ("Hi Alex", to_e164(PERSON, None), text.sid)
    reports = await rig.api.rows("sms_reports_of", send_id=send["id"])
    assert sorted(row["status"] for row in reports) == ["delivered", "queued", "sent"]
    assert (await rig.step(enrollment))["state"] == "sent"


@pytest.mark.parametrize(
    "faults",
    [
        {"duplicate_callbacks": True},
        {"reorder_callbacks": True},
        {"duplicate_callbacks": True, "reorder_callbacks": True, "answer_last": True},
        {"answer_last": True},
        {"delay_seconds": 0.3},
    ],
)
async def test_reports_may_come_twice_out_of_order_and_before_the_answer(
    rig: Any, faults: dict[str, bool] | dict[str, float]
) -> None:
    rig.faults(**faults)

    enrollment = await rig.texted("a")

    send = await rig.send(enrollment)
    assert (send["state"], send["provider_status"]) == ("sent", "delivered")
    assert send["provider_message_id"] == rig.outbound()[0].sid
    assert len(await rig.api.rows("sms_reports_of", send_id=send["id"])) == 3
    assert (await rig.step(enrollment))["state"] == "sent"


async def test_reports_at_the_same_moment_never_put_it_back(rig: Any) -> None:
    rig.faults(lose_callbacks=True)
    enrollment = await rig.texted("a")
    send = await rig.send(enrollment)
    path = f"/twilio/status/{rig.api.token(TokenKind.STATUS, send['id'])}"

    for _ in range(5):
        await rig.api.execute("UPDATE send SET provider_status = NULL WHERE id = $1", send["id"])
        await rig.api.execute("DELETE FROM text_report")
        words = ["delivered", "sent", "queued", "sending", "accepted", "sent", "delivered", "queued"]
        answers = await asyncio.gather(
            *(rig.api.twilio(path, {"MessageSid": "SM1", "MessageStatus": word}) for word in words)
        )
        assert {answer.status_code for answer in answers} == {204}
        assert (await rig.send(enrollment))["provider_status"] == "delivered"


async def test_a_lost_answer_after_the_report_is_no_doubt(rig: Any) -> None:
    rig.faults(lose_answer=True, answer_last=True)

    enrollment = await rig.texted("a")

    assert (await rig.send(enrollment))["state"] == "sent"
    assert (await rig.step(enrollment))["state"] == "sent"
    assert await rig.api.listed(listings.NOTIFICATIONS) == []
    assert len(rig.outbound()) == 1


async def test_a_lost_answer_is_unknown_until_the_report_proves_it(rig: Any) -> None:
    rig.faults(lose_answer=True, lose_callbacks=True)
    enrollment = await rig.texted("a")
    send = await rig.send(enrollment)
    assert (send["state"], send["provider_message_id"]) == ("unknown", None)

    path = f"/twilio/status/{rig.api.token(TokenKind.STATUS, send['id'])}"
    sid = rig.outbound()[0].sid
    assert (await rig.api.twilio(path, {"MessageSid": sid, "MessageStatus": "sent"})).status_code == 204

    send = await rig.send(enrollment)
    assert (send["state"], send["provider_message_id"]) == ("sent", sid)
    await rig.take(enrollment, attempt=1)
    assert len(rig.outbound()) == 1


async def test_without_a_report_it_is_found_by_its_words_and_a_lost_request_is_not(rig: Any) -> None:
    rig.faults(lose_answer=True, lose_callbacks=True)
    enrollment = await rig.texted("a")
    rig.faults(lose_request=True)
    other = await rig.texted("b")

    lost, never = await rig.send(enrollment), await rig.send(other)
    assert (lost["state"], never["state"]) == ("unknown", "unknown")
    assert await rig.transport.find(lost["recipient"], lost["text"], lost["claimed_at"]) == rig.outbound()[0].sid
    assert await rig.transport.find(never["recipient"], never["text"], never["claimed_at"]) is None
    assert len(rig.outbound()) == 1


async def test_later_is_later_and_a_report_about_a_released_text_keeps_it_from_going_twice(rig: Any) -> None:
    rig.faults(answer_status=429, retry_after=90, times=1)
    enrollment = await rig.begun("a")
    due = await rig.take(enrollment)
    assert (due.attempt, due.at) == (1, rig.api.now + timedelta(seconds=90))
    assert (await rig.send(enrollment))["state"] == "planned"
    rig.api.now = due.at
    await rig.take(enrollment, attempt=1)
    assert len(rig.outbound()) == 1

    # A gateway in between may say 429 to a request that had got through.
    rig.faults(answer_status=429, accept_anyway=True)
    other = await rig.texted("b")
    assert (await rig.send(other))["state"] == "sent"
    rig.api.now += timedelta(hours=1)
    await rig.take(other, attempt=1)
    assert [text.body for text in rig.outbound()] == ["Hi Alex", "Still there?"]
    assert (await rig.step(other))["state"] == "sent"


@pytest.mark.parametrize(
    ("code", "sender", "dead"),
    [
        (30005, OURS, True),
        (30006, OURS, True),
        (30006, "55512", False),
        (30003, OURS, False),
        (30004, OURS, False),
        (30007, OURS, False),
        (30008, OURS, False),
        (99999, OURS, False),
    ],
)
async def test_only_a_number_that_will_never_get_a_text_is_a_bounce(
    rig: Any, code: int, sender: str, dead: bool
) -> None:
    rig.faults(lose_callbacks=True)
    enrollment = await rig.texted("a")
    send = await rig.send(enrollment)
    path = f"/twilio/status/{rig.api.token(TokenKind.STATUS, send['id'])}"
    form = {"MessageSid": rig.outbound()[0].sid, "MessageStatus": "undelivered", "ErrorCode": str(code)}

    for _ in range(2):
        assert (await rig.api.twilio(path, form | {"From": sender})).status_code == 204

    send = await rig.send(enrollment)
    assert (send["state"], send["provider_status"], send["provider_error"]) == ("sent", "undelivered", str(code))
    reactions = await rig.api.rows("reactions_of", enrollment_id=enrollment)
    assert [(row["kind"], row["channel"], row["holds"], row["detail"]) for row in reactions] == (
        [("bounced", "sms", True, {"code": str(code)})] if dead else []
    )
    assert await rig.suppressed() == []


async def test_a_dead_number_at_the_stand_in_is_reported_as_twilio_does(rig: Any) -> None:
    rig.faults(dead_numbers={PERSON: 30005})

    enrollment = await rig.texted("a")

    assert (await rig.send(enrollment))["provider_error"] == "30005"
    assert [row["kind"] for row in await rig.api.rows("reactions_of", enrollment_id=enrollment)] == ["bounced"]


async def test_stop_holds_start_lifts_and_neither_can_be_replayed(rig: Any) -> None:
    await rig.texted("a")
    other = await rig.begun("b")
    stop = await rig.replies("Stop")
    assert await rig.suppressed() == ["stop_word"]
    await rig.take(other)
    assert (await rig.send(other))["state"] == "refused"
    assert len(rig.outbound()) == 1

    start = await rig.replies("START")
    assert await rig.suppressed() == []
    assert await rig.replay(stop, "Stop") == 200
    assert await rig.suppressed() == [], "an old STOP does not undo a START"

    await rig.replies("unsubscribe")
    assert await rig.replay(start, "START") == 200
    assert await rig.suppressed() == ["stop_word"], "an old START does not undo a STOP"


async def test_start_lifts_nothing_but_what_stop_did_and_resumes_nothing(rig: Any) -> None:
    enrollment = await rig.texted("a")
    await rig.api.execute(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ('p1', $1, 'sms', 'bounced', 'test', now()), ('p1', NULL, 'all', 'opt_out', 'test', now())",
        PERSON,
    )
    await rig.replies("STOP")
    await rig.api.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", enrollment)

    await rig.replies("START")

    assert sorted(await rig.suppressed()) == ["bounced", "opt_out"]
    row = await rig.api.row("enrollment_row", id=enrollment)
    assert row is not None
    assert row["state"] == "stopped"
    assert [row["kind"] for row in await rig.api.rows("reactions_of", enrollment_id=enrollment)] == ["unsubscribed"]


async def test_an_opt_out_that_only_the_provider_knows_is_recorded_and_lifted_by_start(rig: Any) -> None:
    # The person said STOP before we were there: our hook never heard of it.
    rig.standin.set_inbound_url(None)
    await rig.standin.deliver_inbound(PERSON, OURS, "STOP")
    rig.standin.set_inbound_url(f"{rig.api.settings.public_url}/twilio/inbound")

    enrollment = await rig.texted("a")

    assert (await rig.send(enrollment))["code"] == "21610"
    assert await rig.suppressed() == ["stop_word"]
    assert (await rig.step(enrollment))["state"] == "failed"
    await rig.replies("START")
    assert await rig.suppressed() == []


async def test_yes_is_an_answer_unless_a_stop_stands_and_start_never_is(rig: Any) -> None:
    enrollment = await rig.texted("a")
    for body in ("Yes", "START", "STOP", "yes", "HELP"):
        await rig.replies(body)

    reactions = await rig.api.rows("reactions_of", enrollment_id=enrollment)
    assert sorted((row["kind"], row["reply_text"]) for row in reactions) == [
        ("replied", "HELP"),
        ("replied", "Yes"),
        ("unsubscribed", "STOP"),
    ]
    assert await rig.suppressed() == []
    ours = [text for text in list_sms(rig.folder) if text.direction == "outbound-api"]
    assert [text.body for text in ours] == ["Hi Alex"], "the provider answers keywords; we do not"


@pytest.mark.parametrize("key", [None, SHARED_KEY])
async def test_webhooks_are_believed_with_the_token_or_with_a_shared_key(
    api: ApiRig, tmp_path: Path, key: str | None
) -> None:
    tokens = f"a-new-token, twilio-token, {SHARED_KEY}"
    async with open_sms_rig(api, tmp_path / "x", signing_key=key, twilio_auth_tokens=tokens) as rig:
        enrollment = await rig.texted("a")
        await rig.replies("All good")
        assert (await rig.send(enrollment))["provider_status"] == "delivered"
        assert [row["kind"] for row in await rig.api.rows("reactions_of", enrollment_id=enrollment)] == ["replied"]


async def test_a_shared_key_that_we_do_not_have_is_a_403(api: ApiRig, tmp_path: Path) -> None:
    async with open_sms_rig(api, tmp_path / "x", signing_key="somebody-elses") as rig:
        assert (await rig.standin.deliver_inbound(PERSON, OURS, "STOP")).status_code == 403
        assert await rig.suppressed() == []


async def test_the_number_that_was_answered_says_which_text_is_meant(rig: Any) -> None:
    first, second = await rig.texted("a"), await rig.texted("b")
    await rig.api.execute("UPDATE send SET sender = '+12025550177' WHERE enrollment_id = $1", first)

    await rig.standin.deliver_inbound(PERSON, "+12025550177", "To the first")
    await rig.standin.deliver_inbound(PERSON, OURS, "To the second")

    said = [await rig.api.rows("reactions_of", enrollment_id=run) for run in (first, second)]
    assert [[row["reply_text"] for row in rows] for rows in said] == [["To the first"], ["To the second"]]
