"""Open runs of 0.1 when the rules of day zero change: what was skipped for want of a date waits, the rest keeps."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres import migrations
from adapters.postgres.database import Database
from starter.local.postgres import LocalPostgres
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import MAIL, SendRig

THEN = datetime(2027, 6, 1, 9, tzinfo=UTC)
NOW = datetime(2027, 6, 8, 9, tzinfo=UTC)
STEPS = [
    {"id": "week-before", "when": "7 days before day zero", "at": "09:00", "email": "t/mail"},
    {"id": "first-day", "when": "on day zero", "at": "08:00", "email": "t/mail"},
    {"id": "three-days", "when": "3 days after day zero", "email": "t/mail"},
]
DEFINITION = {
    "sequence": "onb",
    "name": "Onboarding",
    "record": "placement",
    "day_zero": "placement.start_date",
    "frequency_cap": "exempt",
    "steps": STEPS,
}


class Old:
    """A database of 0.1, and its upgrade."""

    def __init__(self, connection: asyncpg.Connection, url: str) -> None:
        self.connection, self.url = connection, url

    async def run(
        self, number: int, start: str | None, state: str, *steps: tuple[str, datetime | None, str | None]
    ) -> str:
        """An open run with its steps: state, due and reason."""
        person, placement, run = f"p{number}", f"pl{number}", f"e{number:010}"
        await self.connection.execute(
            "INSERT INTO person (id, first_name, email, timezone) "
            "VALUES ($1, 'Eva', $1 || '@client.example', 'Europe/London')",
            person,
        )
        await self.connection.execute(
            "INSERT INTO placement (id, person_id, status, start_date) VALUES ($1, $2, 'New', $3)",
            placement,
            person,
            start,
        )
        await self.connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, "
            "state, enrolled_at, started_at) VALUES ($1, $1, 'onb', 1, 'placement', $2, $3, 'rule', $4, $5, $5)",
            run,
            placement,
            person,
            state,
            THEN,
        )
        for position, (step, (kind, due, reason)) in enumerate(zip((each["id"] for each in STEPS), steps, strict=True)):
            decided = None if kind == "planned" else THEN
            await self.connection.execute(
                "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, decided_at, reason) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                run,
                step,
                position,
                kind,
                due,
                decided,
                reason,
            )
        return run

    async def states(self) -> dict[str, list[str]]:
        rows = await self.connection.fetch("SELECT * FROM enrollment_step ORDER BY enrollment_id, position")
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["enrollment_id"], []).append(row["state"])
        return found


@pytest_asyncio.fixture
async def old(postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Old]:
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute("DROP DATABASE IF EXISTS upgraded_day_zero WITH (FORCE)")
    await admin.execute("CREATE DATABASE upgraded_day_zero")
    url = postgres.url_of("upgraded_day_zero")
    first = tmp_path / "migrations"
    first.mkdir()
    for file in migrations.folder().glob("*.sql"):
        if file.name < "0016":
            shutil.copy(file, first)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "folder", lambda: first)
        await migrations.apply(url)
    connection = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO sequence_version VALUES ('onb', 1, $1, $2, 'x', $3)",
        json.dumps(DEFINITION),
        json.dumps({MAIL.name: MAIL.to_json()}),
        THEN,
    )
    yield Old(connection, url)
    await connection.close()
    await admin.execute("DROP DATABASE upgraded_day_zero WITH (FORCE)")
    await admin.close()


async def test_open_runs_of_the_version_before(old: Old) -> None:
    undated = ("skipped", None, "no_day_zero")
    reacting = await old.run(1, None, "active", undated, undated, undated)
    closed = await old.run(2, None, "finished", undated, undated, undated)
    back = await old.run(3, "2027-06-20", "active", undated, undated, undated)
    shifted = await old.run(
        4,
        "2027-06-10",
        "active",
        ("sent", None, None),
        ("planned", datetime(2027, 6, 12, 7, tzinfo=UTC), None),
        ("planned", datetime(2027, 6, 15, 8, tzinfo=UTC), None),
    )
    passed = await old.run(
        5,
        "2027-06-05",
        "active",
        ("sent", None, None),
        ("planned", None, "if_past"),
        ("planned", NOW + timedelta(minutes=1), None),
    )
    plain = await old.run(
        6,
        "2027-06-20",
        "active",
        ("planned", datetime(2027, 6, 13, 8, tzinfo=UTC), None),
        ("planned", datetime(2027, 6, 20, 7, tzinfo=UTC), None),
        ("planned", datetime(2027, 6, 23, 8, tzinfo=UTC), None),
    )
    await old.connection.execute(
        "INSERT INTO enrollment_pause VALUES ($1, $2, $3, 'holiday', 'shift')", shifted, NOW - timedelta(days=3), NOW
    )
    await migrations.apply(old.url)
    await migrations.apply(old.url)
    assert await old.states() == {
        reacting: ["planned"] * 3,
        closed: ["skipped"] * 3,
        back: ["planned"] * 3,
        shifted: ["sent", "planned", "planned"],
        passed: ["sent", "skipped", "planned"],
        plain: ["planned"] * 3,
    }
    told = await old.connection.fetch("SELECT enrollment_id, kind, detail FROM reaction ORDER BY 1")
    assert [(row["enrollment_id"], row["kind"], row["detail"]) for row in told] == [
        (run, "field_changed", '{"fields": []}') for run in (reacting, back, shifted)
    ]
    database = await Database.connect(old.url)
    try:
        lives = {
            run: LifeRig(SendRig(database), NOW, run=run, sequence="onb") for run in (reacting, back, shifted, plain)
        }
        for run, life in lives.items():
            life.placement = f"pl{int(run[1:])}"
            await life.hear()
        waiting = dict.fromkeys(("week-before", "first-day", "three-days"), "waiting")
        assert await lives[reacting].states() == waiting
        assert await lives[back].states() == {
            "week-before": "06-13 08:00",
            "first-day": "06-20 07:00",
            "three-days": "06-23 08:00",
        }
        # What a pause had moved to another day than its own is back on it.
        assert await lives[shifted].states() == {
            "week-before": "sent",
            "first-day": "06-10 07:00",
            "three-days": "06-13 08:00",
        }
        await lives[reacting].tell(start_date="2027-06-18")
        await lives[reacting].pass_by(days=60)
        assert [step for step, _ in lives[reacting].sent] == ["week-before", "first-day", "three-days"]
        # Nothing told the other one anything; its steps are judged as they were planned.
        plain_life: Any = lives[plain]
        plain_life.now = datetime(2027, 6, 13, 7, tzinfo=UTC)
        await plain_life.tell(status="On Assignment")
        await plain_life.pass_by(days=60)
        assert [step for step, _ in plain_life.sent] == ["week-before", "first-day", "three-days"]
    finally:
        await database.close()
