"""Record changes from the CRM: one event, one transaction, one answer that is kept for its repetition."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from adapters.postgres import queries
from adapters.postgres.record_columns import name_of
from sequences.errors import RefusedError, RequestRefused, UnavailableError
from sequences.records.catalogue import Catalogue, catalogue
from services.records.crm_item import CrmItem, Item, read_change
from services.records.crm_writing import record_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.records.crm_writing import ItemWriter

    Write: TypeAlias = Callable[[Connection, Sequence[Item | str], datetime, str], Awaitable[list[dict[str, Any]]]]

_ATTEMPTS = 3
# Every record of an event is locked until it commits, and Postgres has room for a few thousand locks in all.
_AT_ONCE = 4
_log = logging.getLogger("relance.hooks")


class CrmIntake:
    """Takes events of the CRM in. Signatures were checked before."""

    def __init__(
        self,
        database: Database,
        writer: ItemWriter,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        known: Catalogue | None = None,
    ) -> None:
        """``wake`` is called after everything that was stored; ``known`` is the catalogue with the declared fields."""
        self._database = database
        self._writer = writer
        self._clock = clock
        self._wake = wake
        self._known = known or catalogue()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def receive(self, event_id: str, changes: Sequence[object]) -> dict[str, Any]:
        """Applies what can be applied and returns what became of each change; safe to acknowledge then.

        The same event again gets the same answer and changes nothing, but for fields that were declared since.

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
                    raise UnavailableError(
                        "the records are being changed by another request; send the event again"
                    ) from error
        raise AssertionError("unreachable")

    async def _apply(self, event_id: str, digest: str, items: Sequence[Item | str]) -> dict[str, Any]:
        try:
            return await self._written(event_id, digest, items, self._writer.write_all)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
            # One of them cannot be stored, and Postgres rolled us back whole: item by item only that one is refused.
            return await self._written(event_id, digest, items, self._writer.write_each)

    async def _written(self, event_id: str, digest: str, items: Sequence[Item | str], write: Write) -> dict[str, Any]:
        now = self._clock()
        async with self._database.transaction() as connection:
            known = await queries.begin_crm_event(connection, id=event_id, records=record_keys(items))
            if known is not None:
                if known.digest != digest:
                    raise RefusedError(
                        RequestRefused.EVENT_ID_USED, "event_id: an earlier event with other changes had the same id"
                    )
                return await self._again(connection, event_id, dict(known.answer), items, now)
            results = await write(connection, items, now, event_id)
            answer = _answer(event_id, [{"index": index, **result} for index, result in enumerate(results)])
            await queries.add_crm_event(connection, id=event_id, received_at=now, digest=digest, answer=answer)
        return answer

    async def _again(
        self, connection: Connection, event_id: str, answer: dict[str, Any], items: Sequence[Item | str], now: datetime
    ) -> dict[str, Any]:
        """The answer that was given, unless a field that could not be taken can be by now: it has been declared since.

        What somebody told of such a field after this event stays: that is newer.
        """
        open_items = {
            index: left
            for index, (result, item) in enumerate(zip(answer["results"], items, strict=True))
            if (left := _readable_now(result, item)) is not None
        }
        if not open_items:
            return answer
        own = await self._writer.prepare(connection, list(open_items.values()), now)
        for index, left in open_items.items():
            rows = await queries.fields_changed_since(
                connection, entity=left.entity, entity_id=left.id, event_id=event_id
            )
            newer = set(rows)
            values = {key: value for key, value in left.values.items() if name_of(left.entity, key) not in newer}
            result = answer["results"][index]
            if values:
                done = await self._writer.write(connection, replace(left, values=values), own, now, event_id)
                if done["status"] == "refused":
                    continue
                done["fields"] = [*result.get("fields", []), *done["fields"]]
                done["status"] = done["status"] if result["status"] in ("refused", "unchanged") else result["status"]
                answer["results"][index] = {"index": index, **done}
        answer = _answer(event_id, answer["results"])
        await queries.answer_crm_event(connection, id=event_id, answer=answer)
        return answer


def _readable_now(result: dict[str, Any], item: Item | str) -> CrmItem | None:
    """The part of a repeated item whose fields could not be taken at first and can be now; None: nothing of it."""
    was = {problem["field"] for problem in result.get("problems", ())}
    if not was or not isinstance(item, CrmItem):
        return None
    fields = was - item.problems.keys()
    values = {key: value for key, value in item.values.items() if name_of(item.entity, key) in fields}
    return replace(item, values=values, deleted=None, merged_into=None, suppress=None) if values else None


def _answer(event_id: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    refused = sum(result["status"] == "refused" for result in results)
    return {"event_id": event_id, "applied": len(results) - refused, "refused": refused, "results": results}
