"""``relance up`` as a subprocess, as a person would start it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.rigs.up import Up, relance, start_up
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module")
async def up() -> AsyncIterator[Up]:
    """One stack for the tests of a file: five processes that would be busy until the end of the session."""
    with tempfile.TemporaryDirectory(prefix="relance-up-") as folder:
        running = await start_up(Path(folder))
        yield running
        await running.stop()


@pytest.fixture
def call() -> Callable[..., Awaitable[tuple[int, str]]]:
    return relance


@pytest.fixture
def wait() -> Callable[..., Awaitable[None]]:
    return until


@pytest.fixture
def start() -> Callable[[Path, Sequence[str]], Awaitable[Up]]:
    return start_up
