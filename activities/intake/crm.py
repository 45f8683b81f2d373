"""Record changes from the CRM: one event, one transaction, one answer that is kept for its repetition."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import asyncpg

from activities.intake.crm_item import Item, read_change
from activities.intake.crm_writing import ECHO_WINDOW, ItemWriter
from adapters.postgres import queries
from sequences.catalogue import Catalogue, catalogue
from sequences.errors import RefusedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from activities.record_changes import RecordChanges
    from adapters.postgres.database import Database

_ORIGIN = "crm"
_ATTEMPTS = 3
# Every record of an event is locked until it commits, and Postgres has room for a few thousand locks in all.
_AT_ONCE = 4
_log = logging.getLogger("relance.hooks")


class CrmIntake:
    """Takes events of the CRM in. Signatures were checked before."""

    def __init__(
        self, database: Database, changes: RecordChanges, clock: Callable[[], datetime], wake: Callable[[], None],
        known: Catalogue | None = None, *, echo_keys: tuple[bytes, ...] = (), echo_window: timedelta = ECHO_WINDOW,
    ) -> None:  # fmt: skip
        self._database = database
        self._writer = ItemWriter(changes, origin=_ORIGIN, echo_keys=echo_keys, echo_window=echo_window)
        self._clock = clock
        self._wake = wake
        self._known = known or catalogue()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def receive(self, event_id: str, changes: Sequence[object]) -> dict[str, Any]:
        """Applies what can be applied and returns what became of each change; safe to acknowledge then.

        The same event again gets the same answer and changes nothing.

        Raises:
            RefusedError: another event had that id before.
            UnavailableError: Postgres could not give the locks it takes; trying again may help.
        """
        digest = hashlib.sha256(json.dumps(list(changes), sort_keys=True).encode()).hexdigest()
        items = [self._read(raw) for raw in changes]
        async with self._turn:
            answer = await self._patiently(event_id, digest, items)
        self._wake()
        _log.info("a hook of the CRM: %d applied, %d refused", answer["applied"], answer["refused"])
        return answer

    def _read(self, raw: object) -> Item | str:
        try:
            return read_change(raw, self._known)
        except RefusedError as error:
            return str(error)

    async def _patiently(self, event_id: str, digest: str, items: Sequence[Item | str]) -> dict[str, Any]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._apply(event_id, digest, items)
            except asyncpg.DeadlockDetectedError as error:
                # A run's own follow-up wrote the same records the other way round; Postgres rolled us back whole.
                if attempt == _ATTEMPTS:
                    raise UnavailableError("the records are being written by others; send the event again") from error
        raise AssertionError("unreachable")

    async def _apply(self, event_id: str, digest: str, items: Sequence[Item | str]) -> dict[str, Any]:
        now = self._clock()
        async with self._database.transaction() as connection:
            await queries.run(connection, "lock_crm_event", id=event_id)
            known = await queries.row(connection, "crm_event_answer", id=event_id)
            if known is not None:
                if known["digest"] != digest:
                    raise RefusedError("event_id: another event with other changes had this id before")
                return dict(known["answer"])
            own = await self._writer.prepare(connection, items, now)
            results = [
                {"index": index, **await self._writer.write(connection, item, own, now, event_id)}
                for index, item in enumerate(items)
            ]
            refused = sum(result["status"] == "refused" for result in results)
            answer = {
                "event_id": event_id,
                "applied": len(results) - refused,
                "refused": refused,
                "results": results,
            }
            await queries.run(
                connection, "add_crm_event", id=event_id, received_at=now, digest=digest, answer=answer
            )  # fmt: skip
        return answer
