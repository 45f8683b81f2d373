"""Conditions of steps in runs, over the real activities and a real Postgres, with the example of docs/conditions.md."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres import queries
from sequences import ids
from sequences.checking import load_file
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import send_rig

DOCS = Path(__file__).parents[4] / "docs" / "conditions.md"
START = datetime(2027, 6, 1, 9, tzinfo=UTC)
GOES_ON = [{"on": "clicked", "then": "continue"}, {"on": "replied", "then": "continue"}]


def _steps(condition: Any) -> list[dict[str, Any]]:
    return [
        {"id": "one", "email": "t/mail"},
        {"id": "two", "when": "3 days after one", "email": "t/mail", "if": condition},
        {"id": "three", "when": "4 days after two", "email": "t/mail"},
    ]


@pytest_asyncio.fixture
async def life(database_url: str) -> AsyncIterator[LifeRig]:
    async with send_rig(database_url) as rig:
        yield LifeRig(rig, START)


async def came(life: LifeRig, kind: str, step: str, *, label: str | None = None, sure: bool = True) -> None:
    """Something came back and was handled."""
    key = f"{kind}:{step}:{life.now}"
    await life.rig.database.pool.execute(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, holds, received_at, label,"
        " held_for_review, handled_at, decision)"
        " SELECT $1, $2, e.id, e.person_id, $3, 'email', $4, false, $5, $6, $7, $5, 'continue'"
        " FROM enrollment e WHERE e.id = $8",
        ids.reaction_id(key),
        key,
        kind,
        ids.send_id(life.run, step),
        life.now,
        label,
        None if label is None else not sure,
        life.run,
    )


@pytest.mark.parametrize(
    ("condition", "kinds", "goes"),
    [
        ("clicked one", ["clicked"], True),
        ("clicked one", ["opened"], False),
        ("opened one", ["opened"], True),
        ("not opened one", ["opened"], False),
        ("not replied", [], True),
        ("sent one", [], True),
        ("not sent one", [], False),
        ({"person.city": "missing", "placement.status": ["On Assignment"]}, [], True),
        ({"placement.status": ["Ended"]}, [], False),
    ],
)
async def test_a_step_goes_if_its_conditions_hold_when_it_is_due(
    life: LifeRig, condition: Any, kinds: list[str], goes: bool
) -> None:
    await life.enter(_steps(condition), None, reactions=GOES_ON)
    await life.pass_by(days=1)
    for kind in kinds:
        await came(life, kind, "one")
    await life.pass_by(days=9)
    first = START
    wanted = [("one", first), ("two", first + timedelta(days=3)), ("three", first + timedelta(days=7))]
    # Either way the third counts from the instant of the second.
    assert life.sent == [each for each in wanted if goes or each[0] != "two"]
    shown = (await life.shown())["two"]
    assert shown.state == ("sent" if goes else "skipped")
    if not goes:
        assert str(shown.reason).startswith("if: ")
        assert shown.decided_at == first + timedelta(days=3)
        assert await life.rig.fetch("SELECT 1 FROM send WHERE step = 'two' AND state <> 'refused'") == []


async def test_the_words_of_a_reply_count_as_the_model_is_sure_of_them_or_a_person_said(life: LifeRig) -> None:
    await life.enter(_steps("replied.positive one"), None, reactions=GOES_ON)
    await life.pass_by(days=1)
    await came(life, "replied", "one", label="positive", sure=False)
    assert [(row["kind"], row["label"]) for row in await _happenings(life)] == [("replied", None)]
    reply = ids.reaction_id(f"replied:one:{life.now}")
    await came(life, "reviewed", "one")
    await life.rig.database.pool.execute(
        "INSERT INTO review (id, reaction_id, number, label, intent, reviewed_at)"
        " VALUES ($1, $2, 1, 'positive', 'other', $3)",
        ids.reaction_id(f"reviewed:one:{life.now}"),
        reply,
        life.now,
    )
    assert ("replied", "positive") in [(row["kind"], row["label"]) for row in await _happenings(life)]
    await life.pass_by(days=3)
    assert [step for step, _ in life.sent] == ["one", "two"]


async def _happenings(life: LifeRig) -> Any:
    async with life.rig.database.transaction() as connection:
        rows = await queries.happenings_of(connection, enrollment_id=life.run)
    return [{"kind": row.kind, "label": row.label} for row in rows]


async def test_a_change_before_the_step_is_due_counts(life: LifeRig) -> None:
    await life.enter(_steps({"placement.status": ["Extended"]}), None)
    await life.pass_by(days=2)
    await life.tell(status="Extended")
    await life.pass_by(days=2)
    assert [step for step, _ in life.sent] == ["one", "two"]
    assert (await life.shown())["two"].conditions == ("placement.status: Extended",)


async def test_who_sends_a_step_now_decides(life: LifeRig) -> None:
    await life.enter(_steps("clicked one"), None)
    await life.pass_by(hours=1)
    await life.command("send-now", step="two")
    await life.pass_by(minutes=1)
    assert [step for step, _ in life.sent] == ["one", "two"]


async def test_actions_have_conditions_too(life: LifeRig) -> None:
    steps: list[dict[str, Any]] = [
        {"id": "one", "email": "t/mail"},
        {"id": "call", "when": "1 day after one", "if": "not opened one", "do": [{"create_task": {"title": "Call"}}]},
    ]
    for kind, tasks in (("opened", 0), ("bounced", 1)):
        await life.enter(steps, None)
        await life.pass_by(hours=1)
        await came(life, kind, "one")
        await life.pass_by(days=2)
        assert len(await life.rig.fetch("SELECT 1 FROM task WHERE enrollment_id = $1", life.run)) == tasks


async def test_every_example_of_the_page_is_right() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        assert load_file(block, "docs/conditions.md").warnings == ()
