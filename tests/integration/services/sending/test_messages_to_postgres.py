"""How often Postgres is asked in the life of a silent run: it must not grow unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio.testing import ActivityEnvironment

from activities.run import RunActivities
from sequences.checking import load_file
from sequences.runs.state import RunCall, StepCall
from services.runs.begin_run import BeginRun
from services.runs.commands import Commands
from services.runs.failed_run import FailedRun
from services.runs.finish_run import FinishRun
from tests.support.counted import CountedDatabase
from tests.support.rigs.send import MAIL, NOW, SendRig, send_rig

if TYPE_CHECKING:
    from sequences.runs.state import Due

STEPS = "".join(f"  - {{id: {step}, email: t/mail}}\n" for step in ("one", "two", "three"))
SILENT = (
    f"sequence: silent\nname: Silent\nrecord: person\nfrequency_cap: exempt\nreaction_period: 0 days\nsteps:\n{STEPS}"
)


async def _finish(rig: SendRig, counted: CountedDatabase, run: str) -> Due:
    rows = counted, rig.planning
    runs = RunActivities(
        BeginRun(*rows),  # type: ignore[arg-type]
        Commands(*rows),  # type: ignore[arg-type]
        FinishRun(*rows, rig.follow_ups),  # type: ignore[arg-type]
        FailedRun(*rows),  # type: ignore[arg-type]
    )
    due: Due = await ActivityEnvironment().run(runs.finish_run, RunCall(run, NOW))
    return due


async def test_a_send_and_the_end_of_a_run(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        async with rig.database.transaction() as connection:
            definition = load_file(SILENT, "silent.yaml").sequence
            await rig.versions.publish(connection, definition, {MAIL.name: MAIL.to_json()}, NOW)
        run = (await rig.ready("silent", frozen=False)).run.id
        counts = []
        for step in ("one", "two", "three"):
            counted = CountedDatabase(rig.database)
            call = StepCall(run, step, NOW)
            due: Due = await ActivityEnvironment().run(rig.steps(database=counted).take_step, call)
            assert (due.step or due.why) == {"one": "two", "two": "three", "three": "reaction period"}[step]
            counts.append((len(counted.said), counted.commits))
            # Read, stored and claimed, settled.
            assert counts[-1] == (3, 3), counted.said
        counted = CountedDatabase(rig.database)
        end = await _finish(rig, counted, run)
        assert (end.closed, end.state) == (True, "finished")
        assert (len(counted.said), counted.commits) == (6, 1), counted.said
