"""A mail server that hangs, under a whole Relance: a stop is a stop, a reply is heard, and SIGTERM loses nothing."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.enums.v1 import PendingActivityState

from adapters.postgres import listings
from sequences.names import SEND_QUEUE
from sequences.runs.state import Command
from services.operations.command_run import steer
from tests.support.processes.workers import WorkerProcesses
from tests.support.servers.silent import SilentServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.runs.state import CommandAnswer
    from services.enrolling.enroll import Accepted
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig

MAIL = "sequence: hung\nname: Hung\nrecord: person\nfrequency_cap: exempt\nsteps:\n  - {id: one, email: bd/introduce}\n"
TWO = MAIL + "  - {id: two, when: 2 days after one, email: bd/remind}\n"
MANY = 12
# Longer than any test: what ends a wait here is never a time-out.
PATIENT = {"smtp_timeout": 300.0, "smtp_data_timeout": 300.0}


@pytest.fixture
async def server(flow: FlowRig) -> AsyncIterator[SilentServer]:
    """In the place of the flow's mail server; in good health until a test says where it hangs."""
    await flow.mail.stop()
    silent = SilentServer()
    await silent.start()
    flow.services = replace(
        flow.services, settings=flow.services.settings.model_copy(update={"smtp_port": silent.port, **PATIENT})
    )
    await flow.stop_worker(SEND_QUEUE)
    await flow.start_worker(SEND_QUEUE)
    yield silent
    await silent.stop()


async def _met(server: SilentServer) -> None:
    async with asyncio.timeout(30):
        await server.reached.wait()


async def _send(flow: FlowRig, accepted: Accepted, step: str = "one") -> dict[str, Any]:
    rows = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    return next(row for row in rows if row["step"] == step)


async def _ask(flow: FlowRig, accepted: Accepted, kind: str) -> CommandAnswer:
    # The command line itself waits no longer than this.
    async with asyncio.timeout(30):
        return await steer(flow.services.database, flow.services.runs, accepted.enrollment, Command("k", kind))


@pytest.mark.parametrize("hangs", ["banner", "mail", "data"])
@pytest.mark.parametrize(("kind", "state"), [("stop", "stopped"), ("pause", "paused"), ("skip", "active")])
async def test_a_command_during_the_hang_is_answered_and_nothing_is_sent_after_it(
    flow: FlowRig, server: SilentServer, hangs: str, kind: str, state: str
) -> None:
    server.hangs = hangs
    await flow.publish("hung", MAIL)
    await flow.person()
    accepted = await flow.enroll("hung")
    await _met(server)
    assert (await _ask(flow, accepted, kind)).changed
    assert await flow.state(accepted) == state
    if hangs == "banner":
        # Nothing was claimed, so nothing was stored.
        assert await flow.rows("sends_of", enrollment_id=accepted.enrollment) == []
    else:
        send = await _send(flow, accepted)
        assert (send["state"], send["claimed_by"]) == ("planned", None)
    server.wake()
    if kind == "pause":
        await steer(flow.services.database, flow.services.runs, accepted.enrollment, Command("later", "resume"))
        await flow.until_step(accepted, "one")
        assert list(server.taken.values()) == [1]
        return
    if kind == "stop":
        await flow.handle(accepted).result()
    assert server.taken == {}
    assert (await flow.steps(accepted))["one"] == ("cancelled" if kind == "stop" else "skipped")


async def test_a_stop_after_the_final_dot_waits_for_the_servers_word_and_no_longer(
    flow: FlowRig, server: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sending.hand_over._LAST_WORDS", 0.5)
    server.hangs = "dot"
    await flow.publish("hung", MAIL)
    await flow.person()
    accepted = await flow.enroll("hung")
    await _met(server)
    assert (await _ask(flow, accepted, "stop")).phase == "closed"
    send = await _send(flow, accepted)
    assert send["state"] == "unknown"
    assert "died" not in send["reason"]
    assert await flow.state(accepted) == "stopped"
    assert list(server.taken.values()) == [1]


async def test_a_reply_during_the_hang_is_handled_and_nothing_is_sent_after_it(
    flow: FlowRig, server: SilentServer
) -> None:
    await flow.publish("hung", TWO)
    await flow.person()
    accepted = await flow.enroll("hung")
    await flow.until_step(accepted, "one")
    server.hangs = "mail"
    # It goes on until nothing is under way any more.
    skipping = asyncio.create_task(flow.skip(accepted, days=2, hours=1))
    await _met(server)
    await flow.reply(accepted, "Tell me more")
    await flow.until_state(accepted, "stopped")
    server.wake()
    await flow.handle(accepted).result()
    await asyncio.gather(skipping, return_exceptions=True)
    assert (await _send(flow, accepted, "two"))["state"] == "planned"
    assert len(server.taken) == 1


async def test_a_run_that_was_cut_replays(flow: FlowRig, server: SilentServer) -> None:
    server.hangs = "banner"
    await flow.publish("hung", MAIL)
    await flow.person()
    accepted = await flow.enroll("hung")
    await _met(server)
    await _ask(flow, accepted, "pause")
    server.wake()
    await steer(flow.services.database, flow.services.runs, accepted.enrollment, Command("later", "resume"))
    await flow.until_step(accepted, "one")
    await flow.keep_history(accepted.workflow_id, "cut_while_a_server_hangs")


class Processes(WorkerProcesses):
    def mail_at(self, port: int) -> None:
        self._environment |= {
            "RELANCE_SMTP_HOST": "127.0.0.1",
            "RELANCE_SMTP_PORT": str(port),
            "RELANCE_SMTP_TLS": "none",
            "RELANCE_SMTP_USERNAME": "",
        }

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "starter.cli.main",
            "worker",
            "--queues",
            SEND_QUEUE,
            env=self._environment,
            stderr=asyncio.subprocess.PIPE,
        )

    async def end(self) -> tuple[int | None, str]:
        """SIGTERM, as a supervisor says it; it would kill after thirty seconds."""
        assert self._process is not None
        process, self._process = self._process, None
        process.terminate()
        async with asyncio.timeout(30):
            _, log = await process.communicate()
        return process.returncode, log.decode()


@pytest.mark.parametrize("hangs", ["banner", "mail", "data"])
async def test_sigterm_while_the_server_hangs_leaves_every_mail_planned_and_the_next_worker_sends_each_once(
    flow: FlowRig, temporal: LocalTemporal, database_url: str, hangs: str
) -> None:
    await flow.stop_worker(SEND_QUEUE)
    server = SilentServer(hangs)
    await server.start()
    processes = Processes(flow, temporal, database_url)
    processes.mail_at(server.port)
    try:
        await flow.publish("hung", MAIL)
        runs = []
        for number in range(MANY):
            await flow.person(f"p{number}")
            runs.append(await flow.enroll("hung", f"p{number}"))
        await processes.start()
        await _met(server)

        async def all_begun() -> bool:
            described = [(await flow.handle(accepted).describe()).raw_description for accepted in runs]
            waiting = [activity.state for each in described for activity in each.pending_activities]
            return waiting == [PendingActivityState.PENDING_ACTIVITY_STATE_STARTED] * MANY

        await flow.until(all_begun)
        returned, log = await processes.end()
        assert returned == 0, log
        rows = await flow.services.database.pool.fetch("SELECT state, claimed_by, reason FROM send")
        # What waited for a connection is not stored.
        assert {(row["state"], row["claimed_by"]) for row in rows} <= {("planned", None)}, log
        assert {(await flow.steps(accepted))["one"] for accepted in runs} == {"planned"}
        server.wake()
        await processes.start()
        for accepted in runs:
            await flow.until_step(accepted, "one")
        assert sorted(server.taken.values()) == [1] * MANY
        assert await flow.listed(listings.NOTIFICATIONS) == []
    finally:
        await processes.kill()
        await server.stop()
        await flow.start_worker(SEND_QUEUE)
