"""``relance jobs`` on a real Postgres."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.rigs.cli import REVIEWED_AT

JOB = (
    "INSERT INTO job (id, kind, subject, state, total, done, result, notes, created_at, not_before)"
    " VALUES ($1, $2, 'sequence:one', $3, $4, $5, $6, $7, $8, $8)"
)


async def test_long_work_is_listed_shown_and_cancelled(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    assert await command("jobs") == "no background work"
    await sql(JOB, "j1aaaaaaaaaa", "move_runs", "waiting", None, 0, None, [], REVIEWED_AT)
    await sql(JOB, "j2aaaaaaaaaa", "pause_runs", "running", 10, 4, None, [], REVIEWED_AT)
    notes = ["1 run: it is over"]
    await sql(JOB, "j3aaaaaaaaaa", "stop_runs", "done", 2, 2, "2 runs stopped", notes, REVIEWED_AT)
    assert [row["id"] for row in await command("jobs", "--json")] == ["j3aaaaaaaaaa", "j2aaaaaaaaaa", "j1aaaaaaaaaa"]
    assert [row["state"] for row in await command("jobs", "list", "--open", "--json")] == ["running", "waiting"]
    assert "4 of 10" in await command("jobs")
    shown = await command("jobs", "show", "j3aaaa")
    assert "2 runs stopped" in shown
    assert "1 run: it is over" in shown
    assert (await command("jobs", "show", "j3aaaa", "--json"))["notes"] == notes

    assert await command("jobs", "cancel", "j1aaaa", "--json") == {"id": "j1aaaaaaaaaa", "asked": True}
    assert "had ended already" in await command("jobs", "cancel", "j1aaaa")
    assert (await command("jobs", "show", "j1aaaa", "--json"))["state"] == "cancelled"
    assert "ask for the opposite" in await command("jobs", "cancel", "j2aaaa", status=4)
    assert "relance jobs" in await command("jobs", "show", "j9aaaa", status=3)
    assert [row["subject"] for row in await sql("SELECT subject FROM audit_event")] == ["job:j1aaaaaaaaaa"]
