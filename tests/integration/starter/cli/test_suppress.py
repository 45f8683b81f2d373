"""``relance suppress``: an address is not contacted any more, or again, with a reason."""

from collections.abc import Awaitable, Callable
from typing import Any


async def test_added_once_and_lifted_with_a_reason(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    assert await command("suppress", "Ann@Client.example", "--json") == {
        "address": "ann@client.example",
        "channel": "all",
        "repeated": False,
    }
    assert "was suppressed already" in await command("suppress", "ann@client.example")
    await command("suppress", "ann@client.example", "--channel", "email")
    assert "say why it is lifted" in await command("suppress", "ann@client.example", "--lift", status=4)
    done = await command("suppress", "ann@client.example", "--lift", "--because", "she called", "--json")
    assert (done["address"], len(done["lifted"])) == ("ann@client.example", 2)
    kept = await sql("SELECT lifted_by, reason FROM suppression_lift")
    assert {(row["lifted_by"], row["reason"]) for row in kept} == {("CLI", "she called")}
    assert [row["act"] for row in await sql("SELECT act FROM audit_event")] == ["lift_suppression"] * 2
    assert "nothing is in force" in await command(
        "suppress", "ann@client.example", "--lift", "--because", "x", status=3
    )
    assert "neither an address nor a number" in await command("suppress", "nobody", status=4)
