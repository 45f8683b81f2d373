"""The net under re-enrollment windows, and the waking of the rule watchers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sequences import ids
from sequences.auto_enroll.messages import WindowChange
from services.enrolling.enroll import EntryRequest
from services.enrolling.window_ledger import NewWindow, WindowLedger
from starter.server.outbox import Dispatcher, Duty
from starter.server.wake_watchers import RuleWaking
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from sequences.auto_enroll.messages import WindowState
    from tests.support.rigs.api import ApiRig

RULES = {"real": {"person.type": ["Candidate"]}, "prevent_reenrollment_within": "1 day"}


async def matched(api: ApiRig, number: str = "p1") -> tuple[str, str]:
    """An entry by rule whose window has not been started."""
    await api.person(number)
    await api.publish(auto_enroll=RULES)
    enrollment = ids.enrollment_id("hello", number, number)
    async with api.database.transaction() as connection:
        version = await api.versions.get(connection, "hello")
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ($1, $2, 'hello', 1, 'person', $3, $3, 'rule', 'starting', $4)",
            enrollment,
            f"enrollment:hello:{number}",
            number,
            api.now,
        )
        window = await WindowLedger().open(connection, NewWindow(version, enrollment, number, number, "rule", api.now))
    assert window is not None
    return enrollment, window


async def state_of(api: ApiRig, window: str) -> str:
    row = await api.row("window_row", id=window)
    assert row is not None
    return str(row["state"])


async def test_the_window_of_a_match_is_started_at_once_with_its_run(api: ApiRig) -> None:
    enrollment, window = await matched(api)
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    api.now += timedelta(seconds=20)
    await dispatcher.deliver()
    [started] = api.gates.started
    assert (started.window, started.enrollment, started.start_child) == (window, enrollment, False)
    assert await state_of(api, window) == "open"
    assert api.runs.started == [enrollment]


async def test_a_worker_starts_what_was_matched_and_does_nothing_else(api: ApiRig) -> None:
    other = await api.enrolled("p2")
    await api.reaction("a", other)
    enrollment, window = await matched(api)
    await Dispatcher(api, api.clock, Duty.STARTS).deliver()
    assert (api.runs.started, await state_of(api, window)) == ([enrollment], "open")
    assert api.runs.reactions == []


async def test_beside_workers_what_nobody_starts_is_found_by_the_poll(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 3.0)
    dispatcher = Dispatcher(api, api.clock, Duty.BESIDE_WORKERS)
    task = asyncio.create_task(dispatcher.run())
    try:
        # Past its first look, and its first poll.
        await asyncio.sleep(3.5)
        enrollment, window = await matched(api)
        await asyncio.sleep(1.0)
        assert api.runs.started == []
        await api.until(lambda: _is_open(api, window))
        assert api.runs.started == [enrollment]
        # What changed is told at once: no poll comes any more after the one that is under way.
        monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 3_600.0)
        await asyncio.sleep(3.0)
        async with api.database.transaction() as connection:
            await WindowLedger().lift(connection, window, "by dana", api.now)
        await api.until(lambda: _is_told(api, window))
    finally:
        dispatcher.stop()
        await asyncio.wait_for(task, PATIENCE)


async def _is_open(api: ApiRig, window: str) -> bool:
    return await state_of(api, window) == "open"


async def _is_told(api: ApiRig, window: str) -> bool:
    return window in [change.window for change in api.gates.told]


async def test_a_window_that_was_moved_while_its_batch_was_started_is_told(api: ApiRig) -> None:
    enrollment, window = await matched(api)
    real, until = api.gates.start, api.now + timedelta(hours=9)

    async def moves(state: WindowState) -> str | None:
        async with api.database.transaction() as connection:
            await WindowLedger().move(connection, window, until, "by dana", api.now)
        return await real(state)

    api.gates.start = moves  # type: ignore[method-assign]
    await Dispatcher(api, api.clock).deliver()
    assert (api.runs.started, await state_of(api, window)) == ([enrollment], "open")
    assert api.gates.changed == [WindowChange(window, until, 2)]


async def test_a_start_that_is_done_leaves_no_delay(api: ApiRig) -> None:
    api.runs.down = True
    await api.person()
    await api.publish()
    accepted = await api.enrolling.enroll(EntryRequest("hello", "n", "p1"))
    assert not accepted.started
    api.runs.down = False
    api.now += timedelta(seconds=3)
    await Dispatcher(api, api.clock).deliver()
    assert api.runs.started == [accepted.enrollment]
    assert await api.fetch("SELECT 1 FROM outbox_delay") == []


async def test_a_run_whose_window_was_lifted_before_it_began_is_started_by_the_dispatcher(api: ApiRig) -> None:
    enrollment, window = await matched(api)
    async with api.database.transaction() as connection:
        await WindowLedger().lift(connection, window, "by dana", api.now)
    api.now += timedelta(seconds=20)
    await Dispatcher(api, api.clock).deliver()
    assert api.runs.started == [enrollment]
    assert api.gates.started == []


async def test_a_window_behind_an_ended_one_is_tried_again_and_holds_up_nobody(api: ApiRig) -> None:
    _, first = await matched(api)
    async with api.database.transaction() as connection:
        await WindowLedger().lift(connection, first, "by dana", api.now)
        await connection.execute("UPDATE enrollment SET state = 'stopped'")
    api.gates.standing["hello:p1"] = first
    api.now += timedelta(seconds=1)
    enrollment = ids.enrollment_id("hello", "p1", "again")
    async with api.database.transaction() as connection:
        version = await api.versions.get(connection, "hello")
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ($1, 'w', 'hello', 1, 'person', 'p1', 'p1', 'rule', 'starting', $2)",
            enrollment,
            api.now,
        )
        second = await WindowLedger().open(connection, NewWindow(version, enrollment, "p1", "p1", "rule", api.now))
    assert second is not None
    _, other = await matched(api, "p2")
    api.now += timedelta(seconds=20)
    await Dispatcher(api, api.clock).deliver()
    assert [state.window for state in api.gates.started] == [other]
    assert await state_of(api, second) == "opening"
    # The one in the way is told once more that it is over.
    assert [change.window for change in api.gates.told] == [first]
    api.gates.standing.clear()
    await Dispatcher(api, api.clock).deliver()
    assert await state_of(api, second) == "opening"
    api.now += timedelta(seconds=1)
    await Dispatcher(api, api.clock).deliver()
    assert await state_of(api, second) == "open"


async def test_an_entry_by_hand_while_temporal_is_down_opens_its_window_later(api: ApiRig) -> None:
    await api.person()
    await api.publish(auto_enroll=RULES)
    api.runs.down = api.gates.down = True
    accepted = await api.enrolling.enroll(EntryRequest("hello", "n", "p1"))
    api.runs.down = api.gates.down = False
    await Dispatcher(api, api.clock).deliver()
    window = ids.window_id(accepted.enrollment)
    assert api.gates.changed == [WindowChange(window, api.now + timedelta(days=1), 1)]


async def test_windows_of_an_edited_sequence_are_told_and_reactions_do_not_wait_for_all_of_them(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(11):
        await matched(api, f"p{number}")
    await api.execute("UPDATE reenrollment_window SET state = 'open', revision = 2")
    monkeypatch.setattr("starter.server.lane._BATCH", 10)
    dispatcher = Dispatcher(api, api.clock)
    assert await dispatcher.deliver() == 0.0
    assert len(api.gates.changed) == 10
    assert await dispatcher.deliver() is None
    assert len(api.gates.changed) == 11


@pytest.fixture
def waking(api: ApiRig) -> tuple[RuleWaking, list[float]]:
    time = [100.0]
    return RuleWaking(api.database, api.rules, lambda: time[0]), time


async def test_watchers_are_woken_by_changes_and_only_where_there_are_rules(
    api: ApiRig, waking: tuple[RuleWaking, list[float]]
) -> None:
    looking, time = waking
    await api.person("p1")
    assert await looking.look() is None
    assert api.rules.woken == 0
    await api.execute("INSERT INTO rule_state VALUES ('hello', 1, now())")
    await looking.look()
    assert api.rules.woken == 1
    await api.person("p2", first_name="Kim")
    await api.execute("UPDATE change SET watched_at = now() WHERE entity_id = 'p1'")
    # Soon, and not in a burst.
    assert await looking.look() == pytest.approx(0.2)
    assert api.rules.woken == 1
    time[0] += 0.2
    assert await looking.look() is None
    assert api.rules.woken == 2


async def test_watchers_that_do_not_answer_are_woken_less_and_less(
    api: ApiRig, waking: tuple[RuleWaking, list[float]]
) -> None:
    looking, time = waking
    await api.execute("INSERT INTO rule_state VALUES ('hello', 1, now())")
    await api.person("p1")
    for _ in range(600):
        await looking.look()
        time[0] += 1.0
    assert 20 <= api.rules.woken <= 30
    await api.execute("UPDATE change SET watched_at = now()")
    await looking.look()
    await api.person("p2")
    woken = api.rules.woken
    await looking.look()
    assert api.rules.woken == woken + 1


async def test_who_waits_in_the_queue_wakes_the_watchers_at_once_and_then_seldom(
    api: ApiRig, waking: tuple[RuleWaking, list[float]]
) -> None:
    looking, time = waking
    await api.execute("INSERT INTO rule_state VALUES ('hello', 1, now())")
    await looking.look()
    assert api.rules.woken == 0
    await api.execute("INSERT INTO rule_queue VALUES ('hello', 'p1', 'p1', NULL, 'waiting', now())")
    for _ in range(60):
        await looking.look()
        time[0] += 1.0
    assert api.rules.woken == 2
