"""Whoever lets somebody in dies before, inside and after every transaction, and on both sides of each call to Temporal.

Afterwards the outbox comes by. In the end a record is in the sequence once, planned and started, or not at all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from adapters.postgres.listening import STARTER
from sequences.auto_enroll.messages import WatchCall
from services.enrolling.enroll import EntryRequest
from services.runs.started_by_workers import StartedByWorkers
from starter.server.outbox import Dispatcher, Duty
from tests.support.rigs.mortals import EVER, WITHIN, Mortals

if TYPE_CHECKING:
    from tests.support.rigs.api import ApiRig


@pytest.mark.parametrize("rules", [WITHIN, EVER], ids=["window", "once"])
async def test_by_hand(api: ApiRig, rules: dict[str, Any]) -> None:
    mortals, outside, lived = Mortals(api), 0, False
    await mortals.publish(rules)
    for place in range(1, 500):
        person = f"p{place}"
        await api.person(person)
        lived = await mortals.live(mortals.enrolling.enroll(EntryRequest("s", "n", person)), place)
        await mortals.outbox()
        if not await api.fetch("SELECT 1 FROM enrollment WHERE record_id = $1", person):
            # Nothing of it is left; the same request again lets in.
            outside += 1
            assert await api.fetch("SELECT 1 FROM reenrollment_window WHERE person_id = $1", person) == []
            await mortals.enrolling.enroll(EntryRequest("s", "n", person))
        await mortals.is_in(person, gate="prevent_reenrollment_within" in rules)
        if lived:
            break
    assert lived, "the entry passes fewer places than were tried"
    # Each statement is two places: more of them would cost every enrollment.
    assert 10 < outside < place <= 54


@pytest.mark.parametrize("rules", [WITHIN, EVER], ids=["window", "once"])
async def test_by_rule_with_the_two_starts(api: ApiRig, rules: dict[str, Any]) -> None:
    mortals, lived = Mortals(api), False
    await mortals.publish(rules)
    for place in range(1, 500):
        person = f"p{place}"
        await api.person(person, status="Hot")
        lived = await mortals.live(mortals.match(), place)
        # The activity is tried again; whatever is left besides is the outbox's to do.
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        await mortals.outbox()
        await mortals.is_in(person, gate="prevent_reenrollment_within" in rules)
        if lived:
            break
    assert lived, "the watcher passes fewer places than were tried"
    assert 30 < place <= 86


async def test_the_outbox_itself(api: ApiRig) -> None:
    """It dies over what others left behind; another one goes on."""
    mortals, lived = Mortals(api), False
    await mortals.publish(WITHIN)
    for place in range(1, 200):
        people = [f"a{place}", f"b{place}"]
        await api.person(people[0])
        # Dies right after its commit, so that everything is left to others.
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        mortals.runs.down = True
        await mortals.enrolling.enroll(EntryRequest("s", "n", people[0]))
        await api.person(people[1], status="Hot")
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        mortals.runs.down = False
        api.now += timedelta(minutes=2)
        lived = await mortals.live(Dispatcher(api, api.clock).deliver(), place)
        await mortals.outbox()
        for person in people:
            await mortals.is_in(person, gate=True)
        if lived:
            break
    assert lived
    assert place > 15


async def test_whoever_starts_a_batch(api: ApiRig) -> None:
    """Dies inside its own claim too, or between the marks of the runs and those of their windows."""
    mortals, lived = Mortals(api), False
    await mortals.publish(WITHIN)
    dying = replace(api, database=mortals.database)
    for place in range(1, 300):
        people = [f"{each}{place}" for each in "abc"]
        for person in people:
            await api.person(person, status="Hot")
        await mortals.rules.watching.watch_changes(WatchCall(0, api.now))
        lived = await mortals.live(Dispatcher(dying, api.clock, Duty.STARTS).deliver(), place)
        marked = {
            row.state for row in await api.fetch("SELECT state FROM enrollment WHERE person_id = ANY($1)", people)
        }
        # All of a batch are marked together: a run that began and is not marked yet is started again, which is nothing.
        assert len(marked) == 1
        await mortals.outbox()
        for person in people:
            await mortals.is_in(person, gate=True)
        if lived:
            break
    assert lived
    assert place > 20


async def test_the_worker_that_starts_what_somebody_enrolls_by_hand(api: ApiRig) -> None:
    """It dies at any place while the request waits for it; the request starts the run itself, and answers as ever."""
    mortals, lived = Mortals(api), False
    await mortals.publish(WITHIN)
    dying = replace(api, database=mortals.database)
    workers = StartedByWorkers(api.database, patience=0.05)
    for place in range(1, 200):
        person = f"p{place}"
        await api.person(person)
        # Whoever enrolls lives; it is the worker that dies over the row which was committed.
        mortals.runs.down = True
        accepted = await mortals.enrolling.enroll(EntryRequest("s", "n", person))
        mortals.runs.down = False
        assert not accepted.started
        lived = await mortals.live(Dispatcher(dying, api.clock, Duty.STARTS).deliver(), place)
        begun = await workers.started(accepted.enrollment) or await mortals.enrolling.start(accepted.enrollment)
        assert begun
        [run] = await api.fetch("SELECT state FROM enrollment WHERE id = $1", accepted.enrollment)
        assert run.state == "active"
        await mortals.outbox()
        await mortals.is_in(person, gate=True)
        if lived:
            break
    assert lived
    assert place > 10


async def test_who_waits_for_a_worker(api: ApiRig, database_url: str) -> None:
    """The request dies at any place of its wait, also once it has kept the run from workers."""
    mortals, lived = Mortals(api), False
    await mortals.publish(WITHIN)
    listener = await asyncpg.connect(database_url, server_settings={"application_name": STARTER})
    for place in range(1, 200):
        person = f"p{place}"
        await api.person(person)
        workers = StartedByWorkers(mortals.database, patience=0.03, wall=api.clock)
        waiting = replace(mortals.enrolling, workers=workers)
        lived = await mortals.live(waiting.enroll(EntryRequest("s", "n", person)), place)
        await mortals.outbox()
        if await api.fetch("SELECT 1 FROM enrollment WHERE record_id = $1", person):
            await mortals.is_in(person, gate=True)
        if lived:
            break
    assert lived
    assert place > 20
    await listener.close()
