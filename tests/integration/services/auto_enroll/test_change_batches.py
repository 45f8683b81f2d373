"""What one import or one event brings is one batch, however its changes are cut, and whoever dies over it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from sequences.auto_enroll.messages import WatchResult
from sequences.records.catalogue import catalogue
from services.auto_enroll import batches
from services.records import import_rows
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from services.records.import_rows import Cells, FileRow, Importing, read_row
from tests.support.rigs.rule import NOW, RuleRig
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MINUTE = timedelta(minutes=1)
KNOWN = catalogue()


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database, page=1000)
    await database.close()


@pytest.fixture(params=[None, 7], ids=["one page", "many pages"])
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, whether the batch fits into a page of the watcher or not."""
    if request.param:
        monkeypatch.setattr("services.auto_enroll.watch.BATCH", request.param)


def row(number: int, **fields: str) -> FileRow:
    person = f"p{number:03d}"
    told = {"first_name": "Jo", "email": f"{person}@client.example", "status": "Hot", "owner": "dana"} | fields
    return read_row(number + 1, "person", Cells(person, told), KNOWN, ZoneInfo("UTC"))


async def bring_in(rig: RuleRig, rows: list[FileRow], **more: Any) -> None:
    async for results in Importing(rig.database, rig.changes, lambda: NOW).bring_in(rows, **more):
        assert {result.status for result in results} <= {"created", "updated", "unchanged"}


async def until_quiet(rig: RuleRig, at: Any = NOW) -> WatchResult:
    """What all looks together did."""
    total = WatchResult()
    for _ in range(200):
        found = await rig.watch(at)
        total = WatchResult(
            total.changes + found.changes,
            total.matched + found.matched,
            total.enrolled + found.enrolled,
            total.refused + found.refused,
            total.held + found.held,
        )
        if not found.more:
            return total
    raise AssertionError("it never ends")


async def hook(rig: RuleRig, event: str, items: list[dict[str, Any]]) -> None:
    answer = await CrmIntake(rig.database, ItemWriter(rig.changes, origin="crm"), lambda: NOW, lambda: None).receive(
        event, items
    )
    assert answer["refused"] == 0


def item(number: int, **fields: str | None) -> dict[str, Any]:
    person = f"p{number:03d}"
    told: dict[str, str | None] = {"email": f"{person}@client.example", "status": "Hot", "owner": "dana"}
    return {"entity": "person", "id": person, "fields": told | fields}


@pytest.mark.usefixtures("page")
async def test_a_large_import_waits_as_a_whole_and_enters_as_a_whole(rig: RuleRig) -> None:
    await rig.publish(hold_above=30)
    await bring_in(rig, [row(number) for number in range(70)])
    found = await until_quiet(rig)
    assert (found.changes, found.enrolled, found.held) == (70, 0, 70)
    assert await rig.fetch("SELECT records, state FROM rule_batch") == [{"records": 70, "state": "held"}]
    assert await rig.told() == [("dana", "rule.held", 70)]
    assert await rig.decide("approve", "s") == 70
    assert (await until_quiet(rig, NOW + MINUTE)).enrolled == 70
    assert len(await rig.enrolled()) == 70


@pytest.mark.usefixtures("page")
async def test_an_import_that_is_small_enough_enters_and_is_told_once(rig: RuleRig) -> None:
    await rig.publish(hold_above=30)
    rows = [row(number) for number in range(20)] + [row(number, email="") for number in range(20, 25)]
    await bring_in(rig, rows)
    found = await until_quiet(rig)
    assert (found.enrolled, found.refused) == (20, 5)
    titles = [each["title"] for each in await rig.fetch("SELECT title FROM notification")]
    assert titles == ["20 people entered S; 5 did not: 5 no e-mail address"]


@pytest.mark.usefixtures("page")
async def test_matched_people_count_not_only_those_who_can_enter(rig: RuleRig) -> None:
    await rig.publish(hold_above=30)
    await bring_in(rig, [row(number, **({"email": ""} if number < 30 else {})) for number in range(40)])
    found = await until_quiet(rig)
    assert (found.enrolled, found.held, found.refused) == (0, 10, 30)


@pytest.mark.usefixtures("page")
async def test_what_one_event_brings_is_one_batch(rig: RuleRig) -> None:
    await rig.publish(hold_above=30)
    await rig.person("early", status="Cold")
    await hook(rig, "ev1", [item(number) for number in range(40)])
    found = await until_quiet(rig)
    assert (found.enrolled, found.held) == (0, 40)
    # What comes while it waits joins it, however few.
    await hook(rig, "ev2", [item(99)])
    assert (await until_quiet(rig, NOW + 90 * MINUTE)).held == 1
    assert await rig.fetch("SELECT records FROM rule_batch") == [{"records": 41}]


async def test_two_watchers_never_split_an_event(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.auto_enroll.watch.BATCH", 10)
    await rig.publish(hold_above=7)
    for event in range(6):
        await hook(rig, f"ev{event}", [item(event * 8 + number) for number in range(8)])
    found: list[WatchResult] = []

    async def watcher() -> None:
        more = True
        while more:
            found.append(await rig.watch())
            more = found[-1].more

    while await rig.fetch("SELECT 1 FROM change WHERE watched_at IS NULL"):
        await asyncio.gather(*(watcher() for _ in range(4)))
    assert (sum(each.enrolled for each in found), sum(each.changes for each in found)) == (0, 48)
    assert len(await rig.queued()) == 48


async def test_an_event_that_changed_nothing_makes_no_batch(rig: RuleRig) -> None:
    await hook(rig, "ev1", [item(1)])
    await hook(rig, "ev2", [item(1)])
    assert [each["id"] for each in await rig.fetch("SELECT id FROM change_batch")] == ["event:ev1"]


async def test_nothing_of_an_import_is_looked_at_before_its_end(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_rows, "BATCH", 10)
    await rig.publish(hold_above=30)
    seen = []
    async for _ in Importing(rig.database, rig.changes, lambda: NOW).bring_in(row(n) for n in range(40)):
        seen.append((await rig.watch()).changes)
    assert seen == [0, 0, 0, 0]
    await hook(rig, "meanwhile", [item(99)])
    found = await until_quiet(rig)
    assert (found.changes, found.enrolled, found.held) == (41, 0, 41)


async def test_others_enter_while_an_import_is_under_way(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_rows, "BATCH", 1)
    await rig.publish()
    bringing = Importing(rig.database, rig.changes, lambda: NOW).bring_in(row(n) for n in range(2))
    await anext(bringing)
    await hook(rig, "meanwhile", [item(99)])
    assert (await rig.watch()).enrolled == 1
    await bringing.aclose()
    assert (await rig.watch()).enrolled == 1


async def test_an_import_whose_process_dies_holds_its_rows_for_nobody(
    rig: RuleRig, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_rows, "BATCH", 2)
    await rig.publish()
    other = await Database.connect(database_url, max_size=2)
    bringing = Importing(other, rig.changes, lambda: NOW).bring_in(row(n) for n in range(6))
    await anext(bringing)
    assert (await rig.watch()).changes == 0
    # SIGKILL closes the sockets, and nothing else happens.
    other.pool.terminate()
    admin = await asyncpg.connect(database_url)
    # Whoever asks for that lock waits until the server has noticed.
    identity = await admin.fetchval("SELECT id FROM change_batch")
    async with asyncio.timeout(PATIENCE):
        await admin.execute("SELECT pg_advisory_lock(hashtextextended('batch:' || $1, 0))", identity)
    await admin.close()
    assert (await rig.watch()).enrolled == 2
    rows = await rig.fetch("SELECT rows, watched_at FROM change_batch")
    assert rows == [{"rows": 2, "watched_at": NOW}]


async def test_a_file_that_breaks_off_counts_as_far_as_it_came(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_rows, "BATCH", 2)
    await rig.publish()

    def rows() -> Any:
        yield from (row(1), row(2))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        await bring_in(rig, rows())
    assert (await rig.watch()).enrolled == 2


async def test_a_dry_run_leaves_no_batch(rig: RuleRig) -> None:
    await rig.publish()
    await bring_in(rig, [row(1)], dry_run=True)
    assert await rig.fetch("SELECT 1 FROM change_batch") == []
    assert await rig.watch() == WatchResult()


async def test_a_watcher_killed_between_two_pages_of_a_large_batch_changes_nothing(
    rig: RuleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.auto_enroll.watch.BATCH", 7)
    await rig.publish(hold_above=100)
    await bring_in(rig, [row(number) for number in range(20)])
    assert (await rig.watch(NOW)).enrolled == 7
    # Another worker, much later: the batch was counted, and carries its instant.
    assert (await until_quiet(rig, NOW + 3 * MINUTE)).enrolled == 13
    assert await rig.fetch("SELECT DISTINCT enrolled_at FROM enrollment") == [{"enrolled_at": NOW}]
    assert await rig.told() == [("dana", "rule.entered", 20)]


async def test_a_large_batch_that_is_decided_between_its_pages(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.auto_enroll.watch.BATCH", 7)
    await rig.publish(hold_above=10)
    await bring_in(rig, [row(number) for number in range(20)])
    assert (await rig.watch()).held == 7
    assert await rig.decide("approve", "s") == 7
    await until_quiet(rig, NOW + MINUTE)
    await until_quiet(rig, NOW + MINUTE)
    assert len(await rig.enrolled()) == 20


async def test_a_large_batch_that_is_discarded_between_its_pages(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.auto_enroll.watch.BATCH", 7)
    await rig.publish(hold_above=10)
    await bring_in(rig, [row(number) for number in range(20)])
    assert (await rig.watch()).held == 7
    await rig.decide("discard", "s")
    assert (await until_quiet(rig, NOW + MINUTE)).enrolled == 0
    assert await rig.queued() == {}


@pytest.mark.usefixtures("page")
async def test_addresses_imported_for_those_who_were_refused_are_a_batch_too(rig: RuleRig) -> None:
    await rig.publish(hold_above=10)
    for first in range(0, 24, 8):
        await hook(rig, f"ev{first}", [item(number, email=None) for number in range(first, first + 8)])
        await until_quiet(rig)
    assert len(await rig.refusals()) == 24
    await bring_in(rig, [row(number) for number in range(24)])
    found = await until_quiet(rig, NOW + MINUTE)
    assert (found.enrolled, found.held) == (0, 24)


@pytest.mark.usefixtures("page")
async def test_an_import_of_people_whose_placements_were_told_before(rig: RuleRig) -> None:
    await rig.publish(record="placement", real={"placement.status": ["On"]}, hold_above=100)
    for number in range(20):
        await rig.write("placement", f"x{number}", person_id=f"p{number:03d}", status="On")
    await until_quiet(rig)
    await bring_in(rig, [row(number) for number in range(20)])
    assert (await until_quiet(rig, NOW + MINUTE)).enrolled == 20


async def test_a_batch_that_was_made_by_the_version_before_is_decided_as_before(rig: RuleRig) -> None:
    await rig.publish(hold_above=1)
    rule = await rig.rule()
    await rig.person(1)
    async with rig.database.transaction() as connection:
        batch = await batches.new_batch(connection, rule.version, 1, batches.Occasion(rule_origin(), "old", NOW))
        await connection.execute("INSERT INTO rule_queue VALUES ('s', 'p001', 'p001', $1, 'held', $2)", batch, NOW)
    await rig.decide("approve", batch)
    assert (await rig.watch()).enrolled == 1


def rule_origin() -> Any:
    from sequences.auto_enroll.messages import Origin

    return Origin.CHANGE
