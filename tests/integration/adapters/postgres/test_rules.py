"""Rules on a real Postgres: every operator, who is concerned by a change, pages, counts, findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.rules.conditions import CallInstants
from adapters.postgres.rules.evaluator import ChangedRecords, Rules, ScanScope
from sequences.auto_enroll.finding import ConditionFinding
from sequences.auto_enroll.messages import Origin
from sequences.errors import DefinitionError, NotFoundError
from sequences.records.catalogue import FieldType, catalogue
from tests.support.rule_rows import NOW, SINCE, add, plan, publish, rule, version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = timedelta(days=1)
INJECTION = "x'; DROP TABLE person; --"


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Any]:
    database = await Database.connect(database_url, max_size=2)
    async with database.pool.acquire() as connection:
        yield connection
    await database.close()


async def matching(db: Any, compiled: Any, *records: str) -> list[str]:
    found = await Rules().of_records(db, compiled, NOW, records or ("p1", "p2", "pl1"))
    return [match.record_id for match in found]


@pytest.mark.parametrize(
    ("words", "at", "true"),
    [
        ("never", None, True),
        ("never", NOW, False),
        ("more than 1 day ago", None, False),
        ("more than 1 day ago or never", None, True),
        ("more than 1 day ago", NOW - DAY, False),
        ("more than 1 day ago", NOW - DAY - timedelta(microseconds=1), True),
        ("less than 1 day ago", None, False),
        ("less than 1 day ago", NOW - DAY, False),
        ("less than 1 day ago", NOW - DAY + timedelta(microseconds=1), True),
        ("more than 1 month ago", datetime(2027, 2, 28, 11, 59, tzinfo=UTC), True),
        ("more than 1 month ago", datetime(2027, 2, 28, 12, 1, tzinfo=UTC), False),
    ],
)
async def test_historical(db: Any, words: str, at: datetime | None, true: bool) -> None:
    await add(db, "person", id="p1", last_contacted=at)
    assert await matching(db, rule(historical={"last_contacted": words})) == (["p1"] if true else [])


@pytest.mark.parametrize("session_zone", ["UTC", "America/New_York", "Asia/Tokyo"])
async def test_the_zone_of_the_session_moves_no_cut_off(db: Any, session_zone: str) -> None:
    await db.execute(f"SET TIME ZONE '{session_zone}'")
    # The nights before summer time in New York; a month's edge counted there would be an hour off.
    await add(db, "person", id="p1", last_contacted=datetime(2027, 2, 28, 12, 0, tzinfo=UTC))
    compiled = rule(historical={"last_contacted": "more than 1 month ago"})
    since = datetime(2027, 3, 28, 12, 0, tzinfo=UTC)
    for before, expected in ((timedelta(0), ["p1"]), (timedelta(seconds=1), [])):
        scope = ScanScope(Origin.SCAN, NOW + timedelta(seconds=1), since + before)
        page = await Rules().page(db, compiled, scope, after="", limit=9)
        assert [match.record_id for match in page] == expected


@pytest.mark.parametrize(
    ("value", "present"),
    [
        (None, False),
        ("", False),
        (" \t\n", False),
        ("\u00a0\u2003\u3000\x1c", False),
        ("x", True),
        (" x", True),
        ("ü", True),
        ("\u200b", False),
        ("0", True),
    ],
)
@pytest.mark.parametrize("field", ["person.resume", "person.owner", "custom.x"])
async def test_qualitative(db: Any, field: str, value: str | None, present: bool) -> None:
    column = {"person.resume": "resume", "person.owner": "owner_id"}.get(field)
    await add(db, "person", id="p1", **({column: value} if column else {"custom": {"x": value}}))
    assert await matching(db, rule(qualitative={field: "present"})) == (["p1"] if present else [])
    assert await matching(db, rule(qualitative={field: "missing"})) == ([] if present else ["p1"])


@pytest.mark.parametrize(
    ("stored", "wanted", "true"),
    [
        ("New", ["Old", "New"], True),
        ("new", ["New"], True),
        ("New ", ["New"], True),
        ("Ne w", ["New"], False),
        (None, ["New"], False),
        ("Zoë 漢字", ["Zoë 漢字"], True),
        (INJECTION, [INJECTION], True),
        ("New", [INJECTION], False),
        ("x", ["\x00"], False),
        ("x", ["\ud800", "x"], True),
        ("%", ["New"], False),
        ("New", ["%"], False),
        ("$1", ["$1"], True),
        ("5", ["5"], True),
    ],
)
async def test_real_on_a_column(db: Any, stored: str | None, wanted: list[Any], true: bool) -> None:
    await add(db, "person", id="p1", status=stored)
    assert await matching(db, rule(real={"person.status": wanted})) == (["p1"] if true else [])
    assert await db.fetchval("SELECT count(*) FROM person") == 1


@pytest.mark.parametrize(
    ("stored", "wanted", "true"),
    [
        (5, [5], True),
        (5.0, [5], True),
        ("5", [5], True),
        ("5.0", [5], True),
        (5, ["5"], True),
        (5, [6], False),
        (True, [True], True),
        ("True", [True], True),
        ("true", [True], True),
        (False, [True], False),
        (True, [1], False),
        (1e-7, [1e-7], True),
        (None, ["null"], False),
        ("A", ["B", "A"], True),
    ],
)
async def test_real_on_a_custom_field(db: Any, stored: Any, wanted: list[Any], true: bool) -> None:
    await add(db, "person", id="p1", custom={"x": stored})
    assert await matching(db, rule(real={"custom.x": wanted})) == (["p1"] if true else [])


@pytest.mark.parametrize("name", [INJECTION, "a'b", 'a"b', "$1", "%s", "ü", "x' || '", "a.b"])
async def test_the_name_of_a_custom_field_is_no_sql(db: Any, name: str) -> None:
    await add(db, "person", id="p1", custom={name: "v"})
    await add(db, "person", id="p2", custom={"other": "v"})
    compiled = rule(real={f"custom.{name}": ["v"]}, qualitative={f"custom.{name}": "present"})
    assert await matching(db, compiled) == ["p1"]
    assert name not in compiled.of_records.text or len(name) < 3
    assert await db.fetchval("SELECT count(*) FROM person") == 2


async def test_all_of_the_fields_any_of_the_values(db: Any) -> None:
    compiled = rule(
        historical={"created": "more than 1 day ago"},
        qualitative={"person.email": "present"},
        real={"person.status": ["A", "B"], "person.city": ["Bath"]},
    )
    good = {"created": NOW - 2 * DAY, "email": "a@client.example", "status": "B", "city": "Bath"}
    await add(db, "person", id="p1", **good)
    for number, (column, bad) in enumerate([("created", NOW), ("email", ""), ("status", "C"), ("city", "York")]):
        await add(db, "person", id=f"q{number}", **{**good, column: bad})
    assert await matching(db, compiled, "p1", "q0", "q1", "q2", "q3") == ["p1"]


async def test_a_placement_sees_its_own_owner_and_client_before_the_persons(db: Any) -> None:
    for table in ("owner", "client"):
        await add(db, table, id=f"{table}1", **({"email": "one"} if table == "owner" else {"city": "one"}))
        await add(db, table, id=f"{table}2", **({"email": "two"} if table == "owner" else {"city": "two"}))
    await add(db, "person", id="p1", owner_id="owner1", client_id="client1", custom={"x": "person", "y": "person"})
    await add(db, "placement", id="pl1", person_id="p1", owner_id="owner2", client_id="", custom={"x": "placement"})
    await add(db, "placement", id="orphan", person_id="gone", status="A")
    names = ("owner.email", "client.city", "custom.x", "custom.y")
    compiled = rule("placement", qualitative=dict.fromkeys(names, "present"))
    found = await Rules().findings(db, compiled, NOW, "pl1")
    assert [each.found for each in found] == ["two", "one", "placement", "person"]
    (match,) = await Rules().of_records(db, rule("placement", qualitative={"owner.id": "present"}), NOW, ["pl1"])
    assert (match.person_id, match.owner_id) == ("p1", "owner2")
    assert await matching(db, rule("placement", qualitative={"placement.id": "present"}), "orphan") == []


async def test_an_owner_whom_the_crm_never_described_has_an_id_only(db: Any) -> None:
    await add(db, "person", id="p1", owner_id="u9", client_id="c9")
    compiled = rule(qualitative={"owner.id": "present", "owner.email": "missing", "client.id": "missing"})
    assert await matching(db, compiled) == ["p1"]


async def test_findings_say_every_condition_and_what_was_found(db: Any) -> None:
    await add(db, "person", id="p1", status="Old", last_contacted=NOW - DAY)
    compiled = rule(
        historical={"last_contacted": "more than 1 year ago"},
        qualitative={"person.email": "missing"},
        real={"person.status": ["New", "Newer"]},
    )
    assert await Rules().findings(db, compiled, NOW, "p1") == [
        ConditionFinding(
            "historical", "person.last_contacted", "more than 1 year ago", "2027-03-30T12:00:00+00:00", False
        ),
        ConditionFinding("qualitative", "person.email", "missing", None, True),
        ConditionFinding("real", "person.status", "New or Newer", "Old", False),
    ]
    with pytest.raises(NotFoundError):
        await Rules().findings(db, compiled, NOW, "nobody")


async def test_a_change_concerns_only_the_records_behind_it(db: Any) -> None:
    await add(db, "person", id="p1", status="A", owner_id="o1", client_id="c1")
    await add(db, "person", id="p2", status="A", owner_id="o2", client_id="c2")
    await add(db, "person", id="p3", status="B", owner_id="o1", client_id="c1")
    rows = [("a", "p1", None, None), ("b", "p1", "o2", "c2"), ("c", "p2", "o1", ""), ("d", "p2", "", None)]
    for name, who, owner, client in rows:
        await add(db, "placement", id=name, person_id=who, owner_id=owner, client_id=client)
    rules, person = Rules(), rule(real={"person.status": ["A"]})
    placement = rule("placement", real={"person.status": ["A"]})

    async def of(compiled: Any, **changed: list[str]) -> list[str]:
        return [match.record_id for match in await rules.for_changes(db, compiled, NOW, ChangedRecords(**changed))]

    assert await of(person, persons=["p1", "p1", "p3"]) == ["p1"]
    assert await of(person, placements=["a"]) == []
    assert await of(person, clients=["c1"]) == ["p1"]
    assert await of(person, owners=["o1", "o2"]) == ["p1", "p2"]
    assert await of(placement, persons=["p1"]) == ["a", "b"]
    assert await of(placement, placements=["b", "c"], persons=["p1"]) == ["a", "b", "c"]
    assert await of(placement, owners=["o1"]) == ["a", "c"]
    assert await of(placement, owners=["o2"]) == ["b", "d"]
    assert await of(placement, clients=["c2"]) == ["b", "c", "d"]
    assert await of(placement) == []


async def test_pages_go_by_id_and_end(db: Any) -> None:
    for number in range(7):
        await add(db, "person", id=f"p{number}", status="A" if number != 3 else "B")
    compiled, after, pages = rule(real={"person.status": ["A"]}), "", []
    while True:
        page = await Rules().page(db, compiled, ScanScope(Origin.EXISTING, NOW, SINCE), after=after, limit=2)
        pages.append([match.record_id for match in page])
        if len(page) < 2:
            break
        after = page[-1].record_id
    assert pages == [["p0", "p1"], ["p2", "p4"], ["p5", "p6"], []]


async def test_a_scan_finds_nobody_by_a_rule_without_time(db: Any) -> None:
    await add(db, "person", id="p1", status="A")
    compiled = rule(real={"person.status": ["A"]}, historical={"created": "never"})
    counts = [await Rules().count(db, compiled, ScanScope(origin, NOW, SINCE)) for origin in Origin]
    assert counts == [{"": 1}, {}, {"": 1}]


async def test_active_rules_and_a_broken_one_among_them(db: Any) -> None:
    good = version({"real": {"person.status": ["A"]}})
    gone = version({"real": {"custom.gone": ["A"]}}, name="gone")
    unknown = version({"qualitative": {"person.shoe_size": "present"}}, name="unknown")
    for each in (good, gone, unknown):
        await publish(db, each)
        await add(db, "rule_state", sequence=each.sequence, version=1, since=SINCE)
    rules = Rules(catalogue=catalogue({"kept": FieldType.TEXT}))
    found = {each.version.sequence: each for each in await rules.active(db)}
    assert found["seq"].compiled is not None
    assert (found["seq"].broken, found["seq"].since) == (None, SINCE)
    assert "custom.gone" in str(found["gone"].broken)
    assert "person.shoe_size" in str(found["unknown"].broken)
    assert found["unknown"].compiled is None
    with pytest.raises(DefinitionError):
        await rules.of_records(db, found["gone"], NOW, ["p1"])
    assert [match.record_id for match in await rules.of_records(db, found["seq"], NOW, ["p1"])] == []


@pytest.mark.parametrize(
    "groups",
    [
        {},
        {"real": {"person.status; DROP TABLE person": ["x"]}},
        {"qualitative": {"person.field_lineage": "present"}},
        {"qualitative": {"pg_class.relname": "present"}},
        {"qualitative": {"placement.status": "present"}},
        {"qualitative": {"owner.full_name": "present"}},
        {"real": {"person.last_contacted": ["x"]}},
        {"real": {"custom.\x00": ["x"]}},
    ],
)
def test_what_cannot_be_read_is_no_rule(groups: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        rule(**groups)


def test_what_can_make_a_rule_true() -> None:
    assert rule(real={"person.status": ["A"]}).fields == {"person.status"}
    assert rule(qualitative={"owner.email": "missing"}).fields == {"owner.email", "person.owner"}
    assert rule("placement", real={"person.status": ["A"]}).fields == {"person.status", "placement.person"}


async def test_a_page_and_a_change_use_the_primary_key(db: Any) -> None:
    await db.execute(
        # With names: without them the index of names is so small that it is read for the ids in it.
        "INSERT INTO person (id, status, first_name, last_name)"
        " SELECT 'p' || n, 'A', 'Ann' || n % 500, 'Example ' || n FROM generate_series(1, 20000) AS n; ANALYZE person"
    )
    compiled = rule(real={"person.status": ["A"]})
    for statement, more in ((compiled.existing_page, ("p5", 100)), (compiled.of_records, (["p1", "p2"],))):
        assert "person_pkey" in await plan(db, statement.text, *statement.values(CallInstants(NOW, SINCE), *more))
