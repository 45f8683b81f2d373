"""Listens for the NOTIFY of transactions, on a connection of its own that is opened again when it is lost.

The triggers of the migrations 0101 and 0250 send it, and who hears from a provider of mail.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import asyncpg

from adapters.outage_errors import where

if TYPE_CHECKING:
    from collections.abc import Callable

OUTBOX = "relance_outbox"
"""The channel of what Temporal must be told of; the payload names the lanes (migration 0101)."""
JOBS = "relance_jobs"
"""The channel of jobs that somebody asks for; the payload is empty (migration 0250)."""
MAILBOXES = "relance_mailboxes"
"""The channel of mailboxes in which there may be new mail; the payload is the id of one."""
MAILBOX_LISTENER = "relance mailboxes"
"""The connection of a process that reads mailboxes whose providers tell of new mail."""
JOB_LISTENER = "relance jobs"
"""The connection of a process that carries out jobs."""
LISTENER = "relance dispatcher"
"""By this name Postgres shows the connection of a dispatcher."""
STARTER = "relance starter"
"""That of a worker, which starts runs and does nothing else of the outbox."""

_log = logging.getLogger("relance.dispatch")
_CONNECT_SECONDS = 5.0
_STILL_THERE_EVERY = 30.0
_ANSWERS_WITHIN = 5.0
_SHORTEST_WAIT = 0.25
_LONGEST_WAIT = 5.0


class Listening:
    """Calls back for each notification. One that is lost is nobody's loss: who listens looks by itself as well."""

    def __init__(self, url: str, channel: str, heard: Callable[[str], None], name: str = LISTENER) -> None:
        """``heard`` gets the payload; an empty one after each opening, since nobody listened before."""
        self._name = name
        self.hears = False
        """Whether the connection is open, as far as is known."""
        self._url = url
        self._channel = channel
        self._heard = heard

    async def run(self) -> None:
        """Listens until cancelled."""
        wait = 0.0
        while True:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    connection = await asyncpg.connect(self._url, server_settings={"application_name": self._name})
            except Exception as error:  # noqa: BLE001 - whatever it is, the slow poll goes on and this tries again
                wait = min(_LONGEST_WAIT, max(_SHORTEST_WAIT, 2 * wait))
                _log.debug("cannot listen now (%s)", where(error))
            else:
                wait = _SHORTEST_WAIT
                await self._listen(connection)
            await asyncio.sleep(wait)

    async def _listen(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Until the connection is lost. A peer that vanished without a word is found by asking now and then."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(self._channel, lambda *told: self._heard(str(told[-1])))
            self.hears = True
            self._heard("")
            while not lost.is_set():
                try:
                    async with asyncio.timeout(_STILL_THERE_EVERY):
                        await lost.wait()
                except TimeoutError:
                    await connection.fetchval("SELECT 1", timeout=_ANSWERS_WITHIN)
        except Exception as error:  # noqa: BLE001 - it is opened again
            _log.debug("the listening connection was lost (%s)", where(error))
        finally:
            self.hears = False
            connection.terminate()
