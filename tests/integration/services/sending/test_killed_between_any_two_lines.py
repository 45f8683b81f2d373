"""The worker dies before, inside and after every transaction of a step, and on both sides of the hand-over."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from temporalio.testing import ActivityEnvironment

from sequences.checking import load_file
from sequences.runs.state import StepCall
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from tests.support.mortal import KilledError, MortalDatabase, Reaper
from tests.support.rigs.send import ACCEPTED, MAIL, NOW, SendRig, made_ready_first, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runs.planning import RunContext

REFUSED = TransportOutcome(TransportVerdict.FAILED, "rcpt", "550 5.7.1", "no")
LATER = TransportOutcome(TransportVerdict.RETRY, "rcpt", "450 4.2.1", "later")
PLACES = {
    ("as stored", ACCEPTED): 10,
    ("as stored", REFUSED): 22,
    ("as stored", LATER): 18,
    ("made ready first", ACCEPTED): 16,
    ("made ready first", REFUSED): 30,
    ("made ready first", LATER): 26,
}


@pytest.fixture(params=["as stored", "made ready first"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a message is claimed: by the statement that stores it, or by one of its own."""
    if request.param == "made ready first":
        made_ready_first(monkeypatch)
    return str(request.param)


@dataclass
class MortalWire:
    reaper: Reaper
    outcome: TransportOutcome = ACCEPTED
    handed: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MortalWire]:
        self.reaper.passes()
        yield self
        self.reaper.passes()

    async def send(self, *, recipient: str, **_: object) -> TransportOutcome:
        self.reaper.passes()
        self.handed.append(recipient)
        self.reaper.passes()
        return self.outcome


async def _take(rig: SendRig, enrollment: str, reaper: Reaper, wire: MortalWire, now: datetime = NOW) -> bool:
    """One attempt of the activity; False when it was killed."""
    wire.reaper = reaper
    steps = rig.steps(wire, MortalDatabase(rig.database, reaper))
    call = StepCall(enrollment=enrollment, step="one", attempt=0, now=now)
    try:
        await ActivityEnvironment().run(steps.take_step, call)
    except KilledError:
        return False
    return True


@pytest.mark.parametrize("outcome", [ACCEPTED, REFUSED, LATER], ids=["accepted", "refused", "later"])
async def test_at_most_one_copy_and_no_end_without_a_word(
    database_url: str, outcome: TransportOutcome, way: str
) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("mortal")
        ends: dict[str, int] = {}
        for place in range(1, 1000):
            run = await rig.ready("mortal", frozen=False)
            wire = MortalWire(Reaper(place), outcome)
            survived = await _take(rig, run.run.id, wire.reaper, wire)
            handed_before = len(wire.handed)
            if not survived:
                assert await _take(rig, run.run.id, Reaper(0), wire)
            row = await rig.row(run)
            # A known refusal leaves the step to be tried again; whoever was handed over without an answer is not.
            repeated = outcome is LATER and row["state"] == "planned"
            assert len(wire.handed) <= (2 if repeated else 1), place
            assert row["state"] in {"sent", "failed", "unknown"} or repeated, place
            assert await rig.step(run) == row["state"], place
            if row["state"] == "sent":
                assert len(wire.handed) == 1, place
            if row["state"] == "unknown":
                assert handed_before <= 1
                assert run.run.id in await rig.told(), place
                assert "send_unknown" in await rig.events(run), place
            if row["state"] == "failed":
                assert run.run.id in await rig.told(), place
            ends[row["state"]] = ends.get(row["state"], 0) + 1
            if survived:
                break
        assert place > PLACES[way, outcome], "the step has fewer places than this test believes"
        assert ends["unknown"] >= 2
        assert len(ends) >= 2


TWO_STEPS = """
sequence: together
name: Together
record: person
frequency_cap: exempt
steps:
  - {id: one, email: t/mail}
  - {id: two, email: t/mail, when: 1 day after one}
"""
LATE = NOW + timedelta(hours=1)


async def _settled(rig: SendRig, run: RunContext) -> tuple[str, str, bool]:
    """The states of the send and of its step, and whether the next step counts from it already."""
    query = "SELECT state, due_at FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position"
    first, second = await rig.fetch(query, run.run.id)
    sends = await rig.fetch("SELECT state FROM send WHERE enrollment_id = $1 AND step = 'one'", run.run.id)
    return sends[0]["state"] if sends else "planned", first["state"], second["due_at"] == LATE + timedelta(days=1)


async def _publish_two_steps(rig: SendRig) -> None:
    async with rig.database.transaction() as connection:
        definition = load_file(TWO_STEPS, "together.yaml").sequence
        await rig.versions.publish(connection, definition, {MAIL.name: MAIL.to_json()}, NOW)


@pytest.mark.parametrize("outcome", [ACCEPTED, REFUSED], ids=["accepted", "refused"])
async def test_send_step_and_plan_are_settled_together_or_not_at_all(
    database_url: str, outcome: TransportOutcome, way: str
) -> None:
    async with send_rig(database_url) as rig:
        await _publish_two_steps(rig)
        end = "sent" if outcome is ACCEPTED else "failed"
        found: set[tuple[str, str, bool]] = set()
        for place in range(1, 1000):
            run = await rig.ready("together", frozen=False)
            wire = MortalWire(Reaper(place), outcome)
            survived = await _take(rig, run.run.id, wire.reaper, wire, LATE)
            found.add(await _settled(rig, run))
            if survived:
                break
        assert place > PLACES[way, outcome], "the step has fewer places than this test believes"
        assert found == {("planned", "planned", False), ("claimed", "planned", False), (end, end, True)}


async def test_a_plan_that_fails_does_not_cost_what_the_server_said(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no plan")

    def not_planned(*_: object, **__: object) -> None:
        raise RuntimeError("no plan")

    monkeypatch.setattr("services.sending.stored.AGAIN", (0.0,))
    async with send_rig(database_url) as rig:
        await _publish_two_steps(rig)
        run = await rig.ready("together", frozen=False)
        with monkeypatch.context() as broken:
            broken.setattr(rig.planning, "next_due", fails)
            broken.setattr("services.sending.take_step.remaining", not_planned)
            with pytest.raises(RuntimeError, match="no plan"):
                await _take(rig, run.run.id, Reaper(0), wire := MortalWire(Reaper(0)), LATE)
        assert await _settled(rig, run) == ("sent", "planned", False)
        assert await _take(rig, run.run.id, Reaper(0), wire, LATE)
        assert await _settled(rig, run) == ("sent", "sent", True)
        assert len(wire.handed) == 1
