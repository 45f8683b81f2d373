"""``relance unknown`` on a real Postgres."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from tests.support.rigs.cli import REVIEWED_AT

SEND = (
    "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text,"
    " planned_at, claimed_at, reason, resolution) VALUES ('s' || rpad($1, 12, 'a'), 'e1aaaaaaaaaa', $1, 'p1', 'email',"
    " $2, 'a', 'b', '', '', $3, $3, 'the connection ended', $4)"
)


async def _run(sql: Callable[..., Awaitable[Any]]) -> None:
    await sql("INSERT INTO person (id, first_name, last_name) VALUES ('p1', 'Ana', 'Example')")
    await sql("INSERT INTO sequence_version VALUES ('one', 1, '{}', '{}', 'x', $1)", REVIEWED_AT)
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
        " enrolled_at) VALUES ('e1aaaaaaaaaa', 'e1aaaaaaaaaa', 'one', 1, 'person', 'p1', 'p1', 'hand', 'active', $1)",
        REVIEWED_AT,
    )


async def test_only_what_is_still_unknown_is_listed_and_the_oldest_first(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    assert await command("unknown") == "no unknown sends"
    await _run(sql)
    for number, (name, state, resolution) in enumerate(
        [
            ("later", "unknown", None),
            ("sooner", "unknown", None),
            ("went", "sent", None),
            ("told", "unknown", "assumed_sent"),
        ]
    ):
        await sql(SEND, name, state, REVIEWED_AT - timedelta(minutes=number), resolution)
    assert [row["step"] for row in await command("unknown", "--json")] == ["sooner", "later"]
    assert [row["step"] for row in await command("unknown", "--json", "--limit", 1)] == ["sooner"]
    shown = await command("unknown")
    assert "the connection ended" in shown
    assert "is treated as sent" in shown


async def test_who_has_looked_settles_one_by_its_first_characters(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await _run(sql)
    for name in ("went", "lost"):
        await sql(SEND, name, "unknown", REVIEWED_AT, None)
    assert "--sent or --not-sent" in await command("unknown", "settle", "swent", status=2)
    done = await command("unknown", "settle", "swent", "--sent", "--by", "Dana", "--json")
    assert done == {"send": "swentaaaaaaaa", "repeated": False}
    assert "was settled already" in await command("unknown", "settle", "swent", "--not-sent")
    assert "was not sent" in await command("unknown", "settle", "slost", "--not-sent")
    assert await command("unknown", "--json") == []
    states = await sql("SELECT state, resolution FROM send ORDER BY step")
    assert [(row["state"], row["resolution"]) for row in states] == [("unknown", "given_up"), ("sent", "proved")]
    said = await sql("SELECT detail ->> 'by' AS by FROM enrollment_event WHERE kind = 'send_proved'")
    assert [row["by"] for row in said] == ["Dana, by hand"]
    acts = await sql("SELECT act, subject FROM audit_event ORDER BY id")
    assert [(row["act"], row["subject"]) for row in acts] == [
        ("settle_send", "unknown:swentaaaaaaaa"),
        ("settle_send", "unknown:slostaaaaaaaa"),
    ]
    assert "relance unknown" in await command("unknown", "settle", "snone", "--sent", status=3)
