"""A mail server that accepts and says nothing: nothing is lost, nothing is claimed, and nobody queues for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.testing import ActivityEnvironment

from adapters.mail.outgoing.smtp import Tls
from services.outages import Outages
from tests.support.rigs.send import NOW, SendRig, send_rig
from tests.support.servers.silent import STAGES, SilentServer, states, take, transport_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MANY = 68
BEFORE_LOGIN = ("banner", "ehlo", "auth")
BIG = "x" * 998 + "\n"


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as opened:
        yield opened


@asynccontextmanager
async def serving(hangs: str) -> AsyncIterator[SilentServer]:
    server = SilentServer(hangs)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _settings(stage: str) -> dict[str, Any]:
    if stage == "starttls":
        return {"tls": Tls.STARTTLS}
    return {"username": "dana", "password": "secret"} if stage == "auth" else {}


@pytest.mark.parametrize("stage", BEFORE_LOGIN)
async def test_68_sends_at_once_stay_planned_and_go_out_once_when_it_wakes(rig: SendRig, stage: str) -> None:
    await rig.publish("many")
    runs = [await rig.ready("many", frozen=False) for _ in range(MANY)]
    async with serving(stage) as server:
        transport = transport_to(server.port, **_settings(stage))
        dues = await asyncio.gather(*(take(rig, run, transport) for run in runs))
        assert await states(rig) == {"planned": MANY}
        rows = await rig.fetch("SELECT attempts, claimed_by, reason, waits_since FROM send")
        assert {(row["attempts"], row["claimed_by"], row["waits_since"]) for row in rows} == {(0, None, NOW)}
        assert {row["reason"] for row in rows} == {
            "no answer in time while " + ("logging in" if stage == "auth" else "connecting")
        }
        # All four that may go at once met it; nearly everybody else heard it from them, and did not find out alone.
        # One at a time looks again, and on a busy machine the last ones come when the first have long given up.
        assert server.connections <= MANY // 4
        assert all(due.step == "one" and due.at is not None and due.at > NOW and due.attempt == 0 for due in dues)
        # Nobody queues while it is known to hang: one looks, and the others come back later. A look ends after half a
        # second; on a busy machine a later send is the next one to look.
        before = server.connections
        await asyncio.gather(*(take(rig, run, transport, now=NOW + timedelta(minutes=2)) for run in runs))
        assert server.connections - before <= MANY // 4
        server.wake()
        later = NOW + timedelta(minutes=4)
        for _ in range(3):
            await asyncio.gather(*(take(rig, run, transport, now=later) for run in runs))
        assert await states(rig) == {"sent": MANY}
        assert set(server.taken.values()) == {1}
        assert len(server.taken) == MANY
        await transport.aclose()
    assert await rig.told() == []


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "dot"])
@pytest.mark.parametrize("end", ["stopped by somebody", "the worker ends"])
async def test_cancelled_before_the_final_dot_gives_the_claim_back(rig: SendRig, stage: str, end: str) -> None:
    await rig.publish("cut")
    run = await rig.ready("cut", frozen=stage == "body")
    if stage == "body":
        # More than the buffers between us hold; as one that was in doubt once, it is not written anew.
        big = b"Message-ID: <big@x>\r\n\r\n" + (b"x" * 998 + b"\r\n") * 16_000
        await rig.fetch("UPDATE send SET content = $1, handed_at = $2", big, NOW - timedelta(days=1))
    async with serving(stage) as server:
        transport = transport_to(server.port, timeout=60, data_timeout=60, **_settings(stage))
        environment = ActivityEnvironment()
        going = asyncio.create_task(take(rig, run, transport, environment=environment))
        async with asyncio.timeout(30):
            await server.reached.wait()
        if end == "the worker ends":
            environment.worker_shutdown()
        environment.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        if stage in ("banner", "ehlo", "starttls", "auth"):
            # It was not claimed, and is stored only as it is.
            assert await rig.fetch("SELECT 1 FROM send") == []
        else:
            row = await rig.row(run)
            assert (row["state"], row["claimed_by"]) == ("planned", None)
            assert (row["handed_at"] is None) == (stage != "body")
        assert server.taken == Counter()
        server.wake()
        await transport.aclose()
        # The next worker sends it, once.
        await take(rig, run, transport_to(server.port, data_timeout=30))
        assert (await rig.row(run))["state"] == "sent"
        assert list(server.taken.values()) == [1]
    assert await rig.told() == []


@pytest.mark.parametrize("end", ["stopped by somebody", "the worker ends"])
async def test_cancelled_after_the_final_dot_is_in_doubt_and_says_so(
    rig: SendRig, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sending.hand_over._LAST_WORDS", 0.2)
    await rig.publish("doubt")
    run = await rig.ready("doubt", frozen=False)
    async with serving("dot") as server:
        transport = transport_to(server.port, timeout=60, data_timeout=60)
        environment = ActivityEnvironment()
        going = asyncio.create_task(take(rig, run, transport, environment=environment))
        async with asyncio.timeout(30):
            await server.reached.wait()
        if end == "the worker ends":
            environment.worker_shutdown()
        environment.cancel()
        await going
        row = await rig.row(run)
        assert (row["state"], row["handed_at"]) == ("unknown", NOW)
        assert "died" not in row["reason"]
        assert "unknown whether it was sent" in row["reason"]
        assert await rig.told() == [run.run.id]
        await take(rig, run, transport)
        assert list(server.taken.values()) == [1]
        await transport.aclose()


async def test_stopped_by_somebody_after_the_final_dot_still_hears_the_answer(rig: SendRig) -> None:
    await rig.publish("heard")
    run = await rig.ready("heard", frozen=False)
    async with serving("dot") as server:
        transport = transport_to(server.port, timeout=60, data_timeout=60)
        environment = ActivityEnvironment()
        going = asyncio.create_task(take(rig, run, transport, environment=environment))
        async with asyncio.timeout(30):
            await server.reached.wait()
        environment.cancel()
        await asyncio.sleep(0)
        server.wake()
        await going
        assert (await rig.row(run))["state"] == "sent"
        await transport.aclose()


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_a_time_out_of_a_dialogue_is_no_dead_worker(rig: SendRig, stage: str) -> None:
    await rig.publish("slow")
    run = await rig.ready("slow", frozen=False)
    async with serving(stage) as server:
        transport = transport_to(server.port, timeout=60, data_timeout=60)
        await take(rig, run, transport, within=timedelta(seconds=0.3))
        row = await rig.row(run)
        assert (row["state"], row["claimed_by"], row["reason"]) == ("planned", None, "the server took too long")
        server.wake()
        await transport.aclose()


async def test_a_time_out_after_the_final_dot_is_unknown_in_its_own_words(rig: SendRig) -> None:
    await rig.publish("slow")
    run = await rig.ready("slow", frozen=False)
    async with serving("dot") as server:
        transport = transport_to(server.port, timeout=60, data_timeout=60)
        await take(rig, run, transport, within=timedelta(seconds=0.5))
        row = await rig.row(run)
        assert row["state"] == "unknown"
        assert "died" not in row["reason"]
        await transport.aclose()


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("stopped", "UPDATE enrollment SET state = 'stopped', reason = 'by hand'"),
        ("paused", "UPDATE enrollment SET state = 'paused'"),
        (
            "suppressed",
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "SELECT person_id, 'email', 'opt_out', 'test', now() FROM enrollment",
        ),
        (
            "held",
            "INSERT INTO hold (id, scope, key, reason, since, rate) "
            "VALUES ('h0123456789', 'sequence', 'late', 'x', now(), 1)",
        ),
    ],
)
async def test_what_forbids_it_while_it_waits_for_a_connection_forbids_it(
    rig: SendRig, what: str, statement: str
) -> None:
    await rig.publish("late")
    run = await rig.ready("late", frozen=False)
    async with serving("banner") as server:
        transport = transport_to(server.port, timeout=60)
        going = asyncio.create_task(take(rig, run, transport))
        async with asyncio.timeout(30):
            await server.reached.wait()
        await rig.fetch(statement)
        server.wake()
        await going
        # Of a run that is over nothing is stored any more.
        states = [row["state"] for row in await rig.fetch("SELECT state FROM send")]
        assert states == {"stopped": [], "suppressed": ["refused"]}.get(what, ["planned"])
        assert server.taken == Counter()
        await transport.aclose()


async def test_a_suppressed_person_is_refused_also_while_the_server_is_away(rig: SendRig) -> None:
    await rig.publish("away")
    run = await rig.ready("away", frozen=False)
    await rig.fetch(
        "INSERT INTO suppression (person_id, channel, reason, source, since) "
        "SELECT person_id, 'email', 'opt_out', 'test', now() FROM enrollment"
    )
    await take(rig, run, transport_to(1))
    assert (await rig.row(run))["state"] == "refused"


async def test_an_outage_does_not_bring_a_mail_nearer_to_its_end(rig: SendRig) -> None:
    """Ten tries are for what the server says of this mail; it is not the mail's fault that nobody is there."""
    await rig.publish("long")
    run = await rig.ready("long", frozen=False)
    transport = transport_to(1)
    now, attempt = NOW, 0
    for _ in range(25):
        due = await take(rig, run, transport, now=now, attempt=attempt)
        assert due.at is not None
        assert due.at - now <= timedelta(minutes=10)
        now, attempt = due.at, due.attempt
    assert attempt == 0
    async with serving("") as server:
        await take(rig, run, transport_to(server.port), now=now)
        assert (await rig.row(run))["state"] == "sent"


async def test_a_busy_server_is_waited_for_without_a_claim(rig: SendRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.mail.outgoing.smtp._WAIT_FOR_TURN", 0.2)
    await rig.publish("busy")
    runs = [await rig.ready("busy", frozen=False) for _ in range(3)]
    async with serving("rcpt") as server:
        transport = transport_to(server.port, timeout=60, max_connections=1)
        first = asyncio.create_task(take(rig, runs[0], transport))
        async with asyncio.timeout(30):
            await server.reached.wait()
        dues = await asyncio.gather(*(take(rig, run, transport) for run in runs[1:]))
        assert [due.why.split(": ")[1] for due in dues] == ["the mail server is busy"] * 2
        assert await states(rig) == {"claimed": 1, "planned": 2}
        server.wake()
        await first
        await asyncio.gather(*(take(rig, run, transport) for run in runs[1:]))
        assert await states(rig) == {"sent": 3}
        await transport.aclose()


async def test_one_outage_is_told_once_and_so_is_its_end(rig: SendRig, caplog: pytest.LogCaptureFixture) -> None:
    await rig.publish("told")
    runs = [await rig.ready("told", frozen=False) for _ in range(5)]
    wall = [NOW]
    outages = Outages(rig.database, lambda: wall[0], "dana")

    async def attempt(transport: Any) -> None:
        await asyncio.gather(*(take(rig, run, transport, outages=outages) for run in runs))
        wall[0] += timedelta(minutes=4)

    async def notes() -> list[str]:
        rows = await rig.fetch("SELECT title FROM notification WHERE kind = 'outage' ORDER BY created_at, title")
        return [row["title"] for row in rows]

    def warnings() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "relance.outages"]

    away = transport_to(1)
    await attempt(away)
    assert [row["service"] for row in await rig.fetch("SELECT service FROM outage WHERE ended_at IS NULL")] == [
        "mail server"
    ]
    assert await notes() == ["mail server cannot be used: connect, the connection was refused while connecting"]
    await attempt(away)
    assert len(warnings()) == 1
    await attempt(away)
    await attempt(away)
    # Every ten minutes, not at every try.
    assert len(warnings()) == 2
    async with serving("") as server:
        back = transport_to(server.port)
        await attempt(back)
        await back.aclose()
    assert warnings()[-1] == "mail server works again, after 16 minutes"
    assert len(warnings()) == 3
    assert len(await notes()) == 2
    assert await rig.fetch("SELECT 1 FROM outage WHERE ended_at IS NULL") == []
    assert "client.example" not in caplog.text
