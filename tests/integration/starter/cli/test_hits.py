"""``relance hits``: every hit with its verdict."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)
RUN, SEND = "e" + "a" * 26, "s" + "b" * 26
COLUMNS = "link_id, at, method, user_agent, address, verdict, reasons"


@pytest.fixture
async def hits(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> None:
    await sql("INSERT INTO person (id, first_name) VALUES ('p1', 'Ana')")
    await sql(
        "INSERT INTO sequence_version (sequence, version, fingerprint, definition, templates, published_at)"
        " VALUES ('hello', 1, 'f', '{}', '{}', $1)",
        NOW,
    )
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
        " enrolled_at) VALUES ($1, 'w', 'hello', 1, 'person', 'p1', 'p1', 'hand', 'active', $2)",
        RUN,
        NOW,
    )
    await sql(
        "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text,"
        " planned_at) VALUES ($1, $2, 'introduce', 'p1', 'email', 'sent', 'a', 'b', '', '', $3)",
        SEND,
        RUN,
        NOW,
    )
    for position, target in enumerate(("https://agency.example/", None)):
        await sql("INSERT INTO send_link VALUES ($1, $2, $3, $4)", f"l{position}aaaaaaaaaa", SEND, position, target)
    rows = [
        ("l1aaaaaaaaaa", NOW, "HEAD", "scan\x1b[31m", "203.0.113.9", "machine", ["method", "honeypot"]),
        ("l0aaaaaaaaaa", NOW + timedelta(hours=1), "GET", "Mozilla/5.0 (X11)", "198.51.100.7", "human", []),
        ("l0aaaaaaaaaa", NOW + timedelta(hours=2), "GET", "Mozilla/5.0 (X11)", "198.51.100.7", None, []),
    ]
    for row in rows:
        await sql(f"INSERT INTO hit ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)", *row)


async def called(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["hits", *arguments])


@pytest.mark.parametrize("about", [RUN, RUN[:6], SEND])
async def test_hits_of_a_run_or_of_a_mail_with_their_verdicts(hits: None, about: Any) -> None:
    done = await called(about, "--json")
    assert done.exit_code == 0, done.output
    shown = [(row["verdict"], row["reasons"], row["honeypot"]) for row in json.loads(done.stdout)]
    assert shown == [("machine", ["method", "honeypot"], True), ("human", [], False), ("waiting", [], False)]
    targets = [row["target"] for row in json.loads(done.stdout)]
    assert targets == [None, "https://agency.example/", "https://agency.example/"]


async def test_hits_as_a_table(hits: None) -> None:
    done = await called(RUN)
    assert done.exit_code == 0
    assert "method, honeypot" in done.stdout
    assert "https://agency.example/" in done.stdout
    assert "\x1b" not in done.stdout
    assert (await called("e" + "z" * 26)).exit_code == 3
