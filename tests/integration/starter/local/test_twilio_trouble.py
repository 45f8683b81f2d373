"""The stand-in's newer faults, and that Twilio's description of its API still covers what it answers then."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sms.signature import SIGNATURE_SETTINGS_HEADER, WebhookVerifier
from adapters.sms.twilio_transport import TwilioTransport
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from starter.local.twilio.server import StandInFaults, TwilioStandIn, list_sms
from tests.support.servers.twilio import Hook

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "an-auth-token-for-tests"
OURS = "+12025550100"
PERSON = "+12025550123"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


async def send(transport: TwilioTransport, **changes: Any) -> TransportOutcome:
    fields = {"recipient": PERSON, "body": "Hi", "sender": None, "status_callback": "http://127.0.0.1:1/s"}
    return await transport.send(**fields | changes)


async def test_a_lost_request_looks_like_a_lost_answer_and_left_nothing(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    tmp_path: Path,
) -> None:
    standin = await make_standin(faults=StandInFaults(lose_request=True, times=1))
    transport = make_transport(standin.url)

    verdicts = [(await send(transport)).verdict for _ in range(2)]

    assert verdicts == [TransportVerdict.UNKNOWN, TransportVerdict.ACCEPTED]
    assert len(list_sms(tmp_path)) == 1


async def test_the_answer_may_come_after_every_callback(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport], hook: Hook
) -> None:
    standin = await make_standin(faults=StandInFaults(answer_last=True))

    outcome = await send(make_transport(standin.url), status_callback=hook.url + "/s")

    assert outcome.verdict is TransportVerdict.ACCEPTED
    assert hook.statuses() == ["queued", "sent", "delivered"], "no drain was needed"
    assert dict(hook.calls[0].form)["MessageSid"] == outcome.provider_message_id


async def test_callbacks_may_never_come(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
) -> None:
    standin = await make_standin(faults=StandInFaults(lose_callbacks=True))

    await send(make_transport(standin.url), status_callback=hook.url + "/s")
    await standin.drain()

    assert hook.calls == []
    assert [text.status for text in list_sms(tmp_path)] == ["delivered"]


async def test_single_numbers_can_be_dead_and_that_can_be_set_over_http(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
) -> None:
    standin = await make_standin()
    async with httpx.AsyncClient(base_url=standin.url, auth=(ACCOUNT, TOKEN), timeout=30) as client:
        answer = await client.put("/_standin/faults", json={"dead_numbers": {PERSON: 30006}})
        assert answer.status_code == 200
    transport = make_transport(standin.url)
    for recipient in (PERSON, "+12025550199"):
        await send(transport, recipient=recipient, status_callback=hook.url + "/s")
    await standin.drain()

    assert [text.status for text in list_sms(tmp_path)] == ["undelivered", "delivered"]
    errors = {
        dict(call.form)["To"]: dict(call.form).get("ErrorCode") for call in hook.calls if "ErrorCode" in dict(call.form)
    }
    assert errors == {PERSON: "30006"}


async def test_a_shared_key_signs_instead_of_the_token(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport], hook: Hook
) -> None:
    standin = await make_standin(signing_key="a-shared-key")

    await send(make_transport(standin.url), status_callback=hook.url + "/s")
    await standin.drain()

    (call, *_) = hook.calls
    assert call.headers[SIGNATURE_SETTINGS_HEADER.lower()].endswith("algorithm=HMAC_SHA256")
    assert WebhookVerifier(hook.url, [TOKEN, "a-shared-key"]).matches(call.path, call.form, call.headers)
    assert not WebhookVerifier(hook.url, [TOKEN]).matches(call.path, call.form, call.headers)


async def test_help_is_answered_by_the_provider_and_blocks_nothing(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
) -> None:
    standin = await make_standin(inbound_url=hook.url + "/in", advanced_opt_out=True)

    await standin.deliver_inbound(PERSON, OURS, "help")

    assert dict(hook.calls[0].form)["OptOutType"] == "HELP"
    assert [text.direction for text in list_sms(tmp_path)] == ["inbound", "outbound-reply"]
    assert (await send(make_transport(standin.url))).verdict is TransportVerdict.ACCEPTED


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01"])
async def test_a_day_that_is_none_is_refused(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport], day: str
) -> None:
    standin = await make_standin()
    await send(make_transport(standin.url))
    await standin.drain()

    async with httpx.AsyncClient(base_url=standin.url, auth=(ACCOUNT, TOKEN), timeout=30) as client:
        answer = await client.get(MESSAGES, params={"DateSent>": day})

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
