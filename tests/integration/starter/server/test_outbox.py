"""The outbox: nothing that was stored is lost, whatever is away, and one bad row holds up nobody."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from sequences.reactions.click_judgement import JUDGED_AFTER
from services.enrolling.enroll import EntryRequest
from starter.server.outbox import Dispatcher
from tests.support.rigs.api import BROWSER, ApiRig


async def delivered(api: ApiRig, reaction: str) -> bool:
    row = await api.row("reaction_row", id=reaction)
    return row is not None and row["delivered_at"] is not None


async def test_a_stored_reaction_is_told_once(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    replied, clicked = await api.reaction("a", enrollment, "replied"), await api.reaction("b", enrollment, minutes=1)
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    await dispatcher.deliver()
    assert [(workflow, told.id, told.kind, told.holds, told.scored) for workflow, told in api.runs.reactions] == [
        ("enrollment:hello:p1", replied, "replied", True, True),
        ("enrollment:hello:p1", clicked, "clicked", True, False),
    ]
    assert await delivered(api, replied)


async def test_waking_delivers_without_waiting_for_the_poll(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 3600.0)
    enrollment = await api.enrolled()
    async with api.dispatching() as dispatcher:
        for key in ("a", "b"):
            reaction = await api.reaction(key, enrollment)
            dispatcher.wake()
            await api.until(partial(delivered, api, reaction))


async def test_the_poll_finds_what_nobody_told_of(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 0.05)
    enrollment = await api.enrolled()
    async with api.dispatching():
        reaction = await api.reaction("a", enrollment)
        await api.until(lambda: delivered(api, reaction))


async def test_a_reaction_while_temporal_is_down_is_delivered_when_it_is_back(
    api: ApiRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    enrollment = await api.enrolled()
    api.runs.down = True
    send = await api.sent(enrollment)
    link = await api.link(send)
    from sequences.tokens import TokenKind

    answer = await api.http.get(f"/c/{api.token(TokenKind.CLICK, link)}", headers={"User-Agent": BROWSER})
    assert answer.status_code == 302
    api.now += JUDGED_AFTER
    async with api.dispatching():
        await api.until(lambda: _said(caplog, "cannot deliver now"))
        api.runs.down = False
        await api.until(lambda: _count(api.runs.reactions, 1))
        await api.until(lambda: _said(caplog, "delivering again"))
    assert [told.kind for _, told in api.runs.reactions] == ["clicked"]
    assert caplog.text.count("cannot deliver now") == 1


async def test_an_enrollment_while_temporal_is_down_is_accepted_and_started_later(api: ApiRig) -> None:
    await api.person()
    await api.publish()
    api.runs.down = True
    answer = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})
    assert (answer.status_code, answer.json()["started"]) == (202, False)
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    assert api.runs.started == []

    api.now += timedelta(seconds=3)
    async with api.dispatching():
        api.runs.down = False
        await api.until(lambda: _count(api.runs.started, 1))
    assert api.runs.started == [answer.json()["enrollment"]]


async def test_reactions_of_a_run_that_is_still_starting_wait_until_it_is_active(api: ApiRig) -> None:
    enrollment = await api.enrolled(state="starting")
    changed = await api.reaction("a", enrollment, "field_changed")
    clicked = await api.reaction("b", enrollment, minutes=1)
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    assert api.runs.reactions == []
    assert (await api.row("reaction_row", id=changed))["handled_at"] is None
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", enrollment)
    await dispatcher.deliver()
    assert [told.id for _, told in api.runs.reactions] == [changed, clicked]


async def test_a_field_that_changes_alone_is_planned_here_and_signalled_to_nobody(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    reaction = await api.reaction("a", enrollment, "field_changed")
    await Dispatcher(api, api.clock).deliver()
    row = await api.row("reaction_row", id=reaction)
    assert (row["delivered_at"], row["handled_at"], row["decision"]) == (api.now, api.now, "continue")
    assert (api.runs.reactions, api.runs.planned, api.runs.late) == ([], [], [])


async def test_a_field_that_stops_a_run_that_only_temporal_lost_is_followed_up_all_the_same(api: ApiRig) -> None:
    await api.person("p2")
    await api.publish("gone", stop_when={"person.status": ["Placed"]})
    accepted = await api.enrolling.enroll(EntryRequest("gone", "n-gone", "p2"))
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", accepted.enrollment)
    api.runs.closed.add(accepted.workflow_id)
    await api.person("p2", status="Placed")
    await Dispatcher(api, api.clock).deliver()
    assert [(run, told.kind) for run, told in api.runs.late] == [(accepted.enrollment, "field_changed")]


@pytest.mark.parametrize("known_to_postgres", [True, False])
async def test_a_reaction_after_the_run_is_followed_up_late(api: ApiRig, known_to_postgres: bool) -> None:
    enrollment = await api.enrolled(state="finished" if known_to_postgres else "active")
    api.runs.closed.add("enrollment:hello:p1")
    reaction = await api.reaction("a", enrollment, "replied")
    await Dispatcher(api, api.clock).deliver()
    assert [(run, told.id, told.scored) for run, told in api.runs.late] == [(enrollment, reaction, True)]
    row = await api.row("reaction_row", id=reaction)
    assert (row["late"], row["delivered_at"]) == (True, api.now)


async def test_a_late_reaction_never_reaches_the_same_records_next_run(api: ApiRig) -> None:
    old = await api.enrolled(state="finished")
    again = await api.enrolling.enroll(EntryRequest("hello", "again", "p1"))
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", again.enrollment)
    await api.reaction("a", old, "replied")
    await Dispatcher(api, api.clock).deliver()
    assert api.runs.reactions == []
    assert [run for run, _ in api.runs.late] == [old]


async def test_a_field_that_changes_after_the_run_concerns_nobody(api: ApiRig) -> None:
    enrollment = await api.enrolled(state="stopped")
    reaction = await api.reaction("a", enrollment, "field_changed")
    await Dispatcher(api, api.clock).deliver()
    assert (api.runs.reactions, api.runs.late) == ([], [])
    row = await api.row("reaction_row", id=reaction)
    assert (row["decision"], row["decision_reason"], row["delivered_at"]) == (
        "none",
        "the run had already ended",
        api.now,
    )


async def test_what_a_run_took_but_closed_over_is_followed_up_late(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    reaction = await api.reaction("a", enrollment, "replied")
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    await api.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", enrollment)
    await dispatcher.deliver()
    await dispatcher.deliver()
    assert [told.id for _, told in api.runs.late] == [reaction]


async def test_one_that_cannot_be_told_holds_up_nobody_else(api: ApiRig, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = await api.enrolled("p1"), await api.enrolled("p2")
    first = await api.reaction("a", bad)
    second = await api.reaction("b", bad, minutes=1)
    others = [await api.reaction(f"c{number}", good, minutes=2 + number) for number in range(150)]
    api.runs.broken.add(first)
    await Dispatcher(api, api.clock).deliver()
    # In the order in which they came, and not around the one that waits.
    assert [told.id for _, told in api.runs.reactions] == others
    assert not await delivered(api, first)
    assert not await delivered(api, second)
    assert f"{first} cannot be delivered now: ValueError" in caplog.text


async def test_what_comes_before_one_that_cannot_be_told_is_told(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    reactions = [await api.reaction(f"a{number}", enrollment, minutes=number) for number in range(5)]
    api.runs.broken.add(reactions[2])
    await Dispatcher(api, api.clock).deliver()
    assert [told.id for _, told in api.runs.reactions] == reactions[:2]
    api.runs.broken.clear()
    api.now += timedelta(seconds=2)
    await Dispatcher(api, api.clock).deliver()
    assert [told.id for _, told in api.runs.reactions] == reactions


async def test_losing_every_connection_to_postgres_loses_nothing(api: ApiRig, caplog: pytest.LogCaptureFixture) -> None:
    enrollment = await api.enrolled()
    async with api.dispatching() as dispatcher:
        first = await api.reaction("a", enrollment)
        dispatcher.wake()
        await api.until(lambda: delivered(api, first))
        import asyncpg

        admin = await asyncpg.connect(api.settings.database_url)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await admin.close()
        second = await _patiently(lambda: api.reaction("b", enrollment))
        dispatcher.wake()
        # The test's own connections were cut as well.
        await api.until(lambda: _patiently(lambda: delivered(api, second)))
    assert [told.id for _, told in api.runs.reactions] == [first, second]


async def _patiently(action: Callable[..., Any]) -> Any:
    import asyncpg

    for _ in range(20):
        try:
            return await action()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            await asyncio.sleep(0)
    raise AssertionError("Postgres did not come back")


async def _said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text


async def _count(values: Any, number: int) -> bool:
    return len(values) >= number
