"""Entering by rule on a real Postgres: holds, daily shares, refusals, repeats and races."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from adapters.postgres.database import Database
from sequences import ids
from sequences.auto_enroll.messages import Origin, ScanCall
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


async def people(rig: RuleRig, first: int, last: int, **values: Any) -> list[str]:
    return [await rig.person(number, **values) for number in range(first, last + 1)]


async def test_who_matches_gets_an_enrollment_and_a_window_with_the_same_birth(rig: RuleRig) -> None:
    await rig.publish(prevent_reenrollment_within="1 day")
    await rig.person(1)
    entered = await rig.enter(["p001"])
    enrollment = ids.enrollment_id("s", "p001", "n")
    assert entered.windows == (ids.window_id(enrollment),)
    assert entered.people == {"dana": ["p001"]}
    rows = await rig.fetch(
        "SELECT e.id, e.workflow_id, e.via, e.state, e.owner_id, e.enrolled_at, w.state AS window, w.until, w.scope "
        "FROM enrollment e JOIN reenrollment_window w ON w.enrollment_id = e.id"
    )
    assert rows == [
        {
            "id": enrollment,
            "workflow_id": "enrollment:s:p001",
            "via": "rule",
            "state": "starting",
            "owner_id": "dana",
            "enrolled_at": NOW,
            "window": "opening",
            "until": NOW + DAY,
            "scope": "person",
        }
    ]


async def test_the_lineage_of_a_match_becomes_the_enrollments(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, status="Cold")
    await rig.write("person", "p001", origin="relance", lineage=["a", "b"], status="Hot")
    await rig.enter(["p001"])
    assert await rig.fetch("SELECT lineage FROM enrollment") == [{"lineage": ["a", "b"]}]


async def test_the_same_batch_again_enters_nobody_twice_and_refuses_nobody(rig: RuleRig) -> None:
    await rig.publish()
    records = await people(rig, 1, 3)
    first = await rig.enter(records)
    again = await rig.enter(records)
    assert sorted(first.windows) == sorted(again.windows)
    assert again.people == {}
    assert await rig.enrolled() == records
    assert await rig.refusals() == {}


async def test_another_batch_is_refused_and_the_refusals_are_counted_in_one_row(rig: RuleRig) -> None:
    await rig.publish(prevent_reenrollment_within="1 day")
    await rig.person(1)
    await rig.enter(["p001"])
    await rig.fetch("UPDATE enrollment SET state = 'finished'")
    for number in range(3):
        found = await rig.enter(["p001"], nonce=f"other{number}", now=NOW + number * MINUTE)
        assert found.refused == {"window": 1}
    assert await rig.refusals() == {"p001": ("window", 3)}
    rows = await rig.fetch("SELECT at, first_at FROM refusal")
    assert rows == [{"at": NOW + 2 * MINUTE, "first_at": NOW}]


async def test_what_only_python_can_see_refuses_as_well(rig: RuleRig) -> None:
    await rig.publish(stop={"person.city": ["Leeds"]})
    await rig.person(1, email=None)
    await rig.person(2, city="Leeds")
    await rig.person(3)
    found = await rig.enter(["p001", "p002", "p003"])
    assert found.refused == {"unreachable": 1, "stop_when": 1}
    assert await rig.enrolled() == ["p003"]


async def test_a_batch_above_the_limit_is_held_whole_and_told_once(rig: RuleRig) -> None:
    await rig.publish(hold_above=3)
    found = await rig.enter(await people(rig, 1, 4))
    assert (found.enrolled, found.held, found.refused) == (0, 4, {})
    assert await rig.queued() == dict.fromkeys(["p001", "p002", "p003", "p004"], "held")
    assert set((await rig.refusals()).values()) == {("held", 1)}
    await rig.enter(await people(rig, 5, 8), nonce="more")
    assert await rig.fetch("SELECT records, state, origin FROM rule_batch") == [
        {"records": 8, "state": "held", "origin": "change"}
    ]
    assert await rig.told() == [("dana", "rule.held", 4)]


async def test_the_limit_counts_a_rolling_hour(rig: RuleRig) -> None:
    await rig.publish(hold_above=3)
    records = await people(rig, 1, 5)
    assert (await rig.enter(records[:3], "a")).enrolled == 3
    assert (await rig.enter(records[3:4], "b", NOW + 59 * MINUTE)).held == 1
    await rig.decide("discard", "s")
    assert (await rig.enter(records[4:], "c", NOW + 61 * MINUTE)).enrolled == 1


async def test_what_matches_while_a_batch_waits_joins_it_however_few_and_however_late(rig: RuleRig) -> None:
    await rig.publish(hold_above=3)
    await rig.enter(await people(rig, 1, 4))
    assert (await rig.enter(await people(rig, 5, 5), "later", NOW + DAY)).held == 1
    assert await rig.fetch("SELECT records FROM rule_batch") == [{"records": 5}]
    await rig.decide("approve", "s", NOW + DAY)
    assert (await rig.watch(NOW + DAY)).enrolled == 5


async def test_matched_people_count_and_those_who_could_not_enter_are_refused_at_once(rig: RuleRig) -> None:
    await rig.publish(hold_above=3)
    nobody = await people(rig, 1, 3, email=None)
    found = await rig.enter([*nobody, *await people(rig, 4, 5)])
    assert (found.enrolled, found.held, found.refused) == (0, 2, {"unreachable": 3})
    assert await rig.queued() == {"p004": "held", "p005": "held"}
    assert await rig.fetch("SELECT records FROM rule_batch") == [{"records": 2}]


async def test_a_batch_of_whom_nobody_could_enter_is_none(rig: RuleRig) -> None:
    await rig.publish(hold_above=3)
    assert (await rig.enter(await people(rig, 1, 4, email=None))).refused == {"unreachable": 4}
    assert await rig.fetch("SELECT 1 FROM rule_batch") == []
    assert (await rig.enter(await people(rig, 5, 5), "next")).enrolled == 1


async def test_who_is_held_does_not_slip_in_with_a_smaller_batch(rig: RuleRig) -> None:
    await rig.publish(hold_above=3)
    await rig.enter(await people(rig, 1, 4))
    found = await rig.enter(["p002"], "later", NOW + DAY)
    assert (found.enrolled, found.held) == (0, 1)


async def test_the_days_share_is_kept_over_two_days_of_the_organisation(rig: RuleRig) -> None:
    # Since 28 March London is an hour ahead: its day begins at 23:00 UTC.
    await rig.publish(max_per_day=2, at=NOW - DAY)
    await people(rig, 1, 5)
    first = await rig.watch()
    assert (first.enrolled, first.held) == (2, 3)
    assert await rig.queued() == dict.fromkeys(["p003", "p004", "p005"], "waiting")
    assert (await rig.refusals())["p003"] == ("max_per_day", 1)
    assert (await rig.watch(NOW.replace(hour=22, minute=59))).enrolled == 0
    second = await rig.watch(NOW.replace(hour=23, minute=1))
    assert (second.enrolled, second.held) == (2, 0)
    assert await rig.enrolled() == ["p001", "p002", "p003", "p004"]
    assert (await rig.watch(NOW.replace(hour=23, minute=2))).enrolled == 0
    assert (await rig.watch(NOW + DAY)).enrolled == 1 - 1
    assert (await rig.watch(NOW + 2 * DAY)).enrolled == 1
    assert await rig.queued() == {}


async def test_whom_something_refuses_does_not_use_up_the_share(rig: RuleRig) -> None:
    await rig.publish(max_per_day=2)
    await people(rig, 1, 2, email=None)
    await people(rig, 3, 5)
    found = await rig.watch()
    assert (found.enrolled, found.refused, found.held) == (2, 2, 1)


async def test_two_at_once_enter_each_record_once_and_keep_the_share(rig: RuleRig) -> None:
    await rig.publish(max_per_day=25)
    records = await people(rig, 1, 40)
    found = await asyncio.gather(*(rig.enter(records, f"race{number}") for number in range(6)))
    assert sum(each.enrolled for each in found) == 25
    assert len(await rig.enrolled()) == 25
    assert len(await rig.queued()) == 15
    orphans = await rig.fetch(
        "SELECT id FROM enrollment e WHERE NOT EXISTS (SELECT 1 FROM reenrollment_window w WHERE enrollment_id = e.id)"
    )
    assert orphans == []


async def test_two_placements_of_one_person_enter_once_in_a_window(rig: RuleRig) -> None:
    await rig.publish(record="placement", real={"placement.status": ["On"]}, prevent_reenrollment_within="1 day")
    await rig.person(1)
    for placement in ("x1", "x2"):
        await rig.write("placement", placement, person_id="p001", status="On")
    found = await rig.enter(["x1", "x2"])
    assert found.enrolled == 1
    assert await rig.enrolled() == ["x1"]
    assert await rig.refusals() == {"x2": ("window", 1)}


async def test_a_loop_is_refused_and_told_once_a_day(rig: RuleRig) -> None:
    await rig.publish()
    await people(rig, 1, 2, status="Cold")
    for person in ("p001", "p002"):
        await rig.write("person", person, origin="relance", lineage=["s"], status="Hot")
    for number in range(2):
        found = await rig.enter(["p001", "p002"], f"n{number}", NOW + number * MINUTE)
        assert found.refused == {"cycle": 2}
    assert await rig.told() == [("dana", "rule.loop_refused", 2)]
    await rig.enter(["p001"], "next", NOW + DAY)
    assert len(await rig.told()) == 2


async def test_existing_people_enter_by_pages_and_a_page_repeated_finds_its_own(rig: RuleRig) -> None:
    await rig.publish()
    await people(rig, 1, 7)
    first = await rig.scan(origin=Origin.EXISTING)
    assert [page.enrolled for page in first] == [3, 3, 1]
    again = await rig.scan(origin=Origin.EXISTING)
    assert [page.enrolled for page in again] == [3, 3, 1]
    assert len(await rig.enrolled()) == 7
    assert await rig.refusals() == {}
    assert await rig.told() == [("dana", "rule.entered", 7)]
    assert await rig.fetch("SELECT scanned_at FROM rule_state") == [{"scanned_at": NOW}]


async def test_a_page_of_who_came_to_match_by_time_repeated_counts_them_again(rig: RuleRig) -> None:
    """Its worker was killed behind the commit, and nobody heard what the page had done."""
    await rig.publish(at=NOW - timedelta(days=2), historical={"last_contacted": "more than 30 days ago"})
    for number in range(5):
        person = await rig.person(number)
        await rig.fetch(
            "UPDATE person SET last_contacted = $2 WHERE id = $1", person, NOW - timedelta(days=30, hours=12)
        )
    call = ScanCall("s", Origin.SCAN.value, NOW)
    first = await rig.activities.scanning.scan_page(call)
    assert (first.enrolled, first.after) == (3, "p002")
    assert await rig.activities.scanning.scan_page(call) == first
    assert await rig.enrolled() == ["p000", "p001", "p002"]
