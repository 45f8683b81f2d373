"""Looking for a text whose create was never answered: by its words, in Twilio's own list, and only by reading."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sms.twilio_transport import TwilioTransport
from sequences.errors import PermanentError, UnavailableError
from sequences.sending.outcome import TransportVerdict
from starter.local.twilio.server import StandInFaults, TwilioStandIn
from tests.support.servers.twilio import ScriptedServer

PERSON = "+12025550123"
OURS = "+12025550100"
SERVICE = "MG" + "a" * 32
NOWHERE = "http://127.0.0.1:1/s"


async def lost(standin: TwilioStandIn, transport: TwilioTransport, body: str, **changes: Any) -> None:
    """Sends a text that Twilio takes and does not answer."""
    standin.set_faults(StandInFaults(lose_answer=True))
    fields: dict[str, Any] = {"recipient": PERSON, "sender": None, "status_callback": NOWHERE} | changes
    outcome = await transport.send(body=body, **fields)
    standin.set_faults(StandInFaults())
    assert outcome.verdict is TransportVerdict.UNKNOWN
    await standin.drain()


async def sid(transport: TwilioTransport, body: str, **changes: Any) -> Any:
    fields: dict[str, Any] = {"recipient": PERSON, "sender": None, "status_callback": NOWHERE} | changes
    return (await transport.send(body=body, **fields)).provider_message_id


@pytest.mark.parametrize("sender", [None, "+12025550177", SERVICE])
@pytest.mark.parametrize("body", ["Hé & ho", "It’s “so” – good…  ", "two\nlines 😀"])
async def test_a_lost_text_is_found_by_its_words(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    tmp_path: Path,
    body: str,
    sender: str | None,
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)
    began = datetime.now(UTC)
    await lost(standin, transport, body, sender=sender)

    found = await transport.find(PERSON, body, began, sender=sender)

    (record,) = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text().splitlines()][-1:]
    assert found == record["sid"]


async def test_it_is_found_while_it_still_waits_in_twilios_queue(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    # No day of sending yet: a filter by it would not find the text.
    standin = await make_standin(callback_delay=60)
    transport = make_transport(standin.url)
    sid_of = await sid(transport, "Hi")

    assert await transport.find(PERSON, "Hi", datetime.now(UTC)) == sid_of
    assert (
        await transport._opened().messages.list_async(to=PERSON, date_sent_after=datetime(2020, 1, 1, tzinfo=UTC)) == []
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"body": "Hi there"},
        {"recipient": "+12025550199"},
        {"sender": "+12025550199"},
        {"sender": SERVICE},
        {"since": datetime.now(UTC) + timedelta(hours=1)},
    ],
)
async def test_other_texts_are_not_taken_for_it(
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    asked: dict[str, Any],
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)
    await sid(transport, "Hi")
    await standin.deliver_inbound(PERSON, OURS, "Hi there")
    fields: dict[str, Any] = {"recipient": PERSON, "body": "Hi", "since": datetime.now(UTC)} | asked

    assert await transport.find(**fields) is None


async def test_the_same_words_of_another_send_are_not_this_one(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)
    began = datetime.now(UTC)
    first = await sid(transport, "Hi")
    assert await transport.find(PERSON, "Hi", began, known={first}) is None

    await lost(standin, transport, "Hi")

    second = await transport.find(PERSON, "Hi", began, known={first})
    assert second not in (None, first)


async def test_the_words_that_a_trial_account_adds_do_not_hide_it(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin()
    transport = make_transport(standin.url)
    added = await sid(transport, "Sent from your Twilio trial account - Hi")

    assert await transport.find(PERSON, "Hi", datetime.now(UTC)) == added


async def test_a_search_that_is_not_answered_says_so_and_sends_nothing(
    scripted: ScriptedServer, make_transport: Callable[..., TwilioTransport]
) -> None:
    transport = make_transport(scripted.url, timeout=0.5)
    # The scripted server reads requests with a body; for this one it only has to hang up or hang.
    for mute in (True, False):
        scripted.mute = mute
        with pytest.raises(UnavailableError) as caught:
            await transport.find(PERSON, "Hi", datetime.now(UTC))
        assert PERSON not in str(caught.value)
        assert caught.value.permanent is False
    assert scripted.requests == []


async def test_wrong_credentials_are_for_good(
    make_standin: Callable[..., Awaitable[TwilioStandIn]], make_transport: Callable[..., TwilioTransport]
) -> None:
    standin = await make_standin()

    with pytest.raises(PermanentError, match="credentials"):
        await make_transport(standin.url, auth_token="wrong").find(PERSON, "Hi", datetime.now(UTC))


@pytest.mark.parametrize(
    ("faulty", "error"),
    [
        (("500 X", '{"code": 20500, "status": 500}'), UnavailableError),
        (("429 X", '{"code": 20429, "status": 429}'), UnavailableError),
        (("502 X", "<html>bad gateway</html>"), UnavailableError),
        (("200 X", "<html>a captive portal</html>"), UnavailableError),
        (("200 X", "{}"), UnavailableError),
        (("200 X", "[]"), UnavailableError),
        (("403 X", "<html>a proxy</html>"), PermanentError),
        (("404 X", '{"code": 20404, "status": 404}'), PermanentError),
    ],
)
async def test_every_bad_answer_to_a_search_is_an_error_and_never_a_no(
    make_transport: Callable[..., TwilioTransport], faulty: tuple[str, str], error: Any
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status, body = faulty
        writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = make_transport(f"http://127.0.0.1:{port}")
    try:
        with pytest.raises(error):
            await transport.find(PERSON, "Hi", datetime.now(UTC))
    finally:
        await transport.aclose()
        server.close()
        await server.wait_closed()
