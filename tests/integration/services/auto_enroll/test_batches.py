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
from tests.support.rule_house import NOW, RuleHouse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[RuleHouse]:
    database = await Database.connect(database_url)
    yield RuleHouse.over(database)
    await database.close()


async def held(house: RuleHouse) -> list[batches.HeldBatch]:
    async with house.database.transaction() as connection:
        return await batches.held(connection)


async def since(house: RuleHouse) -> object:
    return (await house.fetch("SELECT since FROM rule_state"))[0]["since"]


async def held_by_a_change(house: RuleHouse, number: int = 4) -> batches.HeldBatch:
    await house.publish(hold_above=3)
    for each in range(number):
        await house.person(each)
    await house.watch()
    (batch,) = await held(house)
    assert (batch.sequence, batch.origin, batch.records) == ("s", Origin.CHANGE, number)
    return batch


@pytest.mark.parametrize("by_batch", [True, False])
async def test_an_approved_batch_enters_at_the_next_look_evaluated_again(house: RuleHouse, by_batch: bool) -> None:
    batch = await held_by_a_change(house)
    await house.write("person", "p001", status="Cold")
    assert await house.decide("approve", batch.id if by_batch else "s") == 4
    found = await house.watch(NOW + MINUTE)
    assert found.enrolled == 3
    assert await house.enrolled() == ["p000", "p002", "p003"]
    assert (await house.queued(), await held(house)) == ({}, [])
    rows = await house.fetch("SELECT state, decided_by, decided_at FROM rule_batch")
    assert rows == [{"state": "approved", "decided_by": "dana", "decided_at": NOW}]


async def test_approved_people_do_not_make_the_next_one_wait(house: RuleHouse) -> None:
    await held_by_a_change(house)
    await house.decide("approve", "s")
    await house.watch(NOW + MINUTE)
    await house.person("late")
    assert (await house.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_approved_people_keep_the_days_share(house: RuleHouse) -> None:
    await house.publish(hold_above=3, max_per_day=2)
    for each in range(5):
        await house.person(each)
    await house.watch()
    await house.decide("approve", "s")
    entered = [(await house.watch(NOW + days * DAY)).enrolled for days in (0, 1, 2, 3)]
    assert entered == [2, 2, 1, 0]


async def test_a_discarded_batch_enters_nobody_and_a_later_change_may(house: RuleHouse) -> None:
    await held_by_a_change(house)
    assert await house.decide("discard", "s") == 4
    assert (await house.watch(NOW + MINUTE)).enrolled == 0
    await house.write("person", "p001", status="Cold")
    await house.write("person", "p001", status="Hot")
    assert (await house.watch(NOW + 2 * MINUTE)).enrolled == 1


@pytest.mark.parametrize("what", ["approve", "discard"])
async def test_nothing_is_decided_twice(house: RuleHouse, what: str) -> None:
    batch = await held_by_a_change(house)
    await house.decide("approve", batch.id)
    with pytest.raises(NotFoundError):
        await house.decide(what, batch.id)


async def test_a_scan_above_the_limit_is_one_held_batch_counted_first(house: RuleHouse) -> None:
    await house.publish(hold_above=6)
    for each in range(7):
        await house.person(each)
    pages = await house.scan()
    assert [(page.enrolled, page.held) for page in pages] == [(0, 3), (0, 3), (0, 1)]
    (batch,) = await held(house)
    assert (batch.origin, batch.records) == (Origin.EXISTING, 7)
    assert await house.told() == [("dana", "rule.held", 7)]
    again = await house.scan()
    assert [page.held for page in again] == [3, 3, 1]
    assert (len(await held(house)), len(await house.queued())) == (1, 7)
    await house.decide("approve", batch.id)
    assert (await house.watch()).enrolled == 7


async def test_pages_after_the_approval_go_on_and_after_a_discard_do_not(house: RuleHouse) -> None:
    await house.publish(hold_above=1)
    for each in range(3):
        await house.person(each)
    rule = await house.rule()
    entering = house.activities.entering
    for number, decision in enumerate(("approve", "discard")):
        async with house.database.transaction() as connection:
            batch = await batches.hold(connection, rule.version, Origin.EXISTING, 2, NOW, str(number))
        await house.decide(decision, batch)
        async with house.database.transaction() as connection:
            matches = await house.rules.of_records(connection, rule, NOW, [f"p{number:03d}"])
            await entering.enter(connection, rule, matches, NOW, Origin.EXISTING, "n", batch=batch)
    assert await house.queued() == {"p000": "waiting"}


async def test_rules_that_stay_as_they_are_keep_their_instant(house: RuleHouse) -> None:
    await house.publish(at=NOW)
    await house.publish(at=NOW + DAY, hold_above=7, prevent_reenrollment_within="1 day")
    assert await since(house) == NOW
    await house.publish(at=NOW + 2 * DAY, real={"person.status": ["Warm"]})
    assert await since(house) == NOW + 2 * DAY
    assert (await house.rule()).version.version == 3


async def test_a_version_without_rules_switches_them_off_and_forgets_who_waits(house: RuleHouse) -> None:
    await held_by_a_change(house)
    await house.publish(at=NOW + DAY, rules=None)
    assert await house.fetch("SELECT * FROM rule_state") == []
    assert (await house.queued(), await held(house)) == ({}, [])
    assert await house.fetch("SELECT state, decided_by FROM rule_batch") == [
        {"state": "discarded", "decided_by": "publish"}
    ]


async def test_whom_a_scan_found_and_a_person_discarded_the_next_scan_does_not_find(house: RuleHouse) -> None:
    await house.publish(historical={"last_contacted": "more than 30 days ago"}, at=NOW - DAY, hold_above=1)
    for number in range(3):
        await house.person(number, at=NOW - 2 * DAY)
    await house.fetch("UPDATE person SET last_contacted = $1", NOW - 30.5 * DAY)
    await house.scan(origin=Origin.SCAN)
    assert len(await house.queued()) == 3
    await house.decide("discard", "s", NOW + MINUTE)
    assert [page.matched for page in await house.scan(origin=Origin.SCAN, now=NOW + DAY)] == [0]
