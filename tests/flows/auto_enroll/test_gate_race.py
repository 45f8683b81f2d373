"""The gate under a crowd: hooks, watchers, scans and hands reach for the same people at the same moment."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

import worker
from adapters.clock import utc_now
from adapters.postgres.records import ChangeOrigin
from adapters.temporal.runs import TemporalRuns
from adapters.temporal.windows import TemporalWindows
from sequences.auto_enroll.messages import Origin, ScanCall, WatchCall
from sequences.errors import RefusedError
from sequences.ids import enrollment_workflow_id, rule_watcher_workflow_id, window_workflow_id
from services.auto_enroll import batches
from services.enrolling.enroll import EntryRequest
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig

RUNNING = WorkflowExecutionStatus.RUNNING
WHERE = ("TemporalWindows", "TemporalRuns")
PEOPLE = [f"p{number}" for number in range(200)]
SEQUENCE = """
sequence: gate
name: Gate
record: person
steps:
  - {id: much-later, when: 300 days after enrollment, email: bd/introduce}
auto_enroll:
  real: {person.status: [Active]}
  prevent_reenrollment_within: 6 months
  hold_above: 100000
"""


@pytest.fixture(autouse=True)
async def nobody_watches(flow: FlowRig) -> AsyncIterator[None]:
    yield
    try:
        await flow.services.client.get_workflow_handle(rule_watcher_workflow_id()).terminate("end of test")
    except RPCError:
        return


class DiedError(Exception):
    """A process died here; what its transaction had committed stays."""


class Deaths:
    """One call to Temporal in five is its caller's last: half of them before it, half behind it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dice, self.died = random.Random(64), Counter[str]()
        for kind in (TemporalWindows, TemporalRuns):
            monkeypatch.setattr(kind, "start", self._mortal(kind.__name__, kind.start))
        monkeypatch.setattr(TemporalWindows, "change", self._mortal("change", TemporalWindows.change))

    def _mortal(self, name: str, real: Any) -> Any:
        async def mortal(*values: Any, **more: Any) -> Any:
            fate = self.dice.random()
            if fate < 0.1:
                self.died[f"before {name}"] += 1
                raise DiedError
            answer = await real(*values, **more)
            if fate > 0.9:
                self.died[f"behind {name}"] += 1
                raise DiedError
            return answer

        return mortal


class Crowd:
    """64 starters: hooks, watchers, scans and hands. Each takes the people in an order of its own."""

    def __init__(self, flow: FlowRig) -> None:
        self._flow = flow
        self._rules = worker.rules_of(flow.services)
        self.by_hand = Counter[str]()

    async def hook(self, number: int) -> None:
        """A CRM event about 25 people; every person is in three of these."""
        intake = CrmIntake(
            self._flow.services.database,
            ItemWriter(self._flow.services.changes, origin="crm"),
            utc_now,
            self._flow.dispatcher.wake,
        )
        first = number % 8 * 25
        items = [
            {"entity": "person", "id": person, "fields": {"status": "Active"}} for person in PEOPLE[first : first + 25]
        ]
        answer = await intake.receive(f"race-{number}", items)
        assert answer["refused"] == 0

    async def watcher(self, number: int) -> None:
        more = True
        while more:
            try:
                more = bool((await self._rules.watching.watch_changes(WatchCall(number, utc_now()))).changes)
            except DiedError:
                continue

    async def scan(self, number: int) -> None:
        after: str | None = ""
        now = utc_now()
        while after is not None:
            call = ScanCall("gate", Origin.EXISTING.value, now, after)
            try:
                after = (await self._rules.scanning.scan_page(call)).after
            except DiedError:
                continue

    async def hand(self, number: int) -> None:
        for person in self._order(number)[:20]:
            try:
                await self._flow.services.enrolling.enroll(EntryRequest("gate", secrets.token_hex(8), person))
            except RefusedError as error:
                self.by_hand[error.reason] += 1
            except DiedError:
                # After the commit: the outbox does the rest.
                self.by_hand["entered"] += 1
            else:
                self.by_hand["entered"] += 1

    @staticmethod
    def _order(number: int) -> list[str]:
        return random.Random(number).sample(PEOPLE, len(PEOPLE))


async def _fetch(flow: FlowRig, text: str) -> list[Any]:
    return list(await flow.services.database.pool.fetch(text))


@pytest.mark.parametrize("deaths", [False, True], ids=["all live", "many die between the starts"])
async def test_sixty_four_starters_let_each_of_two_hundred_people_in_once(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch, deaths: bool
) -> None:
    await flow.write("owner", "dana", first_name="Dana", last_name="Owner")
    known = {"status": "Inactive", "first_name": "Alex", "company": "Example Ltd", "owner_id": "dana"}
    async with flow.services.database.transaction() as connection:
        for person in PEOPLE:
            values = known | {"email": f"{person}@client.example"}
            await flow.services.changes.write(connection, "person", person, values, ChangeOrigin("crm", utc_now()))
    await flow.publish("gate", SEQUENCE)
    async with flow.services.database.transaction() as connection:
        await batches.switch_on(connection, await flow.services.versions.get(connection, "gate"), utc_now())
    found = Deaths(monkeypatch) if deaths else None
    crowd = Crowd(flow)
    crowd_of = {crowd.hook: 24, crowd.watcher: 16, crowd.scan: 8, crowd.hand: 16}
    starters = [kind(number) for kind, many in crowd_of.items() for number in range(many)]
    random.Random(1).shuffle(starters)
    assert len(starters) == 64
    await asyncio.gather(*starters)

    async def at_rest() -> bool:
        [left] = await _fetch(
            flow,
            "SELECT (SELECT count(*) FROM change WHERE watched_at IS NULL)"
            " + (SELECT count(*) FROM enrollment WHERE state = 'starting')"
            " + (SELECT count(*) FROM reenrollment_window WHERE state = 'opening') AS number",
        )
        return int(left["number"]) == 0

    await flow.until(at_rest)
    assert found is None or min(found.died[f"{when} {what}"] for when in ("before", "behind") for what in WHERE) > 0
    entered = {
        row["record_id"]: row["number"]
        for row in await _fetch(flow, "SELECT record_id, count(*) AS number FROM enrollment GROUP BY record_id")
    }
    assert entered == dict.fromkeys(PEOPLE, 1)
    windows = await _fetch(flow, "SELECT person_id FROM reenrollment_window WHERE state = 'open'")
    assert sorted(row["person_id"] for row in windows) == sorted(PEOPLE)
    # Everybody else was refused, and each refusal says why.
    assert sum(crowd.by_hand.values()) == 16 * 20
    assert set(crowd.by_hand) <= {"entered", "already_enrolled"}
    reasons = {row["reason"] for row in await _fetch(flow, "SELECT DISTINCT reason FROM refusal WHERE via = 'rule'")}
    assert reasons <= {"window", "already_enrolled"}
    by_rule = await _fetch(flow, "SELECT 1 FROM enrollment WHERE via = 'rule'")
    assert len(by_rule) + crowd.by_hand["entered"] == len(PEOPLE)
    # Each has a run in Temporal that is its own, and a window behind which nobody else gets in.
    for person in PEOPLE[::20]:
        [row] = await _fetch(
            flow,
            "SELECT e.id, w.id AS window FROM enrollment e JOIN reenrollment_window w ON w.enrollment_id = e.id"
            f" WHERE e.record_id = '{person}' AND e.state = 'active'",
        )
        run = await flow.services.client.get_workflow_handle(enrollment_workflow_id("gate", person)).describe()
        gate = await flow.services.client.get_workflow_handle(window_workflow_id("gate", person)).describe()
        assert (await run.memo_value("enrollment", type_hint=str), run.status) == (row["id"], RUNNING)
        assert gate.status is RUNNING
