"""``relance companies`` against a real Postgres."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.rigs.replies import RepliesRig, replies_rig

Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def relance(in_environment: None) -> Call:
    async def call(*arguments: object, status: int = 0) -> Any:
        done = await asyncio.to_thread(CliRunner().invoke, app, [str(each) for each in arguments])
        assert done.exit_code == status, done.output + str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else " ".join(done.output.split())

    return call


@pytest.fixture
async def rig(database_url: str, tmp_path: Path) -> AsyncIterator[RepliesRig]:
    async with replies_rig(database_url, tmp_path) as rig:
        yield rig


async def wished(rig: RepliesRig, words: str) -> str:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, words))
    reply = str((await rig.replies())[-1]["id"])
    await rig.judge(reply, "negative", "other")
    return reply


async def test_a_wish_waits_and_is_suppressed_once(relance: Call, rig: RepliesRig) -> None:
    assert await relance("companies") == "no reply asks for a whole company"
    reply = await wished(rig, "Please do not write to any of us again.")
    assert "do not write to any of us again" in await relance("companies")
    assert "@client.example: 1 person suppressed on every channel; 0 open runs end" in await relance(
        "companies", "suppress", reply
    )
    assert await relance("companies") == "no reply asks for a whole company"
    assert [line["state"] for line in await relance("companies", "list", "--all", "--json")] == ["suppressed"]
    assert "nothing changed" in await relance("companies", "suppress", reply)


async def test_dismissed_and_wrong(relance: Call, rig: RepliesRig) -> None:
    reply = await wished(rig, "Please remove our company from your list.")
    assert "give one of" in await relance("companies", "suppress", reply, "--client", "--domain", status=2)
    assert "no client is known" in await relance("companies", "suppress", reply, "--client", status=4)
    assert "dismissed" in await relance("companies", "dismiss", reply)
    assert "dismissed already" in await relance("companies", "suppress", reply, status=4)
    assert "unknown reaction" in await relance("companies", "suppress", "raaaaaaaa", status=3)
