"""A mailbox whose server refuses the login for a while, as Temporal runs it: nobody has to do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.client import ScheduleActionExecutionStartWorkflow

from adapters.clock import utc_now
from adapters.temporal.schedules import MAILBOX_RETRY
from sequences.mailboxes.retry import RetryMailboxesPass
from services.access.audit import CLI
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from tests.support.servers.smtp import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer(
        {"ehlo": "250-test.invalid\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES", "auth": "535 5.7.8 no"}
    )
    await server.start()
    yield server
    await server.stop()


async def test_its_mail_goes_out_when_the_server_lets_us_in_again(flow: FlowRig, server: ScriptedServer) -> None:
    client, services = flow.services.client, flow.services
    await flow.person()
    settings = {"host": "localhost", "port": server.port, "tls": "none"}
    wanted = {"owner": "dana", "transport": {"kind": "smtp", "settings": settings, "secret": "right"}}
    async with services.database.transaction() as connection:
        kept = KeepMailboxes(services.settings.keys())
        await kept.add(connection, CLI, "dana@agency.example", MailboxChanges.model_validate(wanted), utc_now())
    await flow.publish("new-services")
    accepted = await flow.enroll("new-services")

    async def is_now(state: str) -> bool:
        rows = await services.database.pool.fetch("SELECT state FROM mailbox WHERE id IS NOT NULL")
        return [row["state"] for row in rows] == [state]

    await flow.until(lambda: is_now("disconnected"))
    assert (await flow.steps(accepted))["introduce"] == "planned"
    server.answers["auth"] = "235 2.7.0 welcome"
    # Its turn comes in five minutes.
    await services.database.pool.execute("UPDATE mailbox SET retry_at = now() WHERE id IS NOT NULL")
    await MAILBOX_RETRY.ensure(client)
    schedule = client.get_schedule_handle(MAILBOX_RETRY.schedule)
    try:
        await schedule.trigger()
        await flow.until(lambda: is_now("active"))
        # The run waits for a quarter of an hour by itself: it is woken.
        await flow.until_step(accepted, "introduce", "sent")
        assert len(server.bodies) == 1
        action = (await schedule.describe()).info.recent_actions[-1].action
        assert isinstance(action, ScheduleActionExecutionStartWorkflow)
        handle = client.get_workflow_handle(action.workflow_id, result_type=RetryMailboxesPass)
        assert await handle.result() == RetryMailboxesPass(connected=1)
        await flow.keep_history(action.workflow_id, "mailbox-retry")
    finally:
        await schedule.delete()
