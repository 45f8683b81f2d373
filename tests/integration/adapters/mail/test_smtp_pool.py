"""Connections are kept, and a dead one never costs a mail its certainty."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from tests.support.servers.smtp import patience


def transport_to(port: int, *faults: str, **changes: Any) -> SmtpTransport:
    values: dict[str, Any] = {"tls": Tls.NONE, **patience(*faults)} | changes
    return SmtpTransport(SmtpSettings("127.0.0.1", port, **values))


async def send(transport: SmtpTransport) -> TransportOutcome:
    return await transport.send(envelope_from="b@example.org", recipient="zoe@example.com", content=b"a: b\r\n\r\nc")


@pytest.mark.parametrize(("trusted_for", "asked"), [(0.0, 2), (60.0, 0)])
async def test_connection_is_kept(start_server: Any, trusted_for: float, asked: int) -> None:
    server = await start_server({})
    transport = transport_to(server.port, trusted_for=trusted_for)
    for _ in range(3):
        assert (await send(transport)).verdict is TransportVerdict.ACCEPTED
    assert server.connections == 1
    assert server.commands.count("RSET") == asked
    await transport.aclose()
    assert server.commands[-1] == "QUIT"


async def test_refusal_keeps_the_connection_and_ends_its_transaction(start_server: Any) -> None:
    server = await start_server({"rcpt": "550 5.1.1 no"})
    transport = transport_to(server.port, trusted_for=60.0)
    await send(transport)
    server.answers.clear()
    assert (await send(transport)).verdict is TransportVerdict.ACCEPTED
    assert server.commands.count("RSET") == 1
    assert server.connections == 1
    await transport.aclose()


@pytest.mark.parametrize("end", ["closed by the server", "drop", "hang", "421 4.4.2 idle too long", "500 what"])
async def test_stale_connection_is_replaced(start_server: Any, end: str) -> None:
    server = await start_server({})
    transport = transport_to(server.port, end, trusted_for=0.0)
    await send(transport)
    if end.startswith("closed"):
        await server.drop_all()
    else:
        server.answers["rset"] = end
    assert (await send(transport)).verdict is TransportVerdict.ACCEPTED
    assert server.connections == 2
    assert len(server.bodies) == 2
    await transport.aclose()


@pytest.mark.parametrize("end", ["closed by the server", "drop", "421 4.7.0 too many mails in this connection"])
async def test_a_trusted_connection_that_is_dead_at_mail_costs_the_mail_nothing(start_server: Any, end: str) -> None:
    server = await start_server({})
    transport = transport_to(server.port, trusted_for=60.0)
    await send(transport)
    if end.startswith("closed"):
        await server.drop_all()
    else:
        server.once["mail"] = end
    assert (await send(transport)).verdict is TransportVerdict.ACCEPTED
    assert (server.connections, len(server.bodies)) == (2, 2)
    await transport.aclose()


async def test_idle_connections_are_closed_without_a_next_mail(start_server: Any) -> None:
    server = await start_server({})
    transport = transport_to(server.port, max_idle=0.05)
    await send(transport)
    async with asyncio.timeout(30):
        await server.left.wait()
    await transport.aclose()


async def test_drop_after_rset_is_known(start_server: Any) -> None:
    server = await start_server({})
    transport = transport_to(server.port, trusted_for=0.0)
    await send(transport)
    server.answers["mail"] = "drop"
    outcome = await send(transport)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "mail")
    await transport.aclose()


async def test_old_connections_are_not_used(start_server: Any) -> None:
    server = await start_server({})
    transport = transport_to(server.port, max_idle=-1.0)
    await send(transport)
    await send(transport)
    assert server.connections == 2
    await transport.aclose()


async def test_served_connections_are_closed(start_server: Any) -> None:
    server = await start_server({})
    transport = transport_to(server.port, max_mails=2)
    for _ in range(5):
        await send(transport)
    assert server.connections == 3
    await transport.aclose()


async def test_connections_are_bounded(start_server: Any) -> None:
    server = await start_server({})
    transport = transport_to(server.port, max_connections=3, timeout=5, data_timeout=5)
    outcomes = await asyncio.gather(*(send(transport) for _ in range(40)))
    assert {outcome.verdict for outcome in outcomes} == {TransportVerdict.ACCEPTED}
    assert len(server.bodies) == 40
    assert server.connections <= 3
    await transport.aclose()


def test_password_is_not_shown() -> None:
    assert "hunter2" not in repr(SmtpSettings("h", 25, "u", "hunter2"))
