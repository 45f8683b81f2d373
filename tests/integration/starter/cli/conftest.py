"""What tests of commands share: a real Postgres in the environment; Temporal is a recorder behind the same port."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from services.operations import scan_orders
from starter import composition
from starter.cli.main import app
from tests.support.rigs.cli import REVIEWED_AT, RUN_OF_P1, RecordedRules, RecordedRuns, RecordedWindows
from tests.support.settings import SECRET


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> RecordedRules:
    recorded = RecordedRules()

    async def connect(*_: object) -> None:
        return None

    monkeypatch.setattr(scan_orders, "connect", connect)
    monkeypatch.setattr(scan_orders, "TemporalRules", lambda *_: recorded)
    return recorded


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, rules: RecordedRules) -> RecordedRuns:
    recorded = RecordedRuns()

    async def connect(*_: object) -> None:
        return None

    monkeypatch.setattr(composition, "connect", connect)
    monkeypatch.setattr(composition, "TemporalRuns", lambda _client: recorded)
    monkeypatch.setattr(composition, "TemporalWindows", lambda _client: RecordedWindows())
    return recorded


@pytest.fixture
def in_environment(database_url: str, runs: RecordedRuns, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The settings that a command reads, for a fresh database; Temporal is ``runs``."""
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
    monkeypatch.setenv("RELANCE_DATABASE_URL", database_url)
    for name in ("BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.setenv(f"RELANCE_{name}", SECRET)


@pytest_asyncio.fixture
async def sql(database_url: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Runs a statement; all of a test share a connection, since opening one is more work than most statements."""
    opened: list[asyncpg.Connection[asyncpg.Record]] = []
    one_by_one = asyncio.Lock()

    async def execute(statement: str, *values: object) -> Any:
        async with one_by_one:
            if not opened:
                opened.append(await asyncpg.connect(database_url))
            return await opened[0].fetch(statement, *values)

    yield execute
    for connection in opened:
        await connection.close()


@pytest.fixture
def command(in_environment: None) -> Callable[..., Awaitable[Any]]:
    """Runs a command: gives its JSON, or what it printed, in one line."""

    async def call(*arguments: object, status: int = 0) -> Any:
        # A thread: each command has an event loop of its own, as in a terminal.
        done = await asyncio.to_thread(CliRunner().invoke, app, [str(each) for each in arguments])
        assert done.exit_code == status, done.output + str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else " ".join(done.output.split())

    return call


@pytest.fixture
def review(in_environment: None) -> Callable[..., Awaitable[Any]]:
    """Runs ``relance review``."""

    async def call(*arguments: str, status: int = 0, as_json: bool = True) -> Any:
        given = ["review", *arguments, *(["--json"] if as_json else [])]
        done = await asyncio.to_thread(CliRunner().invoke, app, given)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and not status else done

    return call


@pytest.fixture
async def replied(sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[str]]:
    """A reply of p1 that its run has handled."""
    await sql("INSERT INTO person (id, first_name, last_name) VALUES ('p1', 'Ana', 'Example')")
    await sql("INSERT INTO sequence_version VALUES ('one', 1, '{}', '{}', 'x', $1)", REVIEWED_AT)
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state, "
        "enrolled_at) VALUES ($1, $1, 'one', 1, 'person', 'p1', 'p1', 'hand', 'stopped', $2)",
        RUN_OF_P1,
        REVIEWED_AT,
    )

    async def add(
        name: str,
        text: str = "Perhaps",
        *,
        label: str = "neutral",
        intent: str = "later",
        confidence: float = 0.4,
        held: bool = True,
        opt_out: bool = False,
        kind: str = "replied",
        handled: bool = True,
        minutes: int = 0,
        channel: str = "email",
        detail: str = "{}",
        person: str = "p1",
    ) -> str:
        at = REVIEWED_AT + timedelta(minutes=minutes)
        await sql(
            "INSERT INTO inbound (id, key, channel, received_at, raw, event, reply_text, text, detail, state) "
            "VALUES ($1, $1, $2, $3, 'x', 'human', $4, 'everything', $5, 'matched')",
            f"i{name}",
            channel,
            at,
            text,
            detail,
        )
        ident = f"r{name}aaaaaaaaaa"
        await sql(
            "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, inbound_id, holds, received_at, "
            "label, intent, confidence, held_for_review, opt_out, score_reasons, handled_at, decision, decision_reason)"
            " VALUES ($1, $1, $2, $13, $3, $4, $5, true, $6, $7, $8, $9, $10, $11, '{below_threshold}', $12, 'stop', "
            "'replied.neutral, needs review')",
            ident,
            RUN_OF_P1,
            kind,
            channel,
            f"i{name}",
            at,
            label,
            intent,
            confidence,
            held,
            opt_out,
            at if handled else None,
            person,
        )
        return ident

    return add
