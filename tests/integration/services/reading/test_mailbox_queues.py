"""What the limits of mailboxes put off, against the slots that are really reserved, on a real Postgres."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from sequences.access.viewer import EVERYBODY, Scope
from sequences.planning.values import Channel
from sequences.sending.slots import Limits, day_of
from services.reading import mailbox_queues
from services.reading.going_later import LaterAsked
from services.reading.mailbox_queues import MailboxQueues
from services.sending.slots import Slots
from tests.support.stored_definition import stored_definition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from services.reading.going_later import GoesLater

NOW = datetime(2027, 3, 10, 12, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
HOUSE = "house@agency.example"
OWNERS = {"dana": "Dana@agency.example", "eli": "jobs@agency.example", "fay": "Jobs@agency.example", "gus": None}


@dataclass
class World:
    database: Database

    def queues(self, per_day: int = 2, channels: tuple[str, ...] = (Channel.EMAIL,)) -> MailboxQueues:
        limits = dict.fromkeys(channels, Limits(per_day=per_day))
        return MailboxQueues(Versions(), Slots(limits, LONDON, lambda: 0.5), HOUSE, "+447700900000")

    async def execute(self, text: str, *values: object) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(text, *values)

    async def publish(self, sequence: str, **more: object) -> None:
        stored = stored_definition(sequence, "one", {"id": "text", "email": None, "sms": "letters/text"}, **more)
        stored["steps"] = [{name: value for name, value in step.items() if value} for step in stored["steps"]]
        await self.execute("INSERT INTO sequence_version VALUES ($1, 1, $2, '{}', 'x', $3)", sequence, stored, NOW)

    async def plan(
        self, number: int, sequence: str, owner: str | None, at: datetime, state: str = "active", step: str = "one"
    ) -> str:
        run = f"e{number:011d}"
        await self.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, $1, $2, 1, 'person', $1, $1, $3, 'hand', $4, $5)",
            run,
            sequence,
            owner,
            state,
            NOW,
        )
        await self.execute(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, timezone) "
            "VALUES ($1, $2, 0, 'planned', $3, 'Europe/London')",
            run,
            step,
            at,
        )
        return run

    async def later(
        self, queues: MailboxQueues, scope: Scope = EVERYBODY, days: float = 10
    ) -> tuple[GoesLater, ...] | None:
        async with self.database.transaction() as connection:
            return await queues.put_off(connection, LaterAsked(NOW, NOW + timedelta(days=days), scope), NOW)


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    database = await Database.connect(database_url)
    made = World(database)
    for owner, email in OWNERS.items():
        await made.execute("INSERT INTO owner (id, email) VALUES ($1, $2)", owner, email)
    yield made
    await database.close()


async def test_it_is_what_the_slots_then_do(world: World) -> None:
    await world.publish("one")
    due = {await world.plan(number, "one", "dana", NOW + timedelta(hours=number)): number for number in range(7)}
    slots = world.queues().slots
    async with world.database.transaction() as connection:
        # One has gone this morning.
        await slots.reserve(connection, "dana@agency.example", Channel.EMAIL, NOW - timedelta(hours=3), 0.5)
    found = {each.run: each.again_from for each in await world.later(world.queues()) or ()}
    really = {}
    for run, hours in due.items():
        async with world.database.transaction() as connection:
            at = await slots.reserve(connection, OWNERS["dana"] or "", Channel.EMAIL, NOW + timedelta(hours=hours), 0.5)
        if day_of(at, LONDON) > day_of(NOW + timedelta(hours=hours), LONDON):
            really[run] = at
    assert found == really
    assert len(found) == 6


async def test_a_slot_that_is_reserved_is_not_taken_twice(world: World) -> None:
    await world.publish("one")
    first = await world.plan(1, "one", "dana", NOW)
    await world.plan(2, "one", "dana", NOW + timedelta(hours=1))
    third = await world.plan(3, "one", "dana", NOW + timedelta(hours=2))
    await world.execute(
        "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text, "
        "planned_at, slot_at) VALUES ('saaaaaaaaaaaa', $1, 'one', $1, 'email', 'planned', 'd', 'r', '', '', $2, $2)",
        first,
        NOW,
    )
    async with world.database.transaction() as connection:
        await world.queues().slots.reserve(connection, "dana@agency.example", Channel.EMAIL, NOW, 0.5)
    assert [each.run for each in await world.later(world.queues()) or ()] == [third]


async def test_a_mailbox_is_that_of_the_sequence_or_of_the_owner(world: World) -> None:
    await world.publish("one")
    await world.publish("box", sender="Jobs@agency.example")
    await world.publish("theirs", sender="assigned_by", auto_enroll=_rule("dana"))
    await world.publish("nobodys", sender="assigned_by", auto_enroll=_rule("gus"))
    cases: list[tuple[str, str | None]] = [
        *[("one", "eli"), ("one", "fay"), ("box", "dana"), ("theirs", "eli"), ("one", "dana"), ("nobodys", "eli")],
        *[("one", "gus"), ("one", None), ("one", "left")],
    ]
    runs = [await world.plan(n, name, owner, NOW + timedelta(hours=n)) for n, (name, owner) in enumerate(cases)]
    found = {each.run for each in await world.later(world.queues(1)) or ()}
    assert [case for case, run in zip(cases, runs, strict=True) if run in found] == [
        ("one", "fay"),  # jobs@, after eli's
        ("box", "dana"),
        ("one", "dana"),  # dana@, after what goes in her name
        ("one", "gus"),  # the house's own, after what goes in Gus' name, who has no address
        ("one", None),
        ("one", "left"),
    ]


async def test_the_schedule_and_closed_days_decide_what_comes_after_a_full_day(world: World) -> None:
    await world.publish("one", schedule={"window": "09:00-17:00", "weekdays_only": True, "timezone": "Europe/London"})
    friday = datetime(2027, 3, 12, 10, tzinfo=LONDON)
    runs = [await world.plan(number, "one", "dana", friday) for number in range(3)]
    monday = date(2027, 3, 15)
    at_nine = datetime.combine(monday, time(9), LONDON)
    assert [(each.run, each.again_from) for each in await world.later(world.queues()) or ()] == [(runs[2], at_nine)]
    await world.execute("INSERT INTO closed_day (day, owner_id, since) VALUES ($1, 'dana', $2)", monday, NOW)
    (each,) = await world.later(world.queues()) or ()
    assert each.again_from == at_nine + timedelta(days=1)


async def test_texts_share_one_number_and_what_has_no_limit_never_waits(world: World) -> None:
    await world.publish("one")
    for number in range(3):
        await world.plan(number, "one", ("dana", "eli", None)[number], NOW, step="text")
    assert await world.later(world.queues(1)) == ()
    assert len(await world.later(world.queues(1, (Channel.SMS,))) or ()) == 2
    assert await world.later(world.queues(1, ())) == ()


async def test_runs_that_are_paused_or_over_send_nothing(world: World) -> None:
    await world.publish("one")
    for number, state in enumerate(("paused", "stopped", "held", "active", "starting")):
        await world.plan(number, "one", "dana", NOW + timedelta(hours=number), state)
    assert [each.run for each in await world.later(world.queues(1)) or ()] == ["e00000000004"]


async def test_of_some_owners_it_says_the_same_as_of_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(7)
    await world.publish("one")
    await world.publish("box", sender="jobs@agency.example")
    await world.publish("theirs", sender="assigned_by", auto_enroll=_rule("dana"))
    for number in range(150):
        at = NOW + timedelta(minutes=draw.randrange(-60, 60 * 24 * 6))
        owner = draw.choice((*OWNERS, None, "left"))
        await world.plan(number, draw.choice(("one", "box", "theirs")), owner, at, draw.choice(("active", "paused")))
    everything = await world.later(world.queues(3))
    assert everything is not None
    assert len(everything) > 20
    for owners in (("dana",), ("eli",), ("gus", "left"), ()):
        scope = Scope.of(owners)
        found = await world.later(world.queues(3), scope)
        assert found is not None
        assert {each for each in found if scope.holds(each.owner_id)} == {
            each for each in everything if scope.holds(each.owner_id)
        }
    monkeypatch.setattr(mailbox_queues, "MOST", 20)
    assert await world.later(world.queues(3)) is None
    assert await world.later(world.queues(3), Scope.of(("dana",))) is None


def _rule(assigned: str) -> dict[str, object]:
    return {"qualitative": {"person.email": "present"}, "assigned_by": assigned}
