"""Whoever lets somebody in dies at any place, and something else happens before the outbox comes by.

A record changes, a stop rule is met, the gate refuses, or the window is lifted or moved: each is decided as if nobody
had died.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.records import ChangeOrigin
from sequences import ids
from sequences.auto_enroll.messages import WatchCall
from services.enrolling.enroll import EntryRequest
from services.operations import move_window
from services.operations.move_window import WindowOrder
from starter.server.outbox import Dispatcher, Duty
from tests.support.rigs.mortals import STEPS, WITHIN, Mortals

if TYPE_CHECKING:
    from sequences.auto_enroll.messages import WindowState
    from tests.support.rigs.api import ApiRig

ZONED = [{**STEPS[0], "when": "3 days after enrollment", "at": "14:00"}, STEPS[1]]
STOPS = {"person.status": ["Not interested"]}


async def change(api: ApiRig, person: str, **values: object) -> None:
    async with api.database.transaction() as connection:
        await api.changes.write(connection, "person", person, values, ChangeOrigin("crm", api.now))


async def one(api: ApiRig, sql: str, *values: object) -> Any:
    rows = await api.fetch(sql, *values)
    assert len(rows) < 2
    return rows[0] if rows else None


@pytest.mark.parametrize("changed", [{"timezone": "Asia/Tokyo"}, {"status": "Not interested"}], ids=["zone", "stop"])
async def test_a_record_that_changes_after_the_death_is_heard_of(api: ApiRig, changed: dict[str, str]) -> None:
    """The entry was committed with a plan from the old record: its run is started, and then told what changed."""
    mortals, heard, lived = Mortals(api), 0, False
    await mortals.publish(WITHIN, steps=ZONED, stop_when=STOPS, schedule={"timezone": "recipient"})
    for place in range(1, 500):
        person = f"p{place}"
        await api.person(person, timezone="Europe/London")
        lived = await mortals.live(mortals.enrolling.enroll(EntryRequest("s", "n", person)), place)
        await change(api, person, **changed)
        await mortals.outbox()
        await mortals.outbox()
        run = await one(api, "SELECT * FROM enrollment WHERE record_id = $1", person)
        if run is None:
            # Nobody let them in before the change; who does now decides by the record as it is.
            assert person not in {row.record_id for row in await api.fetch("SELECT record_id FROM enrollment")}
            continue
        heard += 1
        workflow = ids.enrollment_workflow_id("s", person)
        assert mortals.runs.open[workflow].enrollment == run.id
        [reaction] = await api.fetch("SELECT * FROM reaction WHERE enrollment_id = $1", run.id)
        assert reaction.delivered_at is not None
        told = [each.id for name, each in mortals.runs.reactions if name == workflow]
        step = await one(api, "SELECT timezone FROM enrollment_step WHERE enrollment_id = $1 AND step = 'one'", run.id)
        # Told, or planned again for it: never both, and a stop rule is the run's own to carry out.
        assert (told == [reaction.id]) != (step.timezone == "Asia/Tokyo")
        assert "status" not in changed or told
        if lived:
            break
    assert lived
    assert heard > 10


async def test_who_is_stopped_or_gone_before_the_start_is_started_and_decides_itself(api: ApiRig) -> None:
    """Written past our code, so that nothing tells the run: its first step asks for the record as it is then."""
    mortals = Mortals(api)
    await mortals.publish(WITHIN, stop_when=STOPS)
    await api.person("p1")
    mortals.runs.down = True
    await mortals.enrolling.enroll(EntryRequest("s", "n", "p1"))
    mortals.runs.down = False
    await api.execute("UPDATE person SET status = 'Not interested' WHERE id = 'p1'")
    await mortals.outbox()
    await mortals.is_in("p1", gate=True)


async def test_a_start_that_the_gate_refuses_closes_the_run_once(api: ApiRig) -> None:
    """Temporal knows a window that the ledger forgot: whoever dies over it, the entry is taken back as a whole."""
    mortals, lived = Mortals(api), False
    await mortals.publish(WITHIN)
    for place in range(1, 500):
        person = f"p{place}"
        mortals.gates.open[f"s:{person}"] = "wforgotten00"
        await api.person(person, status="Hot")
        lived = await mortals.live(mortals.match(), place)
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        await mortals.outbox()
        run = await one(api, "SELECT * FROM enrollment WHERE record_id = $1", person)
        window = await one(api, "SELECT * FROM reenrollment_window WHERE person_id = $1", person)
        refusal = await one(api, "SELECT * FROM refusal WHERE person_id = $1", person)
        assert (run.state, run.reason, run.started_at) == ("stopped", "window", None)
        assert (window.state, window.enrollment_id) == ("refused", run.id)
        assert (refusal.reason, refusal.times) == ("window", 1)
        assert ids.enrollment_workflow_id("s", person) not in mortals.runs.open
        assert mortals.gates.open[f"s:{person}"] == "wforgotten00"
        if lived:
            break
    assert lived
    assert place > 20


@pytest.mark.parametrize("order", ["lift", "move"])
async def test_whoever_lifts_or_moves_a_window_dies_at_any_place(api: ApiRig, order: str) -> None:
    """Either nothing happened, or the gate hears of it: a lifted window lets the next match in."""
    mortals, done, lived = Mortals(api), 0, False
    await mortals.publish(WITHIN)
    until = api.now + timedelta(days=400)

    async def ordered(person: str) -> None:
        wanted = WindowOrder(person, "s", "dana", "asked for")
        async with mortals.database.transaction() as connection:
            answer = await (
                move_window.lift(connection, wanted, api.now)
                if order == "lift"
                else move_window.move(connection, wanted, until, api.now)
            )
        await mortals.windows.tell_if_possible(answer.window.window)

    for place in range(1, 200):
        person = f"p{place}"
        await api.person(person, status="Hot")
        await mortals.match()
        await mortals.is_in(person, gate=True)
        lived = await mortals.live(ordered(person), place)
        await mortals.outbox()
        window = await one(api, "SELECT * FROM reenrollment_window WHERE person_id = $1", person)
        gate = mortals.gates.open.get(f"s:{person}")
        committed = window.state == "lifted" or window.until == until
        done += committed
        assert (window.state, gate) == (("lifted", None) if committed and order == "lift" else ("open", window.id))
        assert window.told_revision == window.revision
        if lived:
            break
        if window.state == "lifted":
            await api.execute("UPDATE enrollment SET state = 'finished' WHERE record_id = $1", person)
            mortals.runs.open.pop(ids.enrollment_workflow_id("s", person))
            await change(api, person, status="Cold")
            await change(api, person, status="Hot")
            await mortals.match()
            assert mortals.gates.open[f"s:{person}"] != window.id
    assert lived
    assert 1 < done < place


async def test_by_rule_into_a_window_that_stands_nobody_enters_wherever_they_die(api: ApiRig) -> None:
    mortals, lived = Mortals(api), False
    await mortals.publish(WITHIN)
    for place in range(1, 500):
        person = f"p{place}"
        await api.person(person, status="Hot")
        await mortals.match()
        await api.execute("UPDATE enrollment SET state = 'finished' WHERE record_id = $1", person)
        await change(api, person, status="Cold")
        await change(api, person, status="Hot")
        lived = await mortals.live(mortals.match(), place)
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        await mortals.outbox()
        [run] = await api.fetch("SELECT * FROM enrollment WHERE record_id = $1", person)
        assert run.state == "finished"
        if lived:
            break
    assert lived


async def test_a_batch_of_starts_in_which_something_happens_to_each(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the claim and the marks: a gate refuses, a window is lifted, a record changes, a run is closed."""
    mortals, lived, refused = Mortals(api), False, "wforgotten00"
    await mortals.publish(WITHIN, steps=ZONED, stop_when=STOPS)
    dying = replace(api, database=mortals.database)
    meanwhile: set[str] = set()
    start = mortals.gates.start

    async def interrupted(state: WindowState) -> str | None:
        answer = await start(state)
        kind = state.person[0]
        if state.person not in meanwhile:
            meanwhile.add(state.person)
            if kind == "l":
                async with api.database.transaction() as connection:
                    await move_window.lift(connection, WindowOrder(state.person, "s", "dana"), api.now)
            elif kind == "c":
                await change(api, state.person, status="Not interested")
            elif kind == "e":
                await api.execute(
                    "UPDATE enrollment SET state = 'stopped', reason = 'test', ended_at = $2 WHERE record_id = $1",
                    state.person,
                    api.now,
                )
        return answer

    monkeypatch.setattr(mortals.gates, "start", interrupted)
    for place in range(1, 300):
        people = {each: f"{each}{place}" for each in ("normal", "refused", "lifted", "changed", "ended")}
        mortals.gates.open[f"s:{people['refused']}"] = refused
        for person in people.values():
            await api.person(person, status="Hot")
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        lived = await mortals.live(Dispatcher(dying, api.clock, Duty.STARTS).deliver(), place)
        for _ in range(2):
            await mortals.outbox()
        rows = await api.fetch(
            "SELECT e.*, w.id AS window, w.state AS window_state, w.revision - w.told_revision AS untold"
            " FROM enrollment e JOIN reenrollment_window w ON w.enrollment_id = e.id WHERE e.record_id = ANY($1)",
            list(people.values()),
        )
        runs = {row.record_id: row for row in rows}
        assert len(rows) == 5
        gates = {kind: mortals.gates.open.get(f"s:{person}") for kind, person in people.items()}
        state = {kind: (runs[person].state, runs[person].window_state) for kind, person in people.items()}
        window = {kind: runs[person].window for kind, person in people.items()}
        told = {kind: _told(mortals, person) for kind, person in people.items()}
        assert (state["normal"], gates["normal"]) == (("active", "open"), window["normal"])
        assert (state["refused"], gates["refused"]) == (("stopped", "refused"), refused)
        assert (state["lifted"], gates["lifted"]) == (("active", "lifted"), None)
        assert (state["changed"], gates["changed"]) == (("active", "open"), window["changed"])
        assert (state["ended"], gates["ended"]) == (("stopped", "open"), window["ended"])
        assert told["changed"] == ["field_changed"]
        # What was closed while it was being started is told so; who dies before leaves its workflow to the run watch,
        # which ends those whose rows are closed.
        assert told["ended"] in ([], ["closed"])
        assert told["ended"] or not lived
        assert told["normal"] == told["refused"] == told["lifted"] == []
        assert ids.enrollment_workflow_id("s", people["refused"]) not in mortals.runs.open
        assert [row.record_id for row in rows if row.untold and row.window_state != "refused"] == []
        if lived:
            break
    assert lived
    assert place > 20


def _told(mortals: Mortals, person: str) -> list[str]:
    workflow = ids.enrollment_workflow_id("s", person)
    return [reaction.kind for name, reaction in mortals.runs.reactions if name == workflow]
