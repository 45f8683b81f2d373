"""``relance serve``: HTTP, incoming mail and the outbox, in one process."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.loop_server import LoopServer
from adapters.mail.incoming.listener import MailListener
from adapters.outage_errors import where
from adapters.temporal.client import require_search_attributes
from sequences.errors import SettingsError, UnavailableError
from services.intake.mail import MailIntake
from services.operations.scan_orders import ensure_schedules
from starter.composition import open_services
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.logs import set_up_logs
from starter.process import set_by_signals
from starter.server.imap_reading import reading_mailboxes
from starter.server.outbox import Dispatcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.settings import Settings
    from starter.composition import Services

_GRACE_SECONDS = 10
_log = logging.getLogger("relance.serve")

_PATIENCE = 10.0
_AGAIN_AFTER = 0.5


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serves until SIGTERM or SIGINT (or until ``stop`` is set), then answers what is under way and ends.

    Raises:
        UnavailableError: Postgres or Temporal did not answer for 10 seconds at the start; the message says which.
        SettingsError: an address cannot be listened on, or Postgres refuses us.
    """
    set_up_logs(settings.log_level)
    asked = stop or asyncio.Event()
    async with AsyncExitStack() as stack:
        if stop is None:
            stack.enter_context(set_by_signals(asked))
        services = await _open(stack, settings, asked)
        if services is None:
            return
        await _warn_of_attributes(services)
        dispatcher = Dispatcher(services)
        await stack.enter_async_context(_dispatching(dispatcher))
        await _schedule_scans(services)
        await stack.enter_async_context(_listening(services, dispatcher))
        server = LoopServer(
            create_app(ways_of(services, dispatcher.wake)),
            settings.http_host,
            settings.http_port,
            grace=_GRACE_SECONDS,
            hint="set RELANCE_HTTP_HOST and RELANCE_HTTP_PORT",
        )
        await server.start()
        stack.push_async_callback(server.stop)
        _log.info("serving on port %d, mail on port %d", server.port, settings.inbound_port)
        await asked.wait()
        _log.info("stopping")


async def _open(stack: AsyncExitStack, settings: Settings, asked: asyncio.Event) -> Services | None:
    """The services, waited for; None when the end is asked for meanwhile."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    while not asked.is_set():
        try:
            return await stack.enter_async_context(open_services(settings))
        except UnavailableError as error:
            if loop.time() > deadline:
                raise
            _log.warning("%s; retrying", error)
        try:
            async with asyncio.timeout(_AGAIN_AFTER):
                await asked.wait()
        except TimeoutError:
            continue
    return None


async def _warn_of_attributes(services: Services) -> None:
    """What comes in is stored all the same; that no run can start is said here, by ``/readyz`` and at each start."""
    try:
        await require_search_attributes(services.client)
    except (SettingsError, UnavailableError) as error:
        _log.error("not ready: %s", error)


async def _schedule_scans(services: Services) -> None:
    """A publish may have found Temporal away; whoever serves makes up for it."""
    try:
        await ensure_schedules(services.database, services.rules)
    except UnavailableError as error:
        _log.warning("the daily scans of rules are not scheduled: %s", error)


@asynccontextmanager
async def _dispatching(dispatcher: Dispatcher) -> AsyncIterator[None]:
    task = asyncio.create_task(dispatcher.run(), name="dispatcher")
    task.add_done_callback(_ended)
    try:
        yield
    finally:
        dispatcher.stop()
        await task


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("the dispatcher ended: %s", where(error))


@asynccontextmanager
async def _listening(services: Services, dispatcher: Dispatcher) -> AsyncIterator[None]:
    settings = services.settings
    intake = MailIntake(services.database, services.organisation, utc_now, dispatcher.wake)

    async def receive(raw: bytes, recipients: tuple[str, ...]) -> None:
        await intake.receive(raw, recipients)

    listener = MailListener(
        receive,
        host=settings.inbound_host,
        port=settings.inbound_port,
        protocol=settings.inbound_protocol,
        max_size=settings.inbound_max_bytes,
    )
    await listener.start()
    try:
        async with reading_mailboxes(settings, services.database, intake, utc_now):
            yield
    finally:
        await listener.stop()
