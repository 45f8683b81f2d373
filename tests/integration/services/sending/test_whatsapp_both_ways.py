"""WhatsApp messages from a step to the provider and back, against the stand-in for Twilio."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from adapters.templates.source import TemplateSource
from sequences.channels import CHANNELS
from sequences.definition.model import SequenceDefinition
from sequences.errors import RefusedError
from sequences.tokens import TokenKind
from services.replies.send_answers import SendAnswers, Transports
from services.sending.reconcile_unknown import ReconcileUnknown
from services.sending.send_waiting import Passing
from tests.support.rigs.api import ApiRig
from tests.support.rigs.sms import OURS, PERSON, SmsRig, open_sms_rig

SID = "HX" + "0123456789abcdef" * 2
AGREED = {"whatsapp_opt_in": "2027-05-01T09:00:00+00:00", "whatsapp_opt_in_source": "form"}
APPROVED = (
    ("content", 1, SID),
    ("1", 2, "{{ person.first_name }}"),
    ("2", 3, '{{ person.city | default("your town") }}'),
)
WORDS = 'Hello {{ person.first_name }}, a job in {{ person.city | default("your town") }}?'


@pytest_asyncio.fixture
async def rig(api: ApiRig, tmp_path: Path) -> AsyncIterator[SmsRig]:
    async with open_sms_rig(api, tmp_path, whatsapp_sender=OURS) as made:
        yield made


async def publish(rig: SmsRig, name: str, head: tuple[tuple[str, int, str], ...] = APPROVED, **more: Any) -> None:
    source = TemplateSource(f"{name}/text", None, WORDS, channel="whatsapp", head=head)
    definition = {"sequence": name, "name": name, "record": "person", "frequency_cap": "exempt"}
    definition |= {"steps": [{"id": "one", "whatsapp": source.name}]} | more
    async with rig.api.database.transaction() as connection:
        model = SequenceDefinition.model_validate(definition)
        await rig.api.versions.publish(connection, model, {source.name: source.to_json()}, rig.api.now)


async def writes(rig: SmsRig, body: str) -> None:
    """The person writes to us by WhatsApp."""
    delivery = await rig.standin.deliver_inbound(f"whatsapp:{PERSON}", f"whatsapp:{OURS}", body)
    assert delivery.status_code == 200


async def standing(rig: SmsRig) -> list[tuple[str, str]]:
    rows = await rig.api.fetch("SELECT channel, reason FROM suppression WHERE lifted_at IS NULL ORDER BY id")
    return [(row["channel"], row["reason"]) for row in rows]


async def test_an_approved_template_goes_with_its_variables_and_its_end_is_known(rig: SmsRig) -> None:
    await publish(rig, "hello")
    await rig.person(**AGREED)
    enrollment = await rig.texted("hello")
    [text] = rig.outbound()
    assert (text.recipient, text.sender) == (f"whatsapp:{PERSON}", f"whatsapp:{OURS}")
    sid, _, variables = text.body.partition(" ")
    assert (sid, json.loads(variables)) == (SID, {"1": "Alex", "2": "your town"})
    send = await rig.send(enrollment)
    assert (send["channel"], send["state"], send["provider_status"]) == ("whatsapp", "sent", "delivered")
    assert (send["recipient"], send["text"]) == (PERSON, "Hello Alex, a job in your town?")


async def test_without_having_agreed_nobody_enters_and_a_run_refuses_the_step(rig: SmsRig) -> None:
    await publish(rig, "hello")
    await rig.person()
    with pytest.raises(RefusedError, match="no_whatsapp_opt_in"):
        await rig.begun("hello")
    await rig.person(**AGREED)
    enrollment = await rig.begun("hello")
    await rig.person(whatsapp_opt_in=None)
    await rig.take(enrollment)
    step = await rig.step(enrollment)
    assert (step["state"], step["reason"]) == ("refused", "no_whatsapp_opt_in")
    assert rig.outbound() == []


@pytest.mark.parametrize(("hours", "state"), [(None, "refused"), (23, "sent"), (25, "refused")])
async def test_free_words_go_within_24_hours_of_the_persons_last_message(
    rig: SmsRig, hours: int | None, state: str
) -> None:
    await publish(rig, "free", ())
    await rig.person(**AGREED)
    if hours is not None:
        await writes(rig, "Tell me more")
        await rig.api.execute("UPDATE inbound SET received_at = $1", rig.api.now - timedelta(hours=hours))
        await rig.api.execute("UPDATE inbound SET state = 'ignored'")
    enrollment = await rig.begun("free")
    await rig.take(enrollment)
    step = await rig.step(enrollment)
    assert (step["state"], step["reason"] or "") == (state, "outside_24_hours" if state == "refused" else "")
    assert [text.body for text in rig.outbound()] == ["Hello Alex, a job in your town?"] * (state == "sent")


async def test_an_answer_is_a_reply_and_stop_ends_whatsapp_alone(rig: SmsRig) -> None:
    await publish(rig, "hello")
    await rig.publish("by-sms", "Hello")
    await rig.person(**AGREED)
    enrollment = await rig.texted("hello")
    await writes(rig, "Yes, tell me more")
    [reply] = await rig.api.fetch("SELECT kind, channel, enrollment_id FROM reaction")
    assert dict(reply) == {"kind": "replied", "channel": "whatsapp", "enrollment_id": enrollment}
    await writes(rig, "STOP")
    assert await standing(rig) == [("whatsapp", "stop_word")]
    await rig.api.execute("UPDATE reaction SET handled_at = now()")
    by_sms = await rig.begun("by-sms")
    assert by_sms
    await writes(rig, "START")
    assert await standing(rig) == []


@pytest.mark.parametrize("code", [63016, 63024])
async def test_what_whatsapp_did_not_deliver_is_said(rig: SmsRig, code: int) -> None:
    await publish(rig, "hello")
    await rig.person(**AGREED)
    rig.faults(final_status="failed", final_error=code)
    enrollment = await rig.texted("hello")
    send = await rig.send(enrollment)
    assert (send["provider_status"], send["provider_error"]) == ("failed", str(code))
    kinds = [(row["kind"], row["channel"]) for row in await rig.api.fetch("SELECT kind, channel FROM reaction")]
    assert kinds == ([("bounced", "whatsapp")] if code == 63024 else [])


async def test_the_stand_in_reports_free_words_outside_of_the_window(rig: SmsRig) -> None:
    outcome = await rig.transport.send(
        recipient=f"whatsapp:{PERSON}", body="Hello", sender=f"whatsapp:{OURS}", status_callback="http://127.0.0.1:1/x"
    )
    assert outcome.state == "sent"
    await rig.standin.drain()
    [text] = rig.outbound()
    assert text.status == "failed"


# --- of which nobody knows whether it went ----------------------------------------------------------------------------


async def lost(rig: SmsRig, name: str, **faults: Any) -> Any:
    """A step whose answer, and every report about it, got lost."""
    rig.faults(**(faults or {"lose_answer": True}), lose_callbacks=True)
    send = await rig.send(await rig.texted(name))
    assert (send["state"], send["provider_message_id"]) == ("unknown", None)
    return send


async def looked_up(rig: SmsRig, send: Any) -> tuple[str, str | None]:
    providers = {name: rig.transport for name, spec in CHANNELS.items() if spec.by_twilio}
    doubts = ReconcileUnknown(rig.api.database, rig.planning, None, providers, timedelta(hours=24))
    await doubts.pass_over(rig.api.now + timedelta(minutes=5))
    found = await rig.api.row("send_row", id=send["id"])
    return found["state"], found["provider_message_id"]


async def test_an_unknown_message_is_found_at_the_provider_by_its_words(rig: SmsRig) -> None:
    await publish(rig, "free", ())
    await rig.person(**AGREED)
    await writes(rig, "Tell me more")
    await rig.api.execute("UPDATE reaction SET handled_at = now()")
    await rig.api.execute("UPDATE inbound SET state = 'ignored'")
    send = await lost(rig, "free")
    [text] = rig.outbound()
    assert await looked_up(rig, send) == ("sent", text.sid)


async def test_one_that_never_got_there_is_not_found_and_a_text_with_the_same_words_is_another(rig: SmsRig) -> None:
    await publish(rig, "hello")
    await rig.person(**AGREED)
    send = await lost(rig, "hello", lose_request=True)
    # The same words went to the same number, but as a text.
    await rig.transport.send(recipient=PERSON, body=send["text"], sender=OURS, status_callback="http://127.0.0.1:1/x")
    assert await looked_up(rig, send) == ("unknown", None)


@pytest.mark.parametrize(
    ("approved", "sender", "state"),
    [
        ("Hello {{1}}, a job in {{2}}?", OURS, "sent"),
        # The words in our file are not those that were approved: nothing is proved.
        ("Dear {{1}}, a job in {{2}}?", OURS, "unknown"),
        # Twilio shows no words of what a messaging service sent.
        ("Hello {{1}}, a job in {{2}}?", "MG" + "0" * 32, "unknown"),
    ],
)
async def test_an_approved_template_is_found_where_twilio_shows_our_words(
    api: ApiRig, tmp_path: Path, approved: str, sender: str, state: str
) -> None:
    async with open_sms_rig(api, tmp_path, contents={SID: approved}, whatsapp_sender=sender) as rig:
        await publish(rig, "hello")
        await rig.person(**AGREED)
        send = await lost(rig, "hello")
        assert (await looked_up(rig, send))[0] == state
        assert len(rig.outbound()) == 1


# --- answers of a recruiter -------------------------------------------------------------------------------------------


async def replied(rig: SmsRig) -> str:
    """The person answered a WhatsApp message; the id of the reply."""
    await publish(rig, "hello")
    await rig.person(**AGREED)
    await rig.texted("hello")
    await writes(rig, "Yes, tell me more")
    [reply] = await rig.api.fetch("SELECT id FROM reaction WHERE kind = 'replied'")
    return str(reply["id"])


async def answers(rig: SmsRig, reply: str, words: str = "Monday at ten?") -> Any:
    return await rig.api.ask("POST", f"/replies/{reply}/answer", json={"text": words})


async def pass_over(rig: SmsRig, minutes: int = 0) -> int:
    ways = Transports(cast("Any", None), rig.transport, rig.composer.status_url)
    passing = Passing(rig.api.now + timedelta(minutes=minutes), f"pass-{minutes}")
    sent = await SendAnswers(rig.api.database, ways).pass_over(passing)
    await rig.standin.drain()
    return sent


async def states(rig: SmsRig) -> list[tuple[str, str | None]]:
    return [
        (row["state"], row["code"]) for row in await rig.api.fetch("SELECT state, code FROM answer ORDER BY number")
    ]


async def test_an_answer_goes_by_whatsapp_once_in_free_words(rig: SmsRig) -> None:
    reply = await replied(rig)
    for repeated in (False, True):
        written = await answers(rig, reply)
        assert written.status_code == 202, written.text
        assert (written.json()["channel"], written.json()["repeated"]) == ("whatsapp", repeated)
    assert [await pass_over(rig), await pass_over(rig, 1)] == [1, 0]
    text = rig.outbound()[-1]
    assert (text.recipient, text.sender, text.body) == (f"whatsapp:{PERSON}", f"whatsapp:{OURS}", "Monday at ten?")
    assert (len(rig.outbound()), await states(rig)) == (2, [("sent", None)])


async def test_after_24_hours_no_answer_is_taken_and_what_to_do_is_said(rig: SmsRig) -> None:
    reply = await replied(rig)
    rig.api.now += timedelta(hours=24)
    refused = await answers(rig, reply)
    assert (refused.status_code, refused.json()["reason"]) == (409, "too_late")
    assert "enroll them in a sequence that has one" in refused.json()["detail"]
    await writes(rig, "Still there?")
    assert (await answers(rig, reply)).status_code == 202


async def test_an_answer_that_waited_too_long_is_refused_and_never_handed_over(rig: SmsRig) -> None:
    reply = await replied(rig)
    assert (await answers(rig, reply)).status_code == 202
    assert await pass_over(rig, 25 * 60) == 0
    assert (len(rig.outbound()), await states(rig)) == (1, [("refused", "outside_24_hours")])
    assert await pass_over(rig) == 0


async def test_an_answer_of_which_nobody_knows_is_proved_by_a_report(rig: SmsRig) -> None:
    reply = await replied(rig)
    await answers(rig, reply)
    rig.faults(lose_answer=True, lose_callbacks=True)
    assert await pass_over(rig) == 0
    assert [state for state, _ in await states(rig)] == ["unknown"]
    assert await pass_over(rig, 30) == 0
    assert len(rig.outbound()) == 2
    [answer] = await rig.api.fetch("SELECT id FROM answer")
    path = f"/twilio/status/{rig.api.token(TokenKind.STATUS, answer['id'])}"
    form = {"MessageSid": rig.outbound()[-1].sid, "MessageStatus": "delivered", "From": f"whatsapp:{OURS}"}
    assert (await rig.api.twilio(path, form)).status_code == 204
    assert [state for state, _ in await states(rig)] == ["sent"]


async def test_who_wrote_stop_gets_no_answer(rig: SmsRig) -> None:
    reply = await replied(rig)
    await writes(rig, "STOP")
    refused = await answers(rig, reply)
    assert (refused.status_code, refused.json()["reason"]) == (409, "do_not_contact")
