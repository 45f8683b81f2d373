"""Send slots on the real server: a run sleeps until its slot, and a mail server that wants less gets less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sequences.names import TAKE_STEP
from sequences.runs.state import Command
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support import by_name as queries
    from tests.support.rigs.flow import FlowRig

MAIL = "sequence: mail\nname: Mail\nrecord: person\nfrequency_cap: exempt\nsteps:\n  - {id: one, email: bd/introduce}\n"
BY_DAY = MAIL.replace("steps:", 'schedule:\n  window: "08:00-20:00"\nsteps:')


def _noon() -> str:
    """A zone where it is the middle of the day now: no midnight comes between the sends of a test."""
    shift = (24 - datetime.now(UTC).hour) % 24 - 12
    # The sign of Etc/GMT zones is the other way round (POSIX).
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


@pytest.fixture(autouse=True)
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the flow that starts after this."""
    marker = request.node.get_closest_marker("parametrize")
    if marker is not None:
        monkeypatch.setenv("RELANCE_MAILBOX_LIMITS", request.getfixturevalue("limited"))
    monkeypatch.setenv("RELANCE_ORGANISATION_TIMEZONE", _noon())


async def the_send(flow: FlowRig, accepted: Accepted) -> queries.Row:
    rows: list[queries.Row] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    return rows[0]


async def until_reason(flow: FlowRig, accepted: Accepted, reason: str) -> queries.Row:
    """Waits until the only step is put off for that reason, and returns it."""
    steps: list[queries.Row] = []

    async def met() -> bool:
        steps[:] = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
        return bool(steps) and str(steps[0]["reason"]).startswith(reason)

    await flow.until(met)
    return steps[0]


async def two_runs(flow: FlowRig, text: str = MAIL) -> tuple[Accepted, Accepted]:
    """The first has sent; the second was enrolled after that."""
    await flow.publish("mail", text)
    for number in ("p1", "p2", "p3"):
        await flow.person(number, timezone=_noon())
    first = await flow.enroll("mail", "p1")
    await flow.until_step(first, "one")
    return first, await flow.enroll("mail", "p2")


async def used(flow: FlowRig) -> list[int]:
    async with flow.services.database.transaction() as connection:
        return [row["used"] for row in await connection.fetch("SELECT used FROM mailbox_day ORDER BY day")]


@pytest.mark.parametrize("limited", ["gap 600 s"])
async def test_a_run_sleeps_until_its_slot_and_then_sends_without_another(flow: FlowRig, limited: str) -> None:
    first, second = await two_runs(flow)
    step = await until_reason(flow, second, "slot")
    slot = (await the_send(flow, second))["slot_at"]
    assert slot == (await the_send(flow, first))["slot_at"] + timedelta(minutes=10)
    assert step["due_at"] == slot
    assert len(list_mail(flow.mail.folder)) == 1
    await flow.skip(second, minutes=10, seconds=1)
    await flow.until_step(second, "one")
    send = await the_send(flow, second)
    assert send["slot_at"] == slot
    assert send["claimed_at"] >= slot
    assert await used(flow) == [2]


@pytest.mark.parametrize("limited", ["gap 600 s"])
async def test_a_run_that_is_paused_over_its_slot_gets_another_and_one_that_is_stopped_sends_nothing(
    flow: FlowRig, limited: str
) -> None:
    _, second = await two_runs(flow)
    await until_reason(flow, second, "slot")
    slot = (await the_send(flow, second))["slot_at"]
    third = await flow.enroll("mail", "p3")
    await until_reason(flow, third, "slot")
    assert (await the_send(flow, third))["slot_at"] == slot + timedelta(minutes=10)
    await flow.services.runs.command(third.workflow_id, Command("c1", "stop", "their wish"))
    await flow.until_state(third, "stopped")
    await flow.services.runs.command(second.workflow_id, Command("c2", "pause", "their wish"))
    await flow.until_state(second, "paused")
    await flow.skip(second, minutes=30)
    await flow.services.runs.command(second.workflow_id, Command("c3", "resume", "their wish"))
    await flow.skip(second, minutes=41)
    await flow.until_step(second, "one")
    send = await the_send(flow, second)
    assert send["slot_at"] >= slot + timedelta(minutes=20)
    assert send["claimed_at"] >= send["slot_at"]
    assert (await flow.steps(third)) == {"one": "cancelled"}
    assert len(list_mail(flow.mail.folder)) == 2


@pytest.mark.parametrize("limited", ["gap 2 s"])
async def test_a_slot_in_a_moment_is_waited_for_on_the_spot(flow: FlowRig, limited: str) -> None:
    async def early_in_a_minute() -> bool:
        return datetime.now(UTC).second < 50

    # Over the end of a minute, and so perhaps of a window, it would sleep instead.
    await flow.until(early_in_a_minute)
    first, second = await two_runs(flow)
    await flow.until_step(second, "one")
    sends = [await the_send(flow, accepted) for accepted in (first, second)]
    assert sends[1]["claimed_at"] - sends[0]["claimed_at"] >= timedelta(seconds=2)
    history = await flow.handle(second).fetch_history()
    taken = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    assert taken.count(TAKE_STEP) == 1


@pytest.mark.parametrize("limited", ["1/day"])
async def test_what_the_day_does_not_take_goes_in_the_window_of_the_next(flow: FlowRig, limited: str) -> None:
    _, second = await two_runs(flow, BY_DAY)
    step = await until_reason(flow, second, "slot")
    # The mailbox may send from midnight on, the step from 8 o'clock; what missed its slot for that gets another.
    assert step["due_at"].astimezone(ZoneInfo(_noon())).hour == 8
    await flow.skip(second, days=1)
    await flow.until_step(second, "one")
    assert (await the_send(flow, second))["slot_at"] >= step["due_at"]
    assert await used(flow) == [1, 1]


async def test_a_server_that_wants_less_holds_every_mail_of_the_mailbox(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    keep = flow.mail._keep

    def too_busy(envelope: Any) -> None:
        asked.append("data")
        if len(asked) == 1:
            raise RuntimeError("the capture answers 451 4.3.0")
        keep(envelope)

    monkeypatch.setattr(flow.mail, "_keep", too_busy)
    await flow.publish("mail", MAIL)
    for number in ("p1", "p2"):
        await flow.person(number)
    first = await flow.enroll("mail", "p1")
    await until_reason(flow, first, "retry after data 451")
    second = await flow.enroll("mail", "p2")
    step = await until_reason(flow, second, "mailbox_backed_off")
    async with flow.services.database.transaction() as connection:
        back_off = await connection.fetchrow("SELECT * FROM mailbox_back_off")
    assert back_off is not None
    assert (back_off["address"], back_off["code"]) == ("dana@agency.example", "451 4.3.0")
    assert step["due_at"] == back_off["until"]
    # The server was asked once: the second mail did not even knock.
    assert len(asked) == 1
    for accepted in (first, second):
        await flow.skip(accepted, minutes=2)
        await flow.until_step(accepted, "one")
    assert len(list_mail(flow.mail.folder)) == 2
