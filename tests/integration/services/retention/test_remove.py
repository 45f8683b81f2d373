"""What is old goes, what something still needs stays, and no number of the statistics changes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from adapters.postgres.retained_tables import REMOVED, RETAINED_TABLES
from sequences.retention import DEFAULTS, NOTICE, RemovalCall, RetentionClass
from sequences.statistics.outcomes import By
from services.reading.run_outcomes import rebuild
from services.reading.statistics import StatisticsRequest, statistics
from services.retention.notice import give_notice
from services.retention.overview import retention_overview
from services.retention.remove import Retention
from tests.support.old_world import LATER, old_world
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.support.rigs.api import ApiRig


def _retention(api: ApiRig, batch: int = 500) -> Retention:
    return Retention(api.database, DEFAULTS, api.clock, batch)


async def _pass(retention: Retention, api: ApiRig) -> int:
    return sum([page.removed async for page in retention.whole_pass(api.now)])


async def _numbers(api: ApiRig) -> list[Any]:
    return [
        (await statistics(api.database, StatisticsRequest(by=by, sequence="hello"))).rows
        for by in (By.STEP, By.VARIANT, By.OWNER)
    ]


async def test_what_is_old_goes_and_the_statistics_stay(api: ApiRig) -> None:
    await old_world(api)
    before = await _numbers(api)
    assert await _pass(_retention(api), api) > 0
    (send,) = await api.fetch("SELECT content, text, recipient, state FROM send WHERE person_id = 'p2'")
    assert (bytes(send["content"]), send["text"], send["state"]) == (b"", REMOVED, "sent")
    assert send["recipient"]
    for row in await api.fetch("SELECT raw, text, reply_text, sender FROM inbound"):
        assert (bytes(row["raw"]), row["text"], row["reply_text"]) == (b"", REMOVED, REMOVED)
    for table in RETAINED_TABLES:
        if not table.blank:
            assert await api.fetch(f"SELECT 1 FROM {table.name}") == [], table.name
    assert await _numbers(api) == before
    await rebuild(api.database)
    assert await _numbers(api) == before
    # The second pass finds nothing.
    assert await _pass(_retention(api), api) == 0


async def test_what_is_not_old_enough_stays(api: ApiRig) -> None:
    await old_world(api)
    api.now += -LATER + timedelta(minutes=59)
    assert await _pass(_retention(api), api) == 0
    api.now += timedelta(days=181)
    assert await _pass(_retention(api), api) > 0
    (row,) = await api.fetch("SELECT content FROM send WHERE person_id = 'p2'")
    assert bytes(row["content"]) == b"Hello p2"
    assert {bytes(row["raw"]) for row in await api.fetch("SELECT raw FROM inbound")} == {b""}
    assert {row["text"] for row in await api.fetch("SELECT text FROM inbound")} == {"Perhaps later"}
    assert len(await api.fetch("SELECT 1 FROM hit")) == 1
    assert await api.fetch("SELECT 1 FROM change") == []


NEEDED = {
    "an open run": ("UPDATE enrollment SET state = 'active'", "send inbound.raw inbound.text answer hit"),
    "a paused run": ("UPDATE enrollment SET state = 'paused'", "send inbound.raw inbound.text answer hit"),
    "a reaction that nobody handled": (
        "UPDATE reaction SET handled_at = NULL",
        "send inbound.raw inbound.text answer hit",
    ),
    "an unknown send": (
        "UPDATE send SET state = 'unknown', resolution = NULL",
        "send inbound.raw inbound.text answer hit",
    ),
    "a send under way": ("UPDATE send SET state = 'claimed'", "send inbound.raw inbound.text answer hit"),
    "a delivery that waits": ("UPDATE follow_up SET state = 'pending'", "send inbound.raw inbound.text answer hit"),
    "an answer that waits": ("UPDATE answer SET state = 'planned'", "send inbound.raw inbound.text answer hit"),
    "a review that waits to be given": (
        "INSERT INTO waiting_review (reaction_id, label, not_an_opt_out, reviewer, user_id, said_at, due_at) "
        "SELECT id, 'positive', false, 'ours', 'u1', received_at, received_at FROM reaction WHERE kind = 'replied'",
        "inbound.raw inbound.text",
    ),
    "a reply that waits for a person": (
        "UPDATE reaction SET reviewed_at = NULL, held_for_review = true, opt_out = false",
        "inbound.raw inbound.text",
    ),
    "a reply on its way to the owner": (
        "UPDATE reply_forwarding SET state = 'waiting', decided_at = NULL",
        "inbound.raw inbound.text",
    ),
    "a message that nobody could match": (
        "UPDATE inbound SET state = 'unmatched', send_id = NULL",
        "inbound.raw inbound.text",
    ),
    "a message that is being attached": (
        "INSERT INTO waiting_attachment (inbound_id, enrollment_id, asked_by, user_id, asked_at, due_at) "
        "SELECT i.id, e.id, 'ours', 'u1', i.received_at, i.received_at FROM inbound i, "
        "(SELECT id FROM enrollment LIMIT 1) e",
        "inbound.raw inbound.text",
    ),
    "a wish not to be contacted that nobody has confirmed": (
        "INSERT INTO opt_out_hold (source, people, addresses, channel, since) "
        "SELECT id, ARRAY[person_id], '{}', 'all', received_at FROM reaction WHERE kind = 'replied'",
        "inbound.raw inbound.text",
    ),
    "such a wish of a message that belongs to no run": (
        "INSERT INTO opt_out_hold (source, people, addresses, channel, since) "
        "SELECT id, '{}', '{}', 'all', received_at FROM inbound",
        "inbound.raw inbound.text",
    ),
    "a correction that the model learns from": (
        "INSERT INTO review (id, reaction_id, number, label, intent, reviewed_at) "
        "SELECT id, id, 1, 'positive', 'later', received_at FROM reaction WHERE kind = 'replied'",
        "inbound.text",
    ),
    "a mail to an owner that waits": ("UPDATE notice_mail SET state = 'planned'", "notice_mail"),
    "a hit that nobody judged": ("UPDATE hit SET verdict = NULL", "hit"),
    "a change that no rule has seen": ("UPDATE change SET watched_at = NULL", "change"),
    "a job that waits for its file": (
        "INSERT INTO job (id, kind, subject, request, state, done, notes, created_at, not_before, tries) "
        "SELECT 'j2234567890', 'import_people', 'x', jsonb_build_object('file', id), 'waiting', 0, '{}', uploaded_at, "
        "uploaded_at, 1 FROM people_file",
        "people_file job",
    ),
    "a session that has not ended": ("UPDATE console_session SET expires_at = '2040-01-01'", "console_session"),
}


@pytest.mark.parametrize("what", NEEDED)
async def test_what_something_still_needs_is_never_removed(api: ApiRig, what: str) -> None:
    await old_world(api)
    sql, stays = NEEDED[what]
    await api.execute(sql)
    await _pass(_retention(api), api)
    left = {
        "send": await api.fetch("SELECT 1 FROM send WHERE content = 'Hello p2' AND text = 'Hello p2'"),
        "inbound.raw": await api.fetch("SELECT 1 FROM inbound WHERE raw = 'From: p2'"),
        "inbound.text": await api.fetch(
            "SELECT 1 FROM inbound WHERE text = 'Perhaps later' AND reply_text = 'Perhaps'"
        ),
        "answer": await api.fetch("SELECT 1 FROM answer WHERE content <> '' AND text <> $1", REMOVED),
        "notice_mail": await api.fetch("SELECT 1 FROM notice_mail WHERE content <> ''"),
        **{table.name: await api.fetch(f"SELECT 1 FROM {table.name}") for table in RETAINED_TABLES if not table.blank},
    }
    assert {name for name, rows in left.items() if rows} == set(stays.split())


async def test_a_pass_that_is_cut_off_goes_on_where_it_was_and_two_at_once_remove_everything_once(api: ApiRig) -> None:
    await old_world(api)
    await api.execute(
        "INSERT INTO change (entity, entity_id, fields, before, after, origin, at, watched_at) "
        "SELECT 'person', 'p1', '{}', '{}', '{}', 'crm', '2027-05-04', '2027-05-04' FROM generate_series(1, 50)"
    )
    rows = len(await api.fetch("SELECT id::text FROM change UNION ALL SELECT id FROM crm_event"))
    small = _retention(api, batch=3)
    changes = next(place for place, table in enumerate(RETAINED_TABLES) if table.name == "change")

    stops = iter([False, False, True])
    cut = await small.remove(RemovalCall(api.now, changes), lambda: next(stops))
    assert (cut.removed, cut.table) == (6, changes)
    assert cut.after is not None
    # Its answer never came: it begins again from where the page before it had ended, and finds the rest.
    again = await small.remove(RemovalCall(api.now, changes), lambda: False)
    assert again.removed > 6
    one, two = await asyncio.gather(_pass(small, api), _pass(small, api))
    assert await api.fetch("SELECT 1 FROM change") == []
    (crm,) = await api.fetch("SELECT removed, removed_ever, ended_at FROM retention WHERE kind = 'crm_events'")
    assert crm["removed"] == crm["removed_ever"] == rows
    assert crm["ended_at"] is not None
    assert one + two > 0


async def test_a_row_that_somebody_has_locked_is_left_for_the_next_pass(api: ApiRig) -> None:
    await old_world(api)
    async with api.database.transaction() as connection:
        await connection.execute("SELECT 1 FROM send WHERE person_id = 'p2' FOR UPDATE")
        async with asyncio.timeout(PATIENCE):
            await _pass(_retention(api), api)
    assert await api.fetch("SELECT 1 FROM send WHERE content = 'Hello p2'")
    await _pass(_retention(api), api)
    assert not await api.fetch("SELECT 1 FROM send WHERE content = 'Hello p2'")


async def test_nothing_goes_before_its_notice_is_over(api: ApiRig) -> None:
    await old_world(api)
    await api.execute("DELETE FROM retention")
    await _pass(_retention(api), api)
    assert await api.fetch("SELECT 1 FROM send WHERE content = 'Hello p2'")
    assert not await api.fetch("SELECT 1 FROM people_file")
    async with api.database.transaction() as connection:
        shown = {each.kind: each for each in await retention_overview(connection, DEFAULTS, api.now)}
    bodies = shown[RetentionClass.BODIES]
    assert (bodies.in_force, bodies.period, bodies.in_force_from) == ("forever", "2 years", api.now + NOTICE)
    assert (bodies.due, bodies.due_then > 0) == (0, True)
    api.now += NOTICE
    await _pass(_retention(api), api)
    assert not await api.fetch("SELECT 1 FROM send WHERE content = 'Hello p2'")


async def test_forever_removes_nothing(api: ApiRig) -> None:
    await old_world(api)
    everything = replace(_retention(api), periods=dict.fromkeys(RetentionClass, "forever"))
    assert await _pass(everything, api) == 0


async def test_the_overview_counts_what_a_pass_removes(api: ApiRig) -> None:
    await old_world(api)
    async with api.database.transaction() as connection:
        shown = await retention_overview(connection, DEFAULTS, api.now)
    due = {each.kind: each.due for each in shown}
    assert all(due.values()), due
    assert await _pass(_retention(api), api) == sum(due.values())
    async with api.database.transaction() as connection:
        shown = await retention_overview(connection, DEFAULTS, api.now)
    assert {each.kind: each.last_removed for each in shown} == due
    assert [each.due for each in shown] == [0] * len(shown)
    assert all(each.last_began == api.now and each.last_ended is not None for each in shown)


async def test_the_audit_log_is_removed_by_retention_alone(api: ApiRig) -> None:
    await old_world(api)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await api.execute("DELETE FROM audit_event")
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await api.execute("UPDATE audit_event SET act = 'other'")
    async with api.database.transaction() as connection:
        await connection.execute("SELECT set_config('relance.audit_before', '2027-05-04', true)")
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute("DELETE FROM audit_event")


async def test_the_same_settings_again_write_nothing(api: ApiRig) -> None:
    async with api.database.transaction() as connection:
        first = await give_notice(connection, DEFAULTS, api.now)
    versions = await api.fetch("SELECT kind, xmin::text FROM retention ORDER BY kind")
    async with api.database.transaction() as connection:
        assert await give_notice(connection, DEFAULTS, api.now + timedelta(days=1)) == first
    assert await api.fetch("SELECT kind, xmin::text FROM retention ORDER BY kind") == versions
