"""A backup holds every row of one instant and no secret; a restore gives back all of it, on hold."""

from __future__ import annotations

import stat
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from adapters.backup.archive import BackupReader
from adapters.backup.tables import OF_SHORT_LIFE, connected, tables_of
from adapters.postgres import migrations
from benchmarks.sql import calls, seed
from sequences.errors import NotFoundError, RefusedError
from services.backup.restore import Restored, RestoreTarget, restore_backup
from services.backup.take import WhatToKeep, take_backup
from tests.support.databases import run_sql

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from adapters.backup.manifest import Manifest
    from tests.support.databases import Databases

KEY = b"a-token-key-for-tests"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
UPLOAD = "0123456789abcdef0123456789abcdef"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh() as url:
        connection = await calls.connect(url)
        await seed.fill(connection, seed.Sizes(300))
        await connection.execute("INSERT INTO audit_event (at, way, act) VALUES (now(), 'cli', 'looked')")
        await connection.close()
        yield url


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / UPLOAD).write_bytes(b"%PDF-1.7 a CV")
    return folder


async def taken(url: str, file: Path, uploads: Path | None = None) -> Manifest:
    return await take_backup(file, WhatToKeep(url, uploads, KEY, ["RELANCE_TOKEN_KEYS"], "0.2.0"))


async def restored(url: str, file: Path, uploads: Path | None = None, **more: Any) -> Restored:
    asked = {"lost_at": None, "now": datetime.now(UTC)} | more
    return await restore_backup(file, RestoreTarget(url, "GB", uploads), **asked)


async def contents(url: str) -> dict[str, tuple[int, str]]:
    """By table: how many rows, and a hash of all of them."""
    found = {}
    async with connected(url) as connection:
        for table in await tables_of(connection):
            columns = ", ".join(f't."{name}"' for name in table.columns)
            row = await connection.fetchrow(
                f"SELECT count(*), md5(string_agg(r, '|' ORDER BY r)) FROM (SELECT ROW({columns})::text AS r FROM "
                f'public."{table.name}" t) s'
            )
            assert row is not None
            found[table.name] = (row[0], row[1] or "")
    return found


async def test_everything_comes_back_and_is_on_hold(
    filled: str, databases: Databases, tmp_path: Path, uploads: Path
) -> None:
    before = await contents(filled)
    assert before["send"][0] > 100
    file = tmp_path / "monday.backup"
    manifest = await taken(filled, file, uploads)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".partial"] == []
    assert {name: part.rows for name, part in manifest.tables.items()} == {name: n for name, (n, _) in before.items()}
    async with databases.fresh("template1") as url:
        found = await restored(url, file, tmp_path / "again")
        assert (found.files, found.files_there, found.migrated) == (1, 0, 0)
        assert (tmp_path / "again" / UPLOAD).read_bytes() == b"%PDF-1.7 a CV"
        assert stat.S_IMODE((tmp_path / "again" / UPLOAD).stat().st_mode) == 0o600
        after = await contents(url)
        # What the restore itself writes: the hold, that it happened, plans that no workflow knows a newer one of, and
        # a gap in the stream, behind the cursors that were handed out since.
        written = {"hold", "restoration", "enrollment", "run_outcome_mark", "stream_head"}
        assert {name: of for name, of in after.items() if name not in written} == {
            name: of for name, of in before.items() if name not in written
        }
        assert after["enrollment"][0] == before["enrollment"][0]
        assert after["stream_head"] != before["stream_head"]
        async with connected(url) as connection:
            holds = await connection.fetch("SELECT scope, asked_by FROM hold WHERE ended_at IS NULL")
            assert ("everything", "restore") in [tuple(row) for row in holds]
            assert await connection.fetchval("SELECT backup_at FROM restoration") == manifest.taken_at
            # A number that was given out is not given out again.
            last = await connection.fetchval("SELECT max(id) FROM enrollment_event")
            await connection.execute(
                "INSERT INTO enrollment_event (enrollment_id, at, kind, key) "
                "SELECT id, now(), 'x', 'x' FROM enrollment LIMIT 1"
            )
            assert await connection.fetchval("SELECT max(id) FROM enrollment_event") > last
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute("DELETE FROM audit_event")


async def test_rows_of_one_instant_while_others_write(filled: str, tmp_path: Path) -> None:
    """Written while the backup is under way, before its table is read: it is not in it."""
    file = tmp_path / "one.backup"
    told: list[str] = []

    async with connected(filled) as other:
        before = await other.fetchval("SELECT count(*) FROM task")

        def write(part: str, done: int, parts: int) -> None:
            told.append(part)

        manifest = await take_backup(file, WhatToKeep(filled, None, KEY, [], "0.2.0"), write)
        assert manifest.tables["task"].rows == before
    assert told.index("person") < told.index("placement")


async def test_no_secret_and_nothing_of_short_life_is_in_it(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    async with connected(filled) as connection:
        await connection.execute(
            "INSERT INTO console_user (id, email, email_key, name, role, created_at) "
            "VALUES ('u1234567890', 'a@x', 'a@x', 'A', 'admin', now())"
        )
        await connection.execute(
            "INSERT INTO console_session (id, hash, user_id, started_at, last_used_at, expires_at, device, address) "
            "VALUES ('c1234567890', '\\x0102', 'u1234567890', now(), now(), now(), 'a device of theirs', '')"
        )
    manifest = await taken(filled, file)
    assert OF_SHORT_LIFE.isdisjoint(manifest.tables)
    with zipfile.ZipFile(file) as opened:
        for name in opened.namelist():
            content = opened.read(name)
            assert KEY not in content
            assert b"a device of theirs" not in content
    assert manifest.knows_one_of([b"another", KEY])
    assert not manifest.knows_one_of([b"another"])


async def test_a_database_that_holds_something_is_left_as_it_is(filled: str, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    await taken(filled, file)
    await run_sql(database_url, "INSERT INTO person (id, first_name, last_name) VALUES ('p1', 'Ana', 'Example')")
    before = await contents(database_url)
    with pytest.raises(RefusedError, match=r"not empty: (change \(1\), )?person \(1\)"):
        await restored(database_url, file)
    assert await contents(database_url) == before


async def test_one_that_was_migrated_and_holds_nothing_is_empty(filled: str, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    manifest = await taken(filled, file)
    # As a process that starts does it.
    await migrations.apply(database_url, "GB")
    await restored(database_url, file)
    assert (await contents(database_url))["person"][0] == manifest.tables["person"].rows


async def test_nobody_may_use_the_database_meanwhile(filled: str, databases: Databases, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    await taken(filled, file)
    async with databases.fresh("template1") as url, connected(url):
        with pytest.raises(RefusedError, match="1 other connections"):
            await restored(url, file)


async def test_an_older_backup_is_migrated_forward(databases: Databases, tmp_path: Path) -> None:
    """Of the schema as it was at the first release that takes backups."""
    names = sorted(name for name in migrations.ours() if name <= "0305_restorations")
    file = tmp_path / "old.backup"
    async with databases.fresh("template1") as url:
        async with connected(url) as connection:
            await migrations.apply_only(connection, names)
        await taken(url, file)
    async with databases.fresh("template1") as url:
        found = await restored(url, file)
        assert found.migrated == len(migrations.ours()) - len(names)
        async with connected(url) as connection:
            rows = await connection.fetch("SELECT migration_id FROM _pogo_migration")
            assert {row[0] for row in rows} == migrations.ours()


async def test_a_newer_backup_is_refused(filled: str, databases: Databases, tmp_path: Path) -> None:
    file = tmp_path / "new.backup"
    await run_sql(
        filled,
        "INSERT INTO _pogo_migration (migration_id, migration_hash, applied, schema_name) "
        "VALUES ('9999_later', 'x', now(), 'public')",
    )
    try:
        await taken(filled, file)
    finally:
        await run_sql(filled, "DELETE FROM _pogo_migration WHERE migration_id = '9999_later'")
    async with databases.fresh("template1") as url:
        with pytest.raises(RefusedError, match="9999_later"):
            await restored(url, file)


async def test_a_damaged_file_changes_nothing(filled: str, databases: Databases, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    await taken(filled, file)
    manifest = BackupReader(file).manifest
    altered = tmp_path / "altered.backup"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(altered, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"a", b"b") if name == "tables/person.copy" else content)
    cut = tmp_path / "cut.backup"
    cut.write_bytes(file.read_bytes()[:-200])
    async with databases.fresh("template1") as url:
        with pytest.raises(RefusedError, match=r"tables/person\.copy is not what its manifest says"):
            await restored(url, altered)
        with pytest.raises(RefusedError, match="is not a backup of Relance, or it is cut off"):
            await restored(url, cut)
        with pytest.raises(NotFoundError):
            await restored(url, tmp_path / "none.backup")
        async with connected(url) as connection:
            assert await tables_of(connection) == []
    assert manifest.rows > 0


async def test_a_file_is_never_written_over_and_half_a_one_does_not_stay(
    filled: str, tmp_path: Path, postgres: Any
) -> None:
    file = tmp_path / "one.backup"
    file.write_bytes(b"mine")
    with pytest.raises(RefusedError, match="exists; name a new file"):
        await taken(filled, file)
    assert file.read_bytes() == b"mine"
    other = tmp_path / "two.backup"

    def fails(part: str, done: int, parts: int) -> None:
        if done > 3:
            raise RuntimeError("a full disk")

    with pytest.raises(RuntimeError):
        await take_backup(other, WhatToKeep(filled, None, KEY, [], "0.2.0"), fails)
    assert [each.name for each in tmp_path.iterdir()] == ["one.backup"]
    with pytest.raises(RefusedError, match="cannot be written"):
        await taken(filled, tmp_path / "no" / "folder.backup")


@pytest.mark.parametrize(
    ("lost_at", "words"),
    [(NOW - timedelta(days=900), "before its backup"), (NOW + timedelta(days=900), "lie in the past")],
)
async def test_an_instant_of_the_loss_that_cannot_be_changes_nothing(
    filled: str, databases: Databases, tmp_path: Path, lost_at: datetime, words: str
) -> None:
    file = tmp_path / "one.backup"
    await taken(filled, file)
    async with databases.fresh("template1") as url:
        with pytest.raises(RefusedError, match=words):
            await restored(url, file, lost_at=lost_at)
        async with connected(url) as connection:
            assert await connection.fetchval("SELECT count(*) FROM person") == 0
