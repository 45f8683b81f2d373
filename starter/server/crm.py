"""Reads and writes the CRM as long as ``relance serve`` serves."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from adapters.outage_errors import where

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starter.crm_wiring import CrmParts

WRITES_EVERY: Final = 3.0
"""Seconds between two looks for what has to be written: each is a statement with an index of what waits."""
_log = logging.getLogger("relance.crm")


@asynccontextmanager
async def keeping_crm(parts: CrmParts | None, poll: float, writes_every: float = WRITES_EVERY) -> AsyncIterator[None]:
    """Looks every so many seconds, and writes what waits.

    Args:
        parts: what works on the connection; None: the settings name no CRM.
        poll: seconds between two looks.
        writes_every: seconds between two looks for what has to be written.
    """
    if parts is None:
        yield
        return
    tasks = [
        asyncio.create_task(_read(parts, poll), name="reading the CRM"),
        asyncio.create_task(_write(parts, writes_every), name="writing the CRM"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _read(parts: CrmParts, poll: float) -> None:
    while True:
        try:
            if await parts.connected.may_ask():
                await parts.reading.look()
        except Exception as error:  # noqa: BLE001 - Postgres may be away; what changed is read when it is back
            _log.warning("the CRM cannot be read now: %s", where(error))
        await asyncio.sleep(poll)


async def _write(parts: CrmParts, every: float) -> None:
    while True:
        more = False
        try:
            more = await parts.planning.plan()
            more = await parts.sending.send() or more
        except Exception as error:  # noqa: BLE001 - as above
            more = False
            _log.warning("the CRM cannot be written now: %s", where(error))
        if not more:
            await asyncio.sleep(every)
