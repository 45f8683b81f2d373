"""``relance mail`` and ``relance texts`` from folders."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.settings import SECRET

MAIL = (
    "From: a@example.com\r\nTo: b@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nMessage-ID: <1@example.com>\r\n"
    "Reply-To: r@example.com\r\n\r\nHello [bold]you[/bold]\x1b[31m\r\n"
)
TEXT = {
    "sid": "SM1",
    "direction": "outbound-api",
    "sender": "+441",
    "recipient": "+442",
    "body": "Good luck [today]",
    "status": "delivered",
    "created": "2027-05-04T07:00:00+00:00",
    "updated": "2027-05-04T07:00:00+00:00",
    "sent": None,
}
run = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "000001-0123abcd.eml").write_bytes(MAIL.encode())
    (tmp_path / "texts.jsonl").write_text(json.dumps(TEXT) + "\n")
    return str(tmp_path)


def test_mail_as_json(folder: str) -> None:
    listed = json.loads(run.invoke(app, ["mail", "--folder", folder, "--json"]).stdout)
    assert [(item["file"], item["recipient"], item["subject"]) for item in listed] == [
        ("000001-0123abcd.eml", "b@example.com", "Café")
    ]
    assert listed[0]["at"].endswith("Z")
    opened = json.loads(run.invoke(app, ["mail", "1", "--folder", folder, "--json"]).stdout)
    assert {"name": "Reply-To", "value": "r@example.com"} in opened["headers"]
    assert (opened["text"].strip(), opened["html"]) == ("Hello [bold]you[/bold]\x1b[31m", None)


def test_mail_for_people(folder: str) -> None:
    assert "Café" in run.invoke(app, ["mail", "--folder", folder]).stdout
    shown = run.invoke(app, ["mail", "1", "--folder", folder]).stdout
    assert "Reply-To: r@example.com" in shown
    # What a stranger wrote is shown as written, and never steers the terminal.
    assert "Hello [bold]you[/bold]\ufffd[31m" in shown


def test_no_such_mail_is_status_3(folder: str) -> None:
    done = run.invoke(app, ["mail", "7", "--folder", folder])
    assert (done.exit_code, done.stdout) == (3, "")
    assert "unknown captured mail" in done.stderr


def test_texts(folder: str) -> None:
    found = json.loads(run.invoke(app, ["texts", "--folder", folder, "--json"]).stdout)
    assert found == [
        {
            "at": "2027-05-04T07:00:00Z",
            "sid": "SM1",
            "sender": "+441",
            "recipient": "+442",
            "body": "Good luck [today]",
            "status": "delivered",
            "direction": "outbound-api",
        }
    ]
    assert "Good luck [today]" in run.invoke(app, ["texts", "--folder", folder]).stdout


def test_empty_folders(tmp_path: Path) -> None:
    for command in ("mail", "texts"):
        assert json.loads(run.invoke(app, [command, "--folder", str(tmp_path), "--json"]).stdout) == []
        assert run.invoke(app, [command, "--folder", str(tmp_path)]).stdout.startswith("no ")


def test_without_the_local_stack_the_folder_must_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
    for name in ("DATABASE_URL", "BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.setenv(f"RELANCE_{name}", SECRET)
    monkeypatch.delenv("RELANCE_MAIL_FOLDER", raising=False)
    done = run.invoke(app, ["mail"])
    assert done.exit_code == 2
    assert "RELANCE_MAIL_FOLDER" in done.stderr
