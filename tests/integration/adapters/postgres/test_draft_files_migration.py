"""Drafts whose files were base64 in their row keep them: each content once beside the row, and back again."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import asyncpg

from adapters.postgres import migrations

FILES = {"files/a.pdf": b"%PDF-1.7" * 40, "files/b.pdf": b"%PDF-1.7" * 40, "images/c.png": b"\x89PNG\r\n\x1a\n"}


async def test_files_move_out_of_the_row_and_back(database_url: str) -> None:
    file = next(migrations.folder().glob("0240_*.sql")).read_text()
    _, there, back = file.replace("-- migrate: rollback", "-- migrate: apply").split("-- migrate: apply")
    before = {path: base64.b64encode(content).decode() for path, content in FILES.items()}
    connection = await asyncpg.connect(database_url)
    whole = connection.transaction()
    await whole.start()
    try:
        await connection.execute(back)
        for sequence, attachments in (("one", before), ("two", {})):
            await connection.execute(
                "INSERT INTO sequence_draft (sequence, revision, files, attachments, changed_by, changed_at) "
                "VALUES ($1, 1, '{}', $2, 'u1', $3)",
                sequence,
                json.dumps(attachments),
                datetime(2026, 11, 30, tzinfo=UTC),
            )
        await connection.execute(there)
        kept = await connection.fetch("SELECT sequence, content FROM draft_file ORDER BY length(content) DESC")
        assert [tuple(row) for row in kept] == [("one", FILES["files/a.pdf"]), ("one", FILES["images/c.png"])]
        rows = await connection.fetch("SELECT attachments FROM sequence_draft ORDER BY sequence")
        assert [json.loads(row["attachments"]) for row in rows] == [
            {
                path: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                for path, content in FILES.items()
            },
            {},
        ]
        await connection.execute(back)
        rows = await connection.fetch("SELECT attachments FROM sequence_draft ORDER BY sequence")
        assert [json.loads(row["attachments"]) for row in rows] == [before, {}]
    finally:
        await whole.rollback()
        await connection.close()
