"""One page of changes against all rules that read what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import Entered, Origin, WatchCall, WatchResult
from services.auto_enroll import change_pages
from services.auto_enroll.batches import Occasion
from services.auto_enroll.guarded_rules import Changes, guarded
from services.auto_enroll.look_again import touched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from sequences.auto_enroll.messages import Match
    from services.auto_enroll.count_batch import Weighing
    from services.auto_enroll.enter import Entering
    from services.auto_enroll.look_again import Again
    from services.auto_enroll.release import Releasing
    from services.records.record_changes import RecordChanges

BATCH = 1000


@dataclass(frozen=True)
class _Look:
    """What one page is about.

    Attributes:
        refused: records of standing refusals that something of the page is about, by sequence.
        now: UTC; of a large batch the same for all its pages.
        nonce: of the page.
    """

    changes: Changes
    refused: Mapping[str, Sequence[str]]
    large: change_pages.LargeBatch | None
    now: datetime
    nonce: str


@dataclass(frozen=True, kw_only=True)
class Watching:
    """Matches what changed. Any number of watchers: each takes rows that no other holds."""

    database: Database
    rules: Rules
    changes: RecordChanges
    again: Again
    entering: Entering
    releasing: Releasing
    weighing: Weighing

    async def watch_changes(self, call: WatchCall) -> WatchResult:
        """Everything about a page is one transaction, so a page is either seen whole or not at all.

        Killed before the commit, another attempt takes the same rows. What follows in Temporal is the outbox's: a
        thousand matches hold up no other change.
        """
        released, more = await self.releasing.release(call.now)
        page, entered = await self._page(call)
        everything = [*released, *entered]
        return WatchResult(
            changes=len(page.rows),
            matched=sum(each.enrolled + sum(each.refused.values()) + each.held for each in everything),
            enrolled=sum(each.enrolled for each in everything),
            refused=sum(sum(each.refused.values()) for each in everything),
            held=sum(each.held for each in everything),
            more=more or page.more,
        )

    async def _page(self, call: WatchCall) -> tuple[change_pages.ChangePage, list[Entered]]:
        async with self.database.transaction() as connection:
            page = await change_pages.take(connection, BATCH, call.now)
            rows, large = page.rows, page.large
            entered: dict[str, Entered] = {}
            if rows:
                for row in rows:
                    if row.origin == "sql":
                        await self.changes.announce(connection, row, call.now)
                rules = await self.rules.active(connection)
                if large is not None and not large.weighed:
                    await self.weighing.weigh(connection, rules, large)
                changes = Changes(rows)
                # Every row has one watcher, so its first and last one name a page.
                nonce = f"changes:{rows[0].id}:{rows[-1].id}"
                now = large.at if large is not None else call.now
                look = _Look(changes, await touched(connection, changes.touched), large, now, nonce)
                # By name, as ``Entering.enter`` wants it.
                for rule in rules:
                    found = await self._match(connection, rule, look)
                    if found is not None:
                        entered[rule.version.sequence] = found
                await queries.rules_are_fine(connection, sequences=list(entered))
            if await change_pages.seen(connection, page, call.now) and large is not None:
                for rule in await self.rules.active(connection):
                    await self.weighing.tell(connection, rule, large)
        return page, list(entered.values())

    async def _match(self, connection: Connection, rule: ActiveRule, look: _Look) -> Entered | None:
        """None when the rule is broken, or nothing that it reads has changed."""
        concerned = look.changes.concerned(rule)
        refused = look.refused.get(rule.version.sequence, ())
        if rule.compiled is not None and not concerned and not refused:
            return None
        found = await guarded(connection, rule, look.now, lambda: self._found(connection, rule, look, refused))
        if found is None:
            return None
        matches, again, rest = found
        await self.again.passed(connection, rule, rest, again)
        matches = [*matches, *await self.again.judged(connection, rule, again, look.now)]
        large, sequence = look.large, rule.version.sequence
        batch = None if large is None else await self.weighing.held(connection, sequence, large)
        occasion = Occasion(Origin.CHANGE, look.nonce, look.now, batch, paged=large is not None)
        return await self.entering.enter(connection, rule, matches, occasion)

    async def _found(
        self, connection: Connection, rule: ActiveRule, look: _Look, refused: Sequence[str]
    ) -> tuple[list[Match], list[Match], list[str]]:
        """Matches of what the rule reads; those of refused ones whose other circumstances changed; and who these are.

        A placement without a person is a match of the second kind: there is nobody yet who could enter.
        """
        concerned = look.changes.concerned(rule)
        matches = await self.rules.for_changes(connection, rule, look.now, concerned) if concerned else []
        known = {match.record_id for match in matches}
        rest = [record for record in refused if record not in known]
        again = await self.again.matches(connection, rule, look.now, rest) if rest else []
        fresh = [record for record in concerned.placements if record not in known and record not in rest]
        unknown = await self.rules.without_person(connection, rule, look.now, fresh)
        return [*matches, *unknown], again, rest
