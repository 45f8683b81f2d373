"""``relance closed`` against a real Postgres: days close, open and are listed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app


async def closed(*arguments: str, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["closed", *arguments])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if "--json" in arguments and not status else done.output


async def test_days_close_for_everybody_and_for_an_owner_and_open_again(
    in_environment: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    assert "no day is closed" in await closed()
    await sql("INSERT INTO owner (id) VALUES ('dana')")
    assert "10 days closed" in await closed("2026-12-24..2027-01-02", "--all")
    assert await closed("2026-08-03..2026-08-14", "--owner", "dana", "--json") == {
        "days": "2026-08-03..2026-08-14",
        "owner": "dana",
        "removed": False,
        "changed": 12,
        "runs": 0,
    }
    assert "1 day opened" in await closed("2026-12-30", "--all", "--remove")
    found = await closed("--list", "--json")
    assert [(row["first"], row["days"], row["owner"]) for row in found["closed"]] == [
        ("2026-12-24", 6, None),
        ("2026-12-31", 3, None),
        ("2026-08-03", 12, "dana"),
    ]
    assert found["planning"] == 0
    assert "2026-12-31" in await closed()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["2026-12-24"], 2),
        (["2026-12-24", "--all", "--owner", "dana"], 2),
        (["2026-12-24", "--owner", "nobody"], 3),
        (["2026-12-24..2026-12-01", "--all"], 2),
        (["--remove"], 2),
    ],
)
async def test_what_makes_no_sense_is_refused(in_environment: None, arguments: list[str], status: int) -> None:
    await closed(*arguments, status=status)
