"""An installation of 0.1 for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from starter.local.postgres import LocalPostgres
from tests.support.rigs.upgraded import Old, open_old


@pytest_asyncio.fixture
async def old(postgres: LocalPostgres, tmp_path: Path) -> AsyncIterator[Old]:
    async with open_old(postgres, tmp_path) as old:
        yield old
