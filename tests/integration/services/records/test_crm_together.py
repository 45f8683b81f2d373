"""Items of an event that are written together leave the rows and the answer of items written one after the other."""

from __future__ import annotations

import itertools
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.postgres import queries
from adapters.postgres.records import ChangeOrigin
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from tests.support.counted import CountedDatabase
from tests.support.rigs.api import NOW, ApiRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_TABLES = {
    "person": "id",
    "placement": "id",
    "client": "id",
    "owner": "id",
    "person_event": "id",
    "field_told": "entity, entity_id, field",
    "change": "id",
    "reaction": "received_at, enrollment_id, key",
    "suppression": "id",
    "suppressed_address": "suppression_id, address",
    "enrollment": "id",
    "enrollment_event": "enrollment_id, key",
    "crm_event": "id",
    "change_batch": "id",
}
_NUMBERS = {"change": "id", "suppression": "id", "change_batch": "number", "enrollment_event": "id"}
"""Counters: a transaction that is rolled back does not give its numbers back."""


class OneByOne(ItemWriter):
    """The reference: each item on its own savepoint."""

    write_all = ItemWriter.write_each


class _Within:
    """A database whose transactions are savepoints of one that is taken back."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._connection.transaction():
            yield self._connection


@pytest_asyncio.fixture
async def world(api: ApiRig) -> ApiRig:
    """Runs of people and of placements, a merged person, our own writes, and a value that Postgres refuses."""
    for number in ("p1", "p2"):
        await api.enrolled(number)
    for number in ("p3", "p4"):
        await api.person(number, client_id="c1")
    await api.publish("placed", record="placement")
    origin = ChangeOrigin("crm", NOW - timedelta(minutes=5))
    async with api.database.transaction() as connection:
        await api.changes.write(connection, "client", "c1", {"name": "One", "city": "Leeds"}, origin)
        for place in range(1, 5):
            values: dict[str, object] = {"person_id": f"p{place}", "client_id": "c1", "start_date": "2027-06-01"}
            await api.changes.write(connection, "placement", f"pl{place}", values, origin)
            entry: dict[str, object] = {
                "id": f"e{place}placement",
                "workflow_id": f"w{place}",
                "record_id": f"pl{place}",
            }
            entry |= {"person_id": f"p{place}", "owner_id": None, "lineage": []}
            await queries.add_rule_enrollments(
                connection, sequence="placed", version=1, record_type="placement", entries=[entry], at=NOW
            )
        await api.changes.mark_merged(connection, "p4", "p3", origin)
        ours = ChangeOrigin("relance", NOW - timedelta(minutes=2), lineage=["first"])
        await api.changes.write(connection, "person", "p1", {"status": "Placed"}, ours)
        await api.changes.write(connection, "person", "p2", {"status": "Open", "city": "York"}, ours)
        await api.changes.write(connection, "placement", "pl1", {"status": "Placed"}, ours)
        await connection.execute("ALTER TABLE person ADD CONSTRAINT no_such CHECK (city <> 'refused')")
    return api


def _normal(table: str, rows: list[dict[str, Any]], changes: dict[int, int]) -> list[Any]:
    for row in rows:
        row.pop(_NUMBERS.get(table, ""), None)
        if table == "reaction":
            row.pop("id")
            cause, number, *run = row["key"].split(":")
            if cause == "change":
                row["key"] = (cause, changes[int(number)], *run)
        row.pop("suppression_id", None)
    return sorted(rows, key=repr) if table in ("reaction", "suppressed_address") else rows


async def _left(connection: Any) -> dict[str, list[Any]]:
    changes = {row["id"]: rank for rank, row in enumerate(await connection.fetch("SELECT id FROM change ORDER BY id"))}
    left = {}
    for table, order in _TABLES.items():
        rows = [dict(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY {order}")]
        left[table] = _normal(table, rows, changes)
    return left


async def outcome(api: ApiRig, writer: type[ItemWriter], events: list[list[Any]]) -> Any:
    """The answers to the events, and every row there is then; nothing of it stays."""
    async with api.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            intake = CrmIntake(
                _Within(connection),  # type: ignore[arg-type]
                writer(api.changes, origin="crm", echo_keys=(b"token-key-for-tests",)),
                api.clock,
                api.wake,
                api.settings.model_copy(update={"custom_fields": "shirt, skills:list, score:number"}).catalogue(),
            )
            answers = [await intake.receive(f"evt-{number}", items) for number, items in enumerate(events)]
            return json.dumps(answers, sort_keys=True), await _left(connection)
        finally:
            await transaction.rollback()


async def same_outcome(api: ApiRig, *events: list[Any]) -> None:
    one_by_one, together = [await outcome(api, writer, list(events)) for writer in (OneByOne, ItemWriter)]
    assert together[0] == one_by_one[0]
    for table in _TABLES:
        assert together[1][table] == one_by_one[1][table], table


PEOPLE = [f"p{number}" for number in range(1, 8)]
_STAMP: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.just({}),
    st.sampled_from([{"at": (NOW - timedelta(minutes=ago)).isoformat()} for ago in (-10, 0, 3, 9)]),
    st.sampled_from([{"version": number} for number in (1, 2, 3)]),
)
_MORE: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {}, {}, {"lineage": ["first"]}, {"lineage": ["a", "b"]}, {"echo": "no-token"}]
)
_VALUES = {
    "status": st.sampled_from(["Open", "Placed", "Left", "", None]),
    "city": st.sampled_from(["York", "Leeds", None, None, "refused"]),
    "email": st.sampled_from(["a@b.example", "P1@client.example", "not an address", None]),
    "phone": st.sampled_from(["+447700900999", "020 7946 0000", "x"]),
    "created_at": st.sampled_from(["2026-01-02", "2026-01-02T03:04:05+01:00", None, "nonsense"]),
    "owner": st.sampled_from(["o1", "o2", None]),
    "custom.shirt": st.sampled_from(["L", "M", None]),
    "custom.skills": st.sampled_from([["crane", "welding"], "a;b", None]),
    "custom.score": st.sampled_from([1, "x", None]),
    "nowhere": st.just("x"),
}


def _some(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


@st.composite
def people(draw: st.DrawFn) -> Any:
    item = {"entity": "person", "id": draw(st.sampled_from(PEOPLE)), "fields": draw(_some(_VALUES))}
    return item | draw(_STAMP) | draw(_MORE)


@st.composite
def placements(draw: st.DrawFn) -> Any:
    fields: dict[str, Any] = {
        "person": st.sampled_from([*PEOPLE, None]),
        "client": st.sampled_from(["c1", "c2", None]),
        "start_date": st.sampled_from(["2027-06-01", "2027-07-01", "soon"]),
        "status": st.sampled_from(["Open", "Placed"]),
        "custom.shirt": st.sampled_from(["L", None]),
    }
    item = {"entity": "placement", "id": f"pl{draw(st.integers(1, 7))}", "fields": draw(_some(fields))}
    return item | draw(_STAMP) | draw(_MORE)


@st.composite
def others(draw: st.DrawFn) -> Any:
    entity = draw(st.sampled_from(["client", "owner"]))
    names: dict[str, dict[str, list[Any]]] = {
        "client": {"name": ["One", "Two", None], "city": ["Leeds", "York"]},
        "owner": {"first_name": ["O", None]},
    }
    fields = {name: st.sampled_from(values) for name, values in names[entity].items()}
    return {"entity": entity, "id": f"{entity[0]}{draw(st.integers(1, 3))}", "fields": draw(_some(fields))} | draw(
        _STAMP
    )


@st.composite
def marks(draw: st.DrawFn) -> Any:
    person = st.sampled_from(PEOPLE)
    mark = draw(
        st.one_of(
            person.map(lambda into: {"merged_into": into}),
            st.sampled_from([{"deleted": True}, {"deleted": False}]),
            st.sampled_from([{"suppress": each} for each in ("email", "all", "none")]),
        )
    )
    return {"entity": "person", "id": draw(person), "fields": draw(_some(_VALUES))} | mark | draw(_STAMP)


@st.composite
def happenings(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(["contacted", "placed"]))
    at = (NOW - timedelta(minutes=draw(st.integers(-9, 90)))).isoformat()
    return {"entity": "event", "person": draw(st.sampled_from(PEOPLE)), "event": kind, "at": at}


BAD = st.sampled_from([{}, "x", {"entity": "person", "id": "a b"}, {"entity": "placement", "id": "pl9", "fields": {}}])
COMMON = st.one_of(people(), people(), placements(), others())
ITEMS = st.one_of(COMMON, COMMON, COMMON, COMMON, marks(), happenings(), BAD)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=st.lists(ITEMS, max_size=6), items=st.lists(ITEMS, min_size=1, max_size=30))
@example(before=[], items=[{"entity": "person", "id": f"n{number}", "fields": {"city": "York"}} for number in range(9)])
async def test_any_event_leaves_what_its_items_leave_one_by_one(world: ApiRig, before: Any, items: Any) -> None:
    await same_outcome(world, before, items)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(items=st.lists(COMMON, min_size=5, max_size=30))
async def test_common_items_leave_what_they_leave_one_by_one(world: ApiRig, items: Any) -> None:
    for item in items:
        item.get("fields", {}).pop("city", None)
    await same_outcome(world, items)


async def test_new_records_that_were_told_of_before_have_their_own_place(world: ApiRig) -> None:
    gone = [
        {"entity": "person", "id": "n1", "deleted": True, "at": NOW.isoformat()},
        {"entity": "person", "id": "p2", "merged_into": "n2", "version": 4},
    ]
    told = [{"entity": "person", "id": f"n{number}", "fields": {"status": "Open"}} for number in range(4)]
    placed = [{"entity": "placement", "id": f"pl{n}", "fields": {"person": "p2", "client": "c2"}} for n in range(3, 9)]
    await same_outcome(world, gone, [*told, *placed], [*placed[:1], {**told[2], "fields": {"city": "York"}}])


async def test_an_item_that_postgres_refuses_costs_no_other_one(world: ApiRig) -> None:
    items = [{"entity": "person", "id": f"n{number}", "fields": {"city": "York"}} for number in range(5)]
    items[2]["fields"] = {"city": "refused"}
    intake = CrmIntake(world.database, ItemWriter(world.changes, origin="crm"), world.clock, world.wake)
    answer = await intake.receive("evt-1", items)
    assert [result["status"] for result in answer["results"]] == ["created"] * 2 + ["refused"] + ["created"] * 2
    assert answer["results"][2]["reason"] == "Postgres cannot store it (CheckViolationError)"
    assert await intake.receive("evt-1", items) == answer
    assert len(await world.fetch("SELECT id FROM person WHERE id LIKE 'n%'")) == 4


async def test_a_large_event_costs_as_many_statements_as_a_small_one(world: ApiRig) -> None:
    said = []
    for count, day in ((3, "2027-08-01"), (300, "2027-08-02")):
        new = [{"entity": "placement", "id": f"x{n}", "fields": {"person": "p1"}} for n in range(count)]
        moved = [{"entity": "placement", "id": f"x{n}", "fields": {"start_date": day}} for n in range(count)]
        database = CountedDatabase(world.database)
        intake = CrmIntake(
            database,  # type: ignore[arg-type]
            ItemWriter(world.changes, origin="crm"),
            world.clock,
            world.wake,
        )
        await intake.receive(f"new-{count}", new)
        await intake.receive(f"moved-{count}", moved)
        said.append(database.said)
    assert len(said[0]) == len(said[1])
    assert len(said[0]) <= 24


class _CutOffError(Exception):
    pass


async def test_an_event_that_is_cut_off_after_any_statement_leaves_nothing(world: ApiRig) -> None:
    people = [{"entity": "person", "id": each, "fields": {"status": "New"}} for each in ("p1", "p2", "n1", "n2")]
    moved = [{"entity": "placement", "id": f"pl{n}", "fields": {"start_date": "2027-08-01"}} for n in (1, 2, 3)]
    items = [*people, *moved]
    async with world.database.transaction() as connection:
        before = await _left(connection)
    for last in itertools.count(1):
        intake = CrmIntake(
            _Mortal(world.database, last),  # type: ignore[arg-type]
            ItemWriter(world.changes, origin="crm"),
            world.clock,
            world.wake,
        )
        try:
            await intake.receive("evt-1", items)
        except _CutOffError:
            async with world.database.transaction() as connection:
                assert await _left(connection) == before
        else:
            break
    assert last > 10


class _Mortal:
    """A database that dies before a statement of its transaction: the one of that number."""

    def __init__(self, real: Any, last: int) -> None:
        self._real, self._left = real, last

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._real.transaction() as connection:
            yield _Dying(connection, self)

    def spend(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise _CutOffError


class _Dying:
    def __init__(self, real: Any, life: Any) -> None:
        self._real, self._life = real, life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute"):
            return found

        async def spent(*values: Any, **more: Any) -> Any:
            self._life.spend()
            return await found(*values, **more)

        return spent
