"""A scan of one sequence: count who would enter, then page by page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import ScanScope
from sequences.auto_enroll.messages import Origin, ScanBegun, ScanCall, ScanPage
from services.auto_enroll.batches import Occasion, new_batch
from services.auto_enroll.count_batch import notify_of_batch, notify_of_instant
from services.auto_enroll.guarded_rules import guarded
from services.auto_enroll.look_again import page_of_refused

if TYPE_CHECKING:
    from adapters.postgres.database import Connection, Database
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from sequences.auto_enroll.messages import Match
    from services.auto_enroll.enter import Entering
    from services.auto_enroll.look_again import Again
    from services.auto_enroll.queue import Queue

PAGE = 1000
_REFUSED = "refused/"
"""What ``after`` begins with when a scan has come to those who were refused before; no id holds a slash."""


@dataclass(frozen=True)
class _Found:
    """One page: matches of the scan; those of refused ones, and who these are; where the next page begins."""

    matches: list[Match]
    again: list[Match]
    looked: list[str]
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Scanning:
    """Scans of one sequence. Everything here is safe to repeat: all pages carry the instant at which the scan began."""

    database: Database
    rules: Rules
    again: Again
    entering: Entering
    queue: Queue
    page: int = PAGE

    async def begin_scan(self, call: ScanCall) -> ScanBegun:
        """Counts; more than ``hold_above`` make a held batch before anybody enters.

        Who was refused before counts when nothing stands against them any more. What a scan finds while a batch of the
        sequence waits joins that one.
        """
        async with self.database.transaction() as connection:
            rule = await self._rule(connection, call)
            rules = rule.version.definition.auto_enroll if rule else None
            if rule is None or rules is None:
                return ScanBegun(0)
            active, origin = rule, Origin(call.origin)
            counted = await guarded(
                connection,
                rule,
                call.now,
                lambda: self.rules.count(connection, active, ScanScope(origin, call.now, active.since)),
            )
            matching = (counted or {}).get("", 0)
            if counted is not None and origin is Origin.SCAN:
                matching += await self._count_again(connection, rule, call)
            sequence = rule.version.sequence
            await queries.lock_entering(connection, sequence=sequence)
            if not matching:
                return ScanBegun(matching)
            standing = await self.queue.standing(connection, sequence)
            if standing is not None:
                return ScanBegun(matching, standing)
            if not await self.queue.too_many(connection, rules, sequence, matching, call.now):
                return ScanBegun(matching)
            occasion = Occasion(origin, call.now.isoformat(), call.now)
            batch = await new_batch(connection, rule.version, matching, occasion)
            return ScanBegun(matching, batch)

    async def scan_page(self, call: ScanCall) -> ScanPage:
        """One page by record id, in one transaction; the last one says when the sequence was scanned, and tells."""
        async with self.database.transaction() as connection:
            rule = await self._rule(connection, call)
            if rule is None:
                # Its newest version has no rules any more.
                return ScanPage()
            found = await guarded(connection, rule, call.now, partial(self._found, connection, rule, call))
            if found is None:
                return ScanPage()
            await self.again.passed(connection, rule, found.looked, found.again)
            matches = [*found.matches, *await self.again.judged(connection, rule, found.again, call.now)]
            occasion = Occasion(Origin(call.origin), _nonce(call), call.now, call.batch, paged=True)
            entered = await self.entering.enter(connection, rule, matches, occasion)
            if found.after is None:
                await self._end(connection, rule, call)
        return ScanPage(found.after, len(matches), entered.enrolled, sum(entered.refused.values()), entered.held)

    async def _found(self, connection: Connection, rule: ActiveRule, call: ScanCall) -> _Found:
        """First everybody for whom the rule came true, by record id; behind them those who were refused before."""
        limit, origin = self.page, Origin(call.origin)
        if call.after.startswith(_REFUSED):
            records = await self._refused(connection, call, call.after.removeprefix(_REFUSED), limit)
            again = await self.again.matches(connection, rule, call.now, records)
            after = _REFUSED + records[-1] if len(records) == limit else None
            return _Found([], again, records, after)
        scope = ScanScope(origin, call.now, rule.since)
        matches = await self.rules.page(connection, rule, scope, after=call.after, limit=limit)
        if len(matches) == limit:
            return _Found(matches, [], [], matches[-1].record_id)
        refused = origin is Origin.SCAN and await self._refused(connection, call, "", 1)
        return _Found(matches, [], [], _REFUSED if refused else None)

    async def _refused(self, connection: Connection, call: ScanCall, after: str, limit: int) -> list[str]:
        """The next records whose refusal may have passed, but for those that this scan has refused itself."""
        return await page_of_refused(connection, call.sequence, after, limit, call.now)

    async def _count_again(self, connection: Connection, rule: ActiveRule, call: ScanCall) -> int:
        number, after = 0, ""
        while records := await self._refused(connection, call, after, self.page):
            after = records[-1]
            found = await guarded(
                connection, rule, call.now, partial(self.again.matches, connection, rule, call.now, records)
            )
            judged = await self.again.judged(connection, rule, found or [], call.now)
            number += sum(each.refused is None for each in judged)
        return number

    async def _end(self, connection: Connection, rule: ActiveRule, call: ScanCall) -> None:
        await queries.rule_scanned(connection, sequence=call.sequence, at=call.now)
        if call.batch is not None:
            await notify_of_batch(connection, rule, call.batch, call.now)
        await notify_of_instant(connection, rule, call.now, _nonce(call))

    async def _rule(self, connection: Connection, call: ScanCall) -> ActiveRule | None:
        for rule in await self.rules.active(connection):
            if rule.version.sequence == call.sequence:
                return rule
        return None


def _nonce(call: ScanCall) -> str:
    return f"{call.origin}:{call.now.isoformat()}"
