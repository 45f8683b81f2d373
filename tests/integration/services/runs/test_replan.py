"""Many runs planned again at once, beside what the runs do themselves at that moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from adapters.postgres.records import ChangeOrigin, Records
from services.runs.replan import Replanning
from services.runs.run_row import RunRow
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)
STEPS: list[dict[str, Any]] = [
    {"id": "first", "when": "5 days before day zero", "at": "09:00", "email": "t/mail"},
    {"id": "second", "when": "on day zero", "at": "09:00", "email": "t/mail"},
]


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        yield made


def replanning(rig: SendRig) -> Replanning:
    return Replanning(rig.database, Records("UTC"), rig.versions)


async def moved(life: LifeRig, start: str, **more: str) -> list[str]:
    """The CRM moves the date; nobody has handled it."""
    async with life.rig.database.transaction() as connection:
        values = {"start_date": start, **more}
        await life.changes.write(connection, "placement", life.placement, values, ChangeOrigin("crm", life.now))
    rows = await life.rig.fetch("SELECT id FROM reaction WHERE enrollment_id = $1 AND handled_at IS NULL", life.run)
    return [row["id"] for row in rows]


async def revisions(life: LifeRig) -> tuple[int, int]:
    [row] = await life.rig.fetch("SELECT plan_revision, plan_signalled FROM enrollment WHERE id = $1", life.run)
    return row["plan_revision"], row["plan_signalled"]


async def test_who_is_due_earlier_waits_for_its_signal_also_when_it_is_moved_later_again(rig: SendRig) -> None:
    life = LifeRig(rig, NOW)
    await life.enter(STEPS, "2027-06-20")
    await replanning(rig).replan(await moved(life, "2027-06-25"), NOW)
    assert await revisions(life) == (1, 1)
    await replanning(rig).replan(await moved(life, "2027-06-15"), NOW)
    assert await revisions(life) == (2, 1)
    await replanning(rig).replan(await moved(life, "2027-06-18"), NOW)
    assert await revisions(life) == (3, 1)
    assert (await life.states())["first"] == "06-13 08:00"


async def test_a_paused_run_is_decided_at_once_and_not_signalled(rig: SendRig) -> None:
    life = LifeRig(rig, NOW)
    await life.enter(STEPS, "2027-06-20")
    await life.command("pause")
    assert await replanning(rig).replan(await moved(life, "2027-06-03"), NOW)
    assert await revisions(life) == (1, 1)
    assert await life.states() == {"first": "skipped", "second": "06-03 08:00"}


async def test_more_than_a_plan_is_left_to_the_run(rig: SendRig) -> None:
    asks = [{"on": "field_changed", "field": "placement.start_date", "do": [{"add_to_list": "moved"}]}]
    life, other = LifeRig(rig, NOW), LifeRig(rig, NOW)
    await life.enter(STEPS, "2027-06-20", stop_when={"placement.status": ["Cancelled"]})
    await other.enter(STEPS, "2027-06-20", reactions=asks)
    changes = [*await moved(life, "2027-06-15", status="Cancelled"), *await moved(other, "2027-06-15")]
    assert await replanning(rig).replan(changes, NOW) == frozenset()
    assert (await revisions(life), await revisions(other)) == ((0, 0), (0, 0))


async def test_a_run_that_something_of_its_own_is_about_is_left_to_it(rig: SendRig) -> None:
    life, other = LifeRig(rig, NOW), LifeRig(rig, NOW)
    await life.enter(STEPS, "2027-06-20")
    await other.enter(STEPS, "2027-06-20")
    changes = [*await moved(life, "2027-06-15"), *await moved(other, "2027-06-15")]
    async with rig.database.transaction() as connection:
        await RunRow.lock(connection, life.run)
        handled = await replanning(rig).replan(changes, NOW)
    assert handled == {changes[1]}
    assert (await revisions(life), await revisions(other)) == ((0, 0), (1, 0))


async def test_what_is_planned_after_a_send_counts_from_the_date_that_came_while_it_was_under_way(
    rig: SendRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = LifeRig(rig, NOW)
    await life.enter(STEPS, "2027-06-20")
    life.now = NOW + timedelta(days=14, minutes=1)
    send = rig.wire.send

    async def meanwhile(**message: Any) -> Any:
        assert await replanning(rig).replan(await moved(life, "2027-06-30"), life.now)
        return await send(**message)

    monkeypatch.setattr(rig.wire, "send", meanwhile)
    await life._take("first")
    assert [step for step, _ in life.sent] == ["first"]
    assert await life.states() == {"first": "sent", "second": "06-30 08:00"}
    assert (life.due.step, life.due.revision) == ("second", 1)
