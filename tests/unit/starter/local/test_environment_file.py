"""The file by which other commands, and shells, find the local stack."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from adapters.settings_source import local_environment
from starter.local.stack import LocalStack

VALUES = {"RELANCE_NETWORKS": "127.0.0.0/8, ::1", "RELANCE_FOLDER": "/data/it's Dana/mail", "RELANCE_EMPTY": ""}


def test_a_shell_and_other_commands_read_what_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = LocalStack(tmp_path)
    stack.environment = dict(VALUES)
    stack._write_environment()
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
    assert local_environment() == VALUES
    script = f'. {tmp_path}/local.env; printf "%s|" "$RELANCE_NETWORKS" "$RELANCE_FOLDER" "$RELANCE_EMPTY"'
    said = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    assert said.stdout == "".join(f"{value}|" for value in VALUES.values())
