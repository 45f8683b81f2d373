"""``relance deliveries``: what waits, what is dead, and another try."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)
RUN = "e" + "a" * 26
STATES = ("pending", "dead", "failed", "done")


@pytest.fixture
async def deliveries(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> None:
    await sql("INSERT INTO person (id, first_name) VALUES ('p1', 'Ana')")
    await sql(
        "INSERT INTO sequence_version (sequence, version, fingerprint, definition, templates, published_at)"
        " VALUES ('hello', 1, 'f', '{}', '{}', $1)",
        NOW,
    )
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
        " enrolled_at) VALUES ($1, 'w', 'hello', 1, 'person', 'p1', 'p1', 'hand', 'finished', $2)",
        RUN,
        NOW,
    )
    for number, state in enumerate(STATES):
        await sql(
            "INSERT INTO follow_up (id, enrollment_id, cause, event, position, kind, arguments, state, result, at)"
            " VALUES ($1, $2, 'finished', 'finished', $3, 'webhook', $4, $5, 'HTTP 500', $6)",
            f"f{number}bbbbbbbbbb",
            RUN,
            number,
            json.dumps({"webhook": {"url": f"https://crm.example/\x1b{number}"}}),
            state,
            NOW + timedelta(minutes=number),
        )
    await sql(
        "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at)"
        " VALUES ('f9bbbbbbbbbb', $1, 'finished', 9, 'notify', '{\"notify\": \"owner\"}', 'done', $2)",
        RUN,
        NOW,
    )


async def called(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["deliveries", *arguments])


@pytest.mark.parametrize(
    ("arguments", "states"),
    [
        ((), ["pending", "dead"]),
        (("--dead",), ["dead"]),
        (("--pending",), ["pending"]),
        (("--dead", "--pending"), ["pending", "dead"]),
        (("--all",), list(STATES)),
        (("list", "--dead"), ["dead"]),
        (("--limit", "1"), ["pending"]),
    ],
)
async def test_the_list(deliveries: None, arguments: Any, states: list[str]) -> None:
    done = await called(*arguments, "--json")
    assert done.exit_code == 0, done.output
    assert [line["state"] for line in json.loads(done.stdout)] == states


async def test_the_table(deliveries: None) -> None:
    done = await called()
    assert done.exit_code == 0
    assert "HTTP 500" in done.stdout
    assert "\x1b" not in done.stdout


async def test_another_try(deliveries: None, sql: Callable[..., Awaitable[Any]]) -> None:
    done = await called("retry", "f1bbb", "--json")
    assert done.exit_code == 0, done.output
    assert (json.loads(done.stdout)["id"], json.loads(done.stdout)["state"]) == ("f1bbbbbbbbbb", "pending")
    delivered = await called("retry", "f3bbbbbbbbbb")
    assert (delivered.exit_code, "already delivered" in delivered.output) == (4, True)
    assert (await called("retry", "f8bbbbbbbbbb")).exit_code == 3
    # A notification is never delivered to another system.
    assert (await called("retry", "f9bbbbbbbbbb")).exit_code == 3
    both = await called("retry", "f1bbb", "--all")
    assert both.exit_code == (await called("retry")).exit_code == 2


async def test_another_try_for_everything_that_is_dead(deliveries: None) -> None:
    done = await called("retry", "--all")
    assert (done.exit_code, done.stdout) == (0, "1 dead delivery is retried within seconds\n")
    assert json.loads((await called("retry", "--all", "--json")).stdout) == {"retried": 0}
    assert "none is dead" in (await called("--dead")).stdout
