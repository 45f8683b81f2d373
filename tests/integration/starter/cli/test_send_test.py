"""``relance send-test`` against a real Postgres and a real SMTP server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from starter.local.mail_capture import MailCapture, list_mail, read_mail

SEQUENCE = """
sequence: welcome
name: Welcome
record: person
steps:
  - {id: hello, email: hello}
"""
runner = CliRunner()
Sql = Callable[..., Awaitable[Any]]


@pytest.fixture
async def capture(in_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[MailCapture]:
    mail = MailCapture(tmp_path / "mail")
    await mail.start()
    monkeypatch.setenv("RELANCE_SMTP_PORT", str(mail.port))
    monkeypatch.setenv("RELANCE_SMTP_TLS", "none")
    monkeypatch.setenv("RELANCE_MAIL_DOMAIN", "agency.example")
    yield mail
    await mail.stop()


@pytest.fixture
async def file(tmp_path: Path, capture: MailCapture, sql: Sql) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.email.txt").write_text("Subject: Hello {{ person.first_name }}\n\nHi.\n")
    (tmp_path / "welcome.yaml").write_text(SEQUENCE)
    await sql("INSERT INTO person (id, first_name, email) VALUES ('ada', 'Ada', 'ada@client.example')")
    return tmp_path / "welcome.yaml"


async def send_test(*arguments: object) -> Any:
    return await asyncio.to_thread(runner.invoke, app, ["send-test", *map(str, arguments)])


async def test_an_unpublished_file_is_tested(file: Path, capture: MailCapture, sql: Sql) -> None:
    folder = file.parent / "templates"
    asked = ("welcome", "hello", "--to", "me@agency.example", "--person", "ada", "--file", file, "--templates", folder)
    done = await send_test(*asked, "--key", "k1")
    assert done.exit_code == 0, done.output
    said = "sent to me@agency.example as a test: hello of welcome, not published, as person ada would get it"
    assert " ".join(done.stdout.split()) == said
    (mail,) = list_mail(capture.folder)
    assert read_mail(capture.folder, mail.file).header("Subject") == "[Test] Hello Ada"
    again = await send_test(*asked, "--key", "k1", "--json")
    assert (json.loads(again.stdout)["state"], json.loads(again.stdout)["repeated"]) == ("sent", True)
    assert len(list_mail(capture.folder)) == 1
    assert await sql("SELECT 1 FROM send") == []
    other = await send_test(*asked[:3], "ada@client.example", *asked[4:])
    assert other.exit_code == 4
    assert "own addresses only" in other.output
    unnamed = await send_test(*asked[:4], *asked[6:])
    assert unnamed.exit_code == 4
    assert "nobody was enrolled in welcome yet" in " ".join(unnamed.output.split())


async def test_a_server_that_is_away_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_SMTP_PORT", "1")
    folder = file.parent / "templates"
    done = await send_test(
        "welcome", "hello", "--to", "me@agency.example", "--person", "ada", "--file", file, "--templates", folder
    )
    assert done.exit_code == 1
    assert "not sent to me@agency.example" in done.output
    assert "the same --key tries again" in " ".join(done.output.split())
