"""WhatsApp messages from a step to the provider and back, against the stand-in for Twilio."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.templates.source import TemplateSource
from sequences.definition.model import SequenceDefinition
from sequences.errors import RefusedError
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
