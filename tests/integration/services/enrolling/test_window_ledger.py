"""The ledger on a real Postgres: who comes first, what is replaced, lifted, moved, edited, refused."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.versions import Version, Versions
from sequences import ids
from sequences.auto_enroll.messages import WindowChange, WindowEnd, WindowState
from sequences.definition.model import SequenceDefinition
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from services.enrolling.window_ledger import NewWindow, WindowLedger
from services.enrolling.window_starter import WindowStarter
from services.runs.start_run import StartRun
from tests.support import by_name as queries
from tests.support.opening import start_window
from tests.support.rigs.api import ScriptedRuns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2027, 1, 31, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def version_with(window: str | None, *, number: int = 1, rules: bool = True) -> Version:
    auto: dict[str, Any] = {"real": {"person.type": ["Candidate"]}}
    if window is not None:
        auto["prevent_reenrollment_within"] = window
    content: dict[str, Any] = {"sequence": "s", "name": "S", "record": "person"}
    content["steps"] = [{"id": "one", "email": "hello/one"}]
    if rules:
        content["auto_enroll"] = auto
    return Version("s", number, SequenceDefinition.model_validate(content), {})


DAILY = version_with("1 day")
ONCE = version_with(None)


@dataclass
class Gate:
    """Temporal's part, as the test wants it."""

    down: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    started: list[WindowState] = field(default_factory=list)
    changed: list[WindowChange] = field(default_factory=list)
    told: list[WindowChange] = field(default_factory=list)

    async def start(self, state: WindowState) -> str | None:
        if self.down:
            raise UnavailableError("down")
        if state.window in self.answers:
            return self.answers[state.window]
        self.started.append(state)
        return None

    async def change(self, state: WindowState, change: WindowChange) -> None:
        self.changed.append(change)

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        self.told.append(change)


GATE = ids.window_workflow_id("s", "p1")


class Book:
    """A ledger with enrollments to hang windows on."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ledger = WindowLedger()
        self.gate = Gate()
        self.runs = ScriptedRuns()
        starting = StartRun(database, Versions(), self.runs, lambda: NOW)
        self.starter = WindowStarter(database, self.ledger, self.gate, starting, lambda: NOW)
        self._numbers = itertools.count()

    async def enter(
        self,
        version: Version = DAILY,
        person: str = "p1",
        record: str | None = None,
        *,
        via: str = "rule",
        now: datetime = NOW,
    ) -> str | None:
        async with self.database.transaction() as connection:
            return await self.write(connection, version, person, record, via=via, now=now)

    async def write(
        self,
        connection: Any,
        version: Version,
        person: str,
        record: str | None = None,
        *,
        via: str = "rule",
        now: datetime = NOW,
    ) -> str | None:
        number = next(self._numbers)
        record = record or f"{person}-{number}"
        enrollment = ids.enrollment_id("s", record, str(number))
        await connection.execute(
            "INSERT INTO sequence_version VALUES ('s', 1, '{}', '{}', 'f', $1) ON CONFLICT DO NOTHING", NOW
        )
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ($1, 'w', 's', 1, 'person', $2, $3, $4, 'starting', $5)",
            enrollment,
            f"{record}-{number}",
            person,
            via,
            now,
        )
        opening = self.ledger.open if via == "rule" else self.ledger.open_by_hand
        return await opening(connection, NewWindow(version, enrollment, person, record, via, now))

    async def do(self, method: str, *values: Any, **named: Any) -> Any:
        async with self.database.transaction() as connection:
            return await getattr(self.ledger, method)(connection, *values, **named)

    async def row(self, window: str | None) -> queries.Row:
        assert window is not None
        async with self.database.transaction() as connection:
            row = await queries.row(connection, "window_row", id=window)
        assert row is not None
        return row

    async def fetch(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async with self.database.transaction() as connection:
            return [dict(row) for row in await connection.fetch(sql, *values)]


@pytest_asyncio.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    database = await Database.connect(database_url, max_size=16)
    yield Book(database)
    await database.close()


async def test_a_window_keeps_everybody_else_out_until_it_ends(book: Book) -> None:
    first = await book.enter()
    row = await book.row(first)
    assert (row["state"], row["scope"], row["opened_at"], row["until"]) == ("opening", "person", NOW, NOW + DAY)
    assert await book.enter() is None
    assert await book.enter(person="p2") is not None
    assert await book.do("end", first, NOW + DAY, GATE) == WindowEnd(ended=True, revision=row["revision"])
    assert await book.enter(now=NOW + DAY) is not None


async def test_a_window_whose_workflow_has_not_said_that_it_is_over_stands_in_nobodys_way(book: Book) -> None:
    first = await book.enter()
    assert await book.enter(now=NOW + DAY - timedelta(seconds=1)) is None
    assert await book.enter(now=NOW + DAY) is not None
    row = await book.row(first)
    assert (row["state"], row["reason"], row["ended_at"]) == ("ended", "over", NOW + DAY)


async def test_without_window_a_record_enters_once_and_other_records_of_the_person_too(book: Book) -> None:
    first = await book.enter(ONCE, record="r1")
    row = await book.row(first)
    assert (row["scope"], row["until"]) == ("record", None)
    assert await book.enter(ONCE, record="r1", now=NOW + 1000 * DAY) is None
    assert await book.enter(ONCE, record="r2") is not None


async def test_months_are_calendar_time(book: Book) -> None:
    row = await book.row(await book.enter(version_with("1 month")))
    assert row["until"] == datetime(2027, 2, 28, 12, 0, tzinfo=UTC)


async def test_of_32_at_once_one_enters(book: Book) -> None:
    found = await asyncio.gather(*(book.enter(record=f"r{number}") for number in range(32)))
    assert len([window for window in found if window is not None]) == 1


async def test_32_by_hand_at_once_all_enter_and_one_window_stands(book: Book) -> None:
    found = await asyncio.gather(*(book.enter(record=f"r{number}", via="hand") for number in range(32)))
    assert None not in found
    states = [row["state"] for row in await book.fetch("SELECT state FROM reenrollment_window")]
    assert sorted(states) == ["ended"] * 31 + ["open"]
    numbers = [row["revision"] for row in await book.fetch("SELECT revision FROM reenrollment_window ORDER BY 1")]
    assert numbers == list(range(1, 33))


async def test_by_hand_replaces_the_window_of_a_rule_and_keeps_rules_out_afterwards(book: Book) -> None:
    first = await book.enter()
    second = await book.enter(via="hand", now=NOW + timedelta(hours=1))
    row = await book.row(first)
    assert (row["state"], row["reason"]) == ("ended", "replaced")
    assert (await book.row(second))["until"] == NOW + DAY + timedelta(hours=1)
    assert await book.enter(now=NOW + DAY) is None


async def test_a_sequence_that_nobody_enters_by_rule_keeps_no_ledger(book: Book) -> None:
    assert await book.enter(version_with(None, rules=False), via="hand") is None
    assert await book.fetch("SELECT 1 FROM reenrollment_window") == []


async def test_a_lifted_window_lets_the_next_in_and_says_who_lifted_it(book: Book) -> None:
    first = await book.enter()
    await book.do("lift", first, "by dana: their wish", NOW)
    row = await book.row(first)
    assert (row["state"], row["reason"]) == ("lifted", "by dana: their wish")
    assert await book.enter() is not None
    with pytest.raises(RefusedError, match="it is lifted"):
        await book.do("lift", first, "by dana", NOW)
    with pytest.raises(NotFoundError):
        await book.do("lift", "w0000000000", "by dana", NOW)


async def test_the_one_entry_ever_can_be_lifted_and_not_moved(book: Book) -> None:
    first = await book.enter(ONCE, record="r1")
    with pytest.raises(RefusedError, match="once, ever"):
        await book.do("move", first, NOW + DAY, "by dana", NOW)
    await book.do("lift", first, "by dana", NOW)
    assert await book.enter(ONCE, record="r1") is not None


async def test_a_moved_window_ends_when_it_was_moved_to(book: Book) -> None:
    first = await book.enter()
    await book.do("move", first, NOW + 3 * DAY, "by dana", NOW)
    assert await book.do("end", first, NOW + DAY, GATE) == WindowEnd(False, NOW + 3 * DAY, 2)
    assert await book.enter(now=NOW + 2 * DAY) is None
    with pytest.raises(RefusedError, match="past"):
        await book.do("move", first, NOW, "by dana", NOW)


async def test_a_new_length_counts_from_the_opening(book: Book) -> None:
    old = await book.enter(person="old", now=NOW - 20 * timedelta(hours=1))
    new = await book.enter(person="new")
    gone = await book.enter(person="gone")
    await book.do("end", gone, NOW + DAY, ids.window_workflow_id("s", "gone"))
    assert await book.do("apply_new_length", version_with("12 hours").definition, NOW) == 2
    row = await book.row(old)
    assert (row["state"], row["reason"]) == ("ended", "edited")
    assert (await book.row(new))["until"] == NOW + timedelta(hours=12)
    assert (await book.row(gone))["reason"] == "over"
    assert await book.do("apply_new_length", version_with("12 hours").definition, NOW) == 0
    assert await book.do("apply_new_length", version_with("7 days").definition, NOW) == 1
    assert (await book.row(new))["until"] == NOW + 7 * DAY


async def test_a_sequence_that_loses_and_gets_its_window_again(book: Book) -> None:
    first = await book.enter(ONCE, record="r1", now=NOW - 2 * timedelta(hours=1))
    second = await book.enter(ONCE, record="r2", now=NOW - timedelta(hours=1))
    await book.do("apply_new_length", DAILY.definition, NOW)
    assert (await book.row(first))["state"] == "ended"
    row = await book.row(second)
    assert (row["scope"], row["until"]) == ("person", NOW + timedelta(hours=23))
    assert await book.enter(record="r3") is None
    await book.do("apply_new_length", ONCE.definition, NOW)
    row = await book.row(second)
    assert (row["scope"], row["until"]) == ("record", None)
    assert await book.enter(ONCE, record="r2") is None
    assert await book.enter(ONCE, record="r3") is not None


async def test_a_refused_entry_closes_its_run_and_is_counted(book: Book) -> None:
    for times in (1, 2):
        window = await book.enter(record="r1")
        await book.fetch(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at)"
            " SELECT enrollment_id, 'one', 0, 'planned', $2 FROM reenrollment_window WHERE id = $1",
            window,
            NOW,
        )
        await book.do("mark_refused", window, "a reason", NOW)
        await book.do("mark_refused", window, "once more", NOW)
        runs = await book.fetch("SELECT state, reason FROM enrollment ORDER BY enrolled_at")
        assert runs == [{"state": "stopped", "reason": "window"}] * times
        steps = await book.fetch("SELECT state, reason FROM enrollment_step")
        assert steps == [{"state": "cancelled", "reason": "window"}] * times
        assert (
            await book.fetch("SELECT kind, key FROM enrollment_event") == [{"kind": "stopped", "key": "closed"}] * times
        )
        refusals = await book.fetch("SELECT reason, detail, via, times FROM refusal")
        assert refusals == [{"reason": "window", "detail": "a reason", "via": "rule", "times": times}]


# --- telling Temporal -----------------------------------------------------------------------------------------------


async def test_many_windows_are_started_and_open(book: Book) -> None:
    windows = [await book.enter(person=f"p{number}") for number in range(50)]
    for window in windows:
        assert window is not None
        await start_window(book.starter, window)
    assert {state.window for state in book.gate.started} == set(windows)
    states = await book.fetch("SELECT DISTINCT state, revision = told_revision AS told FROM reenrollment_window")
    assert states == [{"state": "open", "told": True}]
    for window in windows:
        assert window is not None
        assert await start_window(book.starter, window)
    assert len(book.gate.started) == 50


async def test_what_was_lifted_while_its_workflow_was_started_is_told(book: Book) -> None:
    window = await book.enter()
    assert window is not None
    start = book.gate.start

    async def lifted_meanwhile(state: WindowState) -> str | None:
        await book.do("lift", window, "by dana", NOW)
        await book.starter.tell(window)
        return await start(state)

    book.gate.start = lifted_meanwhile  # type: ignore[method-assign]
    await start_window(book.starter, window)
    # Once before there was a workflow, and once more when there was.
    assert book.gate.told == [WindowChange(window, NOW, 2)] * 2
    await book.starter.tell(window)
    assert len(book.gate.told) == 2


async def test_with_temporal_away_windows_stay_in_opening(book: Book) -> None:
    window = await book.enter()
    assert window is not None
    book.gate.down = True
    with pytest.raises(UnavailableError):
        await start_window(book.starter, window)
    assert (await book.row(window))["state"] == "opening"


async def test_the_workflow_of_an_ended_window_is_waited_for_and_told_again(book: Book) -> None:
    first = await book.enter()
    assert first is not None
    await start_window(book.starter, first)
    await book.do("end", first, NOW + DAY, GATE)
    second = await book.enter(now=NOW + DAY)
    assert second is not None
    book.gate.answers[second] = first
    assert not await start_window(book.starter, second)
    await book.starter.tell(first)
    assert [change.window for change in book.gate.told] == [first]
    book.gate.answers[second] = ""
    assert not await start_window(book.starter, second)
    del book.gate.answers[second]
    assert await start_window(book.starter, second)
    assert (await book.row(second))["state"] == "open"


async def test_a_gate_that_the_ledger_forgot_refuses(book: Book) -> None:
    window = await book.enter()
    assert window is not None
    book.gate.answers[window] = "w0000000000"
    assert await start_window(book.starter, window)
    assert (await book.row(window))["state"] == "refused"
    [refusal] = await book.fetch("SELECT reason, detail FROM refusal")
    assert refusal["detail"] == "a window of this sequence still runs in Temporal; its row is gone"
    assert await book.fetch("SELECT state FROM enrollment") == [{"state": "stopped"}]


async def test_by_hand_tells_the_workflow_and_a_record_that_enters_once_needs_none(book: Book) -> None:
    window, once = await book.enter(via="hand"), await book.enter(ONCE, "p2", via="hand")
    assert window is not None
    assert once is not None
    for each in (window, once, window):
        await book.starter.tell_if_possible(each)
    assert book.gate.changed == [WindowChange(window, NOW + DAY, 1)]
    assert book.gate.told == []
