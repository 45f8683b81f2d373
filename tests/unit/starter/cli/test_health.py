"""``relance health`` where nothing answers."""

import json

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.settings import SECRET


def test_the_command_says_what_is_wrong_and_ends_with_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.setenv(f"RELANCE_{name}", SECRET)
    monkeypatch.setenv("RELANCE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("RELANCE_HTTP_PORT", "1")
    monkeypatch.setenv("RELANCE_PUBLIC_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr("adapters.temporal.client._CONNECT_SECONDS", 2.0)
    result = CliRunner().invoke(app, ["health", "--json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {each["name"] for each in found["checks"] if not each["good"]} == {"Postgres", "Temporal", "hooks"}
    assert not found["good"]
