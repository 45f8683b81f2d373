"""``relance crm`` against a real Postgres and a stand-in of Bullhorn."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.crm.connected import bullhorn_world
from tests.support.crm.rig import MAPPING


async def relance(*arguments: str, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["crm", *arguments])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


async def test_without_a_mapping_file_it_says_what_to_do(in_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELANCE_CRM_FILE", raising=False)
    assert (await relance("status", "--json"))["state"] == "off"
    assert "RELANCE_CRM_FILE is empty" in await relance("sync", status=2)
    assert "RELANCE_CRM_FILE is empty" in await relance("check", status=2)


async def test_check_sync_backfill_status_and_retry(
    in_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = bullhorn_world()
    async with world.served():
        file = tmp_path / "crm.yaml"
        file.write_text(MAPPING.replace("URL", world.url))
        monkeypatch.setenv("RELANCE_CRM_FILE", str(file))
        monkeypatch.setenv("RELANCE_CRM_SECRET", "client-secret")
        monkeypatch.setenv("RELANCE_CRM_PASSWORD", "api-password")
        assert "the file is good" in await relance("check", "--offline")
        checked = await relance("check", "--json")
        assert (checked["good"], checked["account"], checked["problems"]) == (True, "e999", [])
        world.fields["Candidate"].discard("dateLastComment")
        found = await relance("check", "--json", status=2)
        (problem,) = found["problems"]
        assert problem.startswith("Candidate has no field `dateLastComment` (any more).")
        world.fields["Candidate"].add("dateLastComment")
        assert "0 records read" in await relance("sync")
        world.put("Candidate", "1", firstName="Ada", lastName="Byron", email="ada@person.example", status="New")
        assert (await relance("sync", "--json"))["read"] == 1
        status = await relance("--help")
        assert "backfill" in status
        status = await relance("status", "--json")
        assert (status["state"], status["crm"], status["records_read"]) == ("works", "bullhorn", 1)
        job = (await relance("backfill", "--json"))["job"]
        assert (await relance("backfill", "--json"))["job"] == job
        assert await relance("writes", "--json") == []
        assert await relance("retry", "--json") == {"retried": 0}
        assert "there is no write" in await relance("retry", "xnonenonenone", status=3)
        world.password = "another"
        world.expire()
        world.refresh = "gone"
        assert "Bullhorn refuses the user" in await relance("sync", status=5)
        assert (await relance("status", "--json"))["state"] == "fails"
    bad = tmp_path / "bad.yaml"
    bad.write_text("crm: bullhorn\nread:\n  - {record: person, form: Candidate}\n")
    assert "bad.yaml:3:" in await relance("check", str(bad), "--offline", status=2)
