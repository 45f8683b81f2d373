"""A batch of changes that is larger than a page: its matches are counted before the first of them enters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.rules.evaluator import ChangedRecords
from sequences.auto_enroll.messages import Origin, Refusal
from services.auto_enroll.batches import Occasion, new_batch
from services.auto_enroll.guarded_rules import entities_of, guarded
from services.auto_enroll.look_again import touched
from services.auto_enroll.rule_notifications import RuleNews, by_owner, notify_enrolled, notify_of_approval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from services.auto_enroll.change_pages import LargeBatch
    from services.auto_enroll.look_again import Again
    from services.auto_enroll.queue import Queue


async def concerned_by(connection: Connection, rule: ActiveRule, batch: str) -> ChangedRecords:
    """As ``Changes.concerned``, of all unseen rows of a batch at once."""
    if rule.compiled is None:
        return ChangedRecords()
    rows = await queries.concerned_by_batch(
        connection,
        batch=batch,
        fields=sorted(rule.compiled.fields),
        record=list(entities_of(rule.compiled.record)),
    )
    return ChangedRecords(**{f"{row.entity}s": sorted(row.ids) for row in rows})


async def touched_by(connection: Connection, batch: str) -> dict[str, list[str]]:
    """Records of standing refusals that a batch is about, by sequence."""
    rows = await queries.touched_by_batch(connection, batch=batch)
    return await touched(connection, {row.entity: row.ids for row in rows})


class Weighing:
    """Counts a large batch, and holds it whole. Its pages carry one instant, so what they did is told once."""

    def __init__(self, rules: Rules, again: Again, queue: Queue) -> None:
        self._rules = rules
        self._again = again
        self._queue = queue

    async def weigh(self, connection: Connection, rules: Sequence[ActiveRule], large: LargeBatch) -> None:
        """Makes a held batch for each sequence that the large one is too much for.

        Args:
            connection: in a transaction.
            rules: all that are on, by name: locks are taken in that order.
            large: with the instant of its pages.
        """
        refused = await touched_by(connection, large.id)
        for rule in rules:
            wanted, sequence = rule.version.definition.auto_enroll, rule.version.sequence
            if wanted is None or rule.compiled is None:
                continue
            concerned = await concerned_by(connection, rule, large.id)
            if not concerned and sequence not in refused:
                continue
            coming = await self.coming(connection, rule, large.at, concerned, refused.get(sequence, ()))
            await queries.lock_entering(connection, sequence=sequence)
            standing = await self._queue.standing(connection, sequence)
            if coming and (standing or await self._queue.too_many(connection, wanted, sequence, coming, large.at)):
                occasion = Occasion(Origin.CHANGE, f"batch:{large.id}", large.at)
                batch = standing or await new_batch(connection, rule.version, coming, occasion)
                await queries.keep_changes_for_approval(connection, changes=large.id, sequence=sequence, batch=batch)
        await queries.batch_weighed(connection, id=large.id, at=large.at)

    async def coming(
        self,
        connection: Connection,
        rule: ActiveRule,
        now: datetime,
        concerned: ChangedRecords,
        refused: Sequence[str],
    ) -> int:
        """How many a batch would bring: everybody matched, and of those who were refused who can enter now."""

        async def count() -> int:
            records = await self._rules.concerned(connection, rule, concerned) if concerned else []
            known = set(records)
            number = await self._rules.count_of(connection, rule, now, records)
            rest = [record for record in refused if record not in known]
            matches = await self._again.matches(connection, rule, now, rest) if rest else []
            return number + sum(
                each.refused is None for each in await self._again.judged(connection, rule, matches, now)
            )

        return await guarded(connection, rule, now, count) or 0

    async def held(self, connection: Connection, sequence: str, large: LargeBatch) -> str | None:
        """The held batch that the pages of a large one go to, however it was decided meanwhile; None: they enter."""
        found = await queries.changes_awaiting_approval(connection, changes=large.id, sequence=sequence)
        return str(found) if found is not None else None

    async def tell(self, connection: Connection, rule: ActiveRule, large: LargeBatch) -> None:
        """Once for all pages: who entered, who waits, who was refused and why."""
        sequence, nonce = rule.version.sequence, f"batch:{large.id}"
        batch = await self.held(connection, sequence, large)
        if batch is not None:
            await notify_of_batch(connection, rule, batch, large.at)
        await notify_of_instant(connection, rule, large.at, nonce)


async def notify_of_batch(connection: Connection, rule: ActiveRule, batch: str, now: datetime) -> None:
    """Says how many wait in a batch; one in which nobody waits is closed."""
    rows = await queries.people_of_batch(connection, batch=batch)
    people = by_owner((row.owner_id, row.person_id) for row in rows)
    await queries.close_empty_batch(connection, id=batch, at=now)
    await notify_of_approval(connection, rule.version, people, now, batch)


async def notify_of_instant(connection: Connection, rule: ActiveRule, now: datetime, nonce: str) -> None:
    """Says who entered and who was refused at the one instant that all pages of something carry."""
    sequence = rule.version.sequence
    rows = await queries.entered_at(connection, sequence=sequence, at=now)
    entered = by_owner((row.owner_id, row.person_id) for row in rows)
    refused: dict[str, list[Refusal]] = {}
    for row in await queries.refused_at(connection, sequence=sequence, at=now):
        told = Refusal(row.reason, row.detail, tuple(row.fields))
        refused.setdefault(row.owner_id or "", []).append(told)
    await notify_enrolled(connection, rule.version, RuleNews(entered, refused), now, nonce)
