"""``relance webhook`` against a real Postgres and a real receiver."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.servers.receivers import receiver


async def relance(*arguments: str, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["webhook", *arguments])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


async def test_endpoints_are_added_tested_and_removed(in_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_WEBHOOK_NETWORKS", "127.0.0.0/8")
    assert "no endpoints yet" in await relance("list")
    async with receiver() as crm:
        made = await relance("add", "crm", crm.url("/hook"), "--json")
        assert made["secret"].startswith("whsec_")
        assert "done: HTTP 200" in await relance("test", "crm")
    assert (await relance("test", "crm", "--json", status=1))["outcome"] == "again"
    rotated = await relance("rotate", "crm", "--json")
    assert (rotated["id"], rotated["secret"] != made["secret"]) == (made["id"], True)
    assert "signs, too, until" in await relance("rotate", "crm")
    assert "signs, too, until" not in await relance("rotate", "crm", "--grace", "0 hours")
    (listed,) = await relance("--json")
    assert (listed["name"], listed["url"], "secret" in listed) == ("crm", crm.url("/hook"), False)
    assert [line["outcome"] for line in await relance("log", "crm", "--json")] == ["again", "done"]
    assert "HTTP 200" in await relance("log", "crm")
    assert await relance("remove", "crm", "--json") == {"id": made["id"], "removed": True}
    assert "no such endpoint" in await relance("remove", "crm", status=3)
    assert "lower-case letters" in await relance("add", "Crm", "https://crm.example/", status=4)
