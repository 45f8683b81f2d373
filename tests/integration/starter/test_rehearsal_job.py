"""The job of a rehearsal with a process that plays none: what it says, and how it ends."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from sequences.errors import PermanentError, UnavailableError
from services.jobs.job import Job, JobProgress
from starter.rehearsal.job import Rehearse
from tests.support.rigs.api import ApiRig

JOB = Job("jaaaaaaaaaaaa", "rehearse", "sequence:hello", {"draft": False}, 0)
WAITS = """
import signal, sys, time
def leave(*_):
    open(sys.argv[1], "w").write("left")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print('{"total": 3}', flush=True)
print('{"over": 1}', flush=True)
while True:
    time.sleep(1)
"""


def work(api: ApiRig, script: str, *words: str) -> Rehearse:
    return Rehearse(api.database, api.clock, (sys.executable, "-c", script, *words))


@pytest.mark.parametrize(
    ("says", "kind", "words"),
    [
        ('print(\'{"problem": "nobody would enter", "again": false}\')', PermanentError, "nobody would enter"),
        ('print(\'{"problem": "Postgres is away", "again": true}\')', UnavailableError, "Postgres is away"),
        ("raise SystemExit(3)", PermanentError, "ended in the middle"),
    ],
)
async def test_what_goes_wrong_is_said(api: ApiRig, says: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        await work(api, says).carry_out(JOB, JobProgress())
    assert await api.fetch("SELECT 1 FROM rehearsal") == []


async def test_one_that_is_cancelled_ends_its_process_first(api: ApiRig, tmp_path: Path) -> None:
    left, progress = tmp_path / "left", JobProgress()
    playing = asyncio.create_task(work(api, WAITS, str(left)).carry_out(JOB, progress))

    async def plays() -> bool:
        return (progress.done, progress.total) == (1, 3)

    await api.until(plays)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert left.read_text() == "left"
