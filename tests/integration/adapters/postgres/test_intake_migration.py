"""A database of release 0.1 with answers that wait: what the new claim asks for is there after the upgrade."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres import migrations

if TYPE_CHECKING:
    from pathlib import Path

    from starter.local.postgres import LocalPostgres

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def test_answers_that_wait_get_the_address_that_was_written_to(
    postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = migrations.folder()
    old = tmp_path / "migrations"
    old.mkdir()
    for file in new.glob("*.sql"):
        if file.name[:4] <= "0015":
            shutil.copy(file, old / file.name)
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute("CREATE DATABASE intake_upgrade")
    url = postgres.url_of("intake_upgrade")
    with monkeypatch.context() as before:
        before.setattr(migrations, "folder", lambda: old)
        await migrations.apply(url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text,"
            " planned_at) VALUES ('s1aaaaaaaaaaa', 'e1', 'one', 'p1', 'email', 'sent', 'us', 'P1@Client.example', '',"
            " '', $1)",
            NOW,
        )
        for name, handled in (("r1aaaaaaaaaaa", None), ("r2aaaaaaaaaaa", NOW)):
            await connection.execute(
                "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, holds, received_at,"
                " handled_at) VALUES ($1, $1, 'e1', 'p1', 'replied', 'email', 's1aaaaaaaaaaa', true, $2, $3)",
                name,
                NOW,
                handled,
            )
        await connection.execute("SET session_replication_role = DEFAULT")
        await migrations.apply(url)
        rows = await connection.fetch("SELECT id, address FROM reaction ORDER BY id")
        assert [row["address"] for row in rows] == ["p1@client.example", None]
        assert await connection.fetchval("SELECT undelivered_at IS NULL FROM send")
    finally:
        await connection.close()
        await admin.execute("DROP DATABASE intake_upgrade WITH (FORCE)")
        await admin.close()
