"""Notifications by mail through everything: from a reaction by the Schedule and the worker to the mail server."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.client import ScheduleActionExecutionStartWorkflow, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.schedules import NOTIFICATION_MAILS
from sequences.names import NOTIFICATION_MAIL_WORKFLOW, QUEUE, SEND_QUEUE
from sequences.sending.owner_mails import OwnerMailPass
from services.operations.notify_by import set_notify_by
from starter.local.mail_capture import list_mail, read_mail
from tests.support.raw_history import found_in, raw_history
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig


@pytest_asyncio.fixture
async def notices(flow: FlowRig) -> AsyncIterator[FlowRig]:
    """A whole Relance whose Schedule is gone after the test: one dev server serves all tests."""
    await flow.person()
    yield flow
    try:
        await flow.services.client.get_schedule_handle(NOTIFICATION_MAILS.schedule).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def _begin(flow: FlowRig) -> WorkflowHandle[object, OwnerMailPass]:
    return await flow.services.client.start_workflow(
        NOTIFICATION_MAIL_WORKFLOW, id=f"notices-{uuid.uuid4().hex}", task_queue=QUEUE, result_type=OwnerMailPass
    )


async def _pass(flow: FlowRig) -> OwnerMailPass:
    return await asyncio.wait_for((await _begin(flow)).result(), PATIENCE)


async def _notified(flow: FlowRig) -> None:
    """An interested answer, of which the owner is told."""
    await flow.publish("new-services")
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    await flow.reply(accepted, "Please tell me more")
    await flow.until_state(accepted, "stopped")


def _to_owner(flow: FlowRig) -> list[str]:
    return [mail.subject for mail in list_mail(flow.mail.folder) if mail.recipient == "dana@agency.example"]


async def test_an_owner_is_told_by_the_schedule_and_temporal_knows_nobodys_name(notices: FlowRig) -> None:
    await set_notify_by(notices.services.database, "dana", "email")
    await _notified(notices)
    await NOTIFICATION_MAILS.ensure(notices.services.client)
    schedule = notices.services.client.get_schedule_handle(NOTIFICATION_MAILS.schedule)
    await schedule.trigger()

    async def told() -> bool:
        return len(_to_owner(notices)) == 1

    await notices.until(told)
    (subject,) = _to_owner(notices)
    assert subject == "replied.positive: Business development: Alex Example"
    found = next(mail for mail in list_mail(notices.mail.folder) if mail.recipient == "dana@agency.example")
    assert read_mail(notices.mail.folder, found.file).header("Auto-Submitted") == "auto-generated"

    async def acted() -> bool:
        return bool((await schedule.describe()).info.recent_actions)

    await notices.until(acted)
    action = (await schedule.describe()).info.recent_actions[-1].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    handle = notices.services.client.get_workflow_handle(action.workflow_id)
    await handle.result()
    assert found_in(await raw_history(handle), ("Alex", "Example", "dana", "agency", "replied")) == []
    await notices.keep_history(action.workflow_id, "notification-mails")
    assert await _pass(notices) == OwnerMailPass()


async def test_a_mail_server_that_is_away_delays_the_mail_and_no_more(notices: FlowRig) -> None:
    await set_notify_by(notices.services.database, "dana", "email")
    await _notified(notices)
    await notices.mail.stop()
    away = await _pass(notices)
    assert (away.written, away.sent, away.away) == (1, 0, True)
    await notices.mail.start()
    assert (await _pass(notices)).sent == 1
    assert len(_to_owner(notices)) == 1


async def test_two_passes_at_once_and_a_worker_that_stops_between_them_mail_once(notices: FlowRig) -> None:
    await set_notify_by(notices.services.database, "dana", "email")
    await _notified(notices)
    await notices.stop_worker(SEND_QUEUE)
    handles = [await _begin(notices) for _ in range(2)]
    await notices.start_worker(SEND_QUEUE)
    done = await asyncio.wait_for(asyncio.gather(*(handle.result() for handle in handles)), PATIENCE)
    assert sum(one.sent for one in done) == 1
    assert len(_to_owner(notices)) == 1


async def test_the_schedule_is_made_once_and_stays_paused(notices: FlowRig) -> None:
    client = notices.services.client
    await NOTIFICATION_MAILS.ensure(client)
    handle = client.get_schedule_handle(NOTIFICATION_MAILS.schedule)
    await handle.pause(note="mail server is being moved")
    await asyncio.gather(*(NOTIFICATION_MAILS.ensure(client) for _ in range(3)))
    found = (await handle.describe()).schedule
    assert (found.state.paused, found.state.note) == (True, "mail server is being moved")
    assert [interval.every.total_seconds() for interval in found.spec.intervals] == [60]
