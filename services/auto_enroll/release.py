"""Lets those in who were approved or who waited for their day, evaluated once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import Entered, Origin
from services.auto_enroll.batches import Occasion
from services.auto_enroll.guarded_rules import guarded
from services.auto_enroll.queue import RELEASED_AT_ONCE

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from services.auto_enroll.enter import Entering
    from services.auto_enroll.look_again import Again
    from services.auto_enroll.queue import Queue


class Releasing:
    """Goes through the queue, oldest first."""

    def __init__(self, database: Database, rules: Rules, again: Again, entering: Entering, queue: Queue) -> None:
        self._database = database
        self._rules = rules
        self._again = again
        self._entering = entering
        self._queue = queue

    async def release(self, now: datetime) -> tuple[list[Entered], bool]:
        """One helping of every sequence that has somebody waiting, each in a transaction of its own.

        Returns:
            Who entered, and whether more could at once.
        """
        async with self._database.transaction() as connection:
            waiting = set(await queries.waiting_sequences(connection))
            rules = await self._rules.active(connection) if waiting else []
        found = []
        more = False
        for rule in rules:
            if rule.version.sequence in waiting and rule.compiled is not None:
                entered, full = await self._release(rule, now)
                found.append(entered)
                more = more or full
        return found, more

    async def _release(self, rule: ActiveRule, now: datetime) -> tuple[Entered, bool]:
        sequence, rules = rule.version.sequence, rule.version.definition.auto_enroll
        if rules is None:
            return Entered(), False
        async with self._database.transaction() as connection:
            await queries.lock_entering(connection, sequence=sequence)
            share = await self._queue.share(connection, rules, sequence, now)
            limit = RELEASED_AT_ONCE if share is None else min(share, RELEASED_AT_ONCE)
            rows = await queries.take_waiting(connection, sequence=sequence, limit=limit)
            records = [row.record_id for row in rows]
            if not records:
                return Entered(), False
            matches = await guarded(
                connection, rule, now, lambda: self._rules.of_records(connection, rule, now, records)
            )
            if matches is None:
                return Entered(), False
            # Who does not match any more leaves the queue as well: the rule is not true for them.
            await queries.drop_from_queue(connection, sequence=sequence, records=records)
            await self._again.passed(connection, rule, records, matches)
            nonce = f"released:{now.isoformat()}:{records[0]}"
            occasion = Occasion(Origin.CHANGE, nonce, now, released=True)
            entered = await self._entering.enter(connection, rule, matches, occasion)
        return entered, len(records) == limit
