"""Refuse, hang, drop and be slow, at every stage, on fresh and on kept connections: the verdict, and what arrived.

One table says what a mail's end is; every row is played against a real server on each kind of connection.
"""

from __future__ import annotations

from typing import Any

import pytest

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from adapters.mail.xoauth2 import Tokens
from sequences.sending.outcome import TransportOutcome, TransportVerdict

HANG, DROP, SLOW = "hang", "drop", "slow"
LATER, BUSY, NEVER, NONSENSE = "451 4.3.0 later", "421 4.3.2 closing", "554 5.7.1 no", "what"
SMALL = b"Subject: x\r\n\r\nhello\r\n"
BIG = SMALL + (b"x" * 998 + b"\r\n") * 16_000
_OFFERS = "250-test.invalid\r\n250-STARTTLS\r\n250 AUTH XOAUTH2 PLAIN LOGIN"

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


def transport_to(port: int, **changes: Any) -> SmtpTransport:
    values: dict[str, Any] = {"tls": Tls.NONE, "timeout": 0.2, "data_timeout": 0.2} | changes
    return SmtpTransport(SmtpSettings("127.0.0.1", port, **values))


async def send(transport: SmtpTransport, content: bytes = SMALL) -> TransportOutcome:
    return await transport.send(envelope_from="b+1@example.org", recipient="zoe@example.com", content=content)


@pytest.mark.parametrize(("stage", "fault", "verdict"), ROWS)
async def test_fresh_connection(start_server: Any, stage: str, fault: str, verdict: TransportVerdict) -> None:
    server = await start_server({"ehlo": _OFFERS} | {stage: fault})
    wanted: dict[str, Any] = {"tls": Tls.STARTTLS} if stage == "starttls" else {}
    if stage == "auth":
        wanted |= {"username": "dana", "tokens": Tokens("t0ken")}
    transport = transport_to(server.port, **wanted)
    outcome = await send(transport)
    assert outcome.verdict is verdict
    if verdict is not A:
        assert outcome.stage == ENDS_AT.get(stage, stage)
    # Only a final dot can have brought the mail there, and it was said once.
    assert len(server.bodies) == (1 if stage == "dot" or fault == SLOW else 0)
    await _next_one_is_accepted(server, transport, wanted)


@pytest.mark.parametrize("trusted_for", [0.0, 60.0])
@pytest.mark.parametrize(("stage", "fault", "verdict"), KEPT)
async def test_kept_connection(
    start_server: Any, stage: str, fault: str, verdict: TransportVerdict, trusted_for: float
) -> None:
    server = await start_server({})
    transport = transport_to(server.port, trusted_for=trusted_for)
    assert (await send(transport)).verdict is A
    server.answers[stage] = fault
    outcome = await send(transport)
    assert outcome.verdict is verdict
    assert len(server.bodies) == 1 + (1 if stage == "dot" or fault == SLOW else 0)
    await _next_one_is_accepted(server, transport, {})


async def _next_one_is_accepted(server: Any, transport: SmtpTransport, wanted: dict[str, Any]) -> None:
    """What went wrong leaves nothing behind: no answer of it is taken for one of the next mail's."""
    if "tls" in wanted:
        await transport.aclose()
        return
    server.answers = {"ehlo": _OFFERS}
    before = len(server.bodies)
    assert (await send(transport)).verdict is A
    assert len(server.bodies) == before + 1
    await transport.aclose()


@pytest.mark.parametrize("fault", ["hang", "drop"])
@pytest.mark.parametrize("kept", [False, True])
async def test_inside_the_body_nothing_is_in_doubt(start_server: Any, fault: str, kept: bool) -> None:
    server = await start_server({})
    transport = transport_to(server.port, data_timeout=0.5)
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
