"""The watcher's activity on a real Postgres: what it looks at, once each, whoever wrote it and whatever breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.rules import evaluator as rules_module
from sequences.auto_enroll.messages import Origin, WatchResult
from tests.support.rigs.rule import NOW, RuleRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = timedelta(days=1)


class KilledError(Exception):
    """The worker died here."""


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


async def unwatched(rig: RuleRig) -> int:
    return len(await rig.fetch("SELECT 1 FROM change WHERE watched_at IS NULL"))


async def test_a_change_that_makes_a_rule_true_enters_and_tells_the_owner(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, status="Cold", last_name="Example")
    assert (await rig.watch()).enrolled == 0
    await rig.write("person", "p001", status="Hot")
    found = await rig.watch()
    assert (found.changes, found.matched, found.enrolled, found.more) == (1, 1, 1, False)
    assert len(await rig.opening()) == 1
    told = await rig.fetch("SELECT owner_id, title, records, sequence, person_id FROM notification")
    assert told == [
        {"owner_id": "dana", "title": "Alex Example entered S", "records": 1, "sequence": "s", "person_id": "p001"}
    ]
    assert await rig.watch() == WatchResult()
    assert await unwatched(rig) == 0


async def test_several_people_are_one_notification_each_recipient(rig: RuleRig) -> None:
    await rig.publish()
    for number in range(5):
        await rig.person(number, owner_id="dana" if number < 3 else "eve")
    await rig.person("nobodys", owner_id=None)
    await rig.watch()
    told = await rig.fetch("SELECT owner_id, title, records FROM notification ORDER BY 1")
    assert told == [
        {"owner_id": "dana", "title": "3 people entered S", "records": 3},
        {"owner_id": "eve", "title": "2 people entered S", "records": 2},
    ]


async def test_the_assigned_by_user_hears_instead_of_all_owners(rig: RuleRig) -> None:
    await rig.publish(assigned_by="boss")
    await rig.person(1)
    await rig.person(2, owner_id=None)
    await rig.watch()
    assert await rig.told() == [("boss", "rule.entered", 2)]


async def test_a_field_that_no_rule_reads_evaluates_none(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.publish()
    await rig.person(1, status="Cold")
    await rig.watch()
    asked: list[rules_module.ChangedRecords] = []

    async def ask(*arguments: Any) -> list[Any]:
        asked.append(arguments[-1])
        return []

    monkeypatch.setattr(rules_module.Rules, "for_changes", ask)
    await rig.write("person", "p001", city="Leeds")
    assert (await rig.watch()).changes == 1
    assert asked == []
    await rig.write("person", "p001", status="Warm")
    await rig.watch()
    assert asked == [rules_module.ChangedRecords(persons=["p001"])]


async def test_a_new_placement_enters_by_a_rule_that_reads_only_the_person(rig: RuleRig) -> None:
    await rig.publish(record="placement", real={"person.status": ["Hot"]})
    await rig.person(1)
    await rig.watch()
    await rig.write("placement", "x1", person_id="p001")
    assert (await rig.watch()).enrolled == 1


async def test_a_write_past_relance_is_watched_and_told_to_open_runs(rig: RuleRig, database_url: str) -> None:
    await rig.publish()
    await rig.publish("other", real={"person.city": ["Leeds"]})
    await rig.person(1)
    await rig.watch()
    outside = await asyncpg.connect(database_url)
    await outside.execute("UPDATE person SET city = 'Leeds' WHERE id = 'p001'")
    await outside.close()
    assert (await rig.watch()).enrolled == 1
    assert await rig.enrolled("other") == ["p001"]
    reactions = await rig.fetch("SELECT kind, detail FROM reaction ORDER BY enrollment_id")
    assert reactions == [{"kind": "field_changed", "detail": {"fields": ["person.city"]}}]


async def test_a_watcher_killed_before_the_commit_leaves_everything_to_the_next(
    rig: RuleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.publish()
    await rig.person(1)

    async def dies(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("services.auto_enroll.enter.notify_enrolled", dies)
        with pytest.raises(KilledError):
            await rig.watch()
    assert (await rig.enrolled(), await unwatched(rig), await rig.opening()) == ([], 1, [])
    assert (await rig.watch()).enrolled == 1


async def test_after_the_commit_the_windows_wait_for_the_outbox_and_nothing_enters_twice(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1)
    await rig.watch()
    # Killed now, nobody has told Temporal of anything: that is not the watcher's.
    assert await rig.watch() == WatchResult()
    assert await rig.fetch("SELECT state FROM reenrollment_window") == [{"state": "opening"}]
    assert await rig.enrolled() == ["p001"]


async def test_many_watchers_see_every_change_once(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.auto_enroll.watch.BATCH", 7)
    await rig.publish(prevent_reenrollment_within="1 day", hold_above=1000)
    await rig.publish("two", hold_above=1000)
    for number in range(60):
        await rig.person(number)
    for number in range(0, 60, 2):
        await rig.write("person", f"p{number:03d}", status="Cold")
        await rig.write("person", f"p{number:03d}", status="Hot")
    found: list[WatchResult] = []

    async def watcher() -> None:
        more = True
        while more:
            found.append(await rig.watch())
            more = found[-1].more

    while await unwatched(rig):
        await asyncio.gather(*(watcher() for _ in range(4)))
    assert sum(each.changes for each in found) == 120
    assert len(await rig.enrolled()) == len(await rig.enrolled("two")) == 60
    assert sum(each.enrolled for each in found) == len(await rig.opening()) == 120


async def test_a_broken_rule_stops_no_other_and_is_told_once(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.publish("bad", assigned_by="boss")
    await rig.publish("good")
    real = rules_module.Rules.for_changes

    async def fails(self: Any, connection: Any, rule: Any, *rest: Any, **more: Any) -> Any:
        if rule.version.sequence == "bad":
            await connection.fetch("SELECT 1 / 0")
        return await real(self, connection, rule, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(rules_module.Rules, "for_changes", fails)
        for number in range(2):
            await rig.person(number)
            await rig.watch()
    assert await rig.enrolled("good") == ["p000", "p001"]
    assert await rig.fetch("SELECT broken FROM rule_state WHERE sequence = 'bad'") == [
        {"broken": "Postgres refuses it (DivisionByZeroError)"}
    ]
    assert [row for row in await rig.told() if row[1] == "rule.broken"] == [("boss", "rule.broken", None)]
    await rig.person(3)
    await rig.watch()
    assert await rig.enrolled("bad") == ["p003"]
    assert await rig.fetch("SELECT broken FROM rule_state WHERE sequence = 'bad'") == [{"broken": None}]


async def test_a_rule_on_a_field_that_is_gone_is_recorded(rig: RuleRig) -> None:
    await rig.publish("bad", real={"custom.gone": ["x"]}, assigned_by="boss")
    rig.rules._compiled[("bad", 1)] = "there is no field `custom.gone` any more"
    await rig.person(1)
    await rig.watch()
    rows = await rig.fetch("SELECT broken FROM rule_state")
    assert rows == [{"broken": "there is no field `custom.gone` any more"}]
    assert await rig.told() == [("boss", "rule.broken", None)]


async def test_time_alone_lets_in_whose_condition_came_true_since_the_rule_was_switched_on(rig: RuleRig) -> None:
    await rig.publish(historical={"last_contacted": "more than 30 days ago"}, at=NOW - DAY)
    for number, days in ((1, 40), (2, 30.5), (3, 29)):
        await rig.person(number, at=NOW - 2 * DAY)
        await rig.fetch("UPDATE person SET last_contacted = $2 WHERE id = $1", f"p{number:03d}", NOW - days * DAY)
    await rig.run("changes_watched", ids=[row["id"] for row in await rig.fetch("SELECT id FROM change")], at=NOW)
    pages = await rig.scan(origin=Origin.SCAN)
    assert [page.enrolled for page in pages] == [1]
    assert await rig.enrolled() == ["p002"]
