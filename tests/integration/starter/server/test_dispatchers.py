"""Several dispatchers on one outbox: each row once and in order, whoever dies, and rings that nobody heard."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from adapters.postgres import queries
from adapters.postgres.database import Database
from adapters.postgres.listening import LISTENER
from services.runs.replan import Replanning
from starter.server.lane import Lane
from starter.server.lanes import Reactions
from starter.server.outbox import Dispatcher
from tests.support.rigs.api import ApiRig, ScriptedRuns
from tests.support.screens.world import unmatched_mail
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.runs.state import Reaction


class SlowRuns(ScriptedRuns):
    """Takes a moment for each, and remembers who was told of what by whom."""

    def __init__(self) -> None:
        super().__init__()
        self.hung = asyncio.Event()
        self.hangs = False

    async def react(self, workflow_id: str, reaction: Reaction, *more: Reaction) -> bool:
        if self.hangs:
            self.hung.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0.002)
        return await super().react(workflow_id, reaction, *more)


@pytest.fixture
async def pair(api: ApiRig, database_url: str) -> AsyncIterator[tuple[ApiRig, ApiRig]]:
    """The parts of two processes: pools and Temporal clients of their own."""
    async with AsyncExitStack() as stack:
        parts = []
        for _ in range(2):
            database = await Database.connect(database_url)
            stack.push_async_callback(database.close)
            parts.append(replace(api, database=database, runs=SlowRuns()))
        yield parts[0], parts[1]


def runs_of(part: ApiRig) -> SlowRuns:
    assert isinstance(part.runs, SlowRuns)
    return part.runs


async def many_reactions(api: ApiRig, *, runs: int, each: int) -> list[str]:
    """In the order in which they came: the runs in turn."""
    enrollments = [await api.enrolled(f"p{number}") for number in range(runs)]
    return [
        await api.reaction(f"{number}-{enrollment}", enrollment, minutes=number)
        for number in range(each)
        for enrollment in enrollments
    ]


async def undelivered(api: ApiRig) -> int:
    return len(await api.fetch("SELECT 1 FROM reaction WHERE delivered_at IS NULL"))


def told(*parts: ApiRig) -> list[tuple[str, str]]:
    return [(workflow, reaction.id) for part in parts for workflow, reaction in part.runs.reactions]


async def test_two_dispatchers_tell_each_reaction_once_and_share_them(
    api: ApiRig, pair: tuple[ApiRig, ApiRig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.lane._BATCH", 20)
    reactions = await many_reactions(api, runs=100, each=2)
    dispatchers = [Dispatcher(part, api.clock) for part in pair]
    while await undelivered(api):
        await asyncio.gather(*(dispatcher.deliver() for dispatcher in dispatchers))
    assert sorted(reaction for _, reaction in told(*pair)) == sorted(reactions)
    assert all(len(part.runs.reactions) >= 40 for part in pair)
    rows = await api.fetch("SELECT count(*) AS n FROM reaction WHERE delivered_at = $1", api.now)
    assert rows[0]["n"] == 200


async def test_reactions_of_a_run_keep_their_order_over_two_dispatchers(
    api: ApiRig, pair: tuple[ApiRig, ApiRig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.lane._BATCH", 7)
    reactions = await many_reactions(api, runs=3, each=20)
    heard: list[tuple[str, str]] = []
    for part in pair:
        monkeypatch.setattr(part.runs, "reactions", _Shared(heard))
    dispatchers = [Dispatcher(part, api.clock) for part in pair]
    while await undelivered(api):
        await asyncio.gather(*(dispatcher.deliver() for dispatcher in dispatchers))
    for number in range(3):
        of_run = [reaction for workflow, reaction in heard if workflow == f"enrollment:hello:p{number}"]
        assert of_run == reactions[number::3]


class _Shared(list[Any]):
    """One list behind two dispatchers: in the order of Temporal."""

    def __init__(self, heard: list[tuple[str, str]]) -> None:
        super().__init__()
        self._heard = heard

    def append(self, item: tuple[str, Any]) -> None:
        self._heard.append((item[0], item[1].id))


async def test_what_a_dispatcher_had_claimed_when_it_was_killed_is_told_by_the_other(
    api: ApiRig, pair: tuple[ApiRig, ApiRig]
) -> None:
    reactions = await many_reactions(api, runs=4, each=5)
    dying, other = pair
    runs_of(dying).hangs = True
    task = asyncio.create_task(Dispatcher(dying, api.clock).deliver())
    await asyncio.wait_for(runs_of(dying).hung.wait(), PATIENCE)
    survivor = Dispatcher(other, api.clock)
    await survivor.deliver()
    assert told(other) == []
    # A process that is killed loses its connections; nobody has said goodbye.
    admin = await asyncpg.connect(api.settings.database_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    )
    await admin.close()
    await asyncio.wait_for(_until_told(survivor, other, 20), PATIENCE)
    assert sorted(reaction for _, reaction in told(other)) == sorted(reactions)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _until_told(dispatcher: Dispatcher, part: ApiRig, number: int) -> None:
    while len(part.runs.reactions) < number:
        await dispatcher.deliver()


async def test_the_poll_takes_over_within_seconds(api: ApiRig, pair: tuple[ApiRig, ApiRig]) -> None:
    await many_reactions(api, runs=2, each=2)
    dying, other = pair
    runs_of(dying).hangs = True
    task = asyncio.create_task(Dispatcher(dying, api.clock).deliver())
    await asyncio.wait_for(runs_of(dying).hung.wait(), PATIENCE)
    survivor = Dispatcher(other, api.clock)
    living = asyncio.create_task(survivor.run())
    try:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Nobody rings: everything was written before.
        await api.until(lambda: _all_delivered(api))
    finally:
        survivor.stop()
        await living
    assert len(told(other)) == 4


async def _all_delivered(api: ApiRig) -> bool:
    return await undelivered(api) == 0


async def test_what_another_told_between_the_look_and_the_lock_is_not_told_again(
    api: ApiRig, pair: tuple[ApiRig, ApiRig]
) -> None:
    await many_reactions(api, runs=1, each=3)
    late, _ = pair
    replanning = Replanning(late.database, late.records, late.versions)
    kind = Reactions(late.runs, replanning, api.clock)
    asked = kind.waiting

    async def overtaken(connection: Any, now: Any, among: Any, limit: int) -> Any:
        found = await asked(connection, now, among, limit)
        if among is None and limit > 1:
            await api.execute("UPDATE reaction SET delivered_at = $1 WHERE id = $2", api.now, found[0].id)
        return found

    kind.waiting = overtaken  # type: ignore[method-assign]
    await Lane(late.database, kind, api.clock).look()
    assert len(told(late)) == 2
    assert await undelivered(api) == 0


async def test_one_that_fails_waits_longer_each_time_for_all_dispatchers_and_holds_up_nobody(
    api: ApiRig, pair: tuple[ApiRig, ApiRig]
) -> None:
    reactions = await many_reactions(api, runs=100, each=1)
    behind = await api.reaction(
        "behind",
        (await api.fetch("SELECT enrollment_id FROM reaction WHERE id = $1", reactions[0]))[0]["enrollment_id"],
        minutes=9,
    )
    tries: list[float] = []
    for part in pair:
        runs_of(part).broken = _Noting(reactions[0], tries, api)
    dispatchers = [Dispatcher(part, api.clock) for part in pair]
    for _ in range(130):
        for dispatcher in dispatchers:
            await dispatcher.deliver()
        api.now += timedelta(seconds=1)
    assert sorted(reaction for _, reaction in told(*pair)) == sorted(reactions[1:])
    # Each time with the one behind it, and then alone.
    assert tries == [at for at in (0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0) for _ in range(2)]
    for part in pair:
        runs_of(part).broken = set()
    api.now += timedelta(minutes=1)
    await dispatchers[1].deliver()
    # In the order in which they came, and not around the one that failed.
    assert [reaction for _, reaction in told(pair[1])][-2:] == [reactions[0], behind]


class _Noting(set[str]):
    def __init__(self, bad: str, tries: list[float], api: ApiRig) -> None:
        super().__init__({bad})
        self._tries = tries
        self._api = api
        self._began = api.now

    def __contains__(self, reaction: object) -> bool:
        if not super().__contains__(reaction):
            return False
        self._tries.append((self._api.now - self._began).total_seconds())
        return True


async def test_whoever_writes_rings_and_a_cut_listener_listens_again(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 3600.0)
    enrollment = await api.enrolled()
    admin = await asyncpg.connect(api.settings.database_url)
    listeners = "FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"

    async def listening() -> bool:
        return bool(await admin.fetchval(f"SELECT count(*) {listeners} AND query LIKE 'LISTEN%'", LISTENER))

    async def heard(reaction: str) -> bool:
        return reaction in [told.id for _, told in api.runs.reactions]

    try:
        async with api.dispatching():
            await api.until(listening)
            first = await api.reaction("a", enrollment)
            await api.until(lambda: heard(first))
            await admin.execute(f"SELECT pg_terminate_backend(pid) {listeners}", LISTENER)
            # Written while nobody listens: found when somebody does again.
            second = await api.reaction("b", enrollment)
            await api.until(lambda: heard(second))
            await api.until(listening)
            third = await api.reaction("c", enrollment)
            await api.until(lambda: heard(third))
    finally:
        await admin.close()


async def test_who_commits_at_the_same_moment_as_one_who_rings_is_silent_and_found(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 3600.0)
    monkeypatch.setattr("starter.server.outbox._SECOND_LOOK", 1.0)
    enrollment = await api.enrolled()
    ringing, silent = [await asyncpg.connect(api.settings.database_url) for _ in range(2)]
    async with api.dispatching() as dispatcher:
        # The second looks after its start are over.
        await asyncio.sleep(2.5)
        looks = _count_looks(dispatcher, monkeypatch)
        first, second = ringing.transaction(), silent.transaction()
        await first.start()
        await ringing.execute("SELECT pg_advisory_xact_lock(hashtextextended('ring:reactions', 0))")
        await ringing.execute("NOTIFY relance_outbox, 'reactions'")
        await second.start()
        await silent.execute(
            "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, received_at)"
            " VALUES ('rsilent0000000', 'silent', $1, 'p1', 'clicked', false, $2)",
            enrollment,
            api.now,
        )
        await silent.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await first.commit()
        await api.until(lambda: _at_least(looks, 1))
        await second.commit()
        await api.until(lambda: _all_delivered(api))
    for connection in (ringing, silent):
        await connection.close()
    assert [each.id for _, each in api.runs.reactions] == ["rsilent0000000"]


_UNDOABLE = {
    "waiting_review": (
        "INSERT INTO waiting_review (reaction_id, label, reviewer, user_id, said_at, due_at)"
        " SELECT id, 'positive', 'Dana', 'u1', $1, $1::timestamptz + interval '1 second' FROM reaction"
    ),
    "waiting_attachment": (
        "INSERT INTO waiting_attachment (inbound_id, enrollment_id, asked_by, user_id, asked_at, due_at)"
        " SELECT i.id, e.id, 'Dana', 'u1', $1, $1::timestamptz + interval '1 second' FROM inbound i, enrollment e"
    ),
}


@pytest.mark.parametrize("table", sorted(_UNDOABLE))
async def test_an_idle_dispatcher_sleeps_until_the_next_row_is_due(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 0.05)
    monkeypatch.setattr("starter.server.outbox._IDLE_SECONDS", 3600.0)
    await api.reaction("a", await api.enrolled())
    await api.execute("UPDATE reaction SET delivered_at = $1, handled_at = $1", api.now)
    await unmatched_mail(api)
    loop, looks = asyncio.get_running_loop(), list[float]()
    real = queries.outbox_ahead

    async def noted(*args: Any, **named: Any) -> queries.OutboxAheadRow:
        looks.append(loop.time())
        return await real(*args, **named)

    async def sleeps() -> bool:
        return bool(looks) and loop.time() - looks[-1] > 0.5

    async def said() -> bool:
        return not await api.fetch(f"SELECT 1 FROM {table}")

    monkeypatch.setattr(queries, "outbox_ahead", noted)
    async with api.dispatching():
        await api.until(sleeps)
        # It rings for no desk, and becomes due by time alone.
        await api.execute(_UNDOABLE[table], api.now)
        api.now += timedelta(milliseconds=300)
        before = len(looks)
        await api.until(lambda: _more(looks, before))
        api.now += timedelta(milliseconds=700)
        await api.until(said)
        # Once for the ring, and once when it was due.
        assert len(looks) - before <= 4


async def _more(looks: list[float], before: int) -> bool:
    return len(looks) > before


@pytest.mark.parametrize(
    ("under_way", "due"),
    [(True, None), (False, 5.0), (False, None)],
    ids=["under_way", "due", "idle"],
)
async def test_what_waits_for_a_start_or_a_time_is_known(api: ApiRig, under_way: bool, due: float | None) -> None:
    if under_way:
        await api.reaction("a", await api.enrolled())
    if due is not None:
        await api.execute(
            "INSERT INTO outbox_delay VALUES ('reactions', 'e1', $1, 1)", api.now + timedelta(seconds=due)
        )
    async with api.database.statement() as connection:
        found = await queries.outbox_ahead(connection, now=api.now, lately=api.now - timedelta(minutes=1))
    assert found.under_way is under_way
    assert found.due_at == (None if due is None else api.now + timedelta(seconds=due))


async def test_each_kind_of_row_that_becomes_due_by_time_alone_is_known(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    reaction = await api.reaction("a", enrollment)
    link = await api.link(await api.sent(enrollment))
    await api.execute("UPDATE reaction SET delivered_at = $1, handled_at = $1", api.now)

    async def due_in() -> float | None:
        async with api.database.statement() as connection:
            found = await queries.outbox_ahead(connection, now=api.now, lately=api.now)
        return None if found.due_at is None else (found.due_at - api.now).total_seconds()

    def later(seconds: float) -> datetime:
        return api.now + timedelta(seconds=seconds)

    assert await due_in() is None
    await api.execute(
        "INSERT INTO reply_forwarding (reaction_id, state, due_at, hand_at) VALUES ($1, 'waiting', $2, $3)",
        reaction,
        later(40),
        later(50),
    )
    assert await due_in() == 50
    await api.execute(
        "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at, hand_at)"
        " VALUES ('faaaaaaaaaaaa', $1, $2, 0, 'webhook', '{}', 'pending', $3, $4)",
        enrollment,
        reaction,
        api.now,
        later(40),
    )
    assert await due_in() == 40
    await api.execute(
        "INSERT INTO hit (link_id, at, method, user_agent, address, prefetch, judge_at)"
        " VALUES ($1, $2, 'GET', 'x', 'x', false, $3)",
        link,
        api.now,
        later(30),
    )
    assert await due_in() == 30
    await api.execute(
        "INSERT INTO waiting_review (reaction_id, label, reviewer, user_id, said_at, due_at)"
        " VALUES ($1, 'positive', 'Dana', 'u1', $2, $3)",
        reaction,
        api.now,
        later(10),
    )
    assert await due_in() == 10
    mail = await unmatched_mail(api)
    await api.execute(
        "INSERT INTO waiting_attachment (inbound_id, enrollment_id, asked_by, user_id, asked_at, due_at)"
        " VALUES ($1, $2, 'Dana', 'u1', $3, $4)",
        mail,
        enrollment,
        api.now,
        later(5),
    )
    assert await due_in() == 5
    # What is due already is found by the lanes themselves.
    api.now += timedelta(seconds=35)
    assert await due_in() == 5


async def test_a_message_that_went_out_rings_nobody(api: ApiRig) -> None:
    heard: list[object] = []
    connection = await asyncpg.connect(api.settings.database_url)
    await connection.add_listener("relance_outbox", lambda *told: heard.append(told[-1]))
    write = (
        "INSERT INTO change (entity, entity_id, fields, before, after, origin, at) "
        "VALUES ('person', 'p1', $1, '{}', '{}', $2, now())"
    )
    rung = []
    for fields, origin in (
        (["person.last_contacted"], "relance"),
        (["person.last_contacted"], "crm"),
        (["person.last_replied"], "relance"),
        (["person.last_contacted", "person.status"], "relance"),
    ):
        heard.clear()
        await connection.execute(write, fields, origin)
        await connection.execute("SELECT 1")
        rung.append(heard == ["changes"])
    await connection.close()
    # What rules make of the first waits for the slow poll.
    assert rung == [False, True, True, True]


async def test_what_the_slow_poll_found_is_free_when_a_desk_is_woken_for_it(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.outbox._POLL_SECONDS", 0.01)
    reaction = await api.reaction("a", await api.enrolled())
    dispatcher = Dispatcher(api, api.clock)
    first, last = dispatcher._desks[0], dispatcher._desks[-1]
    early: list[bool] = []

    async def asked_last(connection: Any) -> bool:
        early.append(first.woken.is_set())
        return False

    async def woken() -> bool:
        return first.woken.is_set()

    monkeypatch.setattr(last, "waits", asked_last)
    poll = asyncio.create_task(dispatcher._net())
    await api.until(woken)
    poll.cancel()
    with suppress(asyncio.CancelledError):
        await poll
    assert early[:1] == [False]
    await first.look()
    assert [each.id for _, each in api.runs.reactions] == [reaction]


def _count_looks(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    desk = dispatcher._desks[0]
    look, looks = desk.look, list[int]()

    async def counted() -> float | None:
        found = await look()
        looks.append(1)
        return found

    monkeypatch.setattr(desk, "look", counted)
    return looks


async def _at_least(found: list[int], number: int) -> bool:
    return len(found) >= number
