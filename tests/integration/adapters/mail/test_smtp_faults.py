"""Every stage of a send, and every way in which a server can let us down there."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from tests.support.servers.smtp import patience

HANG, DROP = "hang", "drop"
CONTENT = b"Subject: x\r\n\r\nhello\r\n"
BIG = (b"x" * 998 + b"\r\n") * 16_000
PERSON = "zoe.secret@example.com"


def settings(port: int, **changes: Any) -> SmtpSettings:
    values: dict[str, Any] = {"tls": Tls.NONE, **patience()} | changes
    return SmtpSettings("127.0.0.1", port, **values)


async def send(port: int, content: bytes = CONTENT, recipient: str = PERSON, **changes: Any) -> TransportOutcome:
    transport = SmtpTransport(settings(port, **changes))
    try:
        return await transport.send(envelope_from="b+1@example.org", recipient=recipient, content=content)
    finally:
        await transport.aclose()


CASES = [
    ("connect", "554 5.3.2 go away", TransportVerdict.RETRY, "connect", "554 5.3.2"),
    ("connect", "421 4.3.2 busy", TransportVerdict.RETRY, "connect", "421 4.3.2"),
    ("connect", HANG, TransportVerdict.RETRY, "connect", None),
    ("connect", DROP, TransportVerdict.RETRY, "connect", None),
    ("ehlo", "550 5.7.1 no", TransportVerdict.RETRY, "connect", "550 5.7.1"),
    ("ehlo", "421 bye", TransportVerdict.RETRY, "connect", "421"),
    ("ehlo", HANG, TransportVerdict.RETRY, "connect", None),
    ("ehlo", DROP, TransportVerdict.RETRY, "connect", None),
    ("mail", "550 5.7.1 sender denied", TransportVerdict.FAILED, "mail", "550 5.7.1"),
    ("mail", "550 5.1.1 of the sender", TransportVerdict.FAILED, "mail", "550 5.1.1"),
    ("mail", "530 5.7.0 authentication required", TransportVerdict.RETRY, "mail", "530 5.7.0"),
    ("mail", "451 4.3.0 later", TransportVerdict.RETRY, "mail", "451 4.3.0"),
    ("mail", HANG, TransportVerdict.RETRY, "mail", None),
    ("mail", DROP, TransportVerdict.RETRY, "mail", None),
    ("rcpt", "550 no", TransportVerdict.FAILED, "rcpt", "550"),
    ("rcpt", "450 4.2.1 later", TransportVerdict.RETRY, "rcpt", "450 4.2.1"),
    ("rcpt", HANG, TransportVerdict.RETRY, "rcpt", None),
    ("rcpt", DROP, TransportVerdict.RETRY, "rcpt", None),
    ("data", "554 5.5.1 no", TransportVerdict.FAILED, "data", "554 5.5.1"),
    ("data", "451 4.3.0 later", TransportVerdict.RETRY, "data", "451 4.3.0"),
    ("data", "250 what", TransportVerdict.UNKNOWN, "data", "250"),
    ("data", HANG, TransportVerdict.RETRY, "data", None),
    ("data", DROP, TransportVerdict.RETRY, "data", None),
    ("dot", "554 5.7.1 spam", TransportVerdict.FAILED, "data", "554 5.7.1"),
    ("dot", "451 4.3.0 later", TransportVerdict.RETRY, "data", "451 4.3.0"),
    ("dot", "421 4.3.2 closing", TransportVerdict.RETRY, "data", "421 4.3.2"),
    ("dot", "354 go on", TransportVerdict.UNKNOWN, "data", "354"),
    ("dot", "wat", TransportVerdict.UNKNOWN, "data", None),
    ("dot", HANG, TransportVerdict.UNKNOWN, "data", None),
    ("dot", DROP, TransportVerdict.UNKNOWN, "data", None),
]


@pytest.mark.parametrize(("stage", "answer", "verdict", "ended", "code"), CASES)
async def test_bad_answer(
    start_server: Any, stage: str, answer: str, verdict: TransportVerdict, ended: str, code: str | None
) -> None:
    server = await start_server({stage: answer})
    changes: dict[str, Any] = {**patience(answer)}
    outcome = await send(server.port, **changes)
    assert (outcome.verdict, outcome.stage, outcome.code) == (verdict, ended, code)
    assert not outcome.bad_address
    assert outcome.reason
    assert outcome.provider_message_id is None
    # Only a final dot that went out may be in doubt, and the mail is tried once.
    assert len(server.bodies) == (1 if stage == "dot" else 0)


async def test_accepted(start_server: Any) -> None:
    server = await start_server({})
    outcome = await send(server.port, content=b"Subject: x\n\n.hidden\n.\nQUIT\n")
    assert outcome == TransportOutcome(
        TransportVerdict.ACCEPTED, "data", "250 2.0.0", "accepted", provider_message_id="4F2A1B9C0D"
    )
    assert server.bodies == [b"Subject: x\r\n\r\n..hidden\r\n..\r\nQUIT\r\n.\r\n"]
    assert server.commands[1:4] == ["MAIL FROM:<b+1@example.org>", f"RCPT TO:<{PERSON}>", "DATA"]


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
@pytest.mark.parametrize("stage", ["rcpt", "dot"])
async def test_dead_address(start_server: Any, stage: str, status: str) -> None:
    server = await start_server({stage: f"550 {status} <{PERSON}>: no such user"})
    outcome = await send(server.port)
    assert outcome.verdict is TransportVerdict.FAILED
    assert outcome.bad_address
    assert "zoe" not in outcome.reason


@pytest.mark.parametrize("answer", ["550 5.1.8 bad sender", "550 5.2.2 full", "550 unknown user", "450 4.1.1 unknown"])
async def test_living_address(start_server: Any, answer: str) -> None:
    server = await start_server({"rcpt": answer})
    assert not (await send(server.port)).bad_address


async def test_greylisting_says_when(start_server: Any) -> None:
    server = await start_server({"rcpt": "450 4.7.1 Greylisted, please try again in 300 seconds"})
    assert (await send(server.port)).retry_after == 300.0


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = await send(taken.getsockname()[1])
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "connect")


async def test_drop_inside_the_body_is_known(start_server: Any) -> None:
    server = await start_server({})
    server.drop_after_body_bytes = 1000
    outcome = await send(server.port, content=BIG, data_timeout=5)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "data")
    assert "after the final dot" not in outcome.reason


async def test_early_refusal_of_a_large_body_is_known(start_server: Any) -> None:
    server = await start_server({})
    server.early_answer = "552 5.3.4 too big"
    outcome = await send(server.port, content=BIG, data_timeout=5)
    assert (outcome.verdict, outcome.code) == (TransportVerdict.FAILED, "552 5.3.4")


async def test_starttls_is_never_skipped(start_server: Any) -> None:
    server = await start_server({})  # offers no STARTTLS
    outcome = await send(server.port, tls=Tls.STARTTLS)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "tls")
    assert not any(command.startswith("MAIL") for command in server.commands)


async def test_login_that_is_not_offered(start_server: Any) -> None:
    server = await start_server({})
    outcome = await send(server.port, username="dana", password="secret")
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "auth")


async def test_server_without_ehlo(start_server: Any) -> None:
    server = await start_server({"ehlo": "502 5.5.1 not here", "helo": "250 hello"})
    assert (await send(server.port)).verdict is TransportVerdict.ACCEPTED


@pytest.mark.parametrize("recipient", ["zoe", "zo\r\nRCPT TO:<x@y.z>@example.com", "zoe@example.com;", "a@b@c", ""])
async def test_unusable_recipient(recipient: str) -> None:
    outcome = await send(1, recipient=recipient)  # fails before it connects
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.FAILED, "rcpt")
    assert "example" not in outcome.reason


async def test_international_domain(start_server: Any) -> None:
    server = await start_server({})
    assert (await send(server.port, recipient="zoe@exämple.com")).verdict is TransportVerdict.ACCEPTED
    assert "RCPT TO:<zoe@xn--exmple-cua.com>" in server.commands


async def test_cancelling_closes_the_connection(start_server: Any) -> None:
    server = await start_server({"dot": HANG})
    transport = SmtpTransport(settings(server.port, data_timeout=30))
    task = asyncio.create_task(transport.send(envelope_from="b@example.org", recipient=PERSON, content=CONTENT))
    async with asyncio.timeout(25):
        await server.got_body.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.answers.clear()
    again = await transport.send(envelope_from="b@example.org", recipient=PERSON, content=CONTENT)
    assert again.verdict is TransportVerdict.ACCEPTED
    assert server.connections == 2
    await transport.aclose()


UTF8 = "250-test.invalid\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES"
TO_UTF8 = "用户@例子.example"


async def test_an_international_mailbox_is_asked_for_by_smtputf8_where_the_server_offers_it(
    start_server: Any,
) -> None:
    scripted = await start_server({"ehlo": UTF8})
    outcome = await send(scripted.port, recipient=TO_UTF8)
    assert outcome.verdict is TransportVerdict.ACCEPTED
    mail, rcpt = (line for line in scripted.commands if line.upper().startswith(("MAIL", "RCPT")))
    assert mail.split()[1:] == ["FROM:<b+1@example.org>", "SMTPUTF8", "BODY=8BITMIME"]
    assert rcpt == "RCPT TO:<用户@xn--fsqu00a.example>"


async def test_a_header_in_utf8_asks_for_it_as_well(start_server: Any) -> None:
    scripted = await start_server({"ehlo": UTF8})
    await send(scripted.port, content="From: jörg@example.org\r\nSubject: x\r\n\r\nhello\r\n".encode())
    assert any("SMTPUTF8" in line for line in scripted.commands)


@pytest.mark.parametrize("content", [CONTENT, "From: jörg@example.org\r\n\r\nhello\r\n".encode()])
async def test_a_server_without_it_is_told_nothing_and_the_connection_stays(start_server: Any, content: bytes) -> None:
    scripted = await start_server({})
    transport = SmtpTransport(settings(scripted.port))
    recipient = TO_UTF8 if content is CONTENT else PERSON
    outcome = await transport.send(envelope_from="b+1@example.org", recipient=recipient, content=content)
    assert (outcome.verdict, outcome.refused) == (TransportVerdict.FAILED, True)
    assert "SMTPUTF8" in outcome.reason
    assert not any(line.upper().startswith(("MAIL", "RCPT")) for line in scripted.commands)
    after = await transport.send(envelope_from="b+1@example.org", recipient=PERSON, content=CONTENT)
    await transport.aclose()
    assert (after.verdict, scripted.connections) == (TransportVerdict.ACCEPTED, 1)


async def test_an_international_domain_needs_no_smtputf8(start_server: Any) -> None:
    scripted = await start_server({})
    outcome = await send(scripted.port, recipient="zoe@straße.example")
    assert outcome.verdict is TransportVerdict.ACCEPTED
    assert "RCPT TO:<zoe@xn--strae-oqa.example>" in scripted.commands
