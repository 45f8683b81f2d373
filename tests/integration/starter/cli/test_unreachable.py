"""``relance unreachable`` on a real Postgres."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: str, status: int = 0) -> Any:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["unreachable", *arguments])
        assert done.exit_code == status, done.output + str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else " ".join(done.output.split())

    return call


async def test_addresses_that_return_mail_are_listed_and_may_be_said_to_work(
    relance: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    assert "no address returned mail too often" in await relance()
    await sql("INSERT INTO person (id, email) VALUES ('p1', 'P1@client.example')")
    await sql(
        "INSERT INTO suppression (address, channel, reason, source, since) VALUES "
        "('p1@client.example', 'email', 'soft_bounces', 's1', $1), "
        "('gone@client.example', 'email', 'bounced', 's2', $1)",
        NOW,
    )
    assert await relance("--json") == [
        {"address": "p1@client.example", "since": "2027-05-04T09:00:00Z", "person_id": "p1", "returned": 0}
    ]
    assert "p1@client.example" in await relance()
    assert await relance("--works", "p1@CLIENT.example", "--json") == {"address": "p1@client.example", "works": True}
    assert await relance("--json") == []
    assert "relance unreachable" in await relance("--works", "p1@client.example", status=3)
    # A dead address is another matter.
    assert "did not return mail" in await relance("--works", "gone@client.example", status=3)
