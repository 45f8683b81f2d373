"""The net under re-enrollment windows, and the waking of the rule watchers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sequences import ids
from sequences.auto_enroll.messages import WindowChange
from services.enrolling.window_ledger import WindowLedger
from starter.server.outbox import Dispatcher
from starter.server.wake_watchers import RuleWaking

if TYPE_CHECKING:
    from tests.integration.conftest import Hub

RULES = {"real": {"person.type": ["Candidate"]}, "prevent_reenrollment_within": "1 day"}


async def matched(hub: Hub, number: str = "p1") -> tuple[str, str]:
    """An entry by rule whose window has not been started."""
    await hub.person(number)
    await hub.publish(auto_enroll=RULES)
    enrollment = ids.enrollment_id("hello", number, number)
    async with hub.database.transaction() as connection:
        version = await hub.versions.get(connection, "hello")
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ($1, $2, 'hello', 1, 'person', $3, $3, 'rule', 'starting', $4)",
            enrollment,
            f"enrollment:hello:{number}",
            number,
            hub.now,
        )
        window = await WindowLedger().open(
            connection,
            version=version,
            enrollment=enrollment,
            person_id=number,
            record_id=number,
            via="rule",
            now=hub.now,
        )
    assert window is not None
    return enrollment, window


async def state_of(hub: Hub, window: str) -> str:
    row = await hub.row("window_row", id=window)
    assert row is not None
    return str(row["state"])


async def test_a_window_left_behind_is_started_and_its_run_is_left_to_it(hub: Hub) -> None:
    enrollment, window = await matched(hub)
    dispatcher = Dispatcher(hub, hub.clock)
    await dispatcher.deliver()
    assert hub.gates.started == []
    hub.now += timedelta(seconds=20)
    await dispatcher.deliver()
    await dispatcher.deliver()
    [started] = hub.gates.started
    assert (started.window, started.enrollment, started.start_child) == (window, enrollment, True)
    assert await state_of(hub, window) == "open"
    assert hub.runs.started == []


async def test_a_run_whose_window_was_lifted_before_it_began_is_started_by_the_dispatcher(hub: Hub) -> None:
    enrollment, window = await matched(hub)
    async with hub.database.transaction() as connection:
        await WindowLedger().lift(connection, window, by="dana", reason="", now=hub.now)
    hub.now += timedelta(seconds=20)
    await Dispatcher(hub, hub.clock).deliver()
    assert hub.runs.started == [enrollment]
    assert hub.gates.started == []


async def test_a_window_behind_an_ended_one_is_tried_again_and_holds_up_nobody(hub: Hub) -> None:
    _, first = await matched(hub)
    async with hub.database.transaction() as connection:
        await WindowLedger().lift(connection, first, by="dana", reason="", now=hub.now)
        await connection.execute("UPDATE enrollment SET state = 'stopped'")
    hub.gates.standing["hello:p1"] = first
    hub.now += timedelta(seconds=1)
    enrollment = ids.enrollment_id("hello", "p1", "again")
    async with hub.database.transaction() as connection:
        version = await hub.versions.get(connection, "hello")
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ($1, 'w', 'hello', 1, 'person', 'p1', 'p1', 'rule', 'starting', $2)",
            enrollment,
            hub.now,
        )
        second = await WindowLedger().open(
            connection,
            version=version,
            enrollment=enrollment,
            person_id="p1",
            record_id="p1",
            via="rule",
            now=hub.now,
        )
    assert second is not None
    _, other = await matched(hub, "p2")
    hub.now += timedelta(seconds=20)
    await Dispatcher(hub, hub.clock).deliver()
    assert [state.window for state in hub.gates.started] == [other]
    assert await state_of(hub, second) == "opening"
    # The one in the way is told once more that it is over.
    assert [change.window for change in hub.gates.told] == [first]
    hub.gates.standing.clear()
    await Dispatcher(hub, hub.clock).deliver()
    assert await state_of(hub, second) == "open"


async def test_an_entry_by_hand_while_temporal_is_down_opens_its_window_later(hub: Hub) -> None:
    await hub.person()
    await hub.publish(auto_enroll=RULES)
    hub.runs.down = hub.gates.down = True
    accepted = await hub.enrolling.enroll("hello", "p1", nonce="n")
    hub.runs.down = hub.gates.down = False
    await Dispatcher(hub, hub.clock).deliver()
    window = ids.window_id(accepted.enrollment)
    assert hub.gates.changed == [WindowChange(window, hub.now + timedelta(days=1), 1)]


async def test_windows_of_an_edited_sequence_are_told_and_reactions_do_not_wait_for_all_of_them(hub: Hub) -> None:
    for number in range(101):
        await matched(hub, f"p{number}")
    await hub.execute("UPDATE reenrollment_window SET state = 'open', revision = 2")
    dispatcher = Dispatcher(hub, hub.clock)
    assert await dispatcher.deliver() == 0.0
    assert len(hub.gates.changed) == 100
    assert await dispatcher.deliver() is None
    assert len(hub.gates.changed) == 101


@pytest.fixture
def waking(hub: Hub) -> tuple[RuleWaking, list[float]]:
    time = [100.0]
    return RuleWaking(hub.database, hub.rules, lambda: time[0]), time


async def test_watchers_are_woken_by_changes_and_only_where_there_are_rules(
    hub: Hub, waking: tuple[RuleWaking, list[float]]
) -> None:
    looking, time = waking
    await hub.person("p1")
    assert await looking.look() is None
    assert hub.rules.woken == 0
    await hub.execute("INSERT INTO rule_state VALUES ('hello', 1, now())")
    await looking.look()
    assert hub.rules.woken == 1
    await hub.person("p2", first_name="Kim")
    await hub.execute("UPDATE change SET watched_at = now() WHERE entity_id = 'p1'")
    # Soon, and not in a burst.
    assert await looking.look() == pytest.approx(0.2)
    assert hub.rules.woken == 1
    time[0] += 0.2
    assert await looking.look() is None
    assert hub.rules.woken == 2


async def test_watchers_that_do_not_answer_are_woken_less_and_less(
    hub: Hub, waking: tuple[RuleWaking, list[float]]
) -> None:
    looking, time = waking
    await hub.execute("INSERT INTO rule_state VALUES ('hello', 1, now())")
    await hub.person("p1")
    for _ in range(600):
        await looking.look()
        time[0] += 1.0
    assert 20 <= hub.rules.woken <= 30
    await hub.execute("UPDATE change SET watched_at = now()")
    await looking.look()
    await hub.person("p2")
    woken = hub.rules.woken
    await looking.look()
    assert hub.rules.woken == woken + 1


async def test_who_waits_in_the_queue_wakes_the_watchers_at_once_and_then_seldom(
    hub: Hub, waking: tuple[RuleWaking, list[float]]
) -> None:
    looking, time = waking
    await hub.execute("INSERT INTO rule_state VALUES ('hello', 1, now())")
    await looking.look()
    assert hub.rules.woken == 0
    await hub.execute("INSERT INTO rule_queue VALUES ('hello', 'p1', 'p1', NULL, 'waiting', now())")
    for _ in range(60):
        await looking.look()
        time[0] += 1.0
    assert hub.rules.woken == 2
