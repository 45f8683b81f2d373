"""What stands against a match, the lineage of a match, and the edge of a scan, on a real Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.rules.evaluator import Rules, ScanScope
from sequences.auto_enroll.messages import Origin, Refused
from sequences.enrolling.refusals import REASON_WORDS
from tests.support.rule_rows import NOW, SINCE, add, add_run, add_window, rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.rules.statements import CompiledRule

DAY = timedelta(days=1)
STATUS: dict[str, Any] = {"real": {"person.status": ["A"]}}
WINDOWED = rule(**STATUS, prevent_reenrollment_within="1 day")
ONCE = rule(**STATUS)
PLACEMENT = rule("placement", **STATUS, prevent_reenrollment_within="1 day")


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Any]:
    database = await Database.connect(database_url, max_size=2)
    async with database.pool.acquire() as connection:
        await add(connection, "person", id="p1", status="A")
        await add(connection, "placement", id="pl1", person_id="p1")
        await add(connection, "placement", id="pl2", person_id="p1")
        yield connection
    await database.close()


async def refused(db: Any, compiled: CompiledRule, record: str = "p1") -> Refused | None:
    """By a change, which a preview and a page must agree with."""
    rules = Rules()
    (match,) = await rules.of_records(db, compiled, NOW, [record])
    counts = await rules.count(db, compiled, ScanScope(Origin.EXISTING, NOW, SINCE))
    page = await rules.page(db, compiled, ScanScope(Origin.EXISTING, NOW, SINCE), after="", limit=9)
    assert match in page
    assert counts[match.refused or ""] == sum(each.refused == match.refused for each in page)
    assert sum(counts.values()) == len(page)
    assert match.refused is None or REASON_WORDS[match.refused]
    assert match.refused is not None or not match.detail
    return match.refused


async def test_nothing_stands_against_it(db: Any) -> None:
    for compiled, record in ((WINDOWED, "p1"), (ONCE, "p1"), (PLACEMENT, "pl1")):
        assert await refused(db, compiled, record) is None


async def test_deleted(db: Any) -> None:
    await db.execute("UPDATE placement SET deleted_at = $1 WHERE id = 'pl1'", NOW)
    assert await refused(db, PLACEMENT, "pl1") is Refused.DELETED
    assert await refused(db, PLACEMENT, "pl2") is None
    assert await refused(db, ONCE) is None
    await db.execute("UPDATE person SET deleted_at = $1", NOW)
    assert await refused(db, PLACEMENT, "pl2") is Refused.DELETED
    assert await refused(db, ONCE) is Refused.DELETED


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("starting", Refused.ALREADY_ENROLLED),
        ("active", Refused.ALREADY_ENROLLED),
        ("held", Refused.ALREADY_ENROLLED),
        ("reacting", Refused.ALREADY_ENROLLED),
        ("stopped", None),
        ("finished", None),
    ],
)
async def test_already_enrolled(db: Any, state: str, reason: Refused | None) -> None:
    await add_run(db, "p1", "p1", state=state)
    await add_run(db, "pl2", "p1", number=2)
    await add_run(db, "pl1", "p1", number=3, name="other")
    assert await refused(db, WINDOWED) is reason
    assert await refused(db, PLACEMENT, "pl1") is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"state": "open"}, Refused.WINDOW),
        ({"state": "opening"}, Refused.WINDOW),
        ({"until": NOW + DAY}, Refused.WINDOW),
        ({"until": NOW}, None),
        ({"state": "ended"}, None),
        ({"state": "lifted"}, None),
        ({"state": "refused"}, None),
        ({"sequence": "other"}, None),
    ],
)
async def test_window(db: Any, row: dict[str, Any], reason: Refused | None) -> None:
    await add_window(db, "pl2", "p1", **row)
    assert await refused(db, WINDOWED) is reason
    # The window is the person's: it holds for every placement.
    assert await refused(db, PLACEMENT, "pl1") is reason


async def test_the_explanation_of_a_window_says_until_when(db: Any) -> None:
    await add_window(db, "p1", "p1", until=NOW + DAY)
    (match,) = await Rules().of_records(db, WINDOWED, NOW, ["p1"])
    assert match.detail == "until 2027-04-01 12:00 UTC"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"scope": "record", "state": "open"}, Refused.ONCE),
        ({"scope": "record", "state": "ended"}, Refused.ONCE),
        ({"scope": "person", "state": "ended"}, Refused.ONCE),
        ({"scope": "record", "state": "lifted"}, None),
        ({"scope": "record", "state": "refused"}, None),
        ({"scope": "record", "state": "open", "sequence": "other"}, None),
    ],
)
async def test_once(db: Any, row: dict[str, Any], reason: Refused | None) -> None:
    await add_window(db, "p1", "p1", **row)
    assert await refused(db, ONCE) is reason
    assert await refused(db, WINDOWED) is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"channel": "all"}, Refused.SUPPRESSED),
        ({"channel": "email"}, None),
        ({"channel": "all", "lifted_at": NOW}, None),
        ({"channel": "all", "person_id": "p2"}, None),
    ],
)
async def test_suppressed(db: Any, row: dict[str, Any], reason: Refused | None) -> None:
    base = {"person_id": "p1", "reason": "opt_out", "source": "x", "since": SINCE}
    await add(db, "suppression", **{**base, **row})
    assert await refused(db, ONCE) is reason
    assert await refused(db, PLACEMENT, "pl1") is reason


@pytest.mark.parametrize(
    ("lineage", "expected"),
    [
        ({"status": ["seq"]}, Refused.CYCLE),
        ({"status": ["a", "seq", "b"]}, Refused.CYCLE),
        ({"last_contacted": ["seq"]}, Refused.CYCLE),
        ({"custom.x": ["seq"]}, Refused.CYCLE),
        ({"owner_id": ["seq"]}, Refused.CYCLE),
        ({"status": ["other"]}, None),
        ({"status": ["seq-2"]}, None),
        ({"city": ["seq"]}, None),
        ({"status": None}, None),
        ({"status": "seq-text"}, None),
    ],
)
async def test_cycle(db: Any, lineage: dict[str, Any], expected: Refused | None) -> None:
    await db.execute("UPDATE person SET field_lineage = $1", lineage)
    groups: dict[str, Any] = {
        **STATUS,
        "historical": {"last_contacted": "never"},
        "qualitative": {"custom.x": "missing", "owner.email": "missing"},
    }
    assert await refused(db, rule(**groups)) is expected
    assert await refused(db, rule("placement", **groups), "pl1") is expected
    assert await refused(db, rule(**groups, cycle_protection="window")) is None


async def test_the_lineage_is_the_union_in_the_order_of_the_rule(db: Any) -> None:
    await db.execute(
        "UPDATE person SET field_lineage = $1",
        {"status": ["a", "b"], "last_contacted": ["c", "a"], "email": ["d"], "city": ["e"]},
    )
    groups = {**STATUS, "historical": {"last_contacted": "never"}, "qualitative": {"person.email": "missing"}}
    (match,) = await Rules().of_records(db, rule(**groups), NOW, ["p1"])
    assert match.lineage == ("c", "a", "d", "b")
    assert match.refused is None


async def test_a_placements_own_values_carry_its_own_lineage(db: Any) -> None:
    await db.execute("UPDATE person SET field_lineage = $1", {"owner_id": ["p"], "custom.x": ["p"], "status": ["seq"]})
    await db.execute("UPDATE placement SET field_lineage = $1", {"owner_id": ["pl"], "custom.x": ["pl"]})
    await db.execute("UPDATE placement SET owner_id = 'o', custom = $1 WHERE id = 'pl1'", {"x": None})
    compiled = rule("placement", qualitative={"owner.email": "missing", "custom.x": "missing"})
    own, inherited = await Rules().of_records(db, compiled, NOW, ["pl1", "pl2"])
    # Whoever emptied the placement's value uncovered the person's.
    assert (own.lineage, inherited.lineage) == (("pl",), ("pl", "p"))
    assert own.owner_id == "o"


async def test_who_empties_a_placements_value_does_not_enter_by_the_persons(db: Any) -> None:
    await db.execute("UPDATE person SET custom = $1 WHERE id = 'p1'", {"x": "2"})
    compiled = rule("placement", real={"custom.x": ["2"]})
    assert await refused(db, compiled, "pl1") is None
    await db.execute("UPDATE placement SET field_lineage = $1 WHERE id = 'pl1'", {"custom.x": ["seq"]})
    assert await refused(db, compiled, "pl1") is Refused.CYCLE


async def test_the_first_reason_counts(db: Any) -> None:
    """Added from the last to the first, each hides those before it."""
    await db.execute("UPDATE person SET field_lineage = $1", {"status": ["seq"]})
    assert await refused(db, ONCE) is Refused.CYCLE
    await add(db, "suppression", person_id="p1", reason="opt_out", source="x", since=SINCE, channel="all")
    assert await refused(db, ONCE) is Refused.SUPPRESSED
    await add_window(db, "p1", "p1", scope="record", state="ended")
    assert await refused(db, ONCE) is Refused.ONCE
    await add_window(db, "p1", "p1", number=2)
    assert await refused(db, ONCE) is Refused.WINDOW
    await add_run(db, "p1", "p1", number=3)
    assert await refused(db, ONCE) is Refused.ALREADY_ENROLLED
    await db.execute("UPDATE person SET deleted_at = $1", NOW)
    assert await refused(db, ONCE) is Refused.DELETED


async def scanned(db: Any, compiled: CompiledRule, *, since: datetime = SINCE, now: datetime = NOW) -> list[str]:
    page = await Rules().page(db, compiled, ScanScope(Origin.SCAN, now, since), after="", limit=9)
    counts = await Rules().count(db, compiled, ScanScope(Origin.SCAN, now, since))
    assert sum(counts.values()) == len(page)
    return [match.record_id for match in page]


SCAN = rule(historical={"last_contacted": "more than 10 days ago"}, prevent_reenrollment_within="1 day")


@pytest.mark.parametrize(
    ("contacted", "found"),
    [
        (None, False),
        (SINCE - 11 * DAY, False),
        (SINCE - 10 * DAY - timedelta(seconds=1), False),
        (SINCE - 9 * DAY, True),
        (NOW - 10 * DAY - timedelta(seconds=1), True),
        (NOW - 9 * DAY, False),
    ],
)
async def test_a_scan_finds_who_came_true_after_the_rule_was_switched_on(
    db: Any, contacted: datetime | None, found: bool
) -> None:
    await db.execute("UPDATE person SET last_contacted = $1", contacted)
    assert await scanned(db, SCAN) == (["p1"] if found else [])


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"opened_at": NOW - 4 * DAY}, False),
        ({"opened_at": NOW - 5 * DAY}, False),
        ({"opened_at": NOW - 5 * DAY - timedelta(seconds=1)}, True),
        ({"opened_at": NOW - 4 * DAY, "state": "refused"}, True),
        ({"opened_at": NOW - 4 * DAY, "state": "lifted"}, False),
        ({"opened_at": NOW - 4 * DAY, "sequence": "other"}, True),
    ],
)
async def test_a_scan_acts_on_an_edge_once(db: Any, row: dict[str, Any], found: bool) -> None:
    await db.execute("UPDATE person SET last_contacted = $1", NOW - 15 * DAY)
    await add_window(db, "p1", "p1", **{"state": "ended", **row})
    assert await scanned(db, SCAN) == (["p1"] if found else [])


async def test_the_latest_edge_counts_and_never_gives_none(db: Any) -> None:
    compiled = rule(
        historical={"last_contacted": "more than 1 month ago", "last_placed": "more than 1 day ago or never"},
        prevent_reenrollment_within="1 day",
    )
    await db.execute("UPDATE person SET last_contacted = $1", datetime(2026, 3, 1, tzinfo=UTC))
    assert await scanned(db, compiled) == []
    await db.execute("UPDATE person SET last_placed = $1", NOW - 3 * DAY)
    assert await scanned(db, compiled) == ["p1"]
    await add_window(db, "p1", "p1", opened_at=NOW - 3 * DAY, state="ended")
    assert await scanned(db, compiled) == ["p1"], "the ledger's row is older than the latest edge"
    await add_window(db, "p1", "p1", number=2, opened_at=NOW - DAY, state="ended")
    assert await scanned(db, compiled) == []


async def test_a_scan_also_wants_the_other_conditions_and_says_what_refuses(db: Any) -> None:
    compiled = rule(**STATUS, historical={"last_contacted": "more than 10 days ago"})
    await db.execute("UPDATE person SET last_contacted = $1", NOW - 15 * DAY)
    await add_window(db, "p1", "p1", state="ended", opened_at=NOW - 20 * DAY)
    counts = await Rules().count(db, compiled, ScanScope(Origin.SCAN, NOW, SINCE))
    assert counts == {"once": 1}
    await db.execute("UPDATE person SET status = 'B'")
    assert await scanned(db, compiled) == []


async def test_a_year_is_a_year_by_calendar_for_the_ledger_too(db: Any) -> None:
    compiled = rule(historical={"last_contacted": "more than 1 year ago"}, prevent_reenrollment_within="1 day")
    # 2028 has a 29th of February; 366 days lie between these two.
    await db.execute("UPDATE person SET last_contacted = $1", datetime(2027, 6, 1, 8, 0, tzinfo=UTC))
    edge, now = datetime(2028, 6, 1, 8, 0, tzinfo=UTC), datetime(2028, 6, 2, tzinfo=UTC)
    await add_window(db, "p1", "p1", state="ended", opened_at=edge - timedelta(seconds=1))
    assert await scanned(db, compiled, now=now) == ["p1"]
    await db.execute("UPDATE reenrollment_window SET opened_at = $1", edge)
    assert await scanned(db, compiled, now=now) == []
