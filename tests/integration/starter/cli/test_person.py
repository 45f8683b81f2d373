"""``relance person`` against a real Postgres."""

from __future__ import annotations

import json
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sequences.errors import NotFoundError
from sequences.runs.whereabouts import Whereabouts
from starter import composition
from tests.support.erasing import ScriptedHistories
from tests.support.rigs.cli import RecordedRuns

Command = Callable[..., Awaitable[Any]]


@pytest.fixture
async def somebody(sql: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A person with a run, a mail and two files, of which one is there."""
    monkeypatch.setenv("RELANCE_UPLOADS_FOLDER", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / ("0" * 31 + "1")).write_bytes(b"%PDF-1.7")
    enrollment, link, submission = "e" + "a" * 12, "k" + "a" * 12, "q" + "a" * 12
    statements = (
        "INSERT INTO person (id, first_name, last_name, email) VALUES ('p1', 'Ana', 'Example', 'ana@client.example')",
        "INSERT INTO sequence_version VALUES ('hello', 1, "
        """'{"sequence": "hello", "name": "Hello", "record": "person", "steps": [{"id": "one", "email": "x"}]}', """
        "'{}', 'x', now())",
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state, "
        f"enrolled_at) VALUES ('{enrollment}', 'w', 'hello', 1, 'person', 'p1', 'p1', 'hand', 'active', now())",
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, state, attached_to) "
        "VALUES ('i1', 'i1', 'email', now(), 'Subject: Yes', 'human', 'ana@client.example', 'Yes', 'matched', "
        f"'{enrollment}')",
        "INSERT INTO form_version VALUES ('cv', 1, '{}', 'x', now())",
        "INSERT INTO form_link (id, enrollment_id, form, version, made_at, expires_at) "
        f"VALUES ('{link}', '{enrollment}', 'cv', 1, now(), now())",
        "INSERT INTO form_submission (id, link_id, number, version, at, digest, answers) "
        f"VALUES ('{submission}', '{link}', 1, 1, now(), 'x', '{{}}')",
        "INSERT INTO upload (id, submission_id, field, name, file, kind, size, sha256, at) VALUES "
        f"('d0000000001', '{submission}', 'cv', '../Lebenslauf, Ana.pdf', lpad('1', 32, '0'), 'pdf', 8, 'x', now()), "
        f"('d0000000002', '{submission}', 'cv', 'gone.pdf', lpad('2', 32, '0'), 'pdf', 8, 'x', now())",
    )
    for statement in statements:
        await sql(statement)
    return "p1"


async def test_the_export_is_shown_as_text_or_as_json(command: Command, somebody: str) -> None:
    shown = await command("person", "export", somebody)
    assert "What is stored about Ana Example (p1)" in shown
    assert "Hello, enrolled" in shown
    assert "email: ana@client.example" in shown
    exported = await command("person", "export", somebody, "--json")
    assert (exported["person"], exported["name"], exported["merged"]) == ("p1", "Ana Example", [])
    tables = {each["table"]: each["rows"] for each in exported["tables"]}
    assert tables["person"][0]["first_name"] == "Ana"
    assert tables["inbound"][0]["text"] == "Yes"
    assert "raw" not in tables["inbound"][0]
    assert [each["name"] for each in exported["stories"]] == ["Hello"]
    assert set(exported["not_searched"]) == {"people_file", "rehearsal", "console_press"}


async def test_a_folder_has_the_messages_and_the_files_too(command: Command, somebody: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    written = await command("person", "export", somebody, "--out", out, "--json")
    assert written == {
        "folder": str(out),
        "files": ["person.json", "person.txt", "messages/i1.eml", "files/d0000000001-.._Lebenslauf_Ana.pdf"],
        "missing": ["gone.pdf"],
    }
    assert json.loads((out / "person.json").read_text())["person"] == "p1"
    assert "Ana Example" in (out / "person.txt").read_text()
    assert (out / "messages/i1.eml").read_bytes() == b"Subject: Yes"
    assert (out / "files/d0000000001-.._Lebenslauf_Ana.pdf").read_bytes() == b"%PDF-1.7"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()}
    assert (modes, stat.S_IMODE(out.stat().st_mode)) == ({0o600}, 0o700)
    assert "it exists and is not an empty folder" in await command("person", "export", somebody, "--out", out, status=2)
    again = await command("person", "export", somebody, "--out", tmp_path / "again")
    assert "4 files" in again
    assert "gone.pdf is stored as a file that is no longer there" in again


async def test_words_of_strangers_do_not_steer_a_terminal(
    command: Command, somebody: str, sql: Callable[..., Awaitable[Any]], tmp_path: Path
) -> None:
    await sql("UPDATE inbound SET text = E'\\x1b[2Jline one\nline two'")
    shown = await command("person", "export", somebody)
    await command("person", "export", somebody, "--out", tmp_path / "out")
    text = (tmp_path / "out/person.txt").read_text()
    assert "\x1b" not in shown + text
    assert "line one\n" in text


async def test_somebody_unknown_has_no_export(command: Command, in_environment: None) -> None:
    shown = await command("person", "export", "nobody", status=3)
    assert "nothing is stored about a person with the id nobody" in shown


async def test_erasing_counts_first_then_erases_once(
    command: Command,
    sql: Callable[..., Awaitable[Any]],
    runs: RecordedRuns,
    somebody: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(composition, "TemporalHistories", lambda _client: ScriptedHistories({"w"}))
    runs.error, runs.where = NotFoundError("the run is over"), Whereabouts.GONE
    assert "add --yes, or look with --dry-run" in await command("person", "erase", somebody, status=4)
    planned = await command("person", "erase", somebody, "--dry-run", "--json")
    assert (planned["done_at"], planned["runs"], planned["histories"], planned["files"]["uploads"]) == (None, 1, 1, 2)
    assert "What erasing p1 would do. Nothing is changed." in await command("person", "erase", somebody, "--dry-run")
    assert not await sql("SELECT 1 FROM erasure")
    done = await command("person", "erase", somebody, "--yes", "--json")
    assert (done["runs"], done["histories"], done["files"]["uploads"], done["repeated"]) == (1, 1, 2, False)
    assert list((tmp_path / "uploads").iterdir()) == []
    assert [tuple(row) for row in await sql("SELECT email, first_name FROM person")] == [(None, None)]
    again = await command("person", "erase", somebody, "--yes", "--json")
    assert again == {**done, "repeated": True}
    shown = await command("person", "erase", somebody, "--yes")
    assert "already erased" in shown
    assert "Files (upload): 2 rows deleted" in shown
    assert "nothing is stored" in await command("person", "erase", "nobody", "--yes", status=3)


async def test_without_the_folder_of_files_nothing_is_erased(
    command: Command,
    sql: Callable[..., Awaitable[Any]],
    somebody: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(composition, "TemporalHistories", lambda _client: ScriptedHistories())
    monkeypatch.delenv("RELANCE_UPLOADS_FOLDER")
    assert "RELANCE_UPLOADS_FOLDER" in await command("person", "erase", somebody, "--yes", status=2)
    assert not await sql("SELECT 1 FROM erasure")


async def test_a_consent_is_shown_given_and_withdrawn(
    command: Command, sql: Callable[..., Awaitable[Any]], somebody: str
) -> None:
    assert await command("person", "consent", somebody) == "p1: has not agreed to WhatsApp messages"
    given = await command(
        "person", "consent", somebody, "whatsapp", "--source", "phone call", "--since", "2026-05-01", "--json"
    )
    assert given["consent"]["since"] == "2026-05-01T00:00:00+00:00"
    assert (given["person"], given["repeated"], given["suppressed"]) == ("p1", False, [])
    assert "agreed to WhatsApp messages on 2026-05-01 (phone call)" in await command("person", "consent", somebody)
    repeated = await command("person", "consent", somebody, "whatsapp", "--source", "phone call")
    assert "already" in repeated
    assert "took back the consent" in await command("person", "consent", somebody, "whatsapp", "--withdraw")
    shown = await command("person", "consent", somebody, "whatsapp", "--json")
    assert (shown["person"], [each["since"] for each in shown["consents"]]) == ("p1", [None])
    acts = await sql("SELECT way, act, subject FROM audit_event ORDER BY id")
    assert [(row["way"], row["act"], row["subject"]) for row in acts] == [
        ("cli", act, "person:p1 channel:whatsapp") for act in ("give_consent", "give_consent", "withdraw_consent")
    ]
    assert "needs no consent" in await command("person", "consent", somebody, "sms", status=4)
    assert "no person has the id" in await command("person", "consent", "nobody", status=3)
    await command("person", "consent", somebody, "--withdraw", status=2)
    await command("person", "consent", somebody, "whatsapp", "--since", "2026-05-01", status=2)
