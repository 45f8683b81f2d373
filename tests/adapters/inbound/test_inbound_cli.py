"""``relance inbound parse`` on real files."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from starter.cli.inbound import app

_REPLY = (
    b"From: sam@firm.example\r\nSubject: Re: A role\r\n\r\nYes please\r\n\r\nOn 4 May 2026, Dana "
    b"<d@a.example> wrote:\r\n> Hi\r\n"
)
_AWAY = b"From: sam@firm.example\nSubject: Automatic reply\nDate: Mon, 4 May 2026 09:00:00 +0000\n\nBack on 18 May\n"


def _write(folder: Path) -> list[str]:
    (folder / "reply.eml").write_bytes(_REPLY)
    (folder / "away.eml").write_bytes(_AWAY)
    return [str(folder / "reply.eml"), str(folder / "away.eml")]


def test_one_file_as_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", _write(tmp_path)[0], "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"event", "recipient", "status", "original_message_id", "reply_text", "reasons"} <= found.keys()
    assert (found["event"], found["reply_text"], found["recipient"]) == ("human", "Yes please", None)


def test_many_files_are_one_object_a_line(tmp_path: Path) -> None:
    files = _write(tmp_path)
    result = CliRunner().invoke(app, ["parse", *files, "--json"])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["file"] for each in found] == files
    assert found[1]["return_date"] == "2026-05-18"


def test_for_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", _write(tmp_path)[0]])
    assert result.exit_code == 0
    assert "Yes please" in result.stdout


def test_a_missing_file_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", str(tmp_path / "none.eml"), _write(tmp_path)[0], "--json"])
    assert result.exit_code == 1
    assert "none.eml" in result.stderr
    assert "Yes please" in result.stdout
