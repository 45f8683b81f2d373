"""The scan's activities: count who would enter, then page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from temporalio import activity

from activities.rules.announcing import announce_entered, announce_held, by_owner
from activities.rules.batches import hold
from activities.rules.evaluating import guarded
from adapters.postgres import queries
from sequences.names import BEGIN_SCAN, SCAN_PAGE
from sequences.rule_runs import Origin, ScanBegun, ScanCall, ScanPage

if TYPE_CHECKING:
    from activities.rules.entering import Entering
    from activities.rules.queue import Queue
    from activities.window_starter import WindowStarter
    from adapters.postgres.database import Database
    from adapters.postgres.rules import ActiveRule, Rules

PAGE = 1000


class ScanningActivities:
    """Scans of one sequence. Everything here is safe to repeat: all pages carry the instant at which the scan began."""

    def __init__(
        self, database: Database, rules: Rules, entering: Entering, queue: Queue, windows: WindowStarter,
        page: int = PAGE,
    ) -> None:  # fmt: skip
        self._database = database
        self._rules = rules
        self._entering = entering
        self._queue = queue
        self._windows = windows
        self._page = page

    @activity.defn(name=BEGIN_SCAN)
    async def begin_scan(self, call: ScanCall) -> ScanBegun:
        """Counts; more than ``hold_above`` make a held batch before anybody enters."""
        async with self._database.transaction() as connection:
            rule = await self._rule(connection, call)
            rules = rule.version.definition.auto_enroll if rule else None
            if rule is None or rules is None:
                return ScanBegun(0)
            active, origin = rule, Origin(call.origin)
            counted = await guarded(
                connection, rule, call.now,
                lambda: self._rules.count(connection, active, call.now, origin=origin, since=active.since),
            )  # fmt: skip
            matching = (counted or {}).get("", 0)
            sequence = rule.version.sequence
            await queries.run(connection, "lock_entering", sequence=sequence)
            if not matching or not await self._queue.too_many(connection, rules, sequence, matching, call.now):
                return ScanBegun(matching)
            batch = await hold(connection, rule.version, origin, matching, call.now, call.now.isoformat())
            return ScanBegun(matching, batch)

    @activity.defn(name=SCAN_PAGE)
    async def scan_page(self, call: ScanCall) -> ScanPage:
        """One page by record id, in one transaction; the last one says when the sequence was scanned, and tells."""
        origin = Origin(call.origin)
        async with self._database.transaction() as connection:
            rule = await self._rule(connection, call)
            if rule is None:
                # Its newest version has no rules any more.
                return ScanPage()
            active = rule
            matches = await guarded(
                connection, active, call.now,
                lambda: self._rules.page(
                    connection, active, call.now, origin=origin, since=active.since, after=call.after, limit=self._page
                ),
            )  # fmt: skip
            if matches is None:
                return ScanPage()
            entered = await self._entering.enter(
                connection, rule, matches, call.now, origin, _nonce(call), batch=call.batch
            )  # fmt: skip
            after = matches[-1].record_id if len(matches) == self._page else None
            if after is None:
                await self._end(connection, rule, call)
        await self._windows.start_all(entered.windows)
        return ScanPage(after, len(matches), entered.enrolled, sum(entered.refused.values()), entered.held)

    async def _end(self, connection: Any, rule: ActiveRule, call: ScanCall) -> None:
        await queries.run(connection, "rule_scanned", sequence=call.sequence, at=call.now)
        if call.batch is not None:
            rows = await queries.rows(connection, "people_of_batch", batch=call.batch)
            people = by_owner((row["owner_id"], row["person_id"]) for row in rows)
            await queries.run(connection, "close_empty_batch", id=call.batch, at=call.now)
            await announce_held(connection, rule.version, people, call.now, call.batch)
        rows = await queries.rows(connection, "entered_at", sequence=call.sequence, at=call.now)
        people = by_owner((row["owner_id"], row["person_id"]) for row in rows)
        await announce_entered(connection, rule.version, people, call.now, _nonce(call))

    async def _rule(self, connection: Any, call: ScanCall) -> ActiveRule | None:
        for rule in await self._rules.active(connection):
            if rule.version.sequence == call.sequence:
                return rule
        return None


def _nonce(call: ScanCall) -> str:
    return f"{call.origin}:{call.now.isoformat()}"
