"""Records, ledgers and published rules for tests of the rules' SQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from adapters.postgres.rules.statements import CompiledRule, compile_rule
from adapters.postgres.versions import Version
from sequences.definition.model import SequenceDefinition

NOW = datetime(2027, 3, 31, 12, 0, tzinfo=UTC)
SINCE = datetime(2027, 3, 1, tzinfo=UTC)
STEPS = [{"id": "one", "do": [{"notify": "owner"}]}]


def version(auto_enroll: dict[str, Any], record: str = "person", name: str = "seq") -> Version:
    """An unpublished version with such a rule."""
    content = {"sequence": name, "name": "S", "record": record, "steps": STEPS, "auto_enroll": auto_enroll}
    return Version(name, 1, SequenceDefinition.model_validate(content), {})


def rule(record: str = "person", name: str = "seq", **auto_enroll: Any) -> CompiledRule:
    """Its compiled rule."""
    return compile_rule(version(auto_enroll, record, name))


async def add(connection: Any, table: str, **values: Any) -> None:
    """One row; dicts become jsonb."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values.values())


async def publish(connection: Any, published: Version, number: int = 1) -> None:
    """The version's row, as other tables refer to it."""
    await add(
        connection,
        "sequence_version",
        sequence=published.sequence,
        version=number,
        definition=published.definition.model_dump(mode="json"),
        templates={},
        fingerprint="f",
        published_at=SINCE,
    )


async def add_run(
    connection: Any, record: str, person: str, *, state: str = "active", number: int = 1, name: str = "seq"
) -> str:
    """An enrollment in ``seq``, whose version exists from then on."""
    await connection.execute(
        "INSERT INTO sequence_version VALUES ($1, 1, '{}', '{}', 'f', $2) ON CONFLICT DO NOTHING", name, SINCE
    )
    run = f"e{number:010d}"
    await add(
        connection,
        "enrollment",
        id=run,
        workflow_id="w",
        sequence=name,
        version=1,
        record_type="person",
        record_id=record,
        person_id=person,
        via="rule",
        state=state,
        enrolled_at=SINCE,
    )
    return run


async def add_window(connection: Any, record: str, person: str, *, number: int = 1, **more: Any) -> None:
    """A row of the ledger, of a run that is over."""
    name = more.get("sequence", "seq")
    run = await add_run(connection, record, person, state="finished", number=number, name=name)
    row = {
        "id": f"w{number:010d}",
        "sequence": name,
        "person_id": person,
        "record_id": record,
        "scope": "person",
        "enrollment_id": run,
        "via": "rule",
        "opened_at": SINCE,
        "until": None,
        "state": "open",
    }
    await add(connection, "reenrollment_window", **{**row, **more})


async def plan(connection: Any, text: str, *values: Any) -> str:
    """What Postgres would do, as text."""
    return json.dumps([row[0] for row in await connection.fetch(f"EXPLAIN {text}", *values)])
