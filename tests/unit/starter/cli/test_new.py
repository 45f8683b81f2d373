"""``relance new``: what it writes is good, and nothing is overwritten."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

run = CliRunner()


@pytest.mark.parametrize("record", ["person", "placement"])
def test_a_new_sequence_passes_the_check(tmp_path: Path, record: str) -> None:
    done = run.invoke(app, ["new", "good-morning", "--record", record, "--folder", str(tmp_path), "--json"])
    written = json.loads(done.stdout)
    assert written["sequence"] == "good-morning"
    assert [Path(each).exists() for each in written["files"]] == [True] * 3
    checked = run.invoke(app, ["check", written["files"][0], "--json"])
    assert json.loads(checked.stdout)["files"][0]["problems"] == []


def test_a_name_that_is_taken_or_cannot_be_an_id_writes_nothing(tmp_path: Path) -> None:
    assert run.invoke(app, ["new", "hello", "--folder", str(tmp_path)]).exit_code == 0
    file = tmp_path / "sequences" / "hello.yaml"
    file.write_text("mine")
    again = run.invoke(app, ["new", "hello", "--folder", str(tmp_path)])
    assert (again.exit_code, file.read_text()) == (4, "mine")
    assert "already exists" in again.output
    wrong = run.invoke(app, ["new", "Not An Id", "--folder", str(tmp_path / "other")])
    assert wrong.exit_code == 2
    assert not (tmp_path / "other").exists()
