"""``relance serve``: HTTP, incoming mail and the outbox, in one process."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.loop_server import LoopServer
from adapters.mail.incoming.listener import ListenerSettings, MailListener
from adapters.side_processes import SideProcesses
from adapters.tracing import set_up_tracing
from sequences.errors import UnavailableError
from services.intake.mail import MailIntake
from services.operations.scan_orders import ensure_schedules
from services.reading.health import of_identity_provider
from starter.crm_wiring import crm_parts, register_crm
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.logs import set_up_logs
from starter.mcp_package import require_mcp
from starter.process import set_aside_what_stays, set_by_signals
from starter.server.crm import keeping_crm
from starter.server.dispatch import dispatching, opened
from starter.server.event_posts import posting_events
from starter.server.imap_reading import reading_mailboxes
from starter.server.jobs import carrying_out_jobs, runner_of
from starter.server.journal import keeping_journal
from starter.server.metrics import TimedRequests, metrics_of, serving_metrics
from starter.server.outbox import Dispatcher, Duty
from starter.server.tracing import TracedRequests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from adapters.settings import Settings
    from services.intake.apart import Apart
    from starter.composition import Services
    from starter.http.dependencies import Ways
    from starter.server.metrics import ServeMetrics

_GRACE_SECONDS = 10
_log = logging.getLogger("relance.serve")


async def serve(settings: Settings, stop: asyncio.Event | None = None, *, dispatch: bool = True) -> None:
    """Serves until SIGTERM or SIGINT (or until ``stop`` is set), then answers what is under way and ends.

    Args:
        settings: ours.
        stop: asks for the end, instead of signals.
        dispatch: also empty the outbox; False where ``relance dispatch`` does.

    Raises:
        UnavailableError: Postgres or Temporal did not answer for 10 seconds at the start; the message says which.
        SettingsError: an address cannot be listened on, or Postgres refuses us.
    """
    set_up_logs(settings.log_level, settings.log_format)
    is_traced = set_up_tracing("serve")
    asked = stop or asyncio.Event()
    async with AsyncExitStack() as stack:
        if stop is None:
            stack.enter_context(set_by_signals(asked))
        services = await opened(stack, settings, asked)
        if services is None:
            return
        wake: Callable[[], None] = _others_hear
        if dispatch:
            dispatcher = Dispatcher(services, duty=Duty.BESIDE_WORKERS)
            await stack.enter_async_context(dispatching(dispatcher))
            await stack.enter_async_context(posting_events(settings, services.database))
            wake = dispatcher.wake
        await _schedule_scans(services)
        metrics = metrics_of(settings, services.database)
        await stack.enter_async_context(serving_metrics(settings, metrics))
        processes = SideProcesses()
        stack.push_async_callback(processes.close)
        await stack.enter_async_context(_listening(services, wake, processes.run, metrics))
        await stack.enter_async_context(keeping_journal(settings, services.database))
        ways = ways_of(services, wake, processes.run)
        crm = await stack.enter_async_context(crm_parts(settings, services.database, ways.crm))
        await register_crm(services.database, crm)
        await stack.enter_async_context(carrying_out_jobs(runner_of(services, crm), settings.database_url))
        await stack.enter_async_context(keeping_crm(crm, settings.crm_poll))
        app = create_app(ways)
        if settings.mcp:
            await stack.enter_async_context(_assisting(app, ways))
        if metrics is not None:
            app.add_middleware(TimedRequests, metrics=metrics)
        if is_traced:
            app.add_middleware(TracedRequests)
        server = LoopServer(
            app,
            settings.http_host,
            settings.http_port,
            grace=_GRACE_SECONDS,
            hint="set RELANCE_HTTP_HOST and RELANCE_HTTP_PORT",
        )
        await server.start()
        stack.push_async_callback(server.stop)
        look = asyncio.create_task(_look_at_identity_provider(settings))
        stack.callback(look.cancel)
        if stop is None:
            # The process is ours alone: a full round of the collector would hold up a page by as long as it takes.
            set_aside_what_stays()
        _log.info("serving on port %d, mail on port %d", server.port, settings.inbound_port)
        await asked.wait()
        _log.info("stopping")


async def _look_at_identity_provider(settings: Settings) -> None:
    """Says at once what the first sign-in would find; links and passkeys work without it."""
    for check in await of_identity_provider(settings):
        if not check.good:
            _log.warning("the identity provider of the console cannot be used: %s", check.words)


def _assisting(app: FastAPI, ways: Ways) -> AbstractAsyncContextManager[None]:
    """Tools for assistants; their packages are an extra."""
    require_mcp()
    from starter.mcp.http import serving_mcp  # noqa: PLC0415 - loaded where it is wanted

    return serving_mcp(app, ways)


def _no_metrics(_folder: int) -> None:
    """The settings want none."""


def _others_hear() -> None:
    """The rows that were written have rung for the dispatchers of other processes."""


async def _schedule_scans(services: Services) -> None:
    """A publish may have found Temporal away; whoever serves makes up for it."""
    try:
        await ensure_schedules(services.database, services.rules)
    except UnavailableError as error:
        _log.warning("the daily scans of rules are not scheduled: %s", error)


@asynccontextmanager
async def _listening(
    services: Services, wake: Callable[[], None], apart: Apart, metrics: ServeMetrics | None
) -> AsyncIterator[None]:
    settings = services.settings
    intake = MailIntake(services.database, services.organisation, utc_now, wake, apart)

    where = ListenerSettings(
        host=settings.inbound_host,
        port=settings.inbound_port,
        protocol=settings.inbound_protocol,
        max_size=settings.inbound_max_bytes,
    )
    listener = MailListener(intake.receive, where)
    await listener.start()
    looked: Callable[[int], None] = metrics.looked if metrics is not None else _no_metrics
    try:
        async with reading_mailboxes(settings, services.database, intake, utc_now, looked):
            yield
    finally:
        await listener.stop()
