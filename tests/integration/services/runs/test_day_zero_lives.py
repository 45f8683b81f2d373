"""Random lives of runs: dates that move, go and come, pauses, time. What is shown is what is done."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres import queries
from adapters.postgres.records import ChangeOrigin, Records
from sequences.planning.planner import plan
from sequences.runs.state import Due
from services.reading.run_story import WAITING
from services.runs.replan import Replanning
from services.runs.run_row import RunRow
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import SendRig, send_rig

EXAMPLES = 2000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 80
TODAY = datetime(2027, 6, 1, 9, tzinfo=UTC)
MAIL = {"email": "t/mail"}
WHENS = (
    "9 days before day zero",
    "2 days before day zero",
    "1 business day before day zero",
    "on day zero",
    "3 days after day zero",
    "on 2027-06-09",
    "1 day after enrollment",
    "4 days after enrollment",
    "6 hours after enrollment",
)
SCHEDULES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"if_past": "send"},
    {"weekdays_only": True, "window": "09:00-17:00"},
    {"window": ["10:00-11:00"]},
)


@st.composite
def sequences(draw: st.DrawFn) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 5))):
        counted = [f"{draw(st.integers(0, 3))} days after s{draw(st.integers(0, number - 1))}"] if number else []
        when = draw(st.sampled_from([*WHENS, *counted * 2]))
        step: dict[str, Any] = {"id": f"s{number}", "when": when, **MAIL, "schedule": draw(st.sampled_from(SCHEDULES))}
        if draw(st.booleans()) and "hours" not in when:
            step["at"] = draw(st.sampled_from(["08:00", "10:30", "16:00"]))
        steps.append(step)
    return steps


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(-6, 14)),
        st.tuples(st.just("clear"), st.just(0)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("resume"), st.sampled_from(["", "shift", "skip", "send_one"])),
        st.tuples(st.just("absent"), st.integers(0, 6)),
        st.tuples(st.just("zone"), st.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/London"])),
        st.tuples(st.just("skip"), st.just(0)),
        st.tuples(st.just("pass"), st.integers(1, 120)),
        st.tuples(st.just("pass"), st.integers(1, 12)),
    ),
    max_size=12,
)


@dataclass
class Watched(LifeRig):
    """A life whose every moment is compared with what was shown the moment before."""

    steps_told: dict[str, dict[str, Any]] = field(default_factory=dict)
    zone: str = "Europe/London"
    zero: date | None = None
    skipped: set[str] = field(default_factory=set)

    async def check(self) -> None:
        """Story, calendar, list and clockwork tell one plan, and planning again at this moment changes nothing."""
        story = await self.story()
        shown = {line.step: line for line in story.steps}
        ahead = {step: line for step, line in shown.items() if line.state in ("planned", WAITING)}
        for step, line in shown.items():
            assert line.state != WAITING or line.due_at is None
            # What has passed is decided, not only foretold.
            assert line.state != "planned" or "if_past" not in (line.reason or "") or line.due_at is not None
            assert step not in self.skipped or line.state == "skipped"
        self.skipped |= {step for step, line in shown.items() if line.state == "skipped"}
        if self.due.closed:
            assert not ahead
            return
        dated = {step: line.due_at for step, line in ahead.items() if line.due_at or line.state == WAITING}
        assert {step: due for step, (due, _) in (await self.calendar()).items()} == dated
        following = (self.due.step, self.due.at if self.due.step else None)
        assert (story.next_step, story.next_due_at) == following
        listed = await self.listed()
        assert (listed["next_step"], listed["next_due_at"]) == following
        async with self.rig.database.transaction() as connection:
            context = await self.rig.planning.context(connection, await RunRow.load(connection, self.run))
            facts = await self.rig.planning.facts(connection, context)
        plans = plan(context.version.timings, facts, replanned_at=self.now)
        assert {each.step for each in plans} == ahead.keys()
        for each in plans:
            due = ahead[each.step].due_at
            # What is overdue may have been put off by what no plan knows, such as the hour at which it was tried.
            assert due == each.due_at or (due and each.due_at and each.due_at < self.now < due)

    async def _take(self, step: str) -> None:
        before = (await self.shown())[step]
        count = len(self.sent)
        await super()._take(step)
        if len(self.sent) > count:
            assert before.state == "planned"
            assert before.due_at is not None
            assert before.due_at <= self.now
            assert step not in self.skipped
            self._on_its_day(step, before.moved_by)
        await self.check()

    def _on_its_day(self, step: str, moved_by: tuple[str, ...]) -> None:
        """A "before" never goes on the day or after it, and "good luck today" only on the day."""
        told, local = self.steps_told[step], self.now.astimezone(ZoneInfo(self.zone)).date()
        if "day zero" not in told["when"]:
            return
        assert self.zero is not None
        if "before" in told["when"]:
            assert local < self.zero
        if told["when"] == "on day zero" and not told["schedule"] and "order" not in moved_by:
            assert local == self.zero

    async def live(self, event: str, value: Any) -> None:
        """One thing happens; what makes no sense now does not."""
        if event == "move":
            self.zero = self.now.date() + timedelta(days=value)
            await self.tell(start_date=self.zero.isoformat())
        elif event == "clear":
            self.zero = None
            await self.tell(start_date=None)
        elif event == "zone":
            self.zone = value
            async with self.rig.database.transaction() as connection:
                origin = ChangeOrigin("crm", self.now)
                person = f"eva{self.placement[2:]}"
                await self.changes.write(connection, "person", person, {"timezone": value}, origin)
            await self.hear()
        elif event == "absent":
            await self.absent(f"{self.now + timedelta(days=value):%Y-%m-%d}")
        elif event == "resume" and self.paused:
            await self.command("resume", value)
        elif event == "pause" and self.due.step is not None and not self.paused:
            await self.command("pause")
        elif event == "skip" and self.due.step is not None:
            await self.command("skip", step=self.due.step)
        elif event == "pass":
            await self.pass_by(hours=value)
        await self.check()


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        yield made


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=sequences(), start=st.none() | st.integers(-3, 14), events=EVENTS)
async def test_what_is_shown_is_what_is_done(
    rig: SendRig, steps: list[dict[str, Any]], start: int | None, events: list[tuple[str, Any]]
) -> None:
    zero = None if start is None else TODAY.date() + timedelta(days=start)
    life = Watched(rig, TODAY, steps_told={step["id"]: step for step in steps}, zero=zero)
    await life.enter(steps, None if zero is None else zero.isoformat())
    await life.check()
    for event, value in events:
        if life.due.closed:
            break
        await life.live(event, value)
        # A second later: two things never happen at one instant to one run.
        life.now += timedelta(seconds=1)
    if life.paused and not life.due.closed:
        await life.live("resume", "")
    await life.live("pass", 24 * 60)
    assert len({step for step, _ in life.sent}) == len(life.sent)
    assert life.skipped.isdisjoint(step for step, _ in life.sent)
    left = {step: line.state for step, line in (await life.shown()).items() if line.state == "planned"}
    assert not left, "nothing that has a day stays behind for ever"


_UNHANDLED = (
    "SELECT id FROM reaction WHERE enrollment_id = $1 AND kind = 'field_changed' AND handled_at IS NULL ORDER BY id"
)
ROWS = (
    "SELECT * FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position",
    "SELECT kind, detail, key, at FROM enrollment_event WHERE enrollment_id = $1 ORDER BY kind, key",
    "SELECT id, handled_at, decision, decision_reason FROM reaction WHERE enrollment_id = $1 ORDER BY id",
)


@dataclass
class Compared(Watched):
    """Every change is handled twice from the same rows, in a batch and by the run itself: both write the same."""

    replanned: int = 0

    async def hear(self) -> None:
        changes = [row["id"] for row in await self.rig.fetch(_UNHANDLED, self.run)]
        before = [await self.rig.fetch(text, self.run) for text in ROWS]
        handled = await Replanning(self.rig.database, Records("UTC"), self.rig.versions).replan(changes, self.now)
        assert handled in (frozenset(changes), frozenset())
        self.replanned += len(handled)
        batch = [await self.rig.fetch(text, self.run) for text in ROWS]
        await self._put_back(before, handled)
        await super().hear()
        if handled:
            assert [await self.rig.fetch(text, self.run) for text in ROWS] == batch
        elif changes:
            # The run must hear of it, since its end may be earlier than what it sleeps for.
            assert "planned" not in {line.state for line in (await self.shown()).values()}

    async def _put_back(self, before: list[list[Any]], handled: frozenset[str]) -> None:
        steps, events, _ = before
        async with self.rig.database.transaction() as connection:
            await connection.execute("DELETE FROM enrollment_step WHERE enrollment_id = $1", self.run)
            for row in steps:
                places = ", ".join(f"${number + 1}" for number in range(len(row)))
                columns = ", ".join(row.keys())
                await connection.execute(f"INSERT INTO enrollment_step ({columns}) VALUES ({places})", *row.values())
            await connection.execute(
                "DELETE FROM enrollment_event WHERE enrollment_id = $1 AND key <> ALL($2::text[])",
                self.run,
                [row["key"] for row in events],
            )
            await connection.execute(
                "UPDATE reaction SET handled_at = NULL, decision = NULL, decision_reason = NULL WHERE id = ANY($1)",
                list(handled),
            )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=sequences(), start=st.none() | st.integers(-3, 14), events=EVENTS)
async def test_a_batch_plans_as_the_run_itself_does(
    rig: SendRig, steps: list[dict[str, Any]], start: int | None, events: list[tuple[str, Any]]
) -> None:
    zero = None if start is None else TODAY.date() + timedelta(days=start)
    life = Compared(rig, TODAY, steps_told={step["id"]: step for step in steps}, zero=zero)
    await life.enter(steps, None if zero is None else zero.isoformat())
    for event, value in events:
        if life.due.closed:
            break
        await life.live(event, value)
        life.now += timedelta(seconds=1)


@dataclass
class FromOutside(LifeRig):
    """A run whose changes are all handled in batches, and that is signalled only if it is due earlier than it knew."""

    signals: int = 0
    revision: int = 0

    async def hear(self) -> None:
        changes = [row["id"] for row in await self.rig.fetch(_UNHANDLED, self.run)]
        await Replanning(self.rig.database, Records("UTC"), self.rig.versions).replan(changes, self.now)
        async with self.rig.database.transaction() as connection:
            for row in await queries.unsignalled_plans(connection, now=self.now, among=None, limit=10):
                if row.step is not None:
                    self.signals += 1
                    self._go_on(Due(row.step, row.due_at, "planned", revision=row.revision))
                await queries.plans_signalled(connection, ids=[row.id], revisions=[row.revision])
        await super().hear()

    def _go_on(self, due: Due) -> None:
        if due.revision is not None and due.revision > self.revision:
            self.revision = due.revision
            self.due = due.still_by_hand(self.due)

    async def wakes_in_time(self) -> None:
        """It never sleeps beyond what is planned for it."""
        if self.paused or self.due.closed:
            return
        planned = [line.due_at for line in (await self.shown()).values() if line.state == "planned" and line.due_at]
        assert not planned or (self.due.at is not None and self.due.at <= min(planned))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=sequences(), start=st.none() | st.integers(-3, 14), events=EVENTS)
async def test_a_run_that_hears_of_earlier_plans_only_never_oversleeps(
    rig: SendRig, steps: list[dict[str, Any]], start: int | None, events: list[tuple[str, Any]]
) -> None:
    life = FromOutside(rig, TODAY)
    await life.enter(steps, None if start is None else (TODAY.date() + timedelta(days=start)).isoformat())
    for event, value in events:
        if life.due.closed:
            break
        if event in ("move", "clear"):
            moved = (life.now.date() + timedelta(days=value)).isoformat() if event == "move" else None
            await life.tell(start_date=moved)
        elif event == "pass":
            await life.pass_by(hours=value)
        elif (event == "pause" and not life.paused and life.due.step) or (event == "resume" and life.paused):
            await life.command(event, value if event == "resume" else "")
        await life.wakes_in_time()
        life.now += timedelta(seconds=1)
    if life.paused and not life.due.closed:
        await life.command("resume")
    await life.pass_by(hours=24 * 60)
    assert len({step for step, _ in life.sent}) == len(life.sent)
    left = {step: line.state for step, line in (await life.shown()).items() if line.state == "planned"}
    assert not left, "nothing that has a day stays behind for ever"
