"""Closed days against a real Postgres: plans move, nothing is claimed, and what opens again goes when it should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.records import ChangeOrigin, Records
from sequences.errors import NotFoundError
from sequences.planning.closed_days import parse_days
from services.operations.closed_days import DaysChange, change_closed_days, closed_list, plan_again
from services.runs.replan import Replanning
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import SendRig, made_ready_first, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 12, 21, 9, tzinfo=UTC)
DAYS = parse_days("2026-12-24..2027-01-03")
STEPS: list[dict[str, Any]] = [
    {"id": "first", "when": "3 days after enrollment", "at": "10:00", "email": "t/mail"},
    {"id": "second", "when": "10 days after first", "email": "t/mail"},
]


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        yield made


async def change(rig: SendRig, now: datetime, *, owner: str | None = None, remove: bool = False) -> tuple[int, int]:
    wanted, asked = DaysChange(DAYS, owner, remove), 0
    days = await change_closed_days(rig.database, wanted, now)
    async for so_far in plan_again(rig.database, wanted, now):
        asked = so_far
    return days, asked


async def replan(rig: SendRig, now: datetime) -> frozenset[str]:
    rows = await rig.fetch("SELECT id FROM reaction WHERE handled_at IS NULL")
    changes = [row["id"] for row in rows]
    return await Replanning(rig.database, Records("UTC"), rig.versions).replan(changes, now)


async def test_open_runs_move_when_days_close_and_move_back_when_they_open(rig: SendRig) -> None:
    life, later = LifeRig(rig, NOW), LifeRig(rig, NOW)
    await life.enter(STEPS, None)
    await later.enter([{"id": "first", "when": "60 days after enrollment", "email": "t/mail"}], None)
    assert await life.states() == {"first": "12-24 10:00", "second": "01-03 10:00"}
    assert await change(rig, NOW) == (11, 1)
    assert len(await replan(rig, NOW)) == 1
    assert await life.states() == {"first": "01-04 10:00", "second": "01-14 10:00"}
    [step] = await rig.fetch(
        "SELECT moved_by FROM enrollment_step WHERE enrollment_id = $1 AND step = 'first'", life.run
    )
    assert step["moved_by"] == ["closed"]
    # Again, as after a command that was interrupted: nothing is closed twice, and nothing is left to plan.
    assert await change(rig, NOW + timedelta(minutes=1)) == (0, 0)
    async with rig.database.transaction() as connection:
        found = await closed_list(connection, None, None)
    assert ([(each.first, each.days, each.owner) for each in found.closed], found.planning) == (
        [(DAYS.first, 11, None)],
        0,
    )
    assert await change(rig, NOW + timedelta(minutes=2), remove=True) == (11, 1)
    await replan(rig, NOW + timedelta(minutes=2))
    assert await life.states() == {"first": "12-24 10:00", "second": "01-03 10:00"}
    # It is due earlier than its workflow knows, and must be signalled.
    [run] = await rig.fetch("SELECT plan_revision, plan_signalled FROM enrollment WHERE id = $1", life.run)
    assert run["plan_revision"] > run["plan_signalled"]


async def test_a_new_run_reads_them_and_an_owners_days_are_of_their_records_alone(rig: SendRig) -> None:
    async with rig.database.transaction() as connection:
        await Records("UTC").write(connection, "owner", "dana", {"first_name": "Dana"}, ChangeOrigin("crm", NOW))
    assert await change(rig, NOW, owner="dana") == (11, 0)
    mine, other = LifeRig(rig, NOW), LifeRig(rig, NOW)
    await other.enter(STEPS, None)
    await mine.enter(STEPS, None)
    async with rig.database.transaction() as connection:
        values = {"owner_id": "dana"}
        await mine.changes.write(connection, "placement", mine.placement, values, ChangeOrigin("crm", NOW))
        views = await Records("UTC").views(
            connection, "placement", {each.placement: f"eva{each.placement[2:]}" for each in (mine, other)}
        )
    assert (len(views[mine.placement].closed_days), len(views[other.placement].closed_days)) == (11, 0)
    await mine.hear()
    assert (await mine.states())["first"] == "01-04 10:00"
    assert (await other.states())["first"] == "12-24 10:00"
    with pytest.raises(NotFoundError):
        await change(rig, NOW, owner="nobody")


async def test_a_run_with_an_older_plan_sends_nothing_on_a_closed_day(rig: SendRig) -> None:
    life = LifeRig(rig, NOW)
    await life.enter(STEPS, None)
    # Closed, and nobody has planned again yet.
    await change_closed_days(rig.database, DaysChange(DAYS, None), NOW)
    life.now = datetime(2026, 12, 24, 10, tzinfo=UTC)
    await life._take("first")
    assert life.sent == []
    assert life.due.at == datetime(2027, 1, 4, 10, tzinfo=UTC)


async def test_the_claim_refuses_what_closed_since_the_step_was_made_ready(
    rig: SendRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_ready_first(monkeypatch)
    life = LifeRig(rig, NOW)
    await life.enter(STEPS, None)
    life.now = datetime(2026, 12, 24, 10, tzinfo=UTC)
    take_turn = life.steps._taking.sending.take_turn

    async def closes_meanwhile(attempt: Any) -> Any:
        turn = await take_turn(attempt)
        await change_closed_days(rig.database, DaysChange(DAYS, None), life.now)
        return turn

    monkeypatch.setattr(life.steps._taking.sending, "take_turn", closes_meanwhile)
    await life._take("first")
    assert life.sent == []
    assert (life.due.why, life.due.at) == ("closed", life.now + timedelta(minutes=1))
    life.now = life.due.at or life.now
    await life._take("first")
    assert life.sent == []
    assert life.due.at == datetime(2027, 1, 4, 10, tzinfo=UTC)
