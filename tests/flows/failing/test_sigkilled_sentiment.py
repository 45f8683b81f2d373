"""A sentiment worker that is killed outright (SIGKILL) in the middle of a batch: every reply is scored by the next one.

Temporal hears of it when the heartbeats have stayed away for 20 seconds, which is what this test waits for.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sequences.names import SENTIMENT_QUEUE
from starter.local.mail_capture import list_mail
from tests.support.processes.workers import WorkerProcesses
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.enrolling.enroll import Accepted
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig

ROOT = Path(__file__).parents[3]
ONCE = "sequence: once\nname: Once\nrecord: person\nfrequency_cap: exempt\nsteps: [{id: one, email: bd/introduce}]\n"
REPLIES = 12


class Processes(WorkerProcesses):
    """Sentiment workers whose model is in our hands."""

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "tests" / "support" / "processes" / "sentiment_worker.py"),
            env=self._environment | {"PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def judging(self) -> int:
        """Waits for the model's next call; how many replies it has in hand."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await self._process.stdout.readline()).decode()
        word, _, count = line.partition(" ")
        assert word == "judging", line
        return int(count)

    def answer(self) -> None:
        """Lets one call of the model end."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")

    def answer_all(self) -> None:
        """Lets every call end."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()


@pytest.fixture
async def processes(flow: FlowRig, temporal: LocalTemporal, database_url: str) -> AsyncIterator[Processes]:
    await flow.stop_worker(SENTIMENT_QUEUE)
    started = Processes(flow, temporal, database_url)
    yield started
    await started.kill()


async def _started(flow: FlowRig) -> list[Accepted]:
    await flow.publish("once", ONCE)
    for number in range(REPLIES):
        await flow.person(f"p{number}")
    runs = [await flow.enroll("once", f"p{number}") for number in range(REPLIES)]
    for accepted in runs:
        await flow.until_step(accepted, "one")
    return runs


async def test_every_reply_is_scored_after_a_kill_in_the_middle_of_a_batch(flow: FlowRig, processes: Processes) -> None:
    runs = await _started(flow)
    for number, accepted in enumerate(runs):
        await flow.reply(accepted, f"Reply {number} from me")
    await processes.start()
    await processes.judging()
    processes.answer()
    in_hand = await processes.judging()
    await processes.kill()
    scored = [row for accepted in runs for row in await flow.rows("reactions_of", enrollment_id=accepted.enrollment)]
    assert in_hand >= 1
    assert sum(row["label"] is None for row in scored) >= in_hand

    await processes.start()
    processes.answer_all()

    async def all_over() -> bool:
        return [await flow.state(accepted) for accepted in runs] == ["stopped"] * REPLIES

    # Far less than the five minutes that one attempt may take.
    await flow.until(all_over)
    for number, accepted in enumerate(runs):
        [row] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        assert (row["label"], row["confidence"]) == ("positive", pytest.approx(number / 1000))
        assert row["handled_at"] is not None
    assert len(list_mail(flow.mail.folder)) == REPLIES
