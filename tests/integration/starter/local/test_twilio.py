"""The stand-in as Twilio's own SDK and our own hooks see it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from adapters.sms.signature import WebhookVerifier
from adapters.sms.twilio_transport import TwilioTransport
from sequences.errors import SettingsError, UnavailableError
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sms.statuses import MessageStatus, advance, parse_status
from starter.local.twilio.server import StandInFaults, TwilioStandIn, list_sms
from tests.support.servers.twilio import Hook
from tests.support.waiting import PATIENCE

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "an-auth-token-for-tests"
OURS = "+12025550100"
PERSON = "+12025550123"
SERVICE = "MG" + "a" * 32
AUTH = (ACCOUNT, TOKEN)
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


async def send(transport: TwilioTransport, **changes: Any) -> TransportOutcome:
    fields = {"recipient": PERSON, "body": "Hi", "sender": None, "status_callback": "http://127.0.0.1:1/s"}
    return await transport.send(**fields | changes)


def settle(words: list[str]) -> MessageStatus | None:
    status = None
    for word in words:
        status = advance(status, parse_status(word))
    return status


async def test_a_text_is_accepted_delivered_and_called_back_in_order(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport], hook: Hook
) -> None:
    standin = await make_standin()
    callback = f"{hook.url}/twilio/status/s1abc?n=1"

    outcome = await send(make_transport(standin.url), status_callback=callback)
    await standin.drain()

    assert outcome.verdict is TransportVerdict.ACCEPTED
    assert hook.statuses() == ["queued", "sent", "delivered"]
    verifier = WebhookVerifier(hook.url, [TOKEN])
    for call in hook.calls:
        assert call.path == "/twilio/status/s1abc?n=1"
        assert verifier.matches(call.path, call.form, call.headers)
        assert not verifier.matches(call.path, [*call.form, ("MessageStatus", "read")], call.headers)
    assert dict(hook.calls[-1].form) == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": OURS,
        "MessageSid": outcome.provider_message_id,
        "MessageStatus": "delivered",
        "SmsSid": outcome.provider_message_id,
        "SmsStatus": "delivered",
        "To": PERSON,
    }


async def test_a_messaging_service_picks_its_number(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
) -> None:
    standin = await make_standin(service_number="+12025550177")

    await send(make_transport(standin.url), sender=SERVICE, status_callback=hook.url + "/s")
    await standin.drain()

    form = dict(hook.calls[0].form)
    assert (form["From"], form["MessagingServiceSid"]) == ("+12025550177", SERVICE)
    assert [text.sender for text in list_sms(tmp_path)] == ["+12025550177"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12345"}, 21211),
        ({"To": "+1202555"}, 21211),
        ({"To": "+1 202 555 0123"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "+1202"}, 21212),
        ({"From": "An id too long"}, 21212),
        ({"From": PERSON}, 21266),
        ({"From": "", "MessagingServiceSid": "MGnone"}, 21701),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "not a url"}, 21609),
        ({"StatusCallback": "https://under_score.example/"}, 21609),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"From": "+15005550008"}, 21611),
    ],
)
async def test_bad_creates_are_refused_in_twilios_words(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], tmp_path: Path, form: dict[str, str], code: int
) -> None:
    standin = await make_standin()
    async with httpx.AsyncClient(base_url=standin.url, auth=AUTH, timeout=PATIENCE) as client:
        answer = await client.post(MESSAGES, data={"To": PERSON, "From": OURS, "Body": "Hi"} | form)

    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, 400)
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert list_sms(tmp_path) == []


@pytest.mark.parametrize(
    "auth", [None, (ACCOUNT, "wrong"), ("AC" + "9" * 32, TOKEN), httpx.BasicAuth("", ""), "Basic %%%", "Bearer x"]
)
async def test_every_path_wants_the_account_and_its_token(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], auth: Any
) -> None:
    standin = await make_standin()
    headers = {"Authorization": auth} if isinstance(auth, str) else {}
    async with httpx.AsyncClient(
        base_url=standin.url, auth=None if isinstance(auth, str) else auth, headers=headers, timeout=30
    ) as client:
        answers = [
            await client.post(MESSAGES, data={"To": PERSON}),
            await client.get(MESSAGES),
            await client.get("/_standin/texts"),
            await client.post("/_standin/inbound", json={"from": PERSON, "to": OURS, "body": "x"}),
        ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, 20003)}


async def test_unknown_things_are_not_found(make_standin: Callable[..., Awaitable[TwilioStandIn]]) -> None:
    standin = await make_standin()
    async with httpx.AsyncClient(base_url=standin.url, auth=AUTH, timeout=PATIENCE) as client:
        foreign = await client.get(MESSAGES.replace(ACCOUNT, "AC" + "9" * 32))
        message = await client.get(MESSAGES.replace("Messages", "Messages/SM" + "0" * 32))
        page = await client.get(MESSAGES, params={"PageSize": "many"})

    assert [(a.status_code, a.json()["code"]) for a in (foreign, message, page)] == [
        (404, 20404),
        (404, 20404),
        (400, 20001),
    ]


async def test_the_sdk_lists_fetches_and_pages(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)
    sids = [(await send(transport, body=f"text {n}")).provider_message_id for n in range(5)]
    await send(transport, recipient="+12025550199")
    await standin.drain()

    messages = transport._opened().messages
    listed = await messages.list_async(to=PERSON, page_size=2)
    fetched = await messages(sids[3]).fetch_async()
    today = fetched.date_sent.replace(hour=0, minute=0, second=0)

    assert [message.sid for message in listed] == sids[::-1]
    assert (fetched.body, fetched.status, fetched.num_segments) == ("text 3", "delivered", "1")
    assert len(await messages.list_async(date_sent_after=today)) == 6
    assert await messages.list_async(date_sent_before=today.replace(year=2020)) == []
    assert await messages.list_async(from_="+12025550198") == []


async def test_a_lost_answer_is_unknown_accepted_once_and_found_again_by_its_callback(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)
    # The second request travels on a connection that is already open: the case in which clients like to repeat.
    assert (await send(transport, body="first")).verdict is TransportVerdict.ACCEPTED
    standin.set_faults(StandInFaults(lose_answer=True))

    outcome = await send(transport, body="second", status_callback=f"{hook.url}/twilio/status/s2")
    await standin.drain()

    assert (outcome.verdict, outcome.provider_message_id) == (TransportVerdict.UNKNOWN, None)
    assert [text.body for text in list_sms(tmp_path)] == ["first", "second"]
    assert dict(hook.calls[-1].form)["MessageSid"] == list_sms(tmp_path)[1].sid
    assert hook.calls[-1].path == "/twilio/status/s2"


@pytest.mark.parametrize(
    ("faults", "verdict", "retry_after", "accepted"),
    [
        (StandInFaults(answer_status=429, retry_after=3), TransportVerdict.RETRY, 3.0, 0),
        (StandInFaults(answer_status=429), TransportVerdict.RETRY, None, 0),
        (StandInFaults(answer_status=500), TransportVerdict.UNKNOWN, None, 0),
        (StandInFaults(answer_status=503, accept_anyway=True), TransportVerdict.UNKNOWN, None, 1),
        (StandInFaults(lose_answer=True), TransportVerdict.UNKNOWN, None, 1),
        (StandInFaults(delay_seconds=30), TransportVerdict.UNKNOWN, None, 1),
        (StandInFaults(), TransportVerdict.ACCEPTED, None, 1),
    ],
)
async def test_every_fault_has_its_verdict(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    tmp_path: Path,
    faults: StandInFaults,
    verdict: TransportVerdict,
    retry_after: float | None,
    accepted: int,
) -> None:
    standin = await make_standin(faults=faults)

    outcome = await send(make_transport(standin.url, timeout=1.0 if faults.delay_seconds else 20.0))

    assert (outcome.verdict, outcome.retry_after) == (verdict, retry_after)
    assert len(list_sms(tmp_path)) == accepted


async def test_a_fault_can_hit_the_first_requests_only(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin(faults=StandInFaults(answer_status=429, times=2))
    transport = make_transport(standin.url)

    verdicts = [(await send(transport)).verdict for _ in range(4)]

    assert verdicts == [
        TransportVerdict.RETRY,
        TransportVerdict.RETRY,
        TransportVerdict.ACCEPTED,
        TransportVerdict.ACCEPTED,
    ]


@pytest.mark.parametrize(
    ("faults", "words", "kept"),
    [
        (StandInFaults(reorder_callbacks=True), ["delivered", "sent", "queued"], MessageStatus.DELIVERED),
        (
            StandInFaults(duplicate_callbacks=True),
            ["queued", "queued", "sent", "sent", "delivered", "delivered"],
            MessageStatus.DELIVERED,
        ),
        (
            StandInFaults(
                duplicate_callbacks=True, reorder_callbacks=True, final_status="undelivered", final_error=30003
            ),
            ["undelivered", "undelivered", "sent", "sent", "queued", "queued"],
            MessageStatus.UNDELIVERED,
        ),
    ],
)
async def test_duplicate_and_reordered_callbacks_settle_on_the_truth(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
    faults: StandInFaults,
    words: list[str],
    kept: MessageStatus,
) -> None:
    standin = await make_standin(faults=faults)

    await send(make_transport(standin.url), status_callback=hook.url + "/s")
    await standin.drain()

    assert hook.statuses() == words
    assert settle(words) is kept
    assert list_sms(tmp_path)[0].status == kept
    errors = {dict(call.form).get("ErrorCode") for call in hook.calls}
    assert errors == ({None, "30003"} if faults.final_error else {None})


async def test_a_person_answers_by_a_signed_webhook(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], hook: Hook, tmp_path: Path
) -> None:
    standin = await make_standin(inbound_url=hook.url + "/twilio/inbound")

    delivery = await standin.deliver_inbound(PERSON, OURS, "All good, thanks! 👍")

    assert delivery.status_code == 200
    (call,) = hook.calls
    assert WebhookVerifier(hook.url, [TOKEN]).matches(call.path, call.form, call.headers)
    assert dict(call.form) == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": "All good, thanks! 👍",
        "From": PERSON,
        "MessageSid": delivery.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": delivery.sid,
        "SmsSid": delivery.sid,
        "SmsStatus": "received",
        "To": OURS,
    }
    (text,) = list_sms(tmp_path)
    assert (text.direction, text.sender, text.recipient, text.body) == (
        "inbound",
        PERSON,
        OURS,
        "All good, thanks! 👍",
    )


async def test_people_can_be_played_over_http_too(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], hook: Hook
) -> None:
    standin = await make_standin()
    standin.set_inbound_url(hook.url + "/twilio/inbound")
    hook.status = 403
    async with httpx.AsyncClient(base_url=standin.url, auth=AUTH, timeout=PATIENCE) as client:
        answer = await client.post("/_standin/inbound", json={"from": PERSON, "to": OURS, "body": "Hello"})
        texts = (await client.get("/_standin/texts")).json()
        bad = await client.post("/_standin/inbound", json={"to": OURS})

    assert answer.json()["status_code"] == 403
    assert [(text["sid"], text["body"]) for text in texts] == [(answer.json()["sid"], "Hello")]
    assert bad.status_code == 422


async def test_faults_can_be_set_over_http(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin()
    async with httpx.AsyncClient(base_url=standin.url, auth=AUTH, timeout=PATIENCE) as client:
        good = await client.put("/_standin/faults", json={"answer_status": 503})
        outcome = await send(make_transport(standin.url))
        bad = [
            await client.put("/_standin/faults", json={"nonsense": 1}),
            await client.put("/_standin/faults", content=b"{"),
            await client.put("/_standin/faults", json=[1]),
        ]

    assert good.json()["answer_status"] == 503
    assert outcome.verdict is TransportVerdict.UNKNOWN
    assert {(answer.status_code, answer.json()["code"]) for answer in bad} == {(400, 20001)}


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "REVOKE", "optout"])
async def test_stop_blocks_one_pair_until_start(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    word: str,
    tmp_path: Path,
) -> None:
    standin = await make_standin(inbound_url=hook.url + "/in", advanced_opt_out=True)
    transport = make_transport(standin.url)

    await standin.deliver_inbound(PERSON, OURS, word)
    blocked = await send(transport)
    other_person = await send(transport, recipient="+12025550199")
    other_number = await send(transport, sender="+12025550101")
    await standin.deliver_inbound(PERSON, OURS, "Start")
    open_again = await send(transport)

    assert (blocked.verdict, blocked.code, blocked.opted_out) == (TransportVerdict.FAILED, "21610", True)
    assert {other_person.verdict, other_number.verdict, open_again.verdict} == {TransportVerdict.ACCEPTED}
    assert [dict(call.form)["OptOutType"] for call in hook.calls] == ["STOP", "START"]
    assert len([text for text in list_sms(tmp_path) if text.direction == "outbound-reply"]) == 2


async def test_only_a_whole_keyword_is_one_and_its_type_is_told_only_by_advanced_opt_out(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport], hook: Hook
) -> None:
    standin = await make_standin(inbound_url=hook.url + "/in")

    await standin.deliver_inbound(PERSON, OURS, "STOP PLEASE")
    outcome = await send(make_transport(standin.url))
    await standin.deliver_inbound(PERSON, OURS, "STOP")

    assert outcome.verdict is TransportVerdict.ACCEPTED
    assert not any("OptOutType" in dict(call.form) for call in hook.calls)


async def test_a_stop_to_a_service_number_blocks_the_service(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin(service_number="+12025550177")

    await standin.deliver_inbound(PERSON, "+12025550177", "STOP")

    assert (await send(make_transport(standin.url), sender=SERVICE)).opted_out


async def test_a_restart_finds_texts_and_opt_outs_again_past_a_torn_line(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    tmp_path: Path,
) -> None:
    first = await make_standin()
    outcome = await send(make_transport(first.url), recipient="+12025550199", body="kept\n✓")
    await first.drain()
    await first.deliver_inbound(PERSON, OURS, "STOP")
    await first.stop()
    with (tmp_path / "texts.jsonl").open("a") as file:
        file.write('{"sid": "SM')

    before = list_sms(tmp_path)
    second = await make_standin()
    blocked = await send(make_transport(second.url))
    await second.deliver_inbound(PERSON, OURS, "hello")

    assert (before[0].sid, before[0].body, before[0].status) == (outcome.provider_message_id, "kept\n✓", "delivered")
    assert blocked.opted_out
    after = list_sms(tmp_path)
    assert [text.sid for text in after[: len(before)]] == [text.sid for text in before]
    assert after[-1].body == "hello"
    for line in (tmp_path / "texts.jsonl").read_text().splitlines():
        json.loads(line)


def test_a_folder_without_texts_is_empty(tmp_path: Path) -> None:
    assert list_sms(tmp_path / "never-used") == []


async def test_hooks_that_are_not_there_do_not_stop_delivery(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    standin = await make_standin(inbound_url="http://127.0.0.1:1/in")

    await send(make_transport(standin.url))
    delivery = await standin.deliver_inbound(PERSON, OURS, "anybody?")
    await standin.drain()

    assert delivery.status_code is None
    assert [text.status for text in list_sms(tmp_path)] == ["delivered", "received"]
    assert "was refused a connection" in caplog.text
    assert PERSON not in caplog.text


async def test_stopping_does_not_wait_for_slow_callbacks(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport], hook: Hook
) -> None:
    standin = await make_standin(callback_delay=60)
    await send(make_transport(standin.url), status_callback=hook.url + "/s")

    started = time.monotonic()
    await standin.stop()

    assert time.monotonic() - started < 10
    assert hook.calls == []
    with pytest.raises(UnavailableError):
        await standin.deliver_inbound(PERSON, OURS, "x")
    await standin.stop()


async def test_a_port_that_is_taken_is_a_clear_error(make_standin: Callable[..., Awaitable[TwilioStandIn]]) -> None:
    port = urlsplit((await make_standin()).url).port

    with pytest.raises(SettingsError, match=str(port)):
        await make_standin(port=port)


async def test_a_busy_stand_in_keeps_every_text_once(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Hook,
    tmp_path: Path,
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)

    outcomes = await asyncio.gather(
        *(send(transport, body=f"{n}", status_callback=f"{hook.url}/s/{n}") for n in range(60))
    )
    await standin.drain()

    assert {outcome.verdict for outcome in outcomes} == {TransportVerdict.ACCEPTED}
    assert sorted(int(text.body) for text in list_sms(tmp_path)) == list(range(60))
    assert len(hook.calls) == 180
