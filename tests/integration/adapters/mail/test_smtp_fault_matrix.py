"""Refuse, hang, drop and be slow, at every stage, on fresh and on kept connections: the verdict, and what arrived.

One table says what a mail's end is; every row is played against a real server on each kind of connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from adapters.mail.xoauth2 import Tokens
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from tests.support.servers.smtp import patience

HANG, DROP, SLOW = "hang", "drop", "slow"
LATER, BUSY, NEVER, NONSENSE = "451 4.3.0 later", "421 4.3.2 closing", "554 5.7.1 no", "what"
SMALL = b"Subject: x\r\n\r\nhello\r\n"
BIG = SMALL + (b"x" * 998 + b"\r\n") * 16_000
_OFFERS = "250-test.invalid\r\n250-STARTTLS\r\n250 AUTH XOAUTH2 PLAIN LOGIN"
_PIPELINING = "250-test.invalid\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 AUTH XOAUTH2 PLAIN LOGIN"
OFFERS = pytest.mark.parametrize("offers", [_OFFERS, _PIPELINING], ids=["one-by-one", "pipelined"])

R, F, U, A = TransportVerdict.RETRY, TransportVerdict.FAILED, TransportVerdict.UNKNOWN, TransportVerdict.ACCEPTED
FAULTS = (LATER, BUSY, NEVER, NONSENSE, HANG, DROP, SLOW)
# Before the mail nothing is about the mail: it always waits. At MAIL, RCPT and DATA a 5xx is the end of it. After the
# final dot, silence and nonsense are what nobody can know; an answer with sense is believed there as everywhere.
TABLE = {
    "connect": (R, R, R, R, R, R, A),
    "ehlo": (R, R, R, R, R, R, A),
    "starttls": (R, R, R, R, R, R, None),
    "auth": (R, R, R, R, R, R, A),
    "mail": (R, R, F, R, R, R, A),
    "rcpt": (R, R, F, R, R, R, A),
    "data": (R, R, F, R, R, R, A),
    "dot": (R, R, F, U, U, U, A),
}
ROWS = [
    (stage, fault, verdict)
    for stage, verdicts in TABLE.items()
    for fault, verdict in zip(FAULTS, verdicts, strict=True)
    if verdict is not None
]
KEPT = [row for row in ROWS if row[0] in ("mail", "rcpt", "data", "dot")]
ENDS_AT = {"ehlo": "connect", "starttls": "tls", "dot": "data"}


def transport_to(port: int, *faults: str, **changes: Any) -> SmtpTransport:
    values: dict[str, Any] = {"tls": Tls.NONE, **patience(*faults)} | changes
    return SmtpTransport(SmtpSettings("127.0.0.1", port, **values))


async def send(transport: SmtpTransport, content: bytes = SMALL) -> TransportOutcome:
    return await transport.send(envelope_from="b+1@example.org", recipient="zoe@example.com", content=content)


@OFFERS
@pytest.mark.parametrize(("stage", "fault", "verdict"), ROWS)
async def test_fresh_connection(
    start_server: Any, stage: str, fault: str, verdict: TransportVerdict, offers: str
) -> None:
    server = await start_server({"ehlo": offers} | {stage: fault})
    wanted: dict[str, Any] = {"tls": Tls.STARTTLS} if stage == "starttls" else {}
    if stage == "auth":
        wanted |= {"username": "dana", "tokens": Tokens("t0ken")}
    transport = transport_to(server.port, fault, **wanted)
    outcome = await send(transport)
    assert outcome.verdict is verdict
    if verdict is not A:
        assert outcome.stage == ENDS_AT.get(stage, stage)
    # Only a final dot can have brought the mail there, and it was said once.
    assert len(server.bodies) == (1 if stage == "dot" or fault == SLOW else 0)
    await _next_one_is_accepted(server, transport, wanted, offers)


@OFFERS
@pytest.mark.parametrize("trusted_for", [0.0, 60.0])
@pytest.mark.parametrize(("stage", "fault", "verdict"), KEPT)
async def test_kept_connection(
    start_server: Any, stage: str, fault: str, verdict: TransportVerdict, trusted_for: float, offers: str
) -> None:
    server = await start_server({"ehlo": offers})
    transport = transport_to(server.port, fault, trusted_for=trusted_for)
    assert (await send(transport)).verdict is A
    server.answers[stage] = fault
    outcome = await send(transport)
    assert outcome.verdict is verdict
    assert len(server.bodies) == 1 + (1 if stage == "dot" or fault == SLOW else 0)
    await _next_one_is_accepted(server, transport, {}, offers)


async def _next_one_is_accepted(server: Any, transport: SmtpTransport, wanted: dict[str, Any], offers: str) -> None:
    """What went wrong leaves nothing behind: no answer of it is taken for one of the next mail's."""
    if "tls" in wanted:
        await transport.aclose()
        return
    server.answers = {"ehlo": offers}
    before = len(server.bodies)
    assert (await send(transport)).verdict is A
    assert len(server.bodies) == before + 1
    # No content, not even an empty one, went where the server had refused what comes before it.
    assert not any(server.unfinished)
    await transport.aclose()


PIPELINED_ROWS = [row for row in KEPT if row[0] != "dot"]


@pytest.mark.parametrize("how", ["strict", "pieces", "gathers"])
@pytest.mark.parametrize(("stage", "fault", "verdict"), PIPELINED_ROWS)
async def test_answers_to_a_group_of_commands_are_read_in_order(
    start_server: Any, stage: str, fault: str, verdict: TransportVerdict, how: str
) -> None:
    """A server that refuses DATA without a recipient; one that answers in pieces; one that answers all at once."""
    server = await start_server({"ehlo": _PIPELINING, stage: fault})
    setattr(server, how, True)
    transport = transport_to(server.port, fault)
    outcome = await send(transport)
    if how == "gathers" and fault in (HANG, DROP) and stage != "mail":
        # The answers before the fault never left the server.
        assert (outcome.verdict, outcome.stage) == (R, "mail")
    else:
        assert (outcome.verdict, outcome.stage) == (verdict, "data" if verdict is A else stage)
    assert len(server.bodies) == int(verdict is A)
    await _next_one_is_accepted(server, transport, {}, _PIPELINING)


async def test_a_group_is_said_before_any_answer_and_its_content_waits_for_354() -> None:
    group, content = b"", b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal group, content
        writer.write(b"220 test.invalid\r\n")
        await reader.readline()
        writer.write(b"250-test.invalid\r\n250 PIPELINING\r\n")
        group = await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 OK\r\n250 OK\r\n")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                content = await reader.read(1)
        writer.write(b"354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 OK\r\n")
        await reader.readuntil(b"QUIT\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        transport = transport_to(server.sockets[0].getsockname()[1], timeout=20.0, data_timeout=20.0)
        assert (await send(transport)).verdict is A
        await transport.aclose()
    assert [line.split(b" ")[0] for line in group.splitlines()] == [b"MAIL", b"RCPT", b"DATA"]
    assert content == b""


@pytest.mark.parametrize("strict", [True, False])
async def test_a_refused_recipient_costs_a_connection_only_where_the_server_waits_for_content(
    start_server: Any, strict: bool
) -> None:
    server = await start_server({"ehlo": _PIPELINING, "rcpt": "550 5.1.1 no such user"})
    server.strict = strict
    transport = transport_to(server.port, timeout=5.0)
    outcome = await send(transport)
    assert (outcome.verdict, outcome.stage, outcome.code) == (F, "rcpt", "550 5.1.1")
    del server.answers["rcpt"]
    assert (await send(transport)).verdict is A
    assert (server.connections, server.commands.count("RSET")) == ((1, 1) if strict else (2, 0))
    assert (len(server.bodies), any(server.unfinished)) == (1, False)
    await transport.aclose()


@pytest.mark.parametrize("more", ["250 2.1.5 once more", "421 4.4.2 bye", "what"])
async def test_what_a_server_says_unasked_is_no_answer_to_anything(start_server: Any, more: str) -> None:
    server = await start_server({"ehlo": _PIPELINING, "dot": f"250 2.0.0 OK\r\n{more}"})
    transport = transport_to(server.port, trusted_for=60.0, timeout=5.0)
    assert (await send(transport)).verdict is A
    assert (await send(transport)).verdict is A
    assert (server.connections, len(server.bodies)) == (2, 2)
    await transport.aclose()


@pytest.mark.parametrize("dies", [DROP, BUSY])
async def test_a_trusted_connection_that_dies_at_a_group_costs_the_mail_nothing(start_server: Any, dies: str) -> None:
    server = await start_server({"ehlo": _PIPELINING})
    transport = transport_to(server.port, trusted_for=60.0, timeout=5.0)
    assert (await send(transport)).verdict is A
    server.once["mail"] = dies
    assert (await send(transport)).verdict is A
    assert (server.connections, len(server.bodies)) == (2, 2)
    await transport.aclose()


@pytest.mark.parametrize("fault", ["hang", "drop"])
@pytest.mark.parametrize("kept", [False, True])
async def test_inside_the_body_nothing_is_in_doubt(start_server: Any, fault: str, kept: bool) -> None:
    server = await start_server({})
    transport = transport_to(server.port, fault)
    if kept:
        assert (await send(transport)).verdict is A
    setattr(server, f"{fault}_after_body_bytes", 1000)
    outcome = await send(transport, BIG)
    assert (outcome.verdict, outcome.stage) == (R, "data")
    assert len(server.bodies) == int(kept)
    await transport.aclose()


@pytest.mark.parametrize("code", ["421", "450", "451", "452"])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
async def test_what_backs_the_mailbox_off_is_told_with_its_code(start_server: Any, stage: str, code: str) -> None:
    server = await start_server({stage: f"{code} 4.7.0 slow down, come back in 7 minutes"})
    transport = transport_to(server.port)
    outcome = await send(transport)
    assert (outcome.verdict, outcome.code, outcome.retry_after) == (R, f"{code} 4.7.0", 420.0)
    await transport.aclose()
