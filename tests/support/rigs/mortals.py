"""Whoever lets people in, mortal at every place, beside a Temporal and an outbox that are not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import Rules
from sequences import ids
from sequences.auto_enroll.messages import WatchCall
from sequences.definition.model import SequenceDefinition
from sequences.runs.state import Phase
from services.auto_enroll import batches
from services.auto_enroll.wiring import AutoEnrollment, RuleParts, auto_enrollment
from services.enrolling.eligibility import Eligibility
from services.enrolling.window_ledger import WindowLedger
from services.enrolling.window_starter import WindowStarter
from services.runs.start_run import StartRun
from starter.server.outbox import Dispatcher
from tests.support.mortal import KilledError, MortalDatabase, MortalRuns, MortalWindows, Reaper
from tests.support.opening import start_window
from tests.support.rigs.rule import ZONE

if TYPE_CHECKING:
    from adapters.postgres.versions import Version
    from services.enrolling.enroll import Enrolling
    from tests.support.rigs.api import ApiRig

STEPS = [
    {"id": "one", "email": "t/mail"},
    {"id": "two", "when": "3 days after one", "email": "t/mail"},
]
WITHIN = {"real": {"person.status": ["Hot"]}, "prevent_reenrollment_within": "6 months", "hold_above": 9999}
EVER = {"real": {"person.status": ["Hot"]}, "hold_above": 9999}


class Mortals:
    """What lets people in, each part of it mortal; and Temporal, which is not."""

    def __init__(self, api: ApiRig) -> None:
        self.api = api
        self.reaper = Reaper()
        self.runs, self.gates = MortalRuns(reaper=self.reaper), MortalWindows(self.reaper)
        self.database = database = cast("Any", MortalDatabase(api.database, self.reaper))
        starting = StartRun(database, api.versions, self.runs, api.clock)
        self.windows = windows = WindowStarter(database, WindowLedger(), self.gates, starting, api.clock)
        self.enrolling: Enrolling = replace(
            api.enrolling, database=database, runs=self.runs, starting=starting, windows=windows
        )
        self.rules: AutoEnrollment = auto_enrollment(
            RuleParts(
                database=database,
                records=Records("UTC"),
                rules=Rules(api.versions),
                changes=api.changes,
                eligibility=Eligibility(Records("UTC"), "GB"),
                zone=ZONE,
            )
        )
        # The outbox outlives whoever died: it works with the same Temporal, and nothing of it is killed.
        api.runs, api.windows, api.enrolling = self.runs, windows, self.enrolling

    async def publish(self, rules: dict[str, Any], **more: object) -> Version:
        content = {"sequence": "s", "name": "S", "record": "person", "steps": STEPS, "auto_enroll": rules} | more
        async with self.api.database.transaction() as connection:
            definition = SequenceDefinition.model_validate(content)
            version, _ = await self.api.versions.publish(connection, definition, {}, self.api.now)
            await batches.switch_on(connection, version, self.api.now)
        return version

    async def live(self, what: Any, place: int) -> bool:
        """Whether it lived to its end."""
        self.reaper.at, self.reaper.passed = place, 0
        others = asyncio.all_tasks()
        try:
            await what
        except KilledError:
            # A process dies as a whole: none of its tasks goes on while somebody else clears up.
            await asyncio.gather(*(asyncio.all_tasks() - others), return_exceptions=True)
            return False
        finally:
            self.reaper.at = 0
        return True

    async def match(self) -> None:
        """What follows a change: the watcher lets in and commits; the window gets its gate, and its run is started."""
        await self.rules.watching.watch_changes(WatchCall(0, self.api.now))
        for row in await self.api.fetch("SELECT id FROM reenrollment_window WHERE state = 'opening'"):
            await start_window(self.windows, row.id)

    async def outbox(self) -> None:
        # Late enough for all that is left to whoever began it.
        self.api.now += timedelta(minutes=2)
        await Dispatcher(self.api, self.api.clock).deliver()

    async def is_in(self, person: str, *, gate: bool) -> None:
        """Once, planned, started from that plan, behind its window."""
        [run] = await self.api.fetch("SELECT * FROM enrollment WHERE record_id = $1", person)
        steps = await self.api.fetch(
            "SELECT step, due_at, state FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position", run.id
        )
        assert [(step.step, step.state) for step in steps] == [("one", "planned"), ("two", "planned")]
        assert (run.state, run.started_at is not None) == ("active", True)
        state = self.runs.open[ids.enrollment_workflow_id("s", person)]
        assert (state.enrollment, state.phase) == (run.id, Phase.WAITING)
        assert state.due is not None
        assert (state.due.step, state.due.at) == ("one", steps[0].due_at)
        windows = await self.api.fetch("SELECT * FROM reenrollment_window WHERE person_id = $1", person)
        assert [(window.state, window.enrollment_id) for window in windows] == [("open", run.id)]
        assert self.gates.open.get(f"s:{person}") == (windows[0].id if gate else None)
