"""``relance dispatch``: the dispatcher as a process of its own, and as a part of ``relance serve``."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from adapters.outage_errors import where
from adapters.temporal.client import require_search_attributes
from adapters.tracing import set_up_tracing
from sequences.errors import SettingsError, UnavailableError
from sequences.planning.workdays import read_holidays
from starter.composition import open_services
from starter.logs import set_up_logs
from starter.process import set_by_signals
from starter.server.event_posts import posting_events
from starter.server.outbox import Dispatcher, Duty

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.settings import Settings
    from starter.composition import Services

_log = logging.getLogger("relance.dispatch")

_PATIENCE = 10.0
_AGAIN_AFTER = 0.5


async def dispatch(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Empties the outbox, together with all others that do, until SIGTERM or SIGINT (or until ``stop`` is set).

    Raises:
        UnavailableError: Postgres or Temporal did not answer for 10 seconds at the start; the message says which.
        SettingsError: Postgres refuses us.
    """
    set_up_logs(settings.log_level, settings.log_format)
    set_up_tracing("dispatch")
    asked = stop or asyncio.Event()
    async with AsyncExitStack() as stack:
        if stop is None:
            stack.enter_context(set_by_signals(asked))
        services = await opened(stack, settings, asked)
        if services is None:
            return
        await stack.enter_async_context(dispatching(Dispatcher(services, duty=Duty.BESIDE_WORKERS)))
        await stack.enter_async_context(posting_events(settings, services.database))
        _log.info("dispatching")
        await asked.wait()
        _log.info("stopping")


async def opened(stack: AsyncExitStack, settings: Settings, asked: asyncio.Event) -> Services | None:
    """The services, waited for; None when the end is asked for meanwhile.

    Raises:
        UnavailableError: Postgres or Temporal did not answer for 10 seconds; the message says which.
        SettingsError: Postgres refuses us.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    while not asked.is_set():
        try:
            services = await stack.enter_async_context(open_services(settings))
        except UnavailableError as error:
            if loop.time() > deadline:
                raise
            _log.warning("%s; retrying", error)
        else:
            await _warn_of_attributes(services)
            await asyncio.to_thread(read_holidays)
            return services
        try:
            async with asyncio.timeout(_AGAIN_AFTER):
                await asked.wait()
        except TimeoutError:
            continue
    return None


@asynccontextmanager
async def dispatching(dispatcher: Dispatcher) -> AsyncIterator[None]:
    """Delivers as long as the block lasts, and ends what is under way."""
    task = asyncio.create_task(dispatcher.run(), name="dispatcher")
    task.add_done_callback(_ended)
    try:
        yield
    finally:
        dispatcher.stop()
        await task


async def _warn_of_attributes(services: Services) -> None:
    """What comes in is stored all the same; that no run can start is said here, by ``/readyz`` and at each start."""
    try:
        await require_search_attributes(services.client)
    except (SettingsError, UnavailableError) as error:
        _log.error("not ready: %s", error)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("the dispatcher ended: %s", where(error))
