"""Lets matched records in by rule, in the order match, refuse, hold, write, notify: one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import Entered, Origin, Refusal, Refused
from services.auto_enroll.batches import Occasion, new_batch
from services.auto_enroll.rule_notifications import (
    RuleNews,
    by_owner,
    notify_enrolled,
    notify_loops,
    notify_of_approval,
)
from services.enrolling.eligibility import OneEach
from services.enrolling.plan_entries import plan_entries
from services.enrolling.preflight import Lack, note
from services.enrolling.window_ledger import NewWindow, WindowLedger
from services.privacy.erased_addresses import write_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from adapters.postgres.versions import Version
    from sequences.auto_enroll.messages import Match
    from sequences.definition.rules import AutoEnroll
    from services.auto_enroll.queue import Queue
    from services.enrolling.eligibility import Eligibility

_TOLD_APART = (Refused.HELD, Refused.MAX_PER_DAY, Refused.CYCLE)
_AT_THE_SAME_MOMENT = "another request enrolled it at the same moment"


@dataclass
class Entry:
    """What is asked of one call, and what becomes of it as it goes through the stages.

    Attributes:
        rule: with its version.
        rules: of that version.
        occasion: why the rule was asked, and when.
        again: enrollments that an earlier attempt of this very batch made.
        new_batch: the batch that this call made, and that owners are notified of.
    """

    rule: ActiveRule
    rules: AutoEnroll
    occasion: Occasion
    again: list[str] = field(default_factory=list)
    entered: list[tuple[str, Match]] = field(default_factory=list)
    refusals: dict[str, tuple[Match, Refusal]] = field(default_factory=dict)
    lacks: dict[str, tuple[Lack, ...]] = field(default_factory=dict)
    one_each: OneEach = field(default_factory=OneEach)
    held: int = 0
    fresh: set[str] = field(default_factory=set)
    new_batch: str | None = None
    in_new_batch: list[Match] = field(default_factory=list)

    @property
    def version(self) -> Version:
        """That the matches would enter."""
        return self.rule.version

    @property
    def sequence(self) -> str:
        """Its name."""
        return self.rule.version.sequence

    @property
    def now(self) -> datetime:
        """When the rule was asked; UTC."""
        return self.occasion.now

    def refuse(self, match: Match, refusal: Refusal) -> None:
        """Remembers why a match does not enter."""
        self.refusals[match.record_id] = (match, refusal)

    def enrollment(self, match: Match) -> str:
        """The id of the run of a match: the same match with the same nonce has the same one."""
        return ids.enrollment_id(self.sequence, match.record_id, self.occasion.nonce)

    def result(self) -> Entered:
        """What became of all of them."""
        refused: dict[str, int] = {}
        for _, refusal in self.refusals.values():
            if refusal.reason not in (Refused.HELD, Refused.MAX_PER_DAY):
                refused[str(refusal.reason)] = refused.get(str(refusal.reason), 0) + 1
        windows = [ids.window_id(each) for each in (*self.again, *(enrollment for enrollment, _ in self.entered))]
        people = by_owner((match.owner_id, match.person_id) for _, match in self.entered)
        return Entered(tuple(windows), people, refused, self.held)


class Entering:
    """The one way in by rule: for changes, scans, and those who waited."""

    def __init__(self, records: Records, rules: Rules, eligibility: Eligibility, queue: Queue) -> None:
        self._records = records
        self._rules = rules
        self._ledger = WindowLedger()
        self._eligibility = eligibility
        self._queue = queue

    async def enter(
        self, connection: Connection, rule: ActiveRule, matches: Sequence[Match], occasion: Occasion
    ) -> Entered:
        """Writes enrollments, windows, refusals, queue rows and notifications for the matches of one sequence.

        Callers process sequences in name order, to avoid deadlocks. The same matches with the same nonce again enter
        nobody twice and refuse nobody for it.

        Args:
            connection: in a transaction.
            rule: with its version.
            matches: at most one a record.
            occasion: why the rule was asked, and when.

        Returns:
            Who entered; the outbox starts their windows after the commit.
        """
        rules = rule.version.definition.auto_enroll
        if rules is None or not matches:
            return Entered()
        await queries.lock_entering(connection, sequence=rule.version.sequence)
        entry = Entry(rule, rules, occasion)
        left = await self._match(connection, entry, matches)
        left = await self._refuse(connection, entry, left)
        left = await self._hold(connection, entry, left)
        await self._write(connection, entry, left)
        await self._notify(connection, entry)
        return entry.result()

    async def _match(self, connection: Connection, entry: Entry, matches: Sequence[Match]) -> list[Match]:
        """The matches that no earlier attempt of this very batch enrolled; by person, as the ledger wants it."""
        made = {entry.enrollment(match): match for match in matches}
        rows = await queries.enrollments_among(connection, ids=list(made))
        entry.again = sorted(row for row in rows)
        left = [match for enrollment, match in made.items() if enrollment not in entry.again]
        return sorted(left, key=lambda match: (match.person_id, match.record_id))

    async def _refuse(self, connection: Connection, entry: Entry, matches: list[Match]) -> list[Match]:
        """Out with those whom the statement that found them refused, who entered since then, or who wait already."""
        records = [match.record_id for match in matches if match.refused is None]
        inside = await self._rules.entered_since(connection, entry.rule, entry.now, records) if records else {}
        waiting = set()
        if records and not entry.occasion.released:
            waiting = await self._queue.already_in(connection, entry.sequence, records)
        left = []
        for match in matches:
            if match.refused is not None:
                entry.refuse(match, Refusal(match.refused, match.detail, match.waits_for))
            elif match.record_id in inside:
                entry.refuse(match, inside[match.record_id])
            elif match.record_id in waiting:
                entry.held += 1
            else:
                left.append(match)
        return left

    async def _hold(self, connection: Connection, entry: Entry, matches: list[Match]) -> list[Match]:
        """Nobody is left when they await approval. Those who could not enter are refused at once.

        What matches while a batch of the sequence waits joins it, however few they are.
        """
        occasion = entry.occasion
        batch = occasion.batch
        if batch is None and not occasion.released:
            batch = await self._queue.standing(connection, entry.sequence)
        if batch is None and not await self._too_many(connection, entry, len(matches)):
            return matches
        eligible = await self._eligible(connection, entry, matches)
        if not eligible:
            return []
        if batch is None:
            batch = await new_batch(connection, entry.version, len(eligible), occasion)
            entry.new_batch, entry.in_new_batch = batch, eligible
        if await self._queue.hold(connection, batch, occasion.origin, eligible, occasion.now):
            detail = f"batch {batch}, hold_above {entry.rules.hold_above}"
            for match in eligible:
                entry.refuse(match, Refusal(Refused.HELD, detail))
            entry.held += len(eligible)
        return []

    async def _too_many(self, connection: Connection, entry: Entry, coming: int) -> bool:
        occasion = entry.occasion
        counted = occasion.released or (occasion.paged and occasion.origin is Origin.CHANGE)
        if counted or not coming:
            return False
        return await self._queue.too_many(connection, entry.rules, entry.sequence, coming, entry.now)

    async def _write(self, connection: Connection, entry: Entry, matches: list[Match]) -> None:
        """Enrollments and windows up to the day's share; the others wait for their day. Last of all the refusals."""
        share = await self._queue.share(connection, entry.rules, entry.sequence, entry.now) if matches else None
        at_once = len(matches) if share is None else share
        position = 0
        # A refused match frees its place for the next one.
        while position < len(matches) and len(entry.entered) < at_once:
            taken = matches[position : position + at_once - len(entry.entered)]
            position += len(taken)
            eligible = await self._eligible(connection, entry, taken)
            await self._enroll(connection, entry, eligible)
        late = matches[position:]
        if late:
            await self._queue.wait(connection, entry.sequence, late, entry.now)
        for match in late:
            entry.refuse(match, Refusal(Refused.MAX_PER_DAY, f"{entry.rules.max_per_day} entered today"))
        entry.held += len(late)
        if entry.occasion.released and entry.entered:
            windows = [ids.window_id(enrollment) for enrollment, _ in entry.entered]
            await queries.mark_released(connection, ids=windows)
        await self._write_refusals(connection, entry)

    async def _eligible(self, connection: Connection, entry: Entry, matches: list[Match]) -> list[Match]:
        """Asks what the statement that found them did not, and refuses those who may not enter."""
        judged = await self._eligibility.of_matches(connection, entry.version, matches, entry.now, among=entry.one_each)
        for match, result in zip(matches, judged, strict=True):
            if result.refusal is not None:
                entry.refuse(match, result.refusal)
                await write_out(connection, result.recognised, entry.now)
            entry.lacks[match.record_id] = result.lacks
        return [match for match, result in zip(matches, judged, strict=True) if result.refusal is None]

    async def _enroll(self, connection: Connection, entry: Entry, matches: list[Match]) -> None:
        """Enrollments first, since windows name them; who loses the race for the window loses the enrollment again."""
        version = entry.version
        rows = [
            {
                "id": entry.enrollment(match),
                "record_id": match.record_id,
                "person_id": match.person_id,
                "owner_id": match.owner_id,
                "lineage": list(match.lineage),
                "workflow_id": ids.enrollment_workflow_id(version.sequence, match.record_id),
            }
            for match in matches
        ]
        added = await queries.add_rule_enrollments(
            connection,
            sequence=version.sequence,
            version=version.version,
            record_type=version.definition.record,
            entries=rows,
            at=entry.now,
        )
        made = set(added)
        lost = []
        fresh: dict[str, tuple[str, str]] = {}
        for match in matches:
            enrollment = entry.enrollment(match)
            if enrollment not in made:
                entry.refuse(match, Refusal(Refused.ALREADY_ENROLLED, _AT_THE_SAME_MOMENT))
                continue
            opened = NewWindow(version, enrollment, match.person_id, match.record_id, "rule", entry.now)
            window = await self._ledger.open(connection, opened)
            if window is None:
                lost.append(enrollment)
                blocked = Refused.ONCE if opened.scope == "record" else Refused.WINDOW
                entry.refuse(match, Refusal(blocked, _AT_THE_SAME_MOMENT))
            else:
                entry.entered.append((enrollment, match))
                fresh[enrollment] = (match.record_id, match.person_id)
                await note(connection, enrollment, entry.lacks.get(match.record_id, ()), entry.now)
        if lost:
            await queries.drop_enrollments(connection, ids=lost)
        if fresh:
            await plan_entries(connection, self._records, version, fresh, entry.now)
            inside = [record for record, _ in fresh.values()]
            await queries.refusals_entered(connection, sequence=version.sequence, records=inside)

    async def _write_refusals(self, connection: Connection, entry: Entry) -> None:
        """Last of all rows: others may wait for one of these."""
        rows = [
            {
                "record_id": match.record_id,
                "person_id": match.person_id,
                "reason": str(refusal.reason),
                "detail": refusal.detail,
                "fields": list(refusal.fields),
                # What it waited for may yet be written by somebody else: then it is looked at again.
                "keeps": match.again and refusal.reason == Refused.CYCLE,
            }
            for match, refusal in entry.refusals.values()
        ]
        if rows:
            told = await queries.add_rule_refusals(connection, sequence=entry.sequence, refusals=rows, at=entry.now)
            entry.fresh = {row.record_id for row in told if row.fresh}

    async def _notify(self, connection: Connection, entry: Entry) -> None:
        """Tells the owners: who awaits approval, what looped, and who entered or did not; each once a batch."""
        version, now = entry.version, entry.now
        if entry.new_batch is not None:
            waiting = by_owner((match.owner_id, match.person_id) for match in entry.in_new_batch)
            await notify_of_approval(connection, version, waiting, now, entry.new_batch)
        loops = [match for match, refusal in entry.refusals.values() if refusal.reason == Refused.CYCLE]
        if loops:
            people = by_owner((match.owner_id, match.person_id) for match in loops)
            await notify_loops(connection, version, people, now, self._queue.day_of(now).date())
        if entry.occasion.paged:
            return
        refused: dict[str, list[Refusal]] = {}
        for match, refusal in entry.refusals.values():
            # A loop is told of by itself, and so is who waits.
            if match.record_id in entry.fresh and refusal.reason not in _TOLD_APART:
                refused.setdefault(match.owner_id or "", []).append(refusal)
        entered = by_owner((match.owner_id, match.person_id) for _, match in entry.entered)
        await notify_enrolled(connection, version, RuleNews(entered, refused), now, entry.occasion.nonce)
