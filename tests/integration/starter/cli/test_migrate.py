"""``relance migrate`` against a real Postgres; Temporal is a recorder behind the same port."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from sequences.errors import RefusedError, UnavailableError
from starter.cli.main import app
from tests.support.rigs.cli import RecordedRuns

run = CliRunner()
V1 = (
    "sequence: a\nname: A\nrecord: person\nsteps:\n"
    "- {id: one, email: hello}\n- {id: two, when: 1 day after one, email: hello}\n"
)
V2 = V1.replace("id: two", "id: three")


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: str, status: int = 0, typed: Any = None) -> Any:
        done = await asyncio.to_thread(run.invoke, app, list(arguments), typed)
        assert done.exit_code == status, done.output
        return done

    return call


@pytest.fixture
async def enrollment(relance: Callable[..., Awaitable[Any]], database_url: str, tmp_path: Path) -> Any:
    """A run on version 1 while version 2 is published; version 3 is about placements."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "INSERT INTO person (id, first_name, last_name, email) VALUES ('p1', 'Ana', 'Example', 'ana@example.com')"
        )
    finally:
        await connection.close()
    (tmp_path / "sequences").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.email.txt").write_text("Subject: Hello\n\nOne.\n")
    file = tmp_path / "sequences" / "a.yaml"
    file.write_text(V1)
    await relance("publish", str(file))
    accepted = json.loads((await relance("enroll", "a", "p1", "--json")).stdout)
    for text in (V2, V1.replace("record: person", "record: placement")):
        file.write_text(text)
        await relance("publish", str(file))
    return accepted["enrollment"]


async def test_a_dry_run_shows_who_from_where_and_to_where_and_commands_nothing(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, enrollment: Any
) -> None:
    found = json.loads((await relance("migrate", "a", "--to", "2", "--dry-run", "--json")).stdout)
    (one,) = found["runs"]
    assert (found["dry_run"], found["totals"]["movable"], found["totals"]["refused"], found["moved"]) == (
        True,
        1,
        0,
        [],
    )
    assert (one["enrollment"], one["person"], one["refused"]) == (enrollment, "Ana Example", None)
    assert (one["from"]["version"], one["to"]["version"], one["to"]["next_step"]) == (1, 2, "one")
    assert (one["cancelled"], one["not_sent"]) == (["two"], {})
    shown = (await relance("migrate", "a", "--to", "2", "--dry-run")).stdout
    assert "Ana Example" in shown
    assert "1 run would move, 0 refused, 0 already on it; sent twice: 0" in shown
    assert runs.commands == []


async def test_it_asks_and_no_means_no(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, enrollment: Any
) -> None:
    await relance("migrate", "a", "--to", "2", typed="n\n", status=1)
    assert runs.commands == []
    done = await relance("migrate", "a", "--to", "2", "--reason", "shorter", typed="y\n")
    assert "1 run moved to version 2" in done.stdout
    ((workflow, command),) = runs.commands
    assert workflow == "enrollment:a:p1"
    assert (command.kind, command.mode, command.reason) == ("move", "2", "shorter")
    assert command.id == f"move:{enrollment}:2:0"


async def test_refusals_are_reported_with_status_4(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, enrollment: Any
) -> None:
    done = await relance("migrate", "a", "--to", "3", "--yes", "--json", status=4)
    assert json.loads(done.stdout)["runs"][0]["refused"] == "version 3 is about a placement, version 1 about a person"
    assert runs.commands == []
    runs.error = RefusedError("run", "the run says no")
    done = await relance("migrate", "a", "--to", "2", "--yes", status=4)
    assert f"{enrollment}: refused: the run says no" in done.stderr


async def test_nobody_answers_is_status_5_and_an_unknown_version_3(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, enrollment: Any
) -> None:
    runs.error = UnavailableError("no worker answered in time")
    done = await relance("migrate", "a", "--to", "2", "--yes", "--json", status=5)
    assert json.loads(done.stdout)["unanswered"] == [{"enrollment": enrollment, "reason": "no worker answered in time"}]
    assert "in version 9" in (await relance("migrate", "a", "--to", "9", status=3)).stderr
    await relance("migrate", "b", "--to", "1", status=3)


async def test_runs_that_are_there_already_are_passed_over(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, enrollment: Any
) -> None:
    done = await relance("migrate", "a", "--to", "1", "--yes")
    assert "no open run of a is on another version" in done.stdout
    assert "1 already on it" in done.stdout
    assert runs.commands == []
