"""Lets matched records in: what one statement found, held, spread over days, asked once more, then rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import Entered, Origin, Refused
from sequences.errors import NotFoundError
from services.auto_enroll.announcements import announce_loops, by_owner
from services.enrolling.eligibility import OneEach
from services.enrolling.preflight import Lack, note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.records import Records
    from adapters.postgres.rules.evaluator import ActiveRule
    from adapters.postgres.versions import Version
    from sequences.auto_enroll.messages import Match
    from sequences.definition.rules import AutoEnroll
    from services.auto_enroll.queue import Queue
    from services.enrolling.eligibility import Eligibility
    from services.enrolling.window_ledger import WindowLedger

_A_MOMENT_AGO = "they entered a moment ago"


@dataclass
class _Entry:
    """What becomes of one call, as it grows."""

    version: Version
    rules: AutoEnroll
    now: datetime
    origin: Origin
    nonce: str
    entered: list[tuple[str, Match]] = field(default_factory=list)
    refusals: dict[str, tuple[Match, str, str, tuple[str, ...]]] = field(default_factory=dict)
    lacks: dict[str, tuple[Lack, ...]] = field(default_factory=dict)
    one_each: OneEach = field(default_factory=OneEach)
    held: int = 0
    fresh: set[str] = field(default_factory=set)

    @property
    def blocked(self) -> Refused:
        return Refused.ONCE if self.rules.prevent_reenrollment_within is None else Refused.WINDOW

    def refuse(self, match: Match, reason: str, detail: str, fields: tuple[str, ...] = ()) -> None:
        self.refusals[match.record_id] = (match, reason, detail, fields)

    def enrollment(self, match: Match) -> str:
        return ids.enrollment_id(self.version.sequence, match.record_id, self.nonce)


class Entering:
    """The one way in by rule: for changes, scans, and those who waited."""

    def __init__(self, records: Records, ledger: WindowLedger, eligibility: Eligibility, queue: Queue) -> None:
        self._records = records
        self._ledger = ledger
        self._eligibility = eligibility
        self._queue = queue

    async def enter(
        self,
        connection: Any,
        rule: ActiveRule,
        matches: Sequence[Match],
        now: datetime,
        origin: Origin,
        nonce: str,
        *,
        batch: str | None = None,
        released: bool = False,
        counted: bool = False,
    ) -> Entered:
        """Writes enrollments, windows, refusals and queue rows for the matches of one sequence.

        Whoever calls this for several sequences in one transaction goes by name, or two of them may wait for each
        other. The same matches with the same nonce again enter nobody twice and refuse nobody for it.

        Args:
            connection: in a transaction.
            rule: with its version.
            matches: at most one a record.
            now: UTC; the watcher's or the scan's own time.
            origin: what made the rule look.
            nonce: of the batch.
            batch: a scan, or a batch of changes, that was held: its matches go there.
            released: they come out of the queue; they were counted when they went in.
            counted: a page of a batch that was counted as a whole and is small enough.

        Returns:
            Who entered; their windows are to be started after the commit.
        """
        rules = rule.version.definition.auto_enroll
        if rules is None or not matches:
            return Entered()
        await queries.run(connection, "lock_entering", sequence=rule.version.sequence)
        entry = _Entry(rule.version, rules, now, origin, nonce)
        again, fresh = await self._known(connection, entry, matches)
        good = []
        # By person, as the ledger wants it.
        for match in sorted(fresh, key=lambda each: (each.person_id, each.record_id)):
            if match.refused is None:
                good.append(match)
            else:
                entry.refuse(match, match.refused, match.detail, match.waits_for)
        good = await self._not_entered(connection, entry, good)
        if not released:
            good = await self._not_queued(connection, entry, good)
        # What matches while a batch of the sequence waits for a yes joins it, however few they are.
        if batch is None and not released:
            batch = await self._queue.standing(connection, rule.version.sequence)
        if batch is not None:
            await self._join(connection, entry, await self._all_eligible(connection, entry, good), batch)
        elif (
            good
            and not released
            and not counted
            and await self._queue.too_many(connection, rules, rule.version.sequence, len(good), now)
        ):
            await self._hold(connection, entry, await self._all_eligible(connection, entry, good))
        else:
            await self._let_in(connection, entry, good)
        if released and entry.entered:
            windows = [ids.window_id(enrollment) for enrollment, _ in entry.entered]
            await queries.run(connection, "mark_released", ids=windows)
        await self._write_refusals(connection, entry)
        return _result(entry, again)

    async def _known(self, connection: Any, entry: _Entry, matches: Sequence[Match]) -> tuple[list[str], list[Match]]:
        """Enrollments that an earlier attempt of this very batch made, and everybody else."""
        made = {entry.enrollment(match): match for match in matches}
        rows = await queries.rows(connection, "enrollments_among", ids=list(made))
        found = {row["id"] for row in rows}
        return sorted(found), [match for enrollment, match in made.items() if enrollment not in found]

    async def _not_entered(self, connection: Any, entry: _Entry, matches: list[Match]) -> list[Match]:
        """Who entered between the statement that found them and our turn must neither be held nor wait."""
        rows = await queries.rows(
            connection, "standing_among", sequence=entry.version.sequence, matches=_ids_of(matches), now=entry.now
        )
        gone = {row["record_id"] for row in rows}
        for match in matches:
            if match.record_id in gone:
                entry.refuse(match, entry.blocked, _A_MOMENT_AGO)
        return [match for match in matches if match.record_id not in gone]

    async def _not_queued(self, connection: Any, entry: _Entry, matches: list[Match]) -> list[Match]:
        waiting = await self._queue.already_in(connection, entry.version.sequence, matches) if matches else set()
        entry.held += len(waiting)
        return [match for match in matches if match.record_id not in waiting]

    async def _all_eligible(self, connection: Any, entry: _Entry, matches: list[Match]) -> list[Match]:
        """Whoever says yes to a batch sees those whom the yes lets in; the others are refused at once."""
        return [match for match in matches if await self._eligible(connection, entry, match)]

    async def _join(self, connection: Any, entry: _Entry, matches: list[Match], batch: str) -> None:
        if matches and await self._queue.join(connection, entry.version, batch, matches, entry.now, entry.origin):
            self._explain_held(entry, matches, batch)

    async def _hold(self, connection: Any, entry: _Entry, matches: list[Match]) -> None:
        if not matches:
            return
        batch = await self._queue.hold(connection, entry.version, entry.origin, matches, entry.now, entry.nonce)
        self._explain_held(entry, matches, batch)

    def _explain_held(self, entry: _Entry, matches: list[Match], batch: str) -> None:
        for match in matches:
            entry.refuse(match, Refused.HELD, f"batch {batch} waits for approval (hold_above {entry.rules.hold_above})")
        entry.held += len(matches)

    async def _let_in(self, connection: Any, entry: _Entry, matches: list[Match]) -> None:
        share = await self._queue.share(connection, entry.rules, entry.version.sequence, entry.now)
        at_once = len(matches) if share is None else share
        position = 0
        # Whom Python or the ledger refuses leaves their place to the next.
        while position < len(matches) and len(entry.entered) < at_once:
            taken = matches[position : position + at_once - len(entry.entered)]
            position += len(taken)
            eligible = [each for each in taken if await self._eligible(connection, entry, each)]
            await self._add(connection, entry, eligible)
        late = matches[position:]
        if late:
            await self._queue.wait(connection, entry.version.sequence, late, entry.now)
        for match in late:
            entry.refuse(match, Refused.MAX_PER_DAY, f"{entry.rules.max_per_day} entered today; it waits for its day")
        entry.held += len(late)

    async def _eligible(self, connection: Any, entry: _Entry, match: Match) -> bool:
        """Asks what SQL does not know."""
        try:
            view = await self._records.view(connection, entry.version.definition.record, match.record_id)
        except NotFoundError:
            # Its row was deleted by hand a moment ago.
            entry.refuse(match, Refused.DELETED, "the record is gone")
            return False
        refusal = await self._eligibility.refusal(
            connection, entry.version, view, match.record_id, by_rule=True, now=entry.now
        )
        if refusal is None:
            refusal = entry.one_each.refusal(match.person_id, self._eligibility.addresses(entry.version, view))
        if refusal is not None:
            entry.refuse(match, refusal.reason, refusal.detail, refusal.fields)
        else:
            entry.lacks[match.record_id] = self._eligibility.lacks(entry.version, view)
        return refusal is None

    async def _add(self, connection: Any, entry: _Entry, matches: list[Match]) -> None:
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
        added = await queries.rows(
            connection,
            "add_rule_enrollments",
            sequence=version.sequence,
            version=version.version,
            record_type=version.definition.record,
            entries=rows,
            at=entry.now,
        )
        made = {row["id"] for row in added}
        lost = []
        for match in matches:
            enrollment = entry.enrollment(match)
            if enrollment not in made:
                entry.refuse(match, Refused.ALREADY_ENROLLED, "somebody else enrolled this record at the same moment")
                continue
            window = await self._ledger.open(
                connection,
                version=version,
                enrollment=enrollment,
                person_id=match.person_id,
                record_id=match.record_id,
                via="rule",
                now=entry.now,
            )
            if window is None:
                lost.append(enrollment)
                entry.refuse(match, entry.blocked, _A_MOMENT_AGO)
            else:
                entry.entered.append((enrollment, match))
                await note(connection, enrollment, entry.lacks.get(match.record_id, ()), entry.now)
        if lost:
            await queries.run(connection, "drop_enrollments", ids=lost)
        inside = [match.record_id for _, match in entry.entered]
        if inside:
            await queries.run(connection, "refusals_entered", sequence=version.sequence, records=inside)

    async def _write_refusals(self, connection: Any, entry: _Entry) -> None:
        """Last of all: a row of these is what others may wait for."""
        if not entry.refusals:
            return
        rows = [
            {
                "record_id": match.record_id,
                "person_id": match.person_id,
                "reason": str(reason),
                "detail": detail,
                "fields": list(fields),
                # What it waited for may yet be written by somebody else: then it is looked at again.
                "keeps": match.again and reason == Refused.CYCLE,
            }
            for match, reason, detail, fields in entry.refusals.values()
        ]
        told = await queries.rows(
            connection, "add_rule_refusals", sequence=entry.version.sequence, refusals=rows, at=entry.now
        )
        entry.fresh = {row["record_id"] for row in told if row["fresh"]}
        loops = [match for match, reason, *_ in entry.refusals.values() if reason == Refused.CYCLE]
        if loops:
            people = by_owner((match.owner_id, match.person_id) for match in loops)
            day = self._queue.day_of(entry.now).date()
            await announce_loops(connection, entry.version, people, entry.now, day)


def _ids_of(matches: Sequence[Match]) -> list[dict[str, str]]:
    return [{"record_id": match.record_id, "person_id": match.person_id} for match in matches]


def _result(entry: _Entry, again: list[str]) -> Entered:
    refused: dict[str, int] = {}
    fresh: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
    for match, reason, detail, fields in entry.refusals.values():
        if reason in (Refused.HELD, Refused.MAX_PER_DAY):
            continue
        refused[str(reason)] = refused.get(str(reason), 0) + 1
        # A loop is told of by itself.
        if match.record_id in entry.fresh and reason != Refused.CYCLE:
            fresh.setdefault(match.owner_id or "", []).append((str(reason), detail, fields))
    windows = [ids.window_id(each) for each in (*again, *(enrollment for enrollment, _ in entry.entered))]
    people = by_owner((match.owner_id, match.person_id) for _, match in entry.entered)
    return Entered(tuple(windows), people, refused, entry.held, fresh)
