"""What is done to one side to fill rows. Each scenario checks its result: a wrong one is an error without a figure."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import EventType

from benchmarks.against.bare import SANDBOXED
from benchmarks.against.rows import BY_RULE, HOOKED, WHOLE, Measured
from benchmarks.bare_workflow import EAGER, Shape
from benchmarks.consumption import memory_mb
from benchmarks.published import SILENT, SLEEPING
from benchmarks.report import percentile
from benchmarks.stack import at_once, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from temporalio.client import WorkflowExecution

    from benchmarks.against.bare import Bare
    from benchmarks.against.side import Side

_AWAY = timedelta(days=120)
_MOVE = timedelta(days=21)
_PATIENCE = 3_600.0
_IN_FLIGHT = 32
_BARE_AT_ONCE = 20
_SEND_QUEUE = "relance-send"
_FEW = 5

_DUE = """
SELECT count(*) FROM enrollment e JOIN enrollment_step s ON s.enrollment_id = e.id AND s.step = 'before'
WHERE e.sequence = 'bench-sleeping' AND e.record_id = ANY($1)
    AND s.due_at BETWEEN $2::timestamptz - interval '4 days' AND $2::timestamptz + interval '4 days'
"""
_REACTIONS = """
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, holds, received_at)
SELECT 'r' || md5($2 || e.id || n), $2 || e.id || n, e.id, e.person_id, 'opened', 'email', false, $4
FROM enrollment e, generate_series(1, $3::int) n WHERE e.record_id = ANY($1)
"""
_DELIVERED = "SELECT count(*) FROM reaction WHERE key LIKE $1 || '%' AND delivered_at IS NOT NULL"
_UNHANDLED = "SELECT count(*) FROM reaction WHERE key LIKE $1 || '%' AND handled_at IS NULL"
_SPAN = """
SELECT extract(epoch FROM max(delivered_at) - $2::timestamptz)::float FROM reaction WHERE key LIKE $1 || '%'
"""
# What Temporal's list of billable actions names, as events of a history; attributes given at a start are free.
_ACTIONS = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    }
)


@dataclass(frozen=True)
class Sizes:
    """How much is done in a turn.

    Attributes:
        units: matches, enrollments, moves and silent runs.
        cached: runs that the small cache has room for.
        rate: enrolling changes a second, for so many ``seconds``.
        reactions: that wait to be delivered.
        sleeping: runs that are moved at once, and weighed.
    """

    units: int = 100
    cached: int = 8
    rate: int = 20
    seconds: int = 120
    reactions: int = 1_000
    sleeping: int = 300


@dataclass(frozen=True)
class Turn:
    """One turn of one side."""

    side: Side
    bare: Bare
    sizes: Sizes
    number: int

    @property
    def stamp(self) -> str:
        """Differs from turn to turn."""
        return f"bench-{self.side.name}-{self.number}-"


@dataclass(frozen=True)
class Scenario:
    """Fills rows.

    Attributes:
        once: what it counts does not depend on chance, or takes long: one round is enough.
    """

    name: str
    measure: Callable[[Turn], Awaitable[list[Measured]]]
    once: bool = False


async def _matches(turn: Turn) -> list[Measured]:
    side, wanted = turn.side, turn.sizes.units
    name = await side.publish(BY_RULE)
    people = await side.people(wanted, status="Warm")
    meter = await side.meter()
    reading, empty = meter.start(), await side.size()
    await side.change("person", people, city="Leeds")
    await meter.rest()
    unmatched, size = reading.stop(wanted), await side.size()
    reading, began = meter.start(), datetime.now(UTC)
    await side.change("person", people, status="Hot")
    await side.begun(name, people)
    await meter.rest()
    spent = reading.stop(wanted)
    grown = await side.size() - size
    ids = await side.workflow_ids(name, people)
    asleep = await side.asleep(ids.values())
    rate = wanted / (max(asleep.values()) - began).total_seconds()
    bare = await turn.bare.sleepers(wanted, _BARE_AT_ONCE)
    return [
        Measured("match_cpu", sum(spent.values()), spent),
        Measured("begun_rate", rate),
        Measured("begun_ratio", rate / bare, {"bare": bare}),
        Measured("change_cpu", sum(unmatched.values()), unmatched),
        Measured("change_bytes", (size - empty) / wanted),
        Measured("match_bytes", grown / wanted),
    ]


async def _manual(turn: Turn) -> list[Measured]:
    side, wanted = turn.side, turn.sizes.units
    name = await side.publish(SLEEPING)
    day = date.today() + _AWAY  # noqa: DTZ011 - any day far enough away
    records = await side.placements(await side.people(wanted), day.isoformat())
    meter = await side.meter()
    reading = meter.start()
    await side.enroll(name, records, record=True)
    await side.begun(name, records)
    await meter.rest()
    spent = reading.stop(wanted)
    await side.asleep((await side.workflow_ids(name, records)).values())
    found = [Measured("manual_cpu", sum(spent.values()), spent)]
    for key, by in (("earlier", -_MOVE), ("later", _MOVE)):
        moved = await _moved(turn, records, day + by)
        found.append(Measured(f"{key}_cpu", sum(moved.values()), moved))
    await side.restart_worker(turn.sizes.cached)
    for key, by in (("earlier", -_MOVE), ("later", _MOVE)):
        moved = await _moved(turn, records, day + by)
        found.append(Measured(f"{key}_uncached", moved["worker"], moved))
    await side.restart_worker()
    return found


async def _sleepers(side: Side, number: int) -> tuple[list[str], date]:
    """So many runs that sleep until a day far away: their placements, and the day."""
    name, day = await side.publish(SLEEPING), date.today() + _AWAY  # noqa: DTZ011
    records = await side.placements(await side.people(number), day.isoformat())
    await side.enroll(name, records, record=True)
    await side.begun(name, records)
    await side.asleep((await side.workflow_ids(name, records)).values())
    return records, day


async def _moved(turn: Turn, records: Sequence[str], day: date) -> dict[str, float]:
    """Milliseconds of each move, by part, until the runs sleep again."""
    meter = await turn.side.meter()
    reading = meter.start()
    await _move(turn.side, records, day)
    await meter.rest()
    return reading.stop(len(records))


async def _move(side: Side, records: Sequence[str], day: date) -> None:
    await side.change("placement", records, start_date=day.isoformat())
    due = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - timedelta(days=7)

    async def planned() -> bool:
        return bool(await side.one(_DUE, list(records), due) >= len(records))

    await until(planned, seconds=_PATIENCE, every=0.25)


async def _silent(turn: Turn) -> list[Measured]:
    side, wanted = turn.side, turn.sizes.units
    name = await side.publish(SILENT)
    warm = await side.people(_FEW)
    await side.enroll(name, warm)
    await side.finished(name, warm)
    shape = await _shape(side, (await side.workflow_ids(name, warm[:1]))[warm[0]])
    people = await side.people(wanted)
    rates: dict[str, float] = {}

    meter = await side.meter()
    spent: dict[str, float] = {}
    size = await side.size()

    async def ours() -> None:
        reading, began = meter.start(), time.perf_counter()
        await at_once(_IN_FLIGHT, [_one_silent(side, name, person) for person in people])
        rates["ours"] = wanted / (time.perf_counter() - began)
        await meter.rest()
        spent.update(reading.stop(wanted))

    async def bare(kind: str) -> None:
        rates[kind] = await turn.bare.runs(shape, wanted, _IN_FLIGHT, kind)

    jobs = [ours(), bare(SANDBOXED), bare(EAGER)]
    for job in jobs if turn.number % 2 else reversed(jobs):
        await job
    await side.finished(name, people)
    parts = {"activities": float(shape.main + shape.send), "timers": float(shape.timers)}
    return [
        Measured("silent_rate", rates["ours"], parts),
        Measured("silent_ratio", rates["ours"] / rates[SANDBOXED], {"bare": rates[SANDBOXED]}),
        Measured("silent_eager_ratio", rates["ours"] / rates[EAGER], {"bare": rates[EAGER]}),
        Measured("silent_cpu", sum(spent.values()), spent),
        Measured("silent_bytes", (await side.size() - size) / wanted),
    ]


def _one_silent(side: Side, name: str, person: str) -> Callable[[], Awaitable[None]]:
    async def one() -> None:
        workflow_id = await side.enroll_one(name, person)
        await side.client.get_workflow_handle(workflow_id).result()

    return one


async def _shape(side: Side, workflow_id: str) -> Shape:
    """What a run does, for the baseline."""
    events = (await side.client.get_workflow_handle(workflow_id).fetch_history()).events
    queues = [
        event.activity_task_scheduled_event_attributes.task_queue.name
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    timers = sum(event.event_type == EventType.EVENT_TYPE_TIMER_STARTED for event in events)
    sends = queues.count(_SEND_QUEUE)
    return Shape(len(queues) - sends, sends, timers)


async def _transitions(turn: Turn) -> list[Measured]:
    """Counts what Temporal keeps of a few runs: those of the run and of what is started once for each run."""
    side = turn.side
    name = await side.publish(WHOLE)
    people = await side.people(_FEW, status="Warm")
    await asyncio.sleep(2)
    began = datetime.now(UTC)
    await side.change("person", people, status="Whole")
    await side.begun(name, people)
    await side.asleep((await side.workflow_ids(name, people)).values())
    asleep = await _counted(side, began)
    await side.finished(name, people)
    await asyncio.sleep(3)
    whole = await _counted(side, began)
    return [
        Measured("transitions_asleep", sum(asleep["transitions"].values()) / _FEW, _each(asleep["transitions"])),
        Measured("transitions_whole", sum(whole["transitions"].values()) / _FEW, _each(whole["transitions"])),
        Measured("actions_whole", sum(whole["actions"].values()) / _FEW, _each(whole["actions"])),
        Measured("events_whole", sum(whole["events"].values()) / _FEW, _each(whole["events"])),
        Measured("history_bytes", sum(whole["bytes"].values()) / _FEW, _each(whole["bytes"])),
    ]


def _each(counted: Counter[str]) -> dict[str, float]:
    return {name: number / _FEW for name, number in counted.items()}


async def _counted(side: Side, began: datetime) -> dict[str, Counter[str]]:
    query = f"StartTime >= '{began.isoformat()}'"
    by_type: dict[str, list[WorkflowExecution]] = {}
    # What was started is shown with some delay.
    for _ in range(30):
        by_type.clear()
        async for found in side.client.list_workflows(query):
            by_type.setdefault(found.workflow_type, []).append(found)
        if any(len(each) == _FEW for each in by_type.values()):
            break
        await asyncio.sleep(0.5)
    counted = {name: Counter[str]() for name in ("transitions", "actions", "events", "bytes")}
    for kind, executions in by_type.items():
        if len(executions) != _FEW:
            continue  # watchers and passes, which serve all runs
        for execution in executions:
            handle = side.client.get_workflow_handle(execution.id, run_id=execution.run_id)
            info = (await handle.describe()).raw_description.workflow_execution_info
            events = (await handle.fetch_history()).events
            counted["transitions"][kind] += info.state_transition_count
            counted["events"][kind] += len(events)
            counted["bytes"][kind] += info.history_size_bytes
            counted["actions"][kind] += sum(event.event_type in _ACTIONS for event in events)
    return counted


async def _hook(turn: Turn) -> list[Measured]:
    side, sizes = turn.side, turn.sizes
    name = await side.publish(HOOKED)
    await side.people(1)
    number = sizes.rate * sizes.seconds
    people = side.new_ids(number)
    answered: dict[str, datetime] = {}

    async def change(person: str) -> None:
        fields = {"first_name": "Alex", "email": f"{person}@client.example", "status": "Hooked", "owner": "o1"}
        await side.hook([{"entity": "person", "id": person, "fields": fields}])
        answered[person] = datetime.now(UTC)

    async with asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for index, person in enumerate(people):
            await asyncio.sleep(max(0.0, began + index / sizes.rate - time.perf_counter()))
            group.create_task(change(person))
    await side.begun(name, people)
    ids = await side.workflow_ids(name, people)
    asleep = await side.asleep(ids.values())
    waits = [(asleep[ids[person]] - answered[person]).total_seconds() for person in people]
    parts = {"rate": float(sizes.rate), "seconds": float(sizes.seconds)}
    return [Measured("hook_p95", percentile(waits, 95), parts), Measured("hook_p50", percentile(waits, 50), parts)]


async def _reactions(turn: Turn) -> list[Measured]:
    """Delivery alone: the worker is stopped, so Temporal keeps the signals."""
    side, sizes = turn.side, turn.sizes
    records, _ = await _sleepers(side, max(1, min(200, sizes.reactions // 5)))
    await side.stop_worker()
    found = []
    for key in ("reactions_one", "reactions_two"):
        if key == "reactions_two":
            await side.start_server()
        found.append(Measured(key, await _delivered(turn, records, key)))
    await side.stop_server()
    await side.restart_worker()

    async def handled() -> bool:
        return not await side.one(_UNHANDLED, turn.stamp)

    # The runs hear now of what was delivered; the next turn must not pay for it.
    await until(handled, seconds=_PATIENCE, every=1)
    return found


async def _delivered(turn: Turn, records: Sequence[str], key: str) -> float:
    side, each = turn.side, max(1, turn.sizes.reactions // len(records))
    prefix, wanted = turn.stamp + key, each * len(records)
    await side.pool.execute(_REACTIONS, list(records), prefix, each, datetime.now(UTC))
    # From the rows' commit: one batch may bring them all, and its rows are noted at one instant.
    began = datetime.now(UTC)
    # Rows that were written past the code ring for nobody; what comes by the hook does, and both dispatchers look.
    await side.people(1)

    async def all_there() -> bool:
        return bool(await side.one(_DELIVERED, prefix) >= wanted)

    await until(all_there, seconds=_PATIENCE, every=0.25)
    return wanted / float(await side.one(_SPAN, prefix, began))


async def _sleeping(turn: Turn) -> list[Measured]:
    side, wanted = turn.side, turn.sizes.sleeping
    records, day = await _sleepers(side, wanted)
    parts = {"runs": float(wanted)}
    memory = memory_mb(side.worker.pid)
    began = time.perf_counter()
    await _move(side, records, day - _MOVE)
    moved = time.perf_counter() - began
    ready = await side.restart_worker()
    await asyncio.sleep(2)
    return [
        Measured("worker_memory", memory, parts),
        Measured("moves_seconds", moved, parts),
        Measured("worker_ready", ready, parts),
        Measured("worker_memory_again", memory_mb(side.worker.pid), parts),
    ]


SCENARIOS = (
    Scenario("matches", _matches),
    Scenario("moves", _manual),
    Scenario("silent", _silent),
    Scenario("transitions", _transitions, once=True),
    Scenario("hook", _hook, once=True),
    Scenario("reactions", _reactions),
    Scenario("sleeping", _sleeping, once=True),
)
