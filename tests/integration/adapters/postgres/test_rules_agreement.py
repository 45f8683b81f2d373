"""The SQL of a rule and its plain meaning agree on random rules, records and events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres.database import Database
from adapters.postgres.record_columns import COLUMNS
from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import Rules, ScanScope
from sequences.auto_enroll.finding import edge
from sequences.auto_enroll.messages import Origin
from sequences.definition.rules import AutoEnroll, HistoricalEvent
from sequences.records.catalogue import BUILT_IN, FieldType, Group
from sequences.records.equal_values import folded, number_of
from tests.support.rule_model import evaluate
from tests.support.rule_rows import NOW, SINCE, add, rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SPELLINGS = [
    "+5.00",
    "05",
    "-0",
    "\u200b",
    "A\u00ad",
    "zoe\u0308",
    "ZOË",
    "Straße",
    "STRASSE",
    "\u0406\u0456",
    "\u212b",
]
_COMMON = [
    *_SPELLINGS,
    "",
    " ",
    "A",
    "a",
    "B",
    "5",
    "5.0",
    "true",
    "True",
    "null",
    "\u00a0",
    "Zoë",
    "'; --",
    "o1",
    "c1",
    "p1",
]
texts = st.one_of(
    st.sampled_from(_COMMON), st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
)
values = st.one_of(st.none(), texts)
scalars = st.one_of(
    texts, st.integers(-(10**6), 10**6), st.booleans(), st.floats(allow_nan=False, allow_infinity=False, width=32)
)
kept = st.one_of(st.none(), scalars, st.lists(scalars, max_size=3))
custom = st.dictionaries(st.sampled_from(["x", "y", "it's"]), kept, max_size=3)
instants = st.one_of(
    st.none(),
    st.integers(-(10**6), 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.integers(-1000, 10).map(lambda days: NOW + timedelta(days=days)),
)
durations = st.builds(
    "{} {}".format, st.integers(1, 10), st.sampled_from(["minutes", "hours", "days", "weeks", "months", "years"])
)
histories = st.one_of(
    st.just("never"),
    durations.map("more than {} ago".format),
    durations.map("more than {} ago or never".format),
    durations.map("less than {} ago".format),
)


some = st.lists(scalars, min_size=1, max_size=4)
few = st.lists(scalars, min_size=1, max_size=2)
wanted = st.one_of(some, st.fixed_dictionaries({"all_of": few}), st.fixed_dictionaries({"all_of": few, "any_of": some}))


def fields(record: str) -> st.SearchStrategy[str]:
    usable = [
        field.name
        for field in BUILT_IN
        if field.in_rules
        and field.type is not FieldType.FILE
        and (record == "placement" or field.group is not Group.PLACEMENT)
        and field.name.partition(".")[2] not in set(HistoricalEvent)
    ]
    return st.sampled_from([*usable, "person.resume", "custom.x", "custom.y", "custom.it's"])


@st.composite
def rules(draw: st.DrawFn, record: str) -> dict[str, Any]:
    groups = {
        "historical": draw(st.dictionaries(st.sampled_from(list(HistoricalEvent)), histories, max_size=2)),
        "qualitative": draw(st.dictionaries(fields(record), st.sampled_from(["present", "missing"]), max_size=2)),
        "real": draw(st.dictionaries(fields(record), wanted, max_size=2)),
    }
    if not any(groups.values()):
        groups["qualitative"] = {draw(fields(record)): "missing"}
    return groups


def rows(table: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    given_ids = {"owner_id": ["", None, "o1", "o2"], "client_id": ["", None, "c1", "c2"]}
    columns: dict[str, st.SearchStrategy[Any]] = {
        column: st.sampled_from(given_ids[column]) if column in given_ids else values
        for column in COLUMNS[table]
        if column not in {"person_id", *HistoricalEvent}
    }
    return st.fixed_dictionaries({**columns, **more})


worlds = st.sampled_from(["person", "placement"]).flatmap(
    lambda record: st.fixed_dictionaries(
        {
            "record": st.just(record),
            "rule": rules(record),
            "person": rows("person", custom=custom, **{event.value: instants for event in HistoricalEvent}),
            "placement": rows("placement", custom=custom),
            "owner": rows("owner"),
            "client": rows("client"),
        }
    )
)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_url, max_size=1)
    yield opened
    await opened.close()


async def test_every_letter_is_folded_alike(database: Database) -> None:
    texts = [chr(code) for code in range(1, 0x11000) if not 0xD800 <= code <= 0xDFFF]
    texts += [f" x{text}\u00a0 " for text in texts]
    async with database.pool.acquire() as connection:
        query = "SELECT relance_folded(t) AS said, relance_number(t) AS number FROM unnest($1::text[]) AS given(t)"
        rows = await connection.fetch(query, texts)
    wrong = [(text, row["said"]) for text, row in zip(texts, rows, strict=True) if row["said"] != folded(text)]
    assert wrong == []
    assert all(row["number"] == number_of(text) for text, row in zip(texts, rows, strict=True))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds)
async def test_sql_and_plain_code_agree(database: Database, world: dict[str, Any]) -> None:
    record, found_id = world["record"], {"person": "p1", "placement": "pl1"}[world["record"]]
    definition, compiled = AutoEnroll.model_validate(world["rule"]), rule(record, **world["rule"])
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await add(connection, "owner", id="o1", **world["owner"])
            await add(connection, "client", id="c1", **world["client"])
            await add(connection, "person", id="p1", **world["person"])
            await add(connection, "placement", id="pl1", person_id="p1", **world["placement"])
            view = await Records("UTC").view(connection, record, found_id)
            expected = evaluate(definition, view.value, view.person.get, NOW)
            true = all(finding.true for finding in expected)
            own = Rules()
            assert await own.findings(connection, compiled, NOW, found_id) == expected
            matches = await own.of_records(connection, compiled, NOW, [found_id])
            assert [match.record_id for match in matches] == ([found_id] if true else [])
            if true:
                assert matches[0].owner_id == (view.owner_id or None)
            page = await own.page(connection, compiled, ScanScope(Origin.EXISTING, NOW, NOW), after="", limit=9)
            assert page == matches
            scanned = await own.page(connection, compiled, ScanScope(Origin.SCAN, NOW, SINCE), after="", limit=9)
            latest = edge(definition, view.person.get, NOW)
            # At a month's end "event + N" and "now - N" are up to three days apart; between them either is right.
            if latest is None or abs(latest - SINCE) > timedelta(days=4):
                assert bool(scanned) is (true and latest is not None and latest > SINCE)
        finally:
            await transaction.rollback()
