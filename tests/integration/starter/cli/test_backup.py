"""``relance backup`` and ``relance restore``: what they say, and what they need of whoever calls them."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.support.databases import run_sql

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.databases import Databases

Command = Callable[..., Awaitable[Any]]
PERSON = "INSERT INTO person (id, first_name, last_name) VALUES ('p1', 'Ana', 'Example')"


@pytest_asyncio.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh("template1") as url:
        yield url


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / ("0" * 32)).write_bytes(b"a CV")
    monkeypatch.setenv("RELANCE_UPLOADS_FOLDER", str(folder))
    return folder


async def test_from_one_database_to_another(
    command: Command,
    database_url: str,
    empty_url: str,
    uploads: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await run_sql(database_url, PERSON)
    file = tmp_path / "one.backup"
    taken = await command("backup", file, "--json")
    assert taken["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (taken["tables"]["person"], taken["files"]) == (1, 1)
    assert {"RELANCE_TOKEN_KEYS", "RELANCE_DATABASE_URL"} <= set(taken["kept_elsewhere"])
    said = await command("backup", tmp_path / "two.backup", "--without-files")
    assert "0 files" in said
    assert "Keep these settings elsewhere, above all RELANCE_TOKEN_KEYS" in said
    monkeypatch.setenv("RELANCE_DATABASE_URL", empty_url)
    monkeypatch.setenv("RELANCE_UPLOADS_FOLDER", "")
    said = await command("restore", file)
    assert "0 files" in said
    assert "Everything is on hold" in said
    assert "1 file of forms stayed in the backup" in said
    people = await command("people", "--json")
    assert [person["id"] for person in people] == ["p1"]
    refused = await command("resume-all", "--everything", "--yes", status=4)
    assert "relance reconcile --after-restore" in refused


async def test_another_token_key_is_told(
    command: Command, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.backup"
    await command("backup", file)
    monkeypatch.setenv("RELANCE_DATABASE_URL", empty_url)
    monkeypatch.setenv("RELANCE_TOKEN_KEYS", "another-key-than-before")
    assert not (await command("restore", file, "--json"))["token_key_known"]


async def test_what_cannot_be_restored_says_what_to_do(command: Command, database_url: str, tmp_path: Path) -> None:
    await run_sql(database_url, PERSON)
    file = tmp_path / "one.backup"
    await command("backup", file)
    assert "exists; name a new file" in await command("backup", file, status=4)
    assert "there is no file" in await command("restore", tmp_path / "none", status=3)
    said = await command("restore", file, status=4)
    assert "Create a new database" in said
    assert "--lost-at takes a date" in await command("restore", file, "--lost-at", "yesterday", status=2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dry-run"], "belong to --after-restore"),
        (["--after-restore", "--gone"], "give one of them"),
        (["--after-restore"], "--yes confirms"),
        (["--after-restore", "--lost-at", "2027-05-04"], "belongs to --database-from"),
    ],
)
async def test_options_that_do_not_go_together(command: Command, options: list[str], words: str) -> None:
    shown = await command("reconcile", *options, status=2)
    # The box breaks lines where it likes.
    assert words in " ".join(shown.replace("│", " ").split())
