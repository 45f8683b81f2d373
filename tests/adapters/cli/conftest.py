"""What tests of commands share: a real Postgres in the environment; Temporal is a recorder behind the same port."""

import asyncpg
import pytest

from sequences.rule_runs import ScanState
from sequences.run import CommandAnswer
from starter import rule_orders, services


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


class RecordedRules:
    """``starter.rule_orders.RuleOrders`` that remembers what it was asked; a scan is done at the second look."""

    def __init__(self):
        self.schedules, self.scans, self.woken, self.looks, self.error = {}, [], 0, 0, None
        self.found = {"matched": 3, "enrolled": 2, "refused": 1}

    async def wake(self):
        self.woken += 1
        if self.error:
            raise self.error

    async def start_scan(self, sequence, origin):
        if self.error:
            raise self.error
        self.scans.append((sequence, origin))
        return f"rule-scan:{sequence}"

    async def scanned(self, sequence):
        self.looks += 1
        origin = self.scans[-1][1].value
        return ScanState(sequence, origin, done=self.looks > 1, **(self.found if self.looks > 1 else {}))

    async def ensure_schedule(self, sequence, *, wanted=True):
        if self.error:
            raise self.error
        self.schedules[sequence] = wanted


class RecordedWindows:
    """``activities.ports.Windows`` that remembers what it was told."""

    def __init__(self):
        self.started, self.told = [], []

    async def start(self, state):
        self.started.append(state)

    async def change(self, state, change):
        self.told.append(change)

    async def tell(self, sequence, person, change):
        self.told.append(change)


@pytest.fixture
def rules(monkeypatch):
    recorded = RecordedRules()

    async def connect(*_):
        return None

    monkeypatch.setattr(rule_orders, "connect", connect)
    monkeypatch.setattr(rule_orders, "TemporalRules", lambda *_: recorded)
    return recorded


@pytest.fixture
def runs(monkeypatch, rules):
    recorded = RecordedRuns()

    async def connect(*_):
        return None

    monkeypatch.setattr(services, "connect", connect)
    monkeypatch.setattr(services, "TemporalRuns", lambda _client: recorded)
    monkeypatch.setattr(services, "TemporalWindows", lambda _client: RecordedWindows())
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
