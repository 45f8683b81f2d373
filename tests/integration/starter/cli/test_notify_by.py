"""``relance notify-by`` against a real Postgres."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

run = CliRunner()


@pytest.fixture
async def notify_by(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    await sql("INSERT INTO owner (id, email) VALUES ('dana', 'dana@agency.example'), ('eli', NULL)")

    async def call(*arguments: str, status: int = 0) -> Any:
        done = await asyncio.to_thread(run.invoke, app, ["notify-by", *arguments])
        assert done.exit_code == status, done.output
        return done

    return call


@pytest.mark.parametrize("way", ["email", "digest", "none"])
async def test_the_way_is_stored(
    notify_by: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], way: str
) -> None:
    done = await notify_by("dana", way, "--json")
    assert json.loads(done.stdout) == {"owner": "dana", "notify_by": way, "reachable": True}
    assert [row["notify_by"] for row in await sql("SELECT notify_by FROM owner WHERE id = 'dana'")] == [way]


async def test_people_are_told_in_words_and_warned_when_there_is_no_address(
    notify_by: Callable[..., Awaitable[Any]],
) -> None:
    assert "dana is notified by e-mail, once a day" in (await notify_by("dana", "digest")).stdout
    done = await notify_by("eli", "email")
    assert "has no e-mail address yet" in done.stderr
    assert "no e-mail address" not in (await notify_by("eli", "none")).output


async def test_an_unknown_owner_and_an_unknown_way_are_errors(notify_by: Callable[..., Awaitable[Any]]) -> None:
    assert "unknown owner nobody" in (await notify_by("nobody", "email", status=3)).stderr
    assert "fax" in (await notify_by("dana", "fax", status=2)).stderr
