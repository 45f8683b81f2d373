"""An installation of 0.1 for each test. Its rows are restored once, and upgraded once; tests have clones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest_asyncio

from adapters.postgres import migrations
from tests.support.databases import Databases
from tests.support.rigs.upgraded import Old, open_old, restore

# 0.1 had let these in, by hand and by rule, and Temporal was away: no plan is stored, no workflow was started.
_LEFT_STARTING = (
    """INSERT INTO person SELECT (jsonb_populate_record(p, jsonb_build_object(
           'id', 'left-' || p.id, 'email', 'left-' || p.id || '@client.example'))).*
       FROM person p WHERE p.id IN ('waits', 'ruled')""",
    """INSERT INTO enrollment SELECT (jsonb_populate_record(e, jsonb_build_object(
           'id', 'eleft' || e.record_id || '0000', 'record_id', 'left-' || e.record_id,
           'person_id', 'left-' || e.record_id, 'state', 'starting', 'started_at', NULL,
           'enrolled_at', now() - interval '5 minutes',
           'workflow_id', 'enrollment:' || e.sequence || ':left-' || e.record_id))).*
       FROM enrollment e WHERE e.record_id IN ('waits', 'ruled')""",
    """INSERT INTO reenrollment_window SELECT (jsonb_populate_record(w, jsonb_build_object(
           'id', 'wleftruled0000', 'record_id', 'left-ruled', 'person_id', 'left-ruled', 'state', 'opening',
           'enrollment_id', 'eleftruled0000', 'revision', 1, 'told_revision', 0,
           'opened_at', now() - interval '5 minutes', 'until', now() + interval '6 months'))).*
       FROM reenrollment_window w WHERE w.person_id = 'ruled'""",
)


@pytest_asyncio.fixture(scope="session")
async def rows_of_0_1(databases: Databases, scratch: Path) -> str:
    """The name of a database as 0.1 left it."""
    await restore(await databases.template("rows_of_0_1"), scratch)
    return "rows_of_0_1"


@pytest_asyncio.fixture(scope="session")
async def upgraded_rows(databases: Databases, rows_of_0_1: str) -> str:
    """The name of a database to which the migrations were applied, twice; dates that count are of today."""
    url = await databases.template("upgraded_rows", rows_of_0_1)
    connection = await asyncpg.connect(url)
    # As 0.1, or somebody beside it, would have changed it before the upgrade.
    await connection.execute("UPDATE follow_up SET at = now() WHERE kind = 'enroll'")
    await connection.execute("UPDATE follow_up SET at = now() - interval '30 days' WHERE kind = 'webhook'")
    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    await connection.execute("UPDATE placement SET start_date = $1 WHERE id = 'pl-dated'", day)
    for statement in _LEFT_STARTING:
        await connection.execute(statement)
    await connection.close()
    for _ in range(2):
        await migrations.apply(url)
    return "upgraded_rows"


@pytest_asyncio.fixture
async def old_database(databases: Databases, rows_of_0_1: str) -> AsyncIterator[str]:
    async with databases.fresh(rows_of_0_1) as url:
        yield url


@pytest_asyncio.fixture
async def old(databases: Databases, upgraded_rows: str, tmp_path: Path) -> AsyncIterator[Old]:
    async with databases.fresh(upgraded_rows) as url, open_old(url, tmp_path) as old:
        yield old
