"""``relance windows`` where there is none; ``test_rules`` moves and lifts one."""

from collections.abc import Awaitable, Callable
from typing import Any


async def test_a_person_without_windows_and_one_who_is_unknown(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("INSERT INTO person (id) VALUES ('p1')")
    assert await command("windows", "p1", "--json") == []
    assert "never enrolled" in await command("windows", "p1")
    assert await command("windows", "show", "p1") == await command("windows", "p1")
    assert "no person" in await command("windows", "p9", status=3)
    for change in (("lift",), ("move", "--until", "6 months")):
        name, *options = change
        assert "no sequence" in await command("windows", name, "p1", "nowhere", *options, status=3)
