"""Writes single items of the CRM, or rows of a file, each on its own savepoint: one that trips takes no other along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from adapters.postgres import queries
from adapters.postgres.events import Events, NewEvent
from adapters.postgres.record_columns import stored_value
from adapters.postgres.records import ChangeOrigin, RecordValues, stored_record
from sequences.email_address import email_problem
from sequences.errors import RefusedError, RequestRefused, TokenError
from sequences.phone import to_e164
from sequences.tokens import TokenKind, verify
from services.access.audit import Doer, Way
from services.jobs.erase_person import ask_for_erasing
from services.privacy.ask_to_erase import ErasureOrder
from services.records.crm_contract import EVENT
from services.records.crm_item import CrmItem, EventItem
from services.records.crm_together import ItemOutcome, read_known, says_of_all, together
from services.records.event_order import newer_part, set_field_times, set_field_times_of, waiting_mark
from services.records.merge_people import survivor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.record_columns import Stored
    from services.records.crm_item import Item
    from services.records.crm_together import Known
    from services.records.event_order import Newer
    from services.records.record_changes import RecordChanges

_AHEAD = timedelta(minutes=5)
"""How far the clock of a CRM may run before ours."""
_FEWEST = 16
ECHO_WINDOW = timedelta(hours=1)
Lineage = tuple[str, ...]
OwnWrites: TypeAlias = "dict[tuple[str, str], list[queries.OwnWritesRow]]"
"""What our automation wrote lately, by entity and id, the newest first."""


class ItemWriter:
    """Writes items and says what became of each.

    The lineage of a write comes from the item's ``echo`` token, else from its ``lineage``, else from value and time: a
    field that gets the value which our automation wrote to it within ``echo_window`` keeps that write's lineage, and an
    event at nearly the time of our own of that kind keeps that one's. The result says which (``lineage_by``).
    """

    def __init__(
        self,
        changes: RecordChanges,
        *,
        origin: str,
        echo_keys: tuple[bytes, ...] = (),
        echo_window: timedelta = ECHO_WINDOW,
    ) -> None:
        self._changes = changes
        self._events = Events()
        self._origin = origin
        self._keys = echo_keys
        self._window = echo_window

    async def prepare(self, connection: Connection, items: Sequence[Item | str], now: datetime) -> OwnWrites:
        """Locks all records of a batch, and reads what our automation wrote to them lately.

        The locks are taken in one order by everybody: two batches never wait for each other for ever.
        """
        await queries.lock_records(connection, keys=record_keys(items))
        return await self._own_writes(connection, items, now)

    async def _own_writes(self, connection: Connection, items: Sequence[Item | str], now: datetime) -> OwnWrites:
        found: OwnWrites = {}
        records = sorted({(item.entity, item.id) for item in items if isinstance(item, CrmItem) and item.values})
        if self._window and records:
            rows = await queries.own_writes(
                connection,
                entities=[entity for entity, _ in records],
                ids=[identity for _, identity in records],
                since=now - self._window,
            )
            for row in rows:
                found.setdefault((row.entity, row.entity_id), []).append(row)
        return found

    async def write(
        self, connection: Connection, item: Item | str, own: OwnWrites, now: datetime, event_id: str | None = None
    ) -> dict[str, Any]:
        """Writes one item; a text is why it was refused already. Returns its ``status``, ``fields`` and ``reason``.

        ``own`` is what ``prepare`` gave for the batch.
        """
        if isinstance(item, str):
            return {"status": "refused", "reason": item}
        entity, identity = (EVENT, item.person) if isinstance(item, EventItem) else (item.entity, item.id)
        about = {"entity": entity, "id": identity}
        try:
            async with connection.transaction():
                origin = ChangeOrigin(self._origin, now, event_id)
                if isinstance(item, EventItem):
                    return about | await self._event(connection, item, origin)
                return about | await self._record(connection, item, own, origin)
        except RefusedError as error:
            return about | {"status": "refused", "reason": str(error)}
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            return about | {"status": "refused", "reason": f"Postgres cannot store it ({type(error).__name__})"}

    async def write_each(
        self, connection: Connection, items: Sequence[Item | str], now: datetime, event_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Writes items one after the other, each on its own savepoint; ``record_keys`` are locked."""
        own = await self._own_writes(connection, items, now)
        return [await self.write(connection, item, own, now, event_id) for item in items]

    async def write_all(
        self, connection: Connection, items: Sequence[Item | str], now: datetime, event_id: str | None = None
    ) -> list[dict[str, Any]]:
        """The same in few statements: items that do not depend on each other are written together.

        What Postgres cannot store of those takes the transaction along; then ``write_each`` finds the item.
        """
        own = await self._own_writes(connection, items, now)
        origin = ChangeOrigin(self._origin, now, event_id)
        results: list[dict[str, Any]] = []
        size = len(items)
        while len(results) < len(items):
            rest = items[len(results) : len(results) + size]
            count = together(rest)
            done = await self._together(connection, rest[:count], own, origin)
            results += done
            # What is read for nothing stays in proportion, however many turn out to need a place of their own.
            size = max(_FEWEST, 2 * (len(done) if len(done) < count else size))
            if len(done) < max(count, 1):
                results.append(await self.write(connection, items[len(results)], own, now, event_id))
        return results

    async def _together(
        self, connection: Connection, items: Sequence[Item | str], own: OwnWrites, origin: ChangeOrigin
    ) -> list[dict[str, Any]]:
        """Writes items of different records, up to the first one that has more to do than its row."""
        if not items:
            return []
        known = await read_known(connection, items)
        outcomes: list[ItemOutcome] = []
        for item in items:
            outcome = self._outcome(item, known, own, origin)
            if outcome is None:
                break
            outcomes.append(outcome)
        writes = [outcome.write for outcome in outcomes if outcome.write is not None]
        await self._changes.write_all(connection, writes, origin)
        await set_field_times_of(connection, [each.stamped for each in outcomes if each.stamped is not None])
        return [outcome.answer for outcome in outcomes]

    def _outcome(self, item: Item | str, known: Known, own: OwnWrites, origin: ChangeOrigin) -> ItemOutcome | None:
        """What becomes of an item, as ``_record`` writes it; None: it is one for ``_record``."""
        if not isinstance(item, CrmItem):
            return ItemOutcome({"status": "refused", "reason": str(item)})
        about = {"entity": item.entity, "id": item.id}
        before = known.before(item)
        try:
            if (refused := _unusable(item, before, origin.at)) is not None:
                return ItemOutcome(about | refused)
        except RefusedError as error:
            return ItemOutcome(about | {"status": "refused", "reason": str(error)})
        newer = known.newer(item)
        item = newer.item
        parts, by = self._parts(item, before, own, (item.lineage, "given" if item.lineage else None))
        told = [(lineage, values) for lineage, values in parts.items() if values or before is None]
        if len(told) > 1 or (before is None and (item.entity, item.id) in known.awaited):
            return None
        write = None
        for lineage, values in told:
            person = values.get("person_id") if item.entity == "placement" else None
            moved = {"person_id": known.roots.get(str(person), str(person))} if person is not None else {}
            record = RecordValues(item.entity, item.id, {**values, **moved})
            write = self._changes.plan(record, before, replace(origin, lineage=lineage))
        fields = list(write.fields) if write is not None else []
        status = "unchanged" if write is None else "created" if write.fresh else "updated"
        return ItemOutcome(about | self._said(newer, status, fields, by), write, item)

    async def _event(self, connection: Connection, item: EventItem, origin: ChangeOrigin) -> dict[str, Any]:
        if item.at > origin.at + _AHEAD:
            raise RefusedError(RequestRefused.INVALID, "at: more than 5 minutes ahead of our clock")
        if await queries.person_row(connection, id=item.person) is None:
            raise RefusedError(RequestRefused.INVALID, "person: no person has that id")
        # What happened to somebody who was merged happened to the one they are now.
        item = replace(item, person=await survivor(connection, item.person))
        lineage, by = await self._told_lineage(connection, item)
        if not lineage and self._window:
            own = await queries.own_event(
                connection,
                person_id=item.person,
                kind=item.kind,
                since=item.at - self._window,
                until=item.at + self._window,
            )
            lineage, by = (tuple(own.lineage), "value") if own is not None else (lineage, by)
        event = NewEvent(item.person, item.kind, item.at, item.source)
        told = await self._events.add(connection, event, replace(origin, lineage=lineage))
        fields = [f"person.{item.kind}"] if told.change is not None else []
        return _answer("created" if told.fresh else "unchanged", fields, by if told.fresh else None)

    async def _record(
        self, connection: Connection, item: CrmItem, own: OwnWrites, origin: ChangeOrigin
    ) -> dict[str, Any]:
        before = await stored_record(connection, item.entity, item.id)
        if (refused := _unusable(item, before, origin.at)) is not None:
            return refused
        told, newer = item, await newer_part(connection, item)
        item = newer.item
        parts, by = self._parts(item, before, own, await self._told_lineage(connection, item))
        status = "unchanged"
        fields: list[str] = []
        # A change that says nothing makes the record too; one that only says that it is gone makes none.
        known = before is not None or bool(item.values) or not says_of_all(told)
        if known:
            status, fields = await self._fields(connection, item, parts, origin)
        answer = self._said(newer, status, fields, by)
        await set_field_times(connection, item, known=known)
        if before is None and known:
            gone, into = await waiting_mark(connection, item.entity, item.id)
            item = replace(item, deleted=True if gone and into is None else item.deleted, merged_into=into)
        return await self._marks(connection, replace(newer, item=item), answer, origin, known=known)

    def _parts(
        self,
        item: CrmItem,
        before: Mapping[str, Any] | None,
        own: OwnWrites,
        told: tuple[Lineage, str | None],
    ) -> tuple[Mapping[Lineage, Mapping[str, Stored]], str | None]:
        """The values by their lineage, and what it is known by."""
        lineage, by = told
        if before is None or lineage:
            return {lineage: dict(item.values)}, by
        parts = _by_value(item, before, own.get((item.entity, item.id), ()))
        return parts, "value" if any(parts) else None

    def _said(self, newer: Newer, status: str, fields: list[str], by: str | None) -> dict[str, Any]:
        """The answer to an item that was taken."""
        answer = _answer(status, fields, by if fields else None) | _problems(newer.item)
        if warnings := address_warnings(newer.item, self._changes.phone_region):
            answer["warnings"] = warnings
        if newer.passed_over:
            answer["passed_over"] = list(newer.passed_over)
        return answer

    async def _fields(
        self, connection: Connection, item: CrmItem, parts: Mapping[Lineage, Mapping[str, Stored]], origin: ChangeOrigin
    ) -> tuple[str, list[str]]:
        fields: list[str] = []
        status = "unchanged"
        for lineage, values in parts.items():
            told = replace(origin, lineage=lineage)
            change = await self._changes.write(connection, item.entity, item.id, values, told)
            fields += change.fields
            status = "created" if change.created else "updated" if fields else status
        return status, fields

    async def _marks(
        self, connection: Connection, newer: Newer, answer: dict[str, Any], origin: ChangeOrigin, *, known: bool
    ) -> dict[str, Any]:
        """What an item says of the record as a whole: suppressed, merged, deleted."""
        item, marked = newer.item, []
        if item.suppress == "none":
            marked.append(("updated", await self._changes.unsuppress(connection, item.id, origin, newer.keep)))
        elif item.suppress is not None:
            # Also of somebody whom we do not know yet: the CRM's "no" may come before the person.
            marked.append(("updated", await self._changes.suppress(connection, item.id, item.suppress, origin)))
        if item.merged_into is not None and known:
            done = await self._changes.mark_merged(connection, item.id, item.merged_into, origin)
            marked.append(("merged", done))
        elif item.deleted is not None and known:
            done = await self._changes.mark_deleted(connection, item.entity, item.id, origin, deleted=item.deleted)
            marked.append(("deleted" if item.deleted else "restored", done))
        for status, change in marked:
            if change.fields:
                answer["fields"] += change.fields
                answer["status"] = (
                    status if status != "updated" or answer["status"] == "unchanged" else answer["status"]
                )
        if item.erase and item.deleted and known:
            order = ErasureOrder(item.id, Doer(Way.CRM))
            answer["erasing"] = await ask_for_erasing(connection, order, origin.at)
        return answer

    async def _told_lineage(self, connection: Connection, item: Item) -> tuple[Lineage, str | None]:
        if item.echo is None:
            return item.lineage, "given" if item.lineage else None
        try:
            follow_up = verify(TokenKind.ECHO, item.echo, self._keys)
        except TokenError:
            raise RefusedError(RequestRefused.INVALID, "echo: not a token that we signed") from None
        row = await queries.echoed_lineage(connection, follow_up=follow_up)
        if row is None:
            raise RefusedError(RequestRefused.INVALID, "echo: unknown webhook")
        return (*row.lineage, row.sequence), "echo"


def record_keys(items: Iterable[Item | str]) -> list[str]:
    """What has to be locked for items, in the order in which everybody locks: two events never wait for each other."""
    return sorted({key for item in items if not isinstance(item, str) for key in _keys(item)})


def address_warnings(item: CrmItem, region: str) -> list[str]:
    """Addresses that were taken as they are, and that nothing can be sent to or from; quotes no value."""
    found = []
    email = item.values.get("email") if item.entity in ("person", "owner") else None
    if isinstance(email, str) and (words := email_problem(email)) is not None:
        mended = "mail can be sent in their name" if item.entity == "owner" else "they can get e-mails"
        found.append(f"{item.entity}.email: {words}; correct it before {mended}")
    phone = item.values.get("phone") if item.entity == "person" else None
    if isinstance(phone, str):
        try:
            to_e164(phone, region)
        except RefusedError as error:
            found.append(f"person.phone: {error}; correct it before they can get text messages")
    return found


def _by_value(
    item: CrmItem, before: Mapping[str, Any], own: Sequence[queries.OwnWritesRow]
) -> dict[Lineage, dict[str, Stored]]:
    """The item's values by the lineage that each has: most have none."""
    parts: dict[Lineage, dict[str, Stored]] = {(): dict(item.values)}
    for name, value in item.values.items():
        if stored_value(before, name) == value:
            continue
        row = next((row for row in own if name in row.after and row.after[name] == value), None)
        if row is not None:
            parts.setdefault(tuple(row.lineage), {})[name] = parts[()].pop(name)
    return parts


def _keys(item: Item) -> Iterable[str]:
    if isinstance(item, EventItem):
        return (f"person:{item.person}",)
    return (f"{item.entity}:{item.id}", *((f"person:{item.merged_into}",) if item.merged_into else ()))


def _unusable(item: CrmItem, before: Mapping[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    """The answer to an item whose fields cannot be taken at all.

    Raises:
        RefusedError: the item makes no sense as a whole.
    """
    if item.at is not None and item.at > now + _AHEAD:
        raise RefusedError(RequestRefused.INVALID, "at: more than 5 minutes ahead of our clock")
    if item.problems and not item.values and not says_of_all(item):
        return {"status": "refused", "reason": "; ".join(item.problems.values())} | _problems(item)
    if item.entity == "placement" and item.values.get("person_id", "" if before else None) is None:
        raise RefusedError(
            RequestRefused.INVALID,
            item.problems.get("placement.person", "placement.person: a placement needs the id of its person"),
        )
    return None


def _problems(item: CrmItem) -> dict[str, Any]:
    found = [{"field": name, "reason": reason} for name, reason in item.problems.items()]
    return {"problems": found} if found else {}


def _answer(status: str, fields: list[str], by: str | None) -> dict[str, Any]:
    return {"status": status, "fields": fields} | ({"lineage_by": by} if by else {})
