"""The watch over sends that are in doubt, as Temporal runs it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.client import ScheduleActionExecutionStartWorkflow

from adapters.temporal.schedules import RECONCILIATION
from sequences.sending.outcome import TransportOutcome, TransportVerdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig

TEXTS = (
    "sequence: texts\nname: Texts\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, sms: onboarding/how-is-it-going}\n"
)
LOST = TransportOutcome(TransportVerdict.UNKNOWN, "http", None, "the connection was lost")


def _awake() -> str:
    """A zone where it is the middle of the day now: texts obey quiet hours in tests as well."""
    shift = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    # The sign of Etc/GMT zones is the other way round (POSIX).
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


@pytest_asyncio.fixture
async def watched(flow: FlowRig) -> AsyncIterator[FlowRig]:
    await RECONCILIATION.ensure(flow.services.client)
    yield flow
    await flow.services.client.get_schedule_handle(RECONCILIATION.schedule).delete()


async def test_the_schedule_finds_an_unknown_text_at_its_provider(watched: FlowRig) -> None:
    async def find(*_: object, **__: object) -> str:
        return "SM1"

    watched.texts.outcomes = [LOST]
    watched.texts.find = find  # type: ignore[attr-defined]
    await watched.publish("texts", TEXTS)
    await watched.person(timezone=_awake())
    accepted = await watched.enroll("texts")
    await watched.until_step(accepted, "one", "unknown")
    schedule = watched.services.client.get_schedule_handle(RECONCILIATION.schedule)
    await schedule.trigger()
    await watched.until_step(accepted, "one", "sent")
    send = (await watched.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    assert (send["state"], send["resolution"], send["provider_message_id"]) == ("sent", "proved", "SM1")
    events = [row["kind"] for row in await watched.rows("run_events", enrollment_id=accepted.enrollment)]
    assert events.count("send_proved") == 1
    assert len(watched.texts.sent) == 1
    action = (await schedule.describe()).info.recent_actions[-1].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    await watched.services.client.get_workflow_handle(action.workflow_id).result()
    await watched.keep_history(action.workflow_id, "reconciliation")


async def test_the_schedule_is_made_once_and_stays_paused(watched: FlowRig) -> None:
    client = watched.services.client
    handle = client.get_schedule_handle(RECONCILIATION.schedule)
    await handle.pause(note="the provider asks for peace")
    await asyncio.gather(*(RECONCILIATION.ensure(client) for _ in range(3)))
    found = (await handle.describe()).schedule
    assert (found.state.paused, found.state.note) == (True, "the provider asks for peace")
