"""Keeps the journal of opt-outs as long as ``relance serve`` serves."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from adapters.clock import utc_now
from adapters.outage_errors import where
from sequences.errors import RelanceError, SettingsError
from services.backup.opt_out_journal import JournalWriter, journal_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database
    from adapters.settings import Settings

EVERY: Final = 2.0
"""Seconds between two looks at what waits: four statements with an index of what waits alone."""
_log = logging.getLogger("relance.journal")


@asynccontextmanager
async def keeping_journal(settings: Settings, database: Database, every: float = EVERY) -> AsyncIterator[None]:
    """Writes what is not in the journal yet, as long as the block lasts, and once more at its end.

    Raises:
        SettingsError: the file cannot be written now: better no start than a journal with a gap.
    """
    if not settings.opt_out_journal:
        yield
        return
    path = journal_path(settings.opt_out_journal, socket.gethostname())
    writer = JournalWriter(database, path, settings.keys(), utc_now)
    try:
        await writer.write()
    except RelanceError as error:
        raise SettingsError(f"{error}; see RELANCE_OPT_OUT_JOURNAL in docs/operations.md") from error
    task = asyncio.create_task(_write(writer, every), name="journal of opt-outs")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await writer.write()
        except Exception as error:  # noqa: BLE001 - what waits is written at the next start
            _log.warning("the journal of opt-outs was not written at the end: %s", where(error))


async def _write(writer: JournalWriter, every: float) -> None:
    failing = False
    while True:
        await asyncio.sleep(every)
        try:
            await writer.write()
        except Exception as error:  # noqa: BLE001 - opt-outs are obeyed all the same, and what waits is written later
            if not failing:
                words = str(error) if isinstance(error, RelanceError) else where(error)
                _log.error("the journal of opt-outs is not written: %s", words)
            failing = True
        else:
            if failing:
                _log.warning("the journal of opt-outs is written again")
            failing = False
