"""The outbox: nothing that was stored is lost, whatever is away, and one bad row holds up nobody."""

import asyncio
import logging

import pytest

from sequences.reactions.click_judgement import JUDGED_AFTER
from starter.server.outbox import Dispatcher
from tests.integration.conftest import BROWSER, Hub


async def delivered(hub: Hub, reaction: str) -> bool:
    row = await hub.row("reaction_row", id=reaction)
    return row is not None and row["delivered_at"] is not None


async def test_a_stored_reaction_is_told_once(hub):
    enrollment = await hub.enrolled()
    replied, clicked = await hub.reaction("a", enrollment, "replied"), await hub.reaction("b", enrollment, minutes=1)
    dispatcher = Dispatcher(hub, hub.clock)
    await dispatcher.deliver()
    await dispatcher.deliver()
    assert [(workflow, told.id, told.kind, told.holds, told.scored) for workflow, told in hub.runs.reactions] == [
        ("enrollment:hello:p1", replied, "replied", True, True),
        ("enrollment:hello:p1", clicked, "clicked", True, False),
    ]
    assert await delivered(hub, replied)


async def test_waking_delivers_without_waiting_for_the_poll(hub, monkeypatch):
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 3600.0)
    enrollment = await hub.enrolled()
    async with hub.dispatching() as dispatcher:
        for key in ("a", "b"):
            reaction = await hub.reaction(key, enrollment)
            dispatcher.wake()
            await hub.until(lambda reaction=reaction: delivered(hub, reaction))


async def test_the_poll_finds_what_nobody_told_of(hub, monkeypatch):
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 0.05)
    enrollment = await hub.enrolled()
    async with hub.dispatching():
        reaction = await hub.reaction("a", enrollment)
        await hub.until(lambda: delivered(hub, reaction))


async def test_a_reaction_while_temporal_is_down_is_delivered_when_it_is_back(hub, caplog):
    caplog.set_level(logging.INFO)
    enrollment = await hub.enrolled()
    hub.runs.down = True
    send = await hub.sent(enrollment)
    link = await hub.link(send)
    from sequences.tokens import TokenKind

    answer = await hub.http.get(f"/c/{hub.token(TokenKind.CLICK, link)}", headers={"User-Agent": BROWSER})
    assert answer.status_code == 302
    hub.now += JUDGED_AFTER
    async with hub.dispatching():
        await hub.until(lambda: _said(caplog, "cannot deliver now"))
        hub.runs.down = False
        await hub.until(lambda: _count(hub.runs.reactions, 1))
        await hub.until(lambda: _said(caplog, "delivering again"))
    assert [told.kind for _, told in hub.runs.reactions] == ["clicked"]
    assert caplog.text.count("cannot deliver now") == 1


async def test_an_enrollment_while_temporal_is_down_is_accepted_and_started_later(hub):
    await hub.person()
    await hub.publish()
    hub.runs.down = True
    answer = await hub.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})
    assert (answer.status_code, answer.json()["started"]) == (202, False)
    dispatcher = Dispatcher(hub, hub.clock)
    await dispatcher.deliver()
    assert hub.runs.started == []
    from datetime import timedelta

    hub.now += timedelta(seconds=3)
    async with hub.dispatching():
        hub.runs.down = False
        await hub.until(lambda: _count(hub.runs.started, 1))
    assert hub.runs.started == [answer.json()["enrollment"]]


async def test_reactions_of_a_run_that_is_still_starting_wait_until_it_is_active(hub):
    enrollment = await hub.enrolled(state="starting")
    reaction = await hub.reaction("a", enrollment, "field_changed")
    dispatcher = Dispatcher(hub, hub.clock)
    await dispatcher.deliver()
    assert hub.runs.reactions == []
    await hub.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", enrollment)
    await dispatcher.deliver()
    assert [told.id for _, told in hub.runs.reactions] == [reaction]


async def test_a_field_that_changes_in_a_run_that_only_temporal_lost_is_followed_up_all_the_same(hub):
    enrollment = await hub.enrolled()
    hub.runs.closed.add("enrollment:hello:p1")
    await hub.reaction("a", enrollment, "field_changed")
    await Dispatcher(hub, hub.clock).deliver()
    assert [told.kind for _, told in hub.runs.late] == ["field_changed"]


@pytest.mark.parametrize("known_to_postgres", [True, False])
async def test_a_reaction_after_the_run_is_followed_up_late(hub, known_to_postgres):
    enrollment = await hub.enrolled(state="finished" if known_to_postgres else "active")
    hub.runs.closed.add("enrollment:hello:p1")
    reaction = await hub.reaction("a", enrollment, "replied")
    await Dispatcher(hub, hub.clock).deliver()
    assert [(run, told.id, told.scored) for run, told in hub.runs.late] == [(enrollment, reaction, True)]
    row = await hub.row("reaction_row", id=reaction)
    assert (row["late"], row["delivered_at"]) == (True, hub.now)


async def test_a_late_reaction_never_reaches_the_same_records_next_run(hub):
    old = await hub.enrolled(state="finished")
    again = await hub.enrolling.enroll("hello", "p1", nonce="again")
    await hub.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", again.enrollment)
    await hub.reaction("a", old, "replied")
    await Dispatcher(hub, hub.clock).deliver()
    assert hub.runs.reactions == []
    assert [run for run, _ in hub.runs.late] == [old]


async def test_a_field_that_changes_after_the_run_concerns_nobody(hub):
    enrollment = await hub.enrolled(state="stopped")
    reaction = await hub.reaction("a", enrollment, "field_changed")
    await Dispatcher(hub, hub.clock).deliver()
    assert (hub.runs.reactions, hub.runs.late) == ([], [])
    row = await hub.row("reaction_row", id=reaction)
    assert (row["decision"], row["decision_reason"], row["delivered_at"]) == ("none", "the run was over", hub.now)


async def test_what_a_run_took_but_closed_over_is_followed_up_late(hub):
    enrollment = await hub.enrolled()
    reaction = await hub.reaction("a", enrollment, "replied")
    dispatcher = Dispatcher(hub, hub.clock)
    await dispatcher.deliver()
    await hub.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", enrollment)
    await dispatcher.deliver()
    await dispatcher.deliver()
    assert [told.id for _, told in hub.runs.late] == [reaction]


async def test_one_that_cannot_be_told_holds_up_nobody_else(hub, caplog):
    bad, good = await hub.enrolled("p1"), await hub.enrolled("p2")
    first = await hub.reaction("a", bad)
    second = await hub.reaction("b", bad, minutes=1)
    others = [await hub.reaction(f"c{number}", good, minutes=2 + number) for number in range(150)]
    hub.runs.broken.add(first)
    await Dispatcher(hub, hub.clock).deliver()
    # In the order in which they came, and not around the one that waits.
    assert [told.id for _, told in hub.runs.reactions] == others
    assert not await delivered(hub, first)
    assert not await delivered(hub, second)
    assert f"{first} cannot be delivered now: ValueError" in caplog.text


async def test_losing_every_connection_to_postgres_loses_nothing(hub, caplog):
    enrollment = await hub.enrolled()
    async with hub.dispatching() as dispatcher:
        first = await hub.reaction("a", enrollment)
        dispatcher.wake()
        await hub.until(lambda: delivered(hub, first))
        import asyncpg

        admin = await asyncpg.connect(hub.settings.database_url)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await admin.close()
        second = await _patiently(lambda: hub.reaction("b", enrollment))
        dispatcher.wake()
        # The test's own connections were cut as well.
        await hub.until(lambda: _patiently(lambda: delivered(hub, second)))
    assert [told.id for _, told in hub.runs.reactions] == [first, second]


async def _patiently(action):
    import asyncpg

    for _ in range(20):
        try:
            return await action()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            await asyncio.sleep(0)
    raise AssertionError("Postgres did not come back")


async def _said(caplog, words):
    return words in caplog.text


async def _count(values, number):
    return len(values) >= number
