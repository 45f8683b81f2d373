"""One run about a placement, lived through over the real activities and a real Postgres: the clockwork is written here.

It does what ``EnrollmentWorkflow`` does: it waits until a step is due or something comes, and calls one activity.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from temporalio.testing import ActivityEnvironment

from activities.reaction import ReactionActivities
from activities.run import RunActivities
from adapters.postgres import listings
from adapters.postgres.paging import page
from adapters.postgres.records import ChangeOrigin, Records
from sequences import ids
from sequences.definition.model import SequenceDefinition
from sequences.runs.state import Command, CommandCall, Due, ReactionCall, RunCall, StepCall
from services.reactions.handle_reaction import HandleReaction
from services.reading.calendar import CalendarRequest, calendar_entries
from services.reading.run_story import timeline
from services.records.record_changes import RecordChanges
from services.runs.begin_run import BeginRun
from services.runs.commands import Commands
from services.runs.failed_run import FailedRun
from services.runs.finish_run import FinishRun
from tests.support import by_name as queries
from tests.support.rigs.send import MAIL, TEXT, SendRig

if TYPE_CHECKING:
    from sequences.runs.state import Decision
    from services.reading.run_story import StepLine, Timeline

_numbers = itertools.count(1)
CAP_EXEMPT = {"frequency_cap": "exempt"}


@dataclass
class LifeRig:
    """A run and its clock.

    Attributes:
        sent: steps in the order in which they went, each with its instant.
    """

    rig: SendRig
    now: datetime
    run: str = ""
    placement: str = ""
    sequence: str = ""
    due: Due = field(default_factory=Due)
    paused: bool = False
    paused_until: datetime | None = None
    sent: list[tuple[str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.changes = RecordChanges(Records("UTC"))
        rows = self.rig.database, self.rig.planning
        self.runs = RunActivities(
            BeginRun(*rows), Commands(*rows), FinishRun(*rows, self.rig.follow_ups), FailedRun(*rows)
        )
        self.reactions = ReactionActivities(HandleReaction(*rows, self.rig.follow_ups))
        self.steps = self.rig.steps()

    async def enter(
        self, steps: list[dict[str, Any]], start: str | None, *, timezone: str | None = "Europe/London", **more: Any
    ) -> None:
        """Publishes a sequence with these steps and enrolls a placement that starts on ``start``.

        Args:
            steps: as in a file.
            start: ISO date.
            timezone: of the person.
            more: keys of the sequence.
        """
        number = next(_numbers)
        name, self.placement, person = f"life-{number}", f"pl{number}", f"eva{number}"
        self.sequence = name
        content = {"sequence": name, "name": "Life", "record": "placement", "day_zero": "placement.start_date"}
        sources = {source.name: source.to_json() for source in (MAIL, TEXT)}
        definition = SequenceDefinition.model_validate(content | CAP_EXEMPT | {"steps": steps} | more)
        async with self.rig.database.transaction() as connection:
            await self.rig.versions.publish(connection, definition, sources, self.now)
            values = {"first_name": "Eva", "email": f"{person}@client.example", "timezone": timezone}
            await self.changes.write(connection, "person", person, values, ChangeOrigin("crm", self.now))
            values = {"person_id": person, "status": "On Assignment", "start_date": start}
            await self.changes.write(connection, "placement", self.placement, values, ChangeOrigin("crm", self.now))
            self.run = ids.enrollment_id(name, self.placement, "nonce")
            await queries.value(
                connection,
                "enter_with_plan",
                id=self.run,
                workflow_id=self.run,
                sequence=name,
                version=1,
                record_type="placement",
                record_id=self.placement,
                person_id=person,
                owner_id=None,
                via="rule",
                lineage=[],
                enrolled_at=self.now,
                steps=[],
                events=[],
                settles=False,
            )
        self.due = await self.runs.begin_run(RunCall(self.run, self.now))

    async def tell(self, **values: object) -> None:
        """The CRM changes the placement, and the run hears of it."""
        async with self.rig.database.transaction() as connection:
            await self.changes.write(connection, "placement", self.placement, values, ChangeOrigin("crm", self.now))
        await self.hear()

    async def hear(self) -> None:
        """Handles what came back."""
        for row in await self.rig.fetch(
            "SELECT id FROM reaction WHERE enrollment_id = $1 AND handled_at IS NULL ORDER BY received_at", self.run
        ):
            self._follow(await self.reactions.handle_reaction(ReactionCall(self.run, row["id"], self.now)))

    async def absent(self, back: str) -> None:
        """An automatic answer came that says when the person is back."""
        async with self.rig.database.transaction() as connection:
            key = f"absent:{self.run}:{self.now}"
            row = await queries.row(connection, "enrollment_row", id=self.run)
            assert row is not None
            await queries.value(
                connection,
                "add_reaction",
                id=ids.reaction_id(key),
                key=key,
                enrollment_id=self.run,
                person_id=row["person_id"],
                kind="out_of_office",
                channel="email",
                send_id=None,
                inbound_id=None,
                holds=True,
                detail={"return_date": back},
                received_at=self.now,
            )
        await self.hear()

    async def command(self, kind: str, mode: str = "", step: str = "", reason: str = "") -> None:
        """What a person asks for; what makes no sense is refused, as the workflow refuses it."""
        command = Command(f"{kind}:{self.now.isoformat()}", kind, reason, mode, step)
        decision = await self.runs.carry_out_command(CommandCall(self.run, command, self.now))
        assert not decision.refused, decision.refused
        if kind == "resume":
            self.paused = False
        self._follow(decision)

    def _follow(self, decision: Decision) -> None:
        if decision.then == "pause":
            self.paused, self.paused_until = True, decision.until
        elif decision.due is not None:
            self.due = decision.due

    async def pass_by(self, **delta: float) -> None:
        """Time passes; what is due meanwhile is done at its instant."""
        end = self.now + timedelta(**delta)
        while (wakes := self.paused_until if self.paused else self.due.at) is not None and wakes <= end:
            self.now = max(self.now, wakes)
            if self.due.closed:
                break
            if self.paused:
                await self.command("resume")
            elif self.due.step is None:
                self.due = await self.runs.finish_run(RunCall(self.run, self.now))
            else:
                await self._take(self.due.step)
        self.now = end

    async def _take(self, step: str) -> None:
        handed = len(self.rig.wire.handed)
        call = StepCall(self.run, step, self.now, self.due.attempt, self.due.by_hand)
        self.due = await ActivityEnvironment().run(self.steps.take_step, call)
        if len(self.rig.wire.handed) > handed:
            self.sent.append((step, self.now))

    async def story(self) -> Timeline:
        """What ``relance show`` and the API show."""
        async with self.rig.database.transaction() as connection:
            return await timeline(connection, self.run)

    async def shown(self) -> dict[str, StepLine]:
        """The steps of the story by id."""
        return {line.step: line for line in (await self.story()).steps}

    async def states(self) -> dict[str, str]:
        """What is shown of each step: when it is due, or its state."""
        return {
            step: f"{line.due_at:%m-%d %H:%M}" if line.state == "planned" and line.due_at else line.state
            for step, line in (await self.shown()).items()
        }

    async def calendar(self) -> dict[str, tuple[datetime | None, str | None]]:
        """What ``relance calendar`` shows of this run: step to instant, and what it waits for."""
        async with self.rig.database.transaction() as connection:
            asked = CalendarRequest(None, None, self.sequence, None, limit=100)
            entries = (await calendar_entries(connection, asked)).items
        return {entry.step: (entry.due_at, entry.waits) for entry in entries}

    async def listed(self) -> dict[str, Any]:
        """The run in the list of enrollments."""
        async with self.rig.database.transaction() as connection:
            found = await page(connection, listings.ENROLLMENTS, {"sequence": self.sequence}, limit=10)
        (row,) = found.rows
        return row.as_dict()
