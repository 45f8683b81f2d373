"""What tests of commands share: a real Postgres in the environment; Temporal is a recorder behind the same port."""

import asyncpg
import pytest

from sequences.run import CommandAnswer
from starter import services


class RecordedRuns:
    """``activities.ports.Runs`` that remembers what it was asked."""

    def __init__(self):
        self.started, self.commands, self.error = [], [], None

    async def start(self, workflow_id, state):
        self.started.append((workflow_id, state))
        if self.error:
            raise self.error

    async def react(self, workflow_id, reaction):
        raise AssertionError("no command signals")

    async def follow_up_late(self, enrollment, reaction):
        raise AssertionError("no command follows up")

    async def command(self, workflow_id, command):
        self.commands.append((workflow_id, command))
        if self.error:
            raise self.error
        return CommandAnswer(changed=True, phase="paused", detail="")


@pytest.fixture
def runs(monkeypatch):
    recorded = RecordedRuns()

    async def connect(*_):
        return None

    monkeypatch.setattr(services, "connect", connect)
    monkeypatch.setattr(services, "TemporalRuns", lambda _client: recorded)
    return recorded


@pytest.fixture
def in_environment(database_url, runs, monkeypatch, tmp_path):
    """The settings that a command reads, for a fresh database; Temporal is ``runs``."""
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
    monkeypatch.setenv("RELANCE_DATABASE_URL", database_url)
    for name in ("BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.setenv(f"RELANCE_{name}", "x" * 32)


@pytest.fixture
def sql(database_url):
    async def execute(statement, *values):
        connection = await asyncpg.connect(database_url)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    return execute
