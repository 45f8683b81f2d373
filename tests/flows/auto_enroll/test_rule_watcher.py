"""From a change of the CRM to a run that began: the watcher on a real server, alone, in twos, and killed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from temporalio.service import RPCError

import worker
from adapters.clock import utc_now
from sequences import names
from sequences.auto_enroll.messages import WatcherState
from sequences.ids import rule_watcher_workflow_id
from sequences.names import QUEUE
from services.auto_enroll import batches
from services.auto_enroll.watch import Watching
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from services.records.import_rows import Cells, Importing, read_row
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig

SECOND = "rule-watcher:second"
SEQUENCE = """
sequence: {name}
name: Watched
record: person
steps:
  - {{id: one, when: 2 days after enrollment, do: [{{add_to_list: seen}}]}}
auto_enroll:
  real:
    person.status: [Hot]
  hold_above: {hold_above}
"""


@pytest.fixture(autouse=True)
async def nobody_watches(flow: FlowRig) -> AsyncIterator[None]:
    """Watchers of other tests would look into this one's database."""
    yield
    for watcher in (rule_watcher_workflow_id(), SECOND):
        try:
            await flow.services.client.get_workflow_handle(watcher).terminate("end of test")
        except RPCError:
            continue


async def publish(flow: FlowRig, name: str, hold_above: int = 500) -> None:
    await flow.publish(name, SEQUENCE.format(name=name, hold_above=hold_above))
    async with flow.services.database.transaction() as connection:
        version = await flow.services.versions.get(connection, name)
        await batches.switch_on(connection, version, utc_now())


async def fetch(flow: FlowRig, text: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in await flow.services.database.pool.fetch(text, *values)]


async def change(flow: FlowRig, event: str, *people: str, status: str = "Hot") -> None:
    """What the hook does with a request whose signature was good."""
    intake = CrmIntake(
        flow.services.database, ItemWriter(flow.services.changes, origin="crm"), utc_now, flow.dispatcher.wake
    )
    items = [
        {"entity": "person", "id": person, "fields": {"email": f"{person}@client.example", "status": status}}
        for person in people
    ]
    answer = await intake.receive(event, items)
    assert answer["refused"] == 0


async def until_begun(flow: FlowRig, name: str, number: int) -> None:
    async def met() -> bool:
        rows = await fetch(flow, "SELECT 1 FROM enrollment WHERE sequence = $1 AND started_at IS NOT NULL", name)
        return len(rows) >= number

    await flow.until(met)


async def until_watched(flow: FlowRig) -> None:
    async def met() -> bool:
        return not await fetch(flow, "SELECT 1 FROM change WHERE watched_at IS NULL")

    await flow.until(met)


async def test_a_change_of_the_crm_becomes_a_run(flow: FlowRig) -> None:
    await publish(flow, "watched")
    await change(flow, "ev1", "p1", "p2")
    await change(flow, "ev2", "p3", status="Cold")
    await until_begun(flow, "watched", 2)
    await until_watched(flow)
    rows = await fetch(flow, "SELECT record_id, via FROM enrollment ORDER BY 1")
    assert rows == [{"record_id": "p1", "via": "rule"}, {"record_id": "p2", "via": "rule"}]
    # Whoever lets it in starts it; no other workflow stands above it.
    run = await flow.services.client.get_workflow_handle("enrollment:watched:p1").describe()
    assert run.parent_id is None
    state = await flow.services.rules.watched()
    assert (state.enrolled, state.refused) == (2, 0)
    assert state.changes >= 3


async def test_signals_during_a_look_lead_to_one_more_look(flow: FlowRig) -> None:
    await publish(flow, "coalesced")
    for _ in range(30):
        await flow.services.rules.wake()
    await change(flow, "ev1", "p1")
    await flow.services.rules.wake()
    await until_begun(flow, "coalesced", 1)
    handle = flow.services.client.get_workflow_handle(rule_watcher_workflow_id())
    history = await handle.fetch_history()
    looks = sum(1 for event in history.events if event.HasField("activity_task_scheduled_event_attributes"))
    wakes = sum(1 for event in history.events if event.HasField("workflow_execution_signaled_event_attributes"))
    assert wakes >= 31
    assert looks < wakes
    await flow.keep_history(handle.id, "rule_watcher")


async def tell(flow: FlowRig, event: str, *items: dict[str, Any]) -> None:
    """One event of the CRM."""
    intake = CrmIntake(
        flow.services.database, ItemWriter(flow.services.changes, origin="crm"), utc_now, flow.dispatcher.wake
    )
    assert (await intake.receive(event, list(items)))["refused"] == 0


PLACEMENTS = """
sequence: plc
name: Placement only
record: placement
steps:
  - {id: one, when: 2 days after enrollment, do: [{add_to_list: seen}]}
auto_enroll:
  real: {placement.status: [Confirmed]}
"""
REACHES = """
sequence: reaches
name: Reaches
record: person
steps:
  - {id: one, when: 2 days after enrollment, email: bd/introduce}
auto_enroll:
  real: {person.status: [Chase]}
  prevent_reenrollment_within: 6 months
"""


async def test_what_the_crm_tells_in_two_events_enters_as_if_told_in_one(flow: FlowRig) -> None:
    for name, text in (("plc", PLACEMENTS), ("reaches", REACHES)):
        await flow.publish(name, text)
        async with flow.services.database.transaction() as connection:
            await batches.switch_on(connection, await flow.services.versions.get(connection, name), utc_now())
    await tell(flow, "ev1", {"entity": "placement", "id": "po1", "fields": {"person": "late1", "status": "Confirmed"}})
    fields = {"status": "Chase", "owner": "dana", "first_name": "No", "last_name": "Mail", "company": "Example Ltd"}
    await tell(flow, "ev2", {"entity": "person", "id": "nomail", "fields": fields})
    await until_watched(flow)
    rows = await fetch(flow, "SELECT sequence, record_id, reason FROM refusal WHERE state = 'standing' ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [
        ("plc", "po1", "no_person"),
        ("reaches", "nomail", "unreachable"),
    ]
    await tell(flow, "ev3", {"entity": "person", "id": "late1", "fields": {"email": "late1@client.example"}})
    await tell(flow, "ev4", {"entity": "person", "id": "nomail", "fields": {"email": "no@client.example"}})
    # Her recruiter comes last of all.
    fields = {"first_name": "Dana", "last_name": "Reed", "email": "dana@agency.example"}
    await tell(flow, "ev5", {"entity": "owner", "id": "dana", "fields": fields})
    await until_begun(flow, "plc", 1)
    await until_begun(flow, "reaches", 1)


async def test_an_import_larger_than_a_page_waits_and_enters_as_a_whole(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.auto_enroll.watch.BATCH", 10)
    monkeypatch.setattr("services.records.import_rows.BATCH", 8)
    await publish(flow, "bulk", hold_above=30)
    known = flow.services.settings.catalogue()
    rows = [
        read_row(
            number + 2,
            "person",
            Cells(f"bk-{number}", {"email": f"bk-{number}@client.example", "status": "Hot"}),
            known,
            ZoneInfo("UTC"),
        )
        for number in range(40)
    ]
    async for _ in Importing(flow.services.database, flow.services.changes, utc_now).bring_in(rows):
        flow.dispatcher.wake()
    await until_watched(flow)
    assert await fetch(flow, "SELECT 1 FROM enrollment") == []
    async with flow.services.database.transaction() as connection:
        assert await batches.approve(connection, "bulk", "dana", utc_now()) == 40
    flow.dispatcher.wake()
    await until_begun(flow, "bulk", 40)


async def test_two_watchers_enroll_everybody_once(flow: FlowRig) -> None:
    """There is one, by its id; a second one, of whatever making, takes rows that the first does not have."""
    await publish(flow, "twice")
    people = [f"p{number}" for number in range(40)]
    await flow.services.rules.wake()
    second = await flow.services.client.start_workflow(
        names.RULE_WATCHER_WORKFLOW, WatcherState(), id=SECOND, task_queue=QUEUE
    )
    for first in range(0, 40, 5):
        await change(flow, f"ev{first}", *people[first : first + 5])
        await asyncio.gather(flow.services.rules.wake(), second.signal(names.WAKE))
    await until_begun(flow, "twice", 40)
    await until_watched(flow)
    rows = await fetch(flow, "SELECT record_id FROM enrollment WHERE sequence = 'twice'")
    assert sorted(row["record_id"] for row in rows) == sorted(people)
    states = [await flow.services.rules.watched(), await second.query(names.PROGRESS, result_type=WatcherState)]
    assert sum(state.enrolled for state in states) == 40


async def test_a_worker_that_goes_in_the_middle_of_a_batch_loses_nothing(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(flow, "interrupted")
    monkeypatch.setattr(worker, "_GRACE", timedelta(milliseconds=100))
    await flow.stop_worker(QUEUE)
    begun = asyncio.Event()

    async def hangs(self: Watching, *_: object) -> Any:
        begun.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Watching, "_match", hangs)
        await flow.start_worker(QUEUE)
        await change(flow, "ev1", "p1", "p2", "p3")
        await asyncio.wait_for(begun.wait(), PATIENCE)
        await flow.stop_worker(QUEUE)
    assert await fetch(flow, "SELECT 1 FROM enrollment") == []
    await flow.start_worker(QUEUE)
    await until_begun(flow, "interrupted", 3)
    await until_watched(flow)
    assert len(await fetch(flow, "SELECT 1 FROM enrollment")) == 3


async def test_a_held_batch_goes_on_when_a_person_approves_it(flow: FlowRig) -> None:
    await publish(flow, "many", hold_above=2)
    await change(flow, "ev1", "p1", "p2", "p3")
    await until_watched(flow)
    assert await fetch(flow, "SELECT 1 FROM enrollment") == []
    async with flow.services.database.transaction() as connection:
        assert await batches.approve(connection, "many", "dana", utc_now()) == 3
    flow.dispatcher.wake()
    await until_begun(flow, "many", 3)
