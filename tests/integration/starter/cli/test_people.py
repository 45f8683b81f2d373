"""``relance people`` and the other lists of rows, as JSON and when there is nothing to show."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.rigs.cli import REVIEWED_AT

EMPTY = {
    "people": "no people yet",
    "tasks": "no tasks",
    "leads": "no leads",
    "lists": "no list has members",
    "notifications": "no notifications",
    "unmatched": "no unmatched messages",
    "enrollments": "no enrollments",
    "batches": "no one waits to be enrolled",
}


@pytest.mark.parametrize("name", EMPTY)
async def test_an_empty_list_says_so(command: Callable[..., Awaitable[Any]], name: str) -> None:
    assert (await command(name)).startswith(EMPTY[name])
    assert await command(name, "--json") == []


async def test_people_whom_the_crm_deleted_are_not_listed(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql(
        "INSERT INTO person (id, first_name, last_name, email, deleted_at) VALUES"
        " ('p1', 'Ana', 'Example', 'ana@client.example', NULL), ('p2', 'Ben', 'Gone', NULL, $1),"
        " ('p3', 'Cem', 'Example', NULL, NULL)",
        REVIEWED_AT,
    )
    await sql(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p3', 'all', 'opt_out', 's', $1)",
        REVIEWED_AT,
    )
    people = await command("people", "--json")
    assert [(each["id"], each["suppressed"], each["open_runs"]) for each in people] == [
        ("p1", False, 0),
        ("p3", True, 0),
    ]
    assert set(people[0]) == {
        "id",
        "type",
        "first_name",
        "last_name",
        "email",
        "phone",
        "status",
        "owner_id",
        "open_runs",
        "suppressed",
    }
    assert [each["id"] for each in await command("people", "--json", "--limit", 1)] == ["p1"]
    assert "Ana Example (p1)" in await command("people")
