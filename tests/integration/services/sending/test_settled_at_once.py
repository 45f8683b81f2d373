"""A send, its step and the plan of what is left are settled in one message if the run is as it was, else in several."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from sequences.checking import load_file
from sequences.runs.state import Due, StepCall
from services.sending import take_step
from tests.support.counted import CountedDatabase
from tests.support.rigs.send import MAIL, NOW, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LATE = NOW + timedelta(hours=1)
AFTER_IT = {
    "last": "",
    "at once": "  - {id: two, email: t/mail}\n  - {id: three, email: t/mail}\n",
    "days later": "  - {id: two, email: t/mail, when: 2 days after one}\n"
    "  - {id: three, email: t/mail, when: 1 week after two}\n",
    "on a date": "  - {id: two, email: t/mail, when: on 2027-05-10}\n",
    "passed": "  - {id: two, email: t/mail, when: 5 minutes after enrollment, at: '08:00'}\n"
    "  - {id: three, email: t/mail, when: on 2027-01-10}\n  - {id: four, email: t/mail, when: 1 day after three}\n",
}
STEPS = "SELECT * FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position"
SENDS = "SELECT state, decided_at, handed_at, code, reason, provider_message_id FROM send WHERE enrollment_id = $1"
EVENTS = (
    "SELECT kind, at, origin, lineage, recorded_at FROM person_event WHERE person_id = $1 AND kind = 'last_contacted'"
)


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        yield made


async def _publish(rig: SendRig, name: str, more: str) -> None:
    text = (
        f"sequence: {name}\nname: {name}\nrecord: person\nfrequency_cap: exempt\n"
        f"steps:\n  - {{id: one, email: t/mail}}\n{more}"
    )
    async with rig.database.transaction() as connection:
        await rig.versions.publish(connection, load_file(text, "t.yaml").sequence, {MAIL.name: MAIL.to_json()}, NOW)


async def _take(rig: SendRig, run: str) -> tuple[Due, list[str]]:
    counted = CountedDatabase(rig.database)
    call = StepCall(run, "one", LATE)
    due: Due = await ActivityEnvironment().run(rig.steps(database=counted).take_step, call)
    return due, counted.said


async def _rows(rig: SendRig, run: Any) -> list[Any]:
    steps = [row.as_dict() | {"enrollment_id": ""} for row in await rig.fetch(STEPS, run.id)]
    return [steps, await rig.fetch(SENDS, run.id), await rig.fetch(EVENTS, run.person_id)]


def _settled_at_once(said: list[str]) -> bool:
    return said[-1].startswith("SELECT settle_sent_step(")


@pytest.mark.parametrize("case", AFTER_IT)
async def test_both_ways_write_the_same(rig: SendRig, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    await _publish(rig, "both", AFTER_IT[case])
    run = (await rig.ready("both", frozen=False)).run
    due, said = await _take(rig, run.id)
    assert _settled_at_once(said)

    async def _not_at_once(*_: object) -> None:
        return None

    monkeypatch.setattr(take_step.TakeStep, "_settle_at_once", _not_at_once)
    other = (await rig.ready("both", frozen=False)).run
    slow, said = await _take(rig, other.id)
    assert said[-1] == "COMMIT"
    assert due == slow
    assert await _rows(rig, run) == await _rows(rig, other)


MEANWHILE = {
    "a step was skipped": (
        "UPDATE enrollment_step SET state = 'skipped', decided_at = now() WHERE enrollment_id = $1 AND step = 'two'",
        "three",
    ),
    "it was paused and goes on": (
        "INSERT INTO enrollment_pause (enrollment_id, started_at, ended_at, reason, mode) "
        "VALUES ($1, '2027-05-04T09:10Z', '2027-05-04T09:20Z', 'x', 'shift')",
        "two",
    ),
    "it was stopped": ("UPDATE enrollment SET state = 'stopped', reason = 'x' WHERE id = $1", None),
    "it was planned from outside": ("UPDATE enrollment SET plan_revision = plan_revision + 1 WHERE id = $1", "two"),
    "it moved to another version": ("UPDATE enrollment SET version = 2 WHERE id = $1", "two"),
}


@pytest.mark.parametrize("case", MEANWHILE)
async def test_what_changed_while_it_was_sent_is_not_lost(
    rig: SendRig, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    await _publish(rig, "meanwhile", AFTER_IT["at once"])
    await _publish(rig, "meanwhile", AFTER_IT["at once"] + "  - {id: four, email: t/mail}\n")
    run = (await rig.ready("meanwhile", frozen=False)).run
    change, following = MEANWHILE[case]
    send = rig.wire.send

    async def meanwhile(**message: Any) -> Any:
        await rig.fetch(change, run.id)
        return await send(**message)

    monkeypatch.setattr(rig.wire, "send", meanwhile)
    due, said = await _take(rig, run.id)
    assert said[-1] == "COMMIT", "settled by a plan that was made before the change"
    assert (due.step, due.closed) == (following, following is None)
    steps = {row["step"]: row for row in await rig.fetch(STEPS, run.id)}
    assert (steps["one"]["state"], steps["one"]["decided_at"]) == ("sent", LATE)
    assert steps["two"]["state"] == ("skipped" if following == "three" else "planned")
    assert (await rig.fetch(SENDS, run.id))[0]["state"] == "sent"
    assert len(await rig.fetch(EVENTS, run.person_id)) == 1


async def test_a_send_that_is_not_ours_any_more_is_not_written_over(
    rig: SendRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _publish(rig, "proved", "")
    run = (await rig.ready("proved", frozen=False)).run
    send = rig.wire.send

    async def proved(**message: Any) -> Any:
        await rig.fetch("UPDATE send SET state = 'sent', reason = 'proved by a reply' WHERE enrollment_id = $1", run.id)
        return await send(**message)

    monkeypatch.setattr(rig.wire, "send", proved)
    await _take(rig, run.id)
    assert (await rig.fetch(SENDS, run.id))[0]["reason"] == "proved by a reply"
    assert await rig.fetch(EVENTS, run.person_id) == []
    assert [row["state"] for row in await rig.fetch(STEPS, run.id)] == ["sent"]
