"""Slots on a real Postgres: many workers at once, and sends that ask twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from adapters.postgres.database import Database
from sequences.planning.values import Channel
from sequences.runs.state import Due, StepCall
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sending.slots import Limits, day_of
from services.sending.slots import Slots
from tests.support import by_name as queries
from tests.support.counted import CountedDatabase
from tests.support.mortal import KilledError, MortalDatabase, Reaper
from tests.support.rigs.send import NOW as SENT_AT
from tests.support.rigs.send import SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2027, 3, 10, 12, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
MAILBOX = "Dana@agency.example"


def slots_with(limits: Limits | None, chance: float = 0.25) -> Slots:
    return Slots({Channel.EMAIL: limits}, LONDON, lambda: chance)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_url, max_size=16)
    yield opened
    await opened.close()


async def reserve(database: Database, slots: Slots, now: datetime, mailbox: str = MAILBOX) -> datetime:
    async with database.transaction() as connection:
        return await slots.reserve(connection, mailbox, Channel.EMAIL, now, slots.chance())


async def add_send(database: Database) -> str:
    """A planned e-mail of a run; only what slots read matters."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO sequence_version VALUES ('s', 1, '{}', '{}', 'f', $1) ON CONFLICT DO NOTHING", NOW
        )
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, "
            "state, enrolled_at) VALUES ('e1234567890', 'w', 's', 1, 'person', 'p', 'p', 'hand', 'active', $1)",
            NOW,
        )
        await queries.run(
            connection,
            "add_send",
            id="s1234567890",
            enrollment_id="e1234567890",
            step="one",
            person_id="p",
            channel="email",
            sender=MAILBOX,
            recipient="alex@client.example",
            subject="Hello",
            message_id="<m@x>",
            content=b"",
            text="",
            planned_at=NOW,
            variant=None,
        )
    return "s1234567890"


async def of_send(database: Database, slots: Slots, send: str, now: datetime) -> datetime:
    async with database.transaction() as connection:
        return await slots.of_send(connection, send, now)


async def claim(database: Database, send: str, now: datetime) -> Any:
    async with database.transaction() as connection:
        return await queries.row(
            connection, "claim_send", id=send, claimer="test", now=now, span_start=None, cap=None, day=None, owner=None
        )


async def used(database: Database) -> dict[str, int]:
    async with database.transaction() as connection:
        return {str(row["day"]): row["used"] for row in await connection.fetch("SELECT day, used FROM mailbox_day")}


async def test_64_reservations_at_once_get_distinct_slots_that_obey_the_limits(database: Database) -> None:
    limits = Limits(per_minute=30, jitter=0.5, per_day=25)
    slots = slots_with(limits)
    # Each run has its own clock: some are a little late, some are ahead by days.
    clocks = [NOW + timedelta(seconds=number % 5, days=3 * (number % 2)) for number in range(64)]
    taken = await asyncio.gather(*(reserve(database, slots, now) for now in clocks))
    assert all(slot >= now for slot, now in zip(taken, clocks, strict=True))
    ordered = sorted(taken)
    assert all(later - earlier >= timedelta(seconds=2) for earlier, later in pairwise(ordered))
    per_day = Counter(str(day_of(slot, LONDON)) for slot in taken)
    assert per_day == {"2027-03-10": 25, "2027-03-11": 7, "2027-03-13": 25, "2027-03-14": 7}
    assert await used(database) == per_day


async def test_mailboxes_do_not_wait_for_each_other_and_case_makes_no_other_mailbox(database: Database) -> None:
    slots = slots_with(Limits(per_minute=1), chance=0.0)
    assert await reserve(database, slots, NOW) == NOW
    assert await reserve(database, slots, NOW, "other@agency.example") == NOW
    assert await reserve(database, slots, NOW, MAILBOX.upper()) == NOW + timedelta(minutes=1)


async def test_without_limits_nothing_is_reserved(database: Database) -> None:
    slots = slots_with(None)
    assert [await reserve(database, slots, NOW) for _ in range(3)] == [NOW] * 3
    assert await used(database) == {}


async def test_a_send_that_asks_again_or_twice_at_once_keeps_its_one_slot(database: Database) -> None:
    slots = slots_with(Limits(per_minute=1), chance=0.0)
    await reserve(database, slots, NOW)
    send = await add_send(database)
    first = await asyncio.gather(*(of_send(database, slots, send, NOW) for _ in range(8)))
    assert set(first) == {NOW + timedelta(minutes=1)}
    assert await of_send(database, slots, send, first[0] + timedelta(seconds=30)) == first[0]
    assert await used(database) == {"2027-03-10": 2}


async def test_the_claim_refuses_before_the_slot_and_not_at_it(database: Database) -> None:
    slots = slots_with(Limits(per_minute=1), chance=0.0)
    await reserve(database, slots, NOW)
    send = await add_send(database)
    slot = await of_send(database, slots, send, NOW)
    assert await claim(database, send, slot - timedelta(microseconds=1)) is None
    assert (await claim(database, send, slot))["state"] == "claimed"


async def test_a_slot_that_was_missed_is_given_back_and_reserved_anew(database: Database) -> None:
    slots = slots_with(Limits(per_minute=1, per_day=2), chance=0.0)
    send = await add_send(database)
    assert await of_send(database, slots, send, NOW) == NOW
    morning = NOW + timedelta(hours=21)
    await reserve(database, slots, morning)
    assert await of_send(database, slots, send, morning) == morning + timedelta(minutes=1)
    assert await used(database) == {"2027-03-10": 0, "2027-03-11": 2}


async def test_a_back_off_holds_slots_and_claims_of_the_whole_mailbox_and_of_no_other(database: Database) -> None:
    slots = slots_with(Limits(per_minute=1), chance=0.0)
    send = await add_send(database)
    assert await of_send(database, slots, send, NOW) == NOW
    outcome = TransportOutcome(TransportVerdict.RETRY, "mail", "451 4.7.1", retry_after=300)
    async with database.transaction() as connection:
        await slots.back_off(connection, MAILBOX, Channel.EMAIL, outcome, NOW)
    assert await claim(database, send, NOW) is None
    until = NOW + timedelta(seconds=300)
    # Its slot lies in the back-off: it gets the first one after it, and the next send the one after that.
    assert await of_send(database, slots, send, NOW) == until
    assert await reserve(database, slots, NOW) == until + timedelta(minutes=1)
    assert await reserve(database, slots, NOW, "other@agency.example") == NOW
    assert await reserve(database, slots_with(None), NOW) == until
    # A run whose clock is weeks ahead was not asked to wait.
    assert await reserve(database, slots, NOW + timedelta(weeks=2)) == NOW + timedelta(weeks=2)


async def test_an_answer_about_one_recipient_backs_nobody_off(database: Database) -> None:
    slots = slots_with(None)
    outcome = TransportOutcome(TransportVerdict.RETRY, "rcpt", "452 4.2.2")
    async with database.transaction() as connection:
        await slots.back_off(connection, MAILBOX, Channel.EMAIL, outcome, NOW)
    assert await reserve(database, slots, NOW) == NOW


LIMITED = Slots({Channel.EMAIL: Limits(per_minute=30, per_day=2_000), Channel.SMS: None}, ZoneInfo("UTC"), lambda: 0.5)
_SLOTS = "SELECT slot_at FROM send WHERE enrollment_id = $1"
_DAYS = "SELECT used FROM mailbox_day"


async def _take(rig: SendRig, run: str, database: Any = None, wire: Any = None) -> tuple[Due, list[str]]:
    counted = CountedDatabase(database or rig.database)
    steps = rig.steps(wire, counted)
    steps._taking.sending._slots = LIMITED
    return await ActivityEnvironment().run(steps.take_step, StepCall(run, "one", SENT_AT)), counted.said


async def test_a_free_mailbox_sends_at_once_and_the_next_mail_waits_for_its_slot(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    class Hurried:
        """``asyncio`` for one module: what else runs in this loop sleeps as it did."""

        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

    async with send_rig(database_url) as rig:
        await rig.publish("limited")
        first, second = [(await rig.ready("limited", frozen=False)).run.id for _ in range(2)]
        due, said = await _take(rig, first)
        assert due.why == "reaction period"
        assert [each.split("(")[0] for each in said[:4]] == [
            "SELECT p.*, whole_run",
            "SELECT day, used, next_at FROM mailbox_day WHERE channel = $",
            "BEGIN",
            "SELECT claim_new_send",
        ]
        assert len(said) == 10
        assert await rig.fetch(_SLOTS, first) == [{"slot_at": SENT_AT}]
        monkeypatch.setattr("services.sending.hand_over.asyncio", Hurried())
        due, said = await _take(rig, second)
        assert due.why == "reaction period"
        assert not any("claim_new_send" in each for each in said)
        assert slept == [2.0]
        assert await rig.fetch(_SLOTS, second) == [{"slot_at": SENT_AT + timedelta(seconds=2)}]
        assert await rig.fetch(_DAYS) == [{"used": 2}]


async def test_two_at_the_same_moment_take_two_slots(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("limited")
        runs = [(await rig.ready("limited", frozen=False)).run.id for _ in range(2)]
        both_look = asyncio.Barrier(2)

        class Meets:
            """Both have seen a free mailbox by the time that they have a connection."""

            @asynccontextmanager
            async def connection(self) -> AsyncIterator[Any]:
                if not any(each.startswith("met") for each in met):
                    await both_look.wait()
                    met.append("met")
                async with rig.wire.connection() as ready:
                    yield ready

        met: list[str] = []
        await asyncio.gather(*(_take(rig, run, wire=Meets()) for run in runs))
        slots = [row["slot_at"] for run in runs for row in await rig.fetch(_SLOTS, run)]
        assert sorted(slots) == [SENT_AT, SENT_AT + timedelta(seconds=2)]
        assert await rig.fetch(_DAYS) == [{"used": 2}]
        assert len(rig.wire.handed) == 2


async def test_killed_anywhere_a_limited_mailbox_sends_once_and_counts_it(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("limited")
        for place in range(1, 1000):
            await rig.fetch("DELETE FROM mailbox_day")
            run, handed, reaper = (await rig.ready("limited", frozen=False)).run.id, len(rig.wire.handed), Reaper(place)
            try:
                await _take(rig, run, MortalDatabase(rig.database, reaper))
            except KilledError:
                await _take(rig, run)
            else:
                break
            states = [row["state"] for row in await rig.fetch("SELECT state FROM send WHERE enrollment_id = $1", run)]
            assert states in (["sent"], ["unknown"]), place
            assert len(rig.wire.handed) - handed <= 1, place
            assert await rig.fetch(_DAYS) == [{"used": 1}], place
        assert place > 18
