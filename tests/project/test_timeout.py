"""A test that hangs fails alone, by the settings in pyproject.toml: the servers of the session stay, and stop once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HANGING = """
import asyncio, time
import pytest_asyncio

@pytest_asyncio.fixture(scope="session")
async def server():
    going = asyncio.create_task(asyncio.Event().wait())
    yield going
    print("server stopped")
    going.cancel()

@pytest_asyncio.fixture
async def part(server):
    yield server
    await asyncio.sleep(0)
    print("part stopped")

async def test_waits(part):
    await asyncio.Event().wait()

async def test_blocks(part):
    time.sleep(60)

async def test_after(part):
    await asyncio.sleep(0)
    assert not part.done()
"""


@pytest.mark.slow
def test_a_test_that_hangs_fails_alone(tmp_path: Path) -> None:
    file = tmp_path / "test_hanging.py"
    file.write_text(HANGING)
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", *settings, "--timeout=1", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("part stopped") == 3
    assert done.stdout.count("server stopped") == 1
