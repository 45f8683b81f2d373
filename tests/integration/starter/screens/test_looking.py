"""Whatever a page shows is read by ``looking``: in one snapshot, and not for longer than a page may take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from adapters.postgres.database import Connection, Database
from sequences.access.role import Role
from tests.support.screens.console_routes import console_pages
from tests.support.screens.full_world import make_full_world
from tests.support.screens.rig import ConsoleRig

ROOT = Path(__file__).parents[4]
LOOKING = "services/console/looking.py"
# What a GET does besides reading, and why.
BESIDES = {
    "write_marked": "rows that numbers are counted from are written before they are read",
    "note": "that a file was saved is in the audit log before it is",
    "come_back": "that somebody came back from a provider in vain is in the audit log",
    "_new_challenge": "what a passkey signs is kept before it is asked for",
}
# It looks at the servers themselves, Postgres among them, on a connection of its own.
HEALTH = ("services/reading/health.py", "services/reading/probes.py", "services/doctor/", "starter/doctor.py")


def ours() -> Iterator[tuple[str, str]]:
    """File and name of the functions of the repository that are being run, the innermost first."""
    frame = sys._getframe(1)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT) and ".venv" not in file.parts:
            yield file.relative_to(ROOT).as_posix(), frame.f_code.co_name
        frame = frame.f_back  # type: ignore[assignment]


async def test_every_page_reads_by_looking(console: ConsoleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await make_full_world(console)
    console.see(role=Role.ADMIN)
    connect, found, looked = Database.connection, set[tuple[str, str]](), set[str]()
    here = ""

    def watched(self: Database) -> AbstractAsyncContextManager[Connection]:
        callers = [each for each in ours() if not each[0].startswith(("tests/", "adapters/postgres/database.py"))]
        if not callers or any(file.startswith(HEALTH) for file, _ in callers):
            return connect(self)
        if not any(file == LOOKING for file, _ in callers):
            found.add((here, callers[0][1]))
        else:
            looked.add(here)
        return connect(self)

    monkeypatch.setattr(Database, "connection", watched)
    for route, path in console_pages(console.api, world):
        here = route.path
        answer = await console.http.get(f"/console{path}")
        assert answer.status_code < 500, path
    assert sorted(each for each in found if each[1] not in BESIDES) == []
    assert {name for _, name in found} == set(BESIDES)
    assert len(looked) > 50
