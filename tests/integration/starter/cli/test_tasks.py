"""``relance tasks`` and what is done with a task; a real Postgres."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

runner = CliRunner()
TASK = "t" + "a" * 26


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0) -> Any:
        done = await asyncio.to_thread(runner.invoke, app, ["tasks", *map(str, arguments), "--json"])
        assert done.exit_code == status, done.output
        return done.stderr if status else json.loads(done.stdout)

    return call


@pytest.fixture
async def task(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> str:
    await sql("INSERT INTO owner (id) VALUES ('dana'), ('lee')")
    await sql("INSERT INTO person (id, first_name) VALUES ('p1', 'Ann')")
    await sql(
        "INSERT INTO sequence_version (sequence, version, definition, templates, fingerprint, published_at)"
        " VALUES ('s', 1, '{}', '{}', 'f', now())"
    )
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, lineage,"
        " state, enrolled_at)"
        " VALUES ('e' || repeat('a', 26), 'w', 's', 1, 'person', 'p1', 'p1', 'hand', '{}', 'active', now())"
    )
    await sql(
        "INSERT INTO task (id, title, kind, person_id, enrollment_id, owner_id, step, waited_for, due_at, created_at)"
        " VALUES ($1, 'Call Ann', 'call', 'p1', 'e' || repeat('a', 26), 'dana', 'call', true, now(), now())",
        TASK,
    )
    return TASK


async def test_a_task_is_listed_snoozed_given_away_and_done(
    relance: Callable[..., Awaitable[Any]], task: str, sql: Callable[..., Awaitable[Any]]
) -> None:
    (listed,) = await relance()
    assert (listed["id"], listed["kind"], listed["state"], listed["step"]) == (task, "call", "open", "call")
    assert await relance("--owner", "lee") == []
    assert (await relance("snooze", task[:6], "2 days"))["changed"] is True
    given = await relance("assign", task, "lee")
    assert (given["owner_id"], given["state"]) == ("lee", "open")
    assert len(await relance("list", "--owner", "lee", "--state", "open")) == 1
    done = await relance("done", task, "--by", "Lee")
    assert (done["state"], done["changed"], done["told"]) == ("done", True, True)
    again = await relance("done", task)
    assert (again["changed"], again["told"]) == (False, False)
    rows = await sql("SELECT kind, holds, delivered_at FROM reaction")
    assert [(row["kind"], row["holds"], row["delivered_at"]) for row in rows] == [("task_done", False, None)]
    assert await relance("--state", "open") == []


async def test_the_owner_of_a_list_may_be_the_beginning_of_an_id(
    relance: Callable[..., Awaitable[Any]], task: str, sql: Callable[..., Awaitable[Any]]
) -> None:
    whole = "7d0c1b52-0000-4000-8000-00000000d0d0"
    await sql("INSERT INTO owner (id) VALUES ($1)", whole)
    await sql("UPDATE task SET owner_id = $1", whole)
    assert [line["id"] for line in await relance("--owner", "7d0c1b52")] == [task]
    assert await relance("--owner", "dana") == []
    await sql("INSERT INTO owner (id) VALUES ('7d0c1b52-0000-4000-8000-00000000eeee')")
    assert "matches several owners" in await relance("--owner", "7d0c1b52", status=4)


async def test_what_cannot_be_done_says_why(
    relance: Callable[..., Awaitable[Any]], task: str, sql: Callable[..., Awaitable[Any]]
) -> None:
    assert "unknown task" in await relance("done", "tzzzzzzzz", status=3)
    assert "nobody" in await relance("assign", task, "nobody", status=3)
    assert "'soon' cannot be when a task is due" in await relance("snooze", task, "soon", status=2)
    await sql("UPDATE task SET state = 'closed', reason = 'opt_out'")
    for command in (("done", task), ("snooze", task, "1 day"), ("assign", task, "lee")):
        assert "the task was closed: opt_out" in await relance(*command, status=4)
