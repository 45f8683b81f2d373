"""Real servers for the tests that cross a border. Started once a session, stopped by process id at its end."""

from __future__ import annotations

import functools
import gc
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_asyncio

from starter.local.postgres import LocalPostgres
from starter.local.temporal import LocalTemporal
from tests.support import few_authorities, honest_rows
from tests.support.databases import Databases
from tests.support.scheduling import FilesTogether

_ROOM = 4 * 2**30

# httpcore looks for it at each request, through the whole path, when it is not installed.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

# Temporal's server is given memory instead of time: it collects garbage less often. So are we.
os.environ.setdefault("GOGC", "400")
gc.set_threshold(50_000, 20, 20)

# Threads of torch wait for each other without sleeping, for whole turns of a core where processes share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# On a busy machine an example takes as long as the others let it: pytest's own timeout finds what hangs.
hypothesis.settings.register_profile("daily", deadline=None)
hypothesis.settings.register_profile("nightly", max_examples=10_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "daily"))

# A terminal's width in the environment would lay out tables otherwise than the tests of the CLI expect.
os.environ.pop("COLUMNS", None)


class _WithoutModels(MetaPathFinder):
    """Refuses what is big: a test that needs no model must not pay for one."""

    refused = ("torch", "flair", "transformers")

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.partition(".")[0] in self.refused:
            raise ModuleNotFoundError(f"{fullname} is imported, under --without-models", name=fullname)


# Each test in these folders waits for a server, a browser or a model for a second or more. The first two have what one
# process has to do alone, and takes longest over.
_SLOW = tuple(
    Path(__file__).parent / folder
    for folder in (
        "e2e",
        "integration/adapters/sentiment",
        "browser",
        "flows",
        "integration/adapters/temporal",
        "upgrade",
    )
)


@functools.cache
def _place(path: Path) -> int:
    """Where its folder is in ``_SLOW``, or behind all of them."""
    return next((place for place, folder in enumerate(_SLOW) if path.is_relative_to(folder)), len(_SLOW))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _place(item.path) < len(_SLOW):
            item.add_marker("slow")
    # What takes long begins first: at the end all processes have something short left to do.
    items.sort(key=lambda item: _place(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    # Thirteen thousand tests are there to stay: the garbage collector need not look at them time and again.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Iterator[None]:
    # Until Python 3.11.8 a collection in the middle of ast.parse fails it, and with it the whole run (gh-106905).
    enabled = gc.isenabled()
    gc.disable()
    try:
        return (yield)
    finally:
        if enabled:
            gc.enable()


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


@pytest.fixture(scope="session", autouse=True)
def _few_authorities(scratch: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patches:
        few_authorities.trust_one(scratch, patches)
        yield


@pytest_asyncio.fixture(scope="session")
async def postgres(scratch: Path) -> AsyncIterator[LocalPostgres]:
    """A real server."""
    async with LocalPostgres(scratch, fsync=False) as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def databases(postgres: LocalPostgres) -> AsyncIterator[Databases]:
    databases = Databases(postgres)
    await databases.prepare()
    yield databases
    await databases.close()


@pytest_asyncio.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A fresh, migrated database for one test."""
    async with databases.fresh() as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def temporal(scratch: Path) -> AsyncIterator[LocalTemporal]:
    """A real dev server that can skip time for a single workflow."""
    async with LocalTemporal(scratch, time_skipping=True, ui_port=None) as server:
        yield server
