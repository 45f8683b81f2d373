"""A database of 0.1 with refusals, a held batch and changes that nobody has seen, brought to the newest schema."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres import migrations
from adapters.postgres.database import Database
from sequences.auto_enroll.messages import Origin
from sequences.definition.model import SequenceDefinition
from tests.support.rigs.rule import NOW, RuleRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starter.local.postgres import LocalPostgres

DAY = timedelta(days=1)
LAST_OF_0_1 = "0015"
DEFINITION = SequenceDefinition.model_validate(
    {
        "sequence": "s",
        "name": "S",
        "record": "person",
        "steps": [{"id": "one", "email": "hello/one"}],
        "auto_enroll": {"real": {"person.status": ["Hot"]}, "hold_above": 2},
    }
)


@pytest_asyncio.fixture
async def old(postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of a database as 0.1 left it."""
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute("CREATE DATABASE upgraded")
    everything = migrations.folder()
    for file in everything.glob("*.sql"):
        if file.name[:4] <= LAST_OF_0_1:
            shutil.copy(file, tmp_path / file.name)
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "folder", lambda: tmp_path)
        await migrations.apply(postgres.url_of("upgraded"))
    yield postgres.url_of("upgraded")
    await admin.execute("DROP DATABASE upgraded WITH (FORCE)")
    await admin.close()


async def fill(url: str) -> None:
    db = await asyncpg.connect(url, server_settings={"relance.writer": "on"})
    await db.execute(
        "INSERT INTO sequence_version VALUES ('s', 1, $1, '{}', 'x', $2)",
        json.dumps(DEFINITION.model_dump(mode="json")),
        NOW,
    )
    await db.execute("INSERT INTO rule_state (sequence, version, since) VALUES ('s', 1, $1)", NOW - 30 * DAY)

    async def refused(person: str, reason: str, detail: str = "", *, days: float = 1, via: str = "rule") -> None:
        await db.execute(
            "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at)"
            " VALUES ('s', $1, $1, $2, $3, $4, $5, $5)",
            person,
            reason,
            detail,
            via,
            NOW - days * DAY,
        )

    for number in range(1, 9):
        await db.execute(
            "INSERT INTO person (id, first_name, email, status) VALUES ($1, 'Alex', $1 || '@client.example', 'Hot')",
            f"p{number}",
        )
    await refused("p1", "unreachable", "no_email")
    await refused("p2", "missing_field", "one: owner.full_name, person.city; two: custom.size")
    await refused("p3", "unreachable", "no_email", days=3)
    await refused("p3", "window", "a window is open", days=1)
    await refused("p4", "unreachable", "no_email", days=40)
    await refused("p5", "unreachable", "no_email", days=2)
    await db.execute(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
        " enrolled_at) VALUES ('e1aaaaaaaaaa', 'w', 's', 1, 'person', 'p5', 'p5', 'hand', 'active', $1)",
        NOW - DAY,
    )
    await refused("p6", "unreachable", "no_email", via="hand")
    await db.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
        " VALUES ('baaaaaaaaaaa', 's', 1, 'scan', 'held', 1, $1)",
        NOW - DAY,
    )
    await db.execute("INSERT INTO rule_queue VALUES ('s', 'p7', 'p7', 'baaaaaaaaaaa', 'held', $1)", NOW - DAY)
    await db.execute(
        "INSERT INTO change (entity, entity_id, fields, before, after, origin, at) VALUES ('person', 'p8',"
        " '{person.status}', '{}', '{}', 'crm', $1)",
        NOW,
    )
    await db.close()


async def test_what_0_1_refused_is_looked_at_again_and_what_it_held_is_decided(old: str) -> None:
    await fill(old)
    await migrations.apply(old)
    await migrations.apply(old)
    database = await Database.connect(old)
    try:
        rig = RuleRig.over(database)
        rows: list[Any] = await rig.fetch("SELECT record_id, reason, state, fields FROM refusal ORDER BY 1, 2")
        assert [(row["record_id"], row["reason"], row["state"]) for row in rows] == [
            ("p1", "unreachable", "standing"),
            ("p2", "missing_field", "standing"),
            ("p3", "unreachable", "passed"),
            ("p3", "window", "standing"),
            ("p4", "unreachable", "passed"),
            ("p5", "unreachable", "passed"),
            ("p6", "unreachable", "passed"),
        ]
        assert rows[0]["fields"] == ["person.email", "person.phone"]
        assert sorted(rows[1]["fields"]) == ["custom.size", "owner.full_name", "person.city"]
        # The change that nobody had seen joins the batch that waits.
        assert (await rig.watch()).held == 1
        assert sum(page.held for page in await rig.scan(origin=Origin.SCAN)) == 2
        assert await rig.decide("approve", "s") == 4
        assert (await rig.watch(NOW + DAY)).enrolled == 4
        assert set(await rig.enrolled()) == {"p1", "p2", "p5", "p7", "p8"}
    finally:
        await database.close()
