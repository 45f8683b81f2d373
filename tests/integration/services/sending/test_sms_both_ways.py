"""Our sending, Twilio's stand-in with its faults, and our hooks: what is known of a text, whatever goes wrong."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from adapters.postgres import listings
from sequences.phone import to_e164
from sequences.tokens import TokenKind
from starter.local.twilio.server import list_sms
from tests.support.text_town import OURS, PERSON, SHARED_KEY, open_town

# The tests that open a second town, with other settings, find the first one's person and sequences.
pytestmark = pytest.mark.usefixtures("town")


@pytest_asyncio.fixture
async def town(hub, tmp_path):
    async with open_town(hub, tmp_path, sms_opt_out_line="") as town:
        await town.person()
        await town.publish("a", "Hi {{ person.first_name }}")
        await town.publish("b", "Still there?")
        yield town


async def test_a_text_is_sent_delivered_and_every_report_is_kept_once(town):
    enrollment = await town.texted("a")

    send = await town.send(enrollment)
    (text,) = town.outbound()
    assert (send["state"], send["provider_status"], send["provider_error"]) == ("sent", "delivered", None)
    assert (text.body, text.recipient, send["provider_message_id"]) == ("Hi Alex", to_e164(PERSON, None), text.sid)
    reports = await town.hub.rows("text_reports_of", send_id=send["id"])
    assert sorted(row["status"] for row in reports) == ["delivered", "queued", "sent"]
    assert (await town.step(enrollment))["state"] == "sent"


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
async def test_reports_may_come_twice_out_of_order_and_before_the_answer(town, faults):
    town.faults(**faults)

    enrollment = await town.texted("a")

    send = await town.send(enrollment)
    assert (send["state"], send["provider_status"]) == ("sent", "delivered")
    assert send["provider_message_id"] == town.outbound()[0].sid
    assert len(await town.hub.rows("text_reports_of", send_id=send["id"])) == 3
    assert (await town.step(enrollment))["state"] == "sent"


async def test_reports_at_the_same_moment_never_put_it_back(town):
    town.faults(lose_callbacks=True)
    enrollment = await town.texted("a")
    send = await town.send(enrollment)
    path = f"/twilio/status/{town.hub.token(TokenKind.STATUS, send['id'])}"

    for _ in range(5):
        await town.hub.execute("UPDATE send SET provider_status = NULL WHERE id = $1", send["id"])
        await town.hub.execute("DELETE FROM text_report")
        words = ["delivered", "sent", "queued", "sending", "accepted", "sent", "delivered", "queued"]
        answers = await asyncio.gather(
            *(town.hub.twilio(path, {"MessageSid": "SM1", "MessageStatus": word}) for word in words)
        )
        assert {answer.status_code for answer in answers} == {204}
        assert (await town.send(enrollment))["provider_status"] == "delivered"


async def test_a_lost_answer_after_the_report_is_no_doubt(town):
    town.faults(lose_answer=True, answer_last=True)

    enrollment = await town.texted("a")

    assert (await town.send(enrollment))["state"] == "sent"
    assert (await town.step(enrollment))["state"] == "sent"
    assert await town.hub.listed(listings.NOTIFICATIONS) == []
    assert len(town.outbound()) == 1


async def test_a_lost_answer_is_unknown_until_the_report_proves_it(town):
    town.faults(lose_answer=True, lose_callbacks=True)
    enrollment = await town.texted("a")
    send = await town.send(enrollment)
    assert (send["state"], send["provider_message_id"]) == ("unknown", None)

    path = f"/twilio/status/{town.hub.token(TokenKind.STATUS, send['id'])}"
    sid = town.outbound()[0].sid
    assert (await town.hub.twilio(path, {"MessageSid": sid, "MessageStatus": "sent"})).status_code == 204

    send = await town.send(enrollment)
    assert (send["state"], send["provider_message_id"]) == ("sent", sid)
    await town.take(enrollment, attempt=1)
    assert len(town.outbound()) == 1


async def test_without_a_report_it_is_found_by_its_words_and_a_lost_request_is_not(town):
    town.faults(lose_answer=True, lose_callbacks=True)
    enrollment = await town.texted("a")
    town.faults(lose_request=True)
    other = await town.texted("b")

    lost, never = await town.send(enrollment), await town.send(other)
    assert (lost["state"], never["state"]) == ("unknown", "unknown")
    assert await town.transport.find(lost["recipient"], lost["text"], lost["claimed_at"]) == town.outbound()[0].sid
    assert await town.transport.find(never["recipient"], never["text"], never["claimed_at"]) is None
    assert len(town.outbound()) == 1


async def test_later_is_later_and_a_report_about_a_released_text_keeps_it_from_going_twice(town):
    town.faults(answer_status=429, retry_after=90, times=1)
    enrollment = await town.begun("a")
    due = await town.take(enrollment)
    assert (due.attempt, due.at) == (1, town.hub.now + timedelta(seconds=90))
    assert (await town.send(enrollment))["state"] == "planned"
    town.hub.now = due.at
    await town.take(enrollment, attempt=1)
    assert len(town.outbound()) == 1

    # A gateway in between may say 429 to a request that had got through.
    town.faults(answer_status=429, accept_anyway=True)
    other = await town.texted("b")
    assert (await town.send(other))["state"] == "sent"
    town.hub.now += timedelta(hours=1)
    await town.take(other, attempt=1)
    assert [text.body for text in town.outbound()] == ["Hi Alex", "Still there?"]
    assert (await town.step(other))["state"] == "sent"


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
async def test_only_a_number_that_will_never_get_a_text_is_a_bounce(town, code, sender, dead):
    town.faults(lose_callbacks=True)
    enrollment = await town.texted("a")
    send = await town.send(enrollment)
    path = f"/twilio/status/{town.hub.token(TokenKind.STATUS, send['id'])}"
    form = {"MessageSid": town.outbound()[0].sid, "MessageStatus": "undelivered", "ErrorCode": str(code)}

    for _ in range(2):
        assert (await town.hub.twilio(path, form | {"From": sender})).status_code == 204

    send = await town.send(enrollment)
    assert (send["state"], send["provider_status"], send["provider_error"]) == ("sent", "undelivered", str(code))
    reactions = await town.hub.rows("reactions_of", enrollment_id=enrollment)
    assert [(row["kind"], row["channel"], row["holds"], row["detail"]) for row in reactions] == (
        [("bounced", "sms", True, {"code": str(code)})] if dead else []
    )
    assert await town.suppressed() == []


async def test_a_dead_number_at_the_stand_in_is_reported_as_twilio_does(town):
    town.faults(dead_numbers={PERSON: 30005})

    enrollment = await town.texted("a")

    assert (await town.send(enrollment))["provider_error"] == "30005"
    assert [row["kind"] for row in await town.hub.rows("reactions_of", enrollment_id=enrollment)] == ["bounced"]


async def test_stop_holds_start_lifts_and_neither_can_be_replayed(town):
    await town.texted("a")
    other = await town.begun("b")
    stop = await town.replies("Stop")
    assert await town.suppressed() == ["stop_word"]
    await town.take(other)
    assert (await town.send(other))["state"] == "refused"
    assert len(town.outbound()) == 1

    start = await town.replies("START")
    assert await town.suppressed() == []
    assert await town.replay(stop, "Stop") == 200
    assert await town.suppressed() == [], "an old STOP does not undo a START"

    await town.replies("unsubscribe")
    assert await town.replay(start, "START") == 200
    assert await town.suppressed() == ["stop_word"], "an old START does not undo a STOP"


async def test_start_lifts_nothing_but_what_stop_did_and_resumes_nothing(town):
    enrollment = await town.texted("a")
    await town.hub.execute(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ('p1', $1, 'sms', 'bounced', 'test', now()), ('p1', NULL, 'all', 'opt_out', 'test', now())",
        PERSON,
    )
    await town.replies("STOP")
    await town.hub.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", enrollment)

    await town.replies("START")

    assert sorted(await town.suppressed()) == ["bounced", "opt_out"]
    row = await town.hub.row("enrollment_row", id=enrollment)
    assert row is not None
    assert row["state"] == "stopped"
    assert [row["kind"] for row in await town.hub.rows("reactions_of", enrollment_id=enrollment)] == ["unsubscribed"]


async def test_an_opt_out_that_only_the_provider_knows_is_recorded_and_lifted_by_start(town):
    # The person said STOP before we were there: our hook never heard of it.
    town.standin.set_inbound_url(None)
    await town.standin.deliver_inbound(PERSON, OURS, "STOP")
    town.standin.set_inbound_url(f"{town.hub.settings.public_url}/twilio/inbound")

    enrollment = await town.texted("a")

    assert (await town.send(enrollment))["code"] == "21610"
    assert await town.suppressed() == ["stop_word"]
    assert (await town.step(enrollment))["state"] == "failed"
    await town.replies("START")
    assert await town.suppressed() == []


async def test_yes_is_an_answer_unless_a_stop_stands_and_start_never_is(town):
    enrollment = await town.texted("a")
    for body in ("Yes", "START", "STOP", "yes", "HELP"):
        await town.replies(body)

    reactions = await town.hub.rows("reactions_of", enrollment_id=enrollment)
    assert sorted((row["kind"], row["reply_text"]) for row in reactions) == [
        ("replied", "HELP"),
        ("replied", "Yes"),
        ("unsubscribed", "STOP"),
    ]
    assert await town.suppressed() == []
    ours = [text for text in list_sms(town.folder) if text.direction == "outbound-api"]
    assert [text.body for text in ours] == ["Hi Alex"], "the provider answers keywords; we do not"


@pytest.mark.parametrize("key", [None, SHARED_KEY])
async def test_webhooks_are_believed_with_the_token_or_with_a_shared_key(hub, tmp_path, key):
    tokens = f"a-new-token, twilio-token, {SHARED_KEY}"
    async with open_town(hub, tmp_path / "x", signing_key=key, twilio_auth_tokens=tokens) as town:
        enrollment = await town.texted("a")
        await town.replies("All good")
        assert (await town.send(enrollment))["provider_status"] == "delivered"
        assert [row["kind"] for row in await town.hub.rows("reactions_of", enrollment_id=enrollment)] == ["replied"]


async def test_a_shared_key_that_we_do_not_have_is_a_403(hub, tmp_path):
    async with open_town(hub, tmp_path / "x", signing_key="somebody-elses") as town:
        assert (await town.standin.deliver_inbound(PERSON, OURS, "STOP")).status_code == 403
        assert await town.suppressed() == []


async def test_the_number_that_was_answered_says_which_text_is_meant(town):
    first, second = await town.texted("a"), await town.texted("b")
    await town.hub.execute("UPDATE send SET sender = '+12025550177' WHERE enrollment_id = $1", first)

    await town.standin.deliver_inbound(PERSON, "+12025550177", "To the first")
    await town.standin.deliver_inbound(PERSON, OURS, "To the second")

    said = [await town.hub.rows("reactions_of", enrollment_id=run) for run in (first, second)]
    assert [[row["reply_text"] for row in rows] for rows in said] == [["To the first"], ["To the second"]]
