"""``relance dismiss``: an unmatched message leaves the queue, once."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.rigs.cli import REVIEWED_AT


async def test_a_message_is_put_aside_by_its_first_characters(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, reply_text, text, detail, state) VALUES"
        " ('i1aaaaaaaaaa', 'k', 'email', $1, 'x', 'human', 'Who are you?', '', '{}', 'unmatched')",
        REVIEWED_AT,
    )
    assert [each["id"] for each in await command("unmatched", "--json")] == ["i1aaaaaaaaaa"]
    assert await command("dismiss", "i1aaaa", "--json") == {"inbound": "i1aaaaaaaaaa", "repeated": False}
    assert await command("unmatched", "--json") == []
    assert "was already dismissed" in await command("dismiss", "i1aaaaaaaaaa")
    assert "relance unmatched" in await command("dismiss", "i9aaaa", status=3)
