"""Real servers for the tests that cross a border. Started once a session, stopped by process id at its end."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.postgres import migrations
from starter.local.postgres import LocalPostgres
from starter.local.temporal import LocalTemporal
from tests.support import honest_rows
from tests.support.databases import run_sql

_numbers = itertools.count(1)
_ROOM = 4 * 2**30

# A terminal's width in the environment would lay out tables otherwise than the tests of the CLI expect.
os.environ.pop("COLUMNS", None)


class _WithoutModels(MetaPathFinder):
    """Refuses what is big: a test that needs no model must not pay for one."""

    refused = ("torch", "flair", "transformers")

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.partition(".")[0] in self.refused:
            raise ModuleNotFoundError(f"{fullname} is imported, under --without-models", name=fullname)


# Each test in these folders waits for a server, a browser or a model for a second or more.
_SLOW = tuple(
    Path(__file__).parent / folder
    for folder in (
        "browser",
        "e2e",
        "flows",
        "integration/adapters/sentiment",
        "integration/adapters/temporal",
        "upgrade",
    )
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in _SLOW):
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    # Thirteen thousand tests are there to stay: the garbage collector need not look at them time and again.
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-models", action="store_true", help="every import of torch, flair or transformers fails")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--without-models"):
        sys.meta_path.insert(0, _WithoutModels())


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Not under pytest's own folder: every start of pytest shuts that one to other users, and Postgres is one."""
    # In memory where there is room: a test's database is ten megabytes that nobody will read again.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    with tempfile.TemporaryDirectory(prefix="relance-tests-", dir=memory if roomy else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _honest_rows() -> None:
    """What Postgres gives is compared with what the queries declare."""
    honest_rows.watch()


@pytest_asyncio.fixture(scope="session")
async def postgres(scratch: Path) -> AsyncIterator[LocalPostgres]:
    """A real server, with a migrated template database."""
    async with LocalPostgres(scratch, fsync=False) as server:
        await run_sql(server.url_of("postgres"), "CREATE DATABASE migrated")
        await migrations.apply(server.url_of("migrated"))
        yield server


@pytest_asyncio.fixture
async def database_url(postgres: LocalPostgres) -> AsyncIterator[str]:
    """A fresh, migrated database for one test: a clone of the template."""
    name = f"test_{next(_numbers)}"
    await run_sql(postgres.url_of("postgres"), f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY file_copy")
    yield postgres.url_of(name)
    await run_sql(postgres.url_of("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture(scope="session")
async def temporal(scratch: Path) -> AsyncIterator[LocalTemporal]:
    """A real dev server that can skip time for a single workflow."""
    async with LocalTemporal(scratch, time_skipping=True, ui_port=None) as server:
        yield server
