"""The real Twilio SDK against servers that answer, refuse, hang and vanish."""

import asyncio
import base64
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.sms.twilio_transport import TwilioTransport
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from starter.local.twilio.server import TwilioStandIn
from tests.support.servers.twilio import ScriptedServer

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "an-auth-token-for-tests"
PERSON = "+12025550123"
SERVICE = "MG" + "a" * 32
CALLBACK = "https://hooks.example/twilio/status/s1abc?x=1"
SID = "SM" + "b" * 32


def http(status: int, body: object, *headers: Any, length: int | None = None) -> bytes:
    payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {length or len(payload)}",
        "Content-Type: application/json",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + payload


def refusal(status: int, code: int, *headers: Any) -> bytes:
    return http(status, {"code": code, "message": f"about {PERSON}", "more_info": "x", "status": status}, *headers)


async def send(transport: TwilioTransport, **changes: Any) -> TransportOutcome:
    return await transport.send(
        **{"recipient": PERSON, "body": "Hi", "sender": None, "status_callback": CALLBACK} | changes
    )


async def test_exactly_these_fields_go_to_twilio(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport]
) -> None:
    scripted.script = http(201, {"sid": SID, "status": "queued"})

    outcome = await send(make_transport(scripted.url), body="Hé & ho + 10€ 😀\nline two")

    assert outcome == TransportOutcome(TransportVerdict.ACCEPTED, stage="http", provider_message_id=SID)
    (request,) = scripted.requests
    assert request.path == f"POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1"
    assert request.form == [
        ("To", PERSON),
        ("StatusCallback", CALLBACK),
        ("From", "+12025550100"),
        ("Body", "Hé & ho + 10€ 😀\nline two"),
    ]
    scheme, _, credentials = request.headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(credentials).decode()) == ("Basic", f"{ACCOUNT}:{TOKEN}")
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"sender": SERVICE}, {"MessagingServiceSid": SERVICE}),
        ({"sender": "+12025550199"}, {"From": "+12025550199"}),
        # An alphanumeric sender may well begin like the id of a messaging service.
        ({"sender": "MG Motors"}, {"From": "MG Motors"}),
        ({}, {"From": "+12025550100"}),
    ],
)
async def test_a_sender_is_a_number_or_a_messaging_service(
    scripted: ScriptedServer,
    make_transport: Callable[..., TwilioTransport],
    changes: dict[str, str],
    wanted: dict[str, str],
) -> None:
    scripted.script = http(201, {"sid": SID})

    await send(make_transport(scripted.url), **changes)

    form = dict(scripted.requests[0].form)
    assert {name: form[name] for name in ("From", "MessagingServiceSid") if name in form} == wanted


async def test_smart_encoding_is_asked_for_by_setting(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport]
) -> None:
    scripted.script = http(201, {"sid": SID})

    await send(make_transport(scripted.url, smart_encoded=True))

    assert dict(scripted.requests[0].form)["SmartEncoded"] == "true"


@pytest.mark.parametrize(
    ("answer", "verdict", "code", "flags"),
    [
        (refusal(400, 21610), TransportVerdict.FAILED, "21610", {"opted_out"}),
        (refusal(400, 21211), TransportVerdict.FAILED, "21211", {"bad_address"}),
        (refusal(400, 21614), TransportVerdict.FAILED, "21614", {"bad_address"}),
        (refusal(400, 21635), TransportVerdict.FAILED, "21635", {"bad_address"}),
        (refusal(400, 21604), TransportVerdict.FAILED, "21604", set()),
        (refusal(400, 99999), TransportVerdict.FAILED, "99999", set()),
        (refusal(401, 20003), TransportVerdict.FAILED, "20003", set()),
        (refusal(404, 20404), TransportVerdict.FAILED, "20404", set()),
        (http(403, "<html>blocked by a proxy</html>"), TransportVerdict.FAILED, "403", set()),
        (http(302, "", "Location: http://127.0.0.1:1/"), TransportVerdict.FAILED, "302", set()),
        (
            http(400, {"type": "about:blank", "title": "t", "status": 400, "code": 21610}),
            TransportVerdict.FAILED,
            "21610",
            {"opted_out"},
        ),
        (refusal(429, 20429), TransportVerdict.RETRY, "20429", set()),
        (http(429, "slow down"), TransportVerdict.RETRY, "429", set()),
        (http(408, ""), TransportVerdict.RETRY, "408", set()),
        (refusal(400, 21611), TransportVerdict.RETRY, "21611", set()),
        (refusal(500, 20500), TransportVerdict.UNKNOWN, "20500", set()),
        (refusal(503, 20503), TransportVerdict.UNKNOWN, "20503", set()),
        (http(502, "<html>bad gateway</html>"), TransportVerdict.UNKNOWN, "502", set()),
        # A late failure must not look like an opt-out, whatever code it carries.
        (refusal(500, 21610), TransportVerdict.UNKNOWN, "21610", set()),
    ],
)
async def test_every_refusal_has_its_verdict(
    scripted: ScriptedServer,
    make_transport: Callable[..., TwilioTransport],
    answer: Any,
    verdict: TransportVerdict,
    code: str,
    flags: set[str] | set[Any],
) -> None:
    scripted.script = answer

    outcome = await send(make_transport(scripted.url))

    assert (outcome.verdict, outcome.code, outcome.stage) == (verdict, code, "http")
    assert {name for name in ("opted_out", "bad_address") if getattr(outcome, name)} == flags
    assert outcome.provider_message_id is None
    assert PERSON not in repr(outcome)
    assert outcome.reason
    assert len(scripted.requests) == 1, "a POST must never be repeated"


@pytest.mark.parametrize(
    ("answer", "hang"),
    [
        (b"", False),
        (b"", True),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{", False),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{", True),
        (b"220 smtp.example ESMTP\r\n", False),
        (http(201, "<html>a captive portal</html>"), False),
        (http(201, ""), False),
        (http(201, {}), False),
        (http(201, []), False),
        (http(201, {"sid": None}), False),
        (http(201, {"sid": SID, "error_code": "x"}), False),
    ],
)
async def test_after_the_request_left_us_anything_but_an_answer_is_unknown(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport], answer: Any, hang: bool
) -> None:
    scripted.script, scripted.hang = answer, hang

    outcome = await send(make_transport(scripted.url, timeout=1.0 if hang else 20.0))

    expected = TransportVerdict.ACCEPTED if b'"error_code"' in answer else TransportVerdict.UNKNOWN
    assert outcome.verdict is expected
    assert outcome.stage == "http"
    assert PERSON not in repr(outcome)
    assert len(scripted.requests) == 1, "a POST must never be repeated"


async def test_nobody_listening_is_a_retry(make_transport: Callable[..., TwilioTransport]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = await send(make_transport(f"http://127.0.0.1:{free.getsockname()[1]}"))

    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "connect")


async def test_a_name_that_does_not_resolve_is_a_retry(make_transport: Callable[..., TwilioTransport]) -> None:
    outcome = await send(make_transport("http://twilio.invalid"))

    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "connect")


async def test_a_hang_before_the_request_could_leave_is_a_retry(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport]
) -> None:
    scripted.mute = True

    outcome = await send(make_transport(scripted.url.replace("http:", "https:"), timeout=0.3))

    assert (outcome.verdict, scripted.connections) == (TransportVerdict.RETRY, 1)


async def test_a_server_without_tls_is_a_retry_at_tls(make_transport: Callable[..., TwilioTransport]) -> None:
    async def speak_no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(speak_no_tls, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    outcome = await send(make_transport(f"https://127.0.0.1:{port}"))

    server.close()
    await server.wait_closed()
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "tls")


async def test_the_wait_that_twilio_asks_for_is_passed_on(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport]
) -> None:
    scripted.script = refusal(429, 20429, "Retry-After: 7")
    assert (await send(make_transport(scripted.url))).retry_after == 7.0

    scripted.script = refusal(429, 20429)
    assert (await send(make_transport(scripted.url))).retry_after is None

    scripted.script = refusal(400, 21610, "Retry-After: 7")
    assert (await send(make_transport(scripted.url))).retry_after is None


async def test_concurrent_sends_do_not_mix_up_how_far_each_came(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport]
) -> None:
    scripted.hang = True
    good, none = make_transport(scripted.url, timeout=1.5), make_transport("http://127.0.0.1:1", timeout=1.5)

    outcomes = await asyncio.gather(*(send(transport) for transport in (good, none) * 5))

    assert [outcome.verdict for outcome in outcomes] == [TransportVerdict.UNKNOWN, TransportVerdict.RETRY] * 5


async def test_one_connection_serves_many_texts_and_closing_twice_is_harmless(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)

    nobody = "http://127.0.0.1:1/s"

    first = await asyncio.gather(*(send(transport, body=f"{n}", status_callback=nobody) for n in range(20)))
    await transport.aclose()
    again = await send(transport, status_callback=nobody)
    await transport.aclose()
    await transport.aclose()

    assert {outcome.verdict for outcome in [*first, again]} == {TransportVerdict.ACCEPTED}
    assert len({outcome.provider_message_id for outcome in [*first, again]}) == 21


async def test_neither_number_nor_body_nor_token_reaches_a_log(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="adapters")
    caplog.set_level(logging.DEBUG, logger="twilio")
    scripted.script = refusal(400, 21211)
    transport = make_transport(scripted.url)

    await send(transport, body="a very private body")

    written = caplog.text + repr(transport._settings)
    assert not [secret for secret in (PERSON, "private", TOKEN) if secret in written]


async def test_the_environment_does_not_move_the_host(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    scripted.script = http(201, {"sid": SID})

    assert (await send(make_transport(scripted.url))).verdict is TransportVerdict.ACCEPTED
