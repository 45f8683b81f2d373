"""A send worker is killed by SIGKILL again and again: nobody gets two copies, and every doubt is told and resolved.

`RELANCE_FIRE=1000` sends as many mails with a hundred kills (60 with six otherwise); `RELANCE_FIRE_SEED=7` repeats the
chances of a run that failed.
"""

# ruff: noqa: T201 - the figures of a full run
from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.rigs.send import NOW, SendRig, send_rig
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SENDS = int(os.environ.get("RELANCE_FIRE", "60"))
SEED = int(os.environ.get("RELANCE_FIRE_SEED", "1"))
KILLS = max(6, SENDS // 10)
ROOT = Path(__file__).parents[2]
_MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE)


@dataclass
class Sink:
    """A real SMTP server that now and then refuses, is slow, or takes a mail and hangs up without a word."""

    chance: random.Random
    copies: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    hung_up: int = 0
    said: int = 0
    port: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def words(self, number: int, seconds: float) -> None:
        """Waits until so many more lines were exchanged, or nobody talks any more."""
        wanted = self.said + number
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.said < wanted:
                    self.heard.clear()
                    await self.heard.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._say(writer, "220 sink")
            while line := await reader.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    await self._say(writer, "354 go on")
                    await self._take(reader, writer)
                elif word == b"RCPT" and self.chance.random() < 0.06:
                    self.refused += 1
                    await self._say(writer, self.chance.choice(["451 4.3.0 later", "450 4.2.1 later", "554 5.7.1 no"]))
                else:
                    await self._say(writer, "221 bye" if word == b"QUIT" else "250 ok")
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # killed
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter, words: str) -> None:
        self.said += 1
        self.heard.set()
        writer.write(words.encode() + b"\r\n")
        await writer.drain()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail = await reader.readuntil(b"\r\n.\r\n")
        found = _MESSAGE_ID.search(mail)
        assert found is not None
        self.copies[found[1].decode()] += 1
        self.said += 1
        self.heard.set()
        # In this time the mail is taken and nobody has heard of it.
        await asyncio.sleep(self.chance.uniform(0, 0.02))
        if self.chance.random() < 0.03:
            self.hung_up += 1
            raise ConnectionAbortedError
        await self._say(writer, "250 2.0.0 OK: queued as 4F2A1B9C0D")


class Workers:
    """Starts send workers, one at a time, and kills them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = 0

    async def line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)).decode().strip()

    async def start(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"start\n")
        self.pid = int(await self.line())

    def kill(self) -> None:
        """No last words. One that was through already is gone, and needs no killing."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Waits until the process is no more: two at once would be what Temporal does not allow."""
        while os.path.exists(f"/proc/{self.pid}"):  # noqa: ASYNC110, PTH110 - another process; no disk
            await asyncio.sleep(0.002)


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as opened:
        yield opened


@contextlib.asynccontextmanager
async def _workers(database_url: str, port: int) -> AsyncIterator[Workers]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests" / "support" / "processes" / "send_worker.py"),
        database_url,
        str(port),
        env=os.environ | {"PYTHONPATH": f"{ROOT}"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    workers = Workers(process)
    try:
        assert await workers.line() == "ready"
        yield workers
    finally:
        if workers.pid:
            workers.kill()
        process.kill()
        await process.communicate()


async def _planned(rig: SendRig) -> int:
    found = await rig.fetch("SELECT count(*) AS left FROM enrollment_step WHERE state = 'planned'")
    return int(found[0]["left"])


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="sees in /proc when a process has ended")
async def test_nobody_gets_two_copies_and_every_doubt_is_told_and_resolved(rig: SendRig, database_url: str) -> None:
    chance = random.Random(SEED)
    sink = Sink(random.Random(SEED + 1))
    await sink.start()
    await rig.publish("fire")
    runs = [await rig.ready("fire", frozen=False) for _ in range(SENDS)]
    killed = 0
    async with asyncio.timeout(60 + SENDS * 0.5), _workers(database_url, sink.port) as workers:
        while killed < KILLS and (left := await _planned(rig)):
            # A mail is at least three lines: what is left of them is shared out among the kills that are left.
            share = 3 * left / (KILLS - killed)
            await workers.start()
            await sink.words(chance.randrange(1, max(2, int(1.7 * share))), seconds=5.0)
            await asyncio.sleep(chance.uniform(0, 0.01))
            workers.kill()
            await workers.gone()
            killed += 1
        await workers.start()
        while await _planned(rig):  # noqa: ASYNC110 - the work is another process's
            await asyncio.sleep(0.05)
        workers.kill()
        await workers.gone()
    await sink.stop()
    await _judge(rig, sink, runs_of=len(runs), killed=killed)


async def _judge(rig: SendRig, sink: Sink, *, runs_of: int, killed: int) -> None:
    rows = await rig.fetch("SELECT s.*, t.state AS step_state FROM send s JOIN enrollment_step t USING (enrollment_id)")
    states = Counter(row["state"] for row in rows)
    print(
        f"\n{runs_of} sends, {killed} kills, {sink.refused} refusals, {sink.hung_up} hang-ups after the final dot: "
        f"{dict(states)}, {sink.copies.total()} copies, {max(sink.copies.values())} at the most of one"
    )
    assert len(rows) == runs_of
    assert killed == KILLS
    assert max(sink.copies.values()) == 1
    assert set(states) <= {"sent", "failed", "unknown"}
    assert all(row["state"] == row["step_state"] for row in rows)
    copies = {row["id"]: sink.copies[row["message_id"]] for row in rows}
    assert {copies[row["id"]] for row in rows if row["state"] == "sent"} == {1}
    assert {copies[row["id"]] for row in rows if row["state"] == "failed"} <= {0}
    unknown = {row["enrollment_id"]: row for row in rows if row["state"] == "unknown"}
    assert unknown, "no send was hit: the fire is too weak to prove anything"
    told = set(await rig.told())
    assert set(unknown) <= told
    assert {row["enrollment_id"] for row in rows if row["state"] == "failed"} <= told
    # The Sent folder holds what the sink took: that is proved, and the rest is believed after a day.
    rig.sent.filed_ids = {message for message, number in sink.copies.items() if number}
    arrived = sum(copies[row["id"]] for row in unknown.values())
    done = await rig.reconcile(NOW)
    assert (done.proved, done.waiting) == (arrived, len(unknown) - arrived)
    done = await rig.reconcile(NOW + timedelta(hours=25))
    assert done.assumed_sent == len(unknown) - arrived
    assert await rig.fetch("SELECT id FROM send WHERE state = 'unknown' AND resolution IS NULL") == []
    told_twice = await rig.fetch("SELECT enrollment_id FROM notification GROUP BY 1 HAVING count(*) > 1")
    assert told_twice == []
