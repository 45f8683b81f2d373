"""The watcher's activity: one batch of changes against all rules that read what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from temporalio import activity

from activities.rules.announcing import announce_entered
from activities.rules.evaluating import Changes, guarded
from adapters.postgres import queries
from sequences.names import WATCH_CHANGES
from sequences.rule_runs import Entered, Origin, WatchCall, WatchResult

if TYPE_CHECKING:
    from datetime import datetime

    from activities.record_changes import RecordChanges
    from activities.rules.entering import Entering
    from activities.rules.releasing import Releasing
    from activities.window_starter import WindowStarter
    from adapters.postgres.database import Database
    from adapters.postgres.rules import ActiveRule, Rules

BATCH = 1000


class WatchingActivities:
    """Matches what changed. Any number of watchers: each takes rows that no other holds."""

    def __init__(
        self, database: Database, rules: Rules, changes: RecordChanges, entering: Entering, releasing: Releasing,
        windows: WindowStarter,
    ) -> None:  # fmt: skip
        self._database = database
        self._rules = rules
        self._changes = changes
        self._entering = entering
        self._releasing = releasing
        self._windows = windows

    @activity.defn(name=WATCH_CHANGES)
    async def watch_changes(self, call: WatchCall) -> WatchResult:
        """Everything about a batch is one transaction, so a batch is either seen whole or not at all.

        Killed before the commit, another attempt takes the same rows; killed after it, the dispatcher starts the
        windows that are left in ``opening``.
        """
        released, more = await self._releasing.release(call.now)
        rows, entered = await self._batch(call)
        everything = [*released, *entered]
        await self._windows.start_all([window for each in everything for window in each.windows])
        return WatchResult(
            changes=rows,
            matched=sum(each.enrolled + sum(each.refused.values()) + each.held for each in everything),
            enrolled=sum(each.enrolled for each in everything),
            refused=sum(sum(each.refused.values()) for each in everything),
            held=sum(each.held for each in everything),
            more=more or rows == BATCH,
        )

    async def _batch(self, call: WatchCall) -> tuple[int, list[Entered]]:
        async with self._database.transaction() as connection:
            rows = await queries.rows(connection, "unwatched_changes", limit=BATCH)
            if not rows:
                return 0, []
            for row in rows:
                if row["origin"] == "sql":
                    await self._changes.announce(connection, row, call.now)
            # Every row has one watcher, so its first and last one name a batch.
            nonce = f"changes:{rows[0]['id']}:{rows[-1]['id']}"
            changes = Changes(rows)
            entered: dict[str, Entered] = {}
            # By name, as ``Entering.enter`` wants it.
            for rule in await self._rules.active(connection):
                found = await self._match(connection, rule, changes, call.now, nonce)
                if found is not None:
                    entered[rule.version.sequence] = found
            await queries.run(connection, "rules_are_fine", sequences=list(entered))
            await queries.run(connection, "changes_watched", ids=[row["id"] for row in rows], at=call.now)
        return len(rows), list(entered.values())

    async def _match(
        self, connection: Any, rule: ActiveRule, changes: Changes, now: datetime, nonce: str
    ) -> Entered | None:  # fmt: skip
        """None when the rule is broken, or nothing that it reads has changed."""
        concerned = changes.concerned(rule)
        if rule.compiled is not None and not concerned:
            return None
        matches = await guarded(
            connection, rule, now, lambda: self._rules.for_changes(connection, rule, now, **concerned)
        )  # fmt: skip
        if matches is None:
            return None
        entered = await self._entering.enter(connection, rule, matches, now, Origin.CHANGE, nonce)
        await announce_entered(connection, rule.version, entered.people, now, nonce)
        return entered
