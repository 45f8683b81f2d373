"""Held batches and the switch of rules on a real Postgres."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from sequences.auto_enroll.messages import Origin
from sequences.errors import NotFoundError
from services.auto_enroll import batches
from tests.support import by_name
from tests.support.by_name import Row
from tests.support.rigs.rule import NOW, RuleRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


async def held(rig: RuleRig) -> list[Row]:
    async with rig.database.transaction() as connection:
        return await by_name.rows(connection, "batches_awaiting_approval")


async def since(rig: RuleRig) -> object:
    return (await rig.fetch("SELECT since FROM rule_state"))[0]["since"]


async def held_by_a_change(rig: RuleRig, number: int = 4) -> Row:
    await rig.publish(hold_above=3)
    for each in range(number):
        await rig.person(each)
    await rig.watch()
    (batch,) = await held(rig)
    assert (batch.sequence, batch.origin, batch.records) == ("s", Origin.CHANGE, number)
    return batch


@pytest.mark.parametrize("by_batch", [True, False])
async def test_an_approved_batch_enters_at_the_next_look_evaluated_again(rig: RuleRig, by_batch: bool) -> None:
    batch = await held_by_a_change(rig)
    await rig.write("person", "p001", status="Cold")
    assert await rig.decide("approve", batch.id if by_batch else "s") == 4
    found = await rig.watch(NOW + MINUTE)
    assert found.enrolled == 3
    assert await rig.enrolled() == ["p000", "p002", "p003"]
    assert (await rig.queued(), await held(rig)) == ({}, [])
    rows = await rig.fetch("SELECT state, decided_by, decided_at FROM rule_batch")
    assert rows == [{"state": "approved", "decided_by": "dana", "decided_at": NOW}]


async def test_approved_people_do_not_make_the_next_one_wait(rig: RuleRig) -> None:
    await held_by_a_change(rig)
    await rig.decide("approve", "s")
    await rig.watch(NOW + MINUTE)
    await rig.person("late")
    assert (await rig.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_approved_people_keep_the_days_share(rig: RuleRig) -> None:
    await rig.publish(hold_above=3, max_per_day=2)
    for each in range(5):
        await rig.person(each)
    await rig.watch()
    await rig.decide("approve", "s")
    entered = [(await rig.watch(NOW + days * DAY)).enrolled for days in (0, 1, 2, 3)]
    assert entered == [2, 2, 1, 0]


async def test_a_discarded_batch_enters_nobody_and_a_later_change_may(rig: RuleRig) -> None:
    await held_by_a_change(rig)
    assert await rig.decide("discard", "s") == 4
    assert (await rig.watch(NOW + MINUTE)).enrolled == 0
    await rig.write("person", "p001", status="Cold")
    await rig.write("person", "p001", status="Hot")
    assert (await rig.watch(NOW + 2 * MINUTE)).enrolled == 1


@pytest.mark.parametrize("what", ["approve", "discard"])
async def test_nothing_is_decided_twice(rig: RuleRig, what: str) -> None:
    batch = await held_by_a_change(rig)
    await rig.decide("approve", batch.id)
    with pytest.raises(NotFoundError):
        await rig.decide(what, batch.id)


async def test_a_scan_above_the_limit_is_one_held_batch_counted_first(rig: RuleRig) -> None:
    await rig.publish(hold_above=6)
    for each in range(7):
        await rig.person(each)
    pages = await rig.scan()
    assert [(page.enrolled, page.held) for page in pages] == [(0, 3), (0, 3), (0, 1)]
    (batch,) = await held(rig)
    assert (batch.origin, batch.records) == (Origin.EXISTING, 7)
    assert await rig.told() == [("dana", "rule.held", 7)]
    again = await rig.scan()
    assert [page.held for page in again] == [3, 3, 1]
    assert (len(await held(rig)), len(await rig.queued())) == (1, 7)
    await rig.decide("approve", batch.id)
    assert (await rig.watch()).enrolled == 7


async def test_pages_after_the_approval_go_on_and_after_a_discard_do_not(rig: RuleRig) -> None:
    await rig.publish(hold_above=1)
    for each in range(3):
        await rig.person(each)
    rule = await rig.rule()
    entering = rig.activities.entering
    for number, decision in enumerate(("approve", "discard")):
        async with rig.database.transaction() as connection:
            occasion = batches.Occasion(Origin.EXISTING, str(number), NOW)
            batch = await batches.new_batch(connection, rule.version, 2, occasion)
        await rig.decide(decision, batch)
        async with rig.database.transaction() as connection:
            matches = await rig.rules.of_records(connection, rule, NOW, [f"p{number:03d}"])
            await entering.enter(connection, rule, matches, batches.Occasion(Origin.EXISTING, "n", NOW, batch))
    assert await rig.queued() == {"p000": "waiting"}


async def test_rules_that_stay_as_they_are_keep_their_instant(rig: RuleRig) -> None:
    await rig.publish(at=NOW)
    await rig.publish(at=NOW + DAY, hold_above=7, prevent_reenrollment_within="1 day")
    assert await since(rig) == NOW
    await rig.publish(at=NOW + 2 * DAY, real={"person.status": ["Warm"]})
    assert await since(rig) == NOW + 2 * DAY
    assert (await rig.rule()).version.version == 3


async def test_a_version_without_rules_switches_them_off_and_forgets_who_waits(rig: RuleRig) -> None:
    await held_by_a_change(rig)
    await rig.publish(at=NOW + DAY, rules=None)
    assert await rig.fetch("SELECT * FROM rule_state") == []
    assert (await rig.queued(), await held(rig)) == ({}, [])
    assert await rig.fetch("SELECT state, decided_by FROM rule_batch") == [
        {"state": "discarded", "decided_by": "publish"}
    ]


async def test_whom_a_scan_found_and_a_person_discarded_the_next_scan_does_not_find(rig: RuleRig) -> None:
    await rig.publish(historical={"last_contacted": "more than 30 days ago"}, at=NOW - DAY, hold_above=1)
    for number in range(3):
        await rig.person(number, at=NOW - 2 * DAY)
    await rig.fetch("UPDATE person SET last_contacted = $1", NOW - 30.5 * DAY)
    await rig.scan(origin=Origin.SCAN)
    assert len(await rig.queued()) == 3
    await rig.decide("discard", "s", NOW + MINUTE)
    assert [page.matched for page in await rig.scan(origin=Origin.SCAN, now=NOW + DAY)] == [0]
