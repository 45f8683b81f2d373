"""Enrolls a record in a sequence: row first, Temporal after, a refusal with its reason otherwise."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import Refusal, Refused
from sequences.enrolling.refusals import sentence
from sequences.enrolling.warnings import entry_warnings
from sequences.errors import NotFoundError, RefusedError, RequestRefused, SettingsError, UnavailableError
from services.enrolling.eligibility import Candidate
from services.enrolling.first_message import first_hour, plan_of_entry
from services.enrolling.plan_entries import plan_shared
from services.enrolling.preflight import note
from services.enrolling.window_ledger import NewWindow, WindowLedger
from services.runs.end_run import Outside
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version, Versions
    from sequences.records.record_view import RecordView
    from services.enrolling.eligibility import Eligibility
    from services.enrolling.window_starter import WindowStarter
    from services.ports import Runs
    from services.runs.start_run import StartRun

_log = logging.getLogger("relance.enrolling")


@dataclass(frozen=True)
class Accepted:
    """An enrollment that will run, now or as soon as Temporal answers.

    Attributes:
        enrollment: its id.
        started: Temporal has it already; otherwise the dispatcher starts it within seconds of Temporal's return.
        warnings: steps that cannot go as the record is now, such as ``good-luck: no_phone``; ``no_day_zero: ...`` names
            steps that wait for their date, ``no_time_zone: ...`` a clock that is only a guess.
        repeated: the same request had been accepted before.
        problem: what somebody must do before it can start; None when nobody must.
    """

    enrollment: str
    workflow_id: str
    version: int
    started: bool
    warnings: tuple[str, ...] = ()
    repeated: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class EntryRequest:
    """Who is to be enrolled in what, and on whose word.

    Attributes:
        sequence: its name; the newest version is entered.
        nonce: the caller's idempotency key, or something random: the same one again finds the same enrollment.
        person: id; may be None when ``record_id`` says enough.
        record_id: id of the placement, for sequences about placements.
        via: ``hand | hook | sequence``. Rules have their own way in: windows keep them out.
        lineage: the chain of sequences that led here.
        again: also a record that was in the sequence before.
    """

    sequence: str
    nonce: str
    person: str | None = None
    record_id: str | None = None
    via: str = "hand"
    lineage: tuple[str, ...] = ()
    again: bool = True


class NotNowError(RefusedError):
    """The rules do not allow an enrollment now.

    Attributes:
        refusal: why.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason, sentence(refusal))
        self.refusal = refusal


@dataclass(frozen=True)
class Prospect:
    """Somebody who may be enrolled.

    Attributes:
        person_id: of the person.
        addresses: where the messages would go, as ``Eligibility.addresses`` says.
        refusal: why not; None when nothing stands against it.
        odd_hour: when the first message would go, if that is at night or on a weekend.
    """

    person_id: str
    addresses: frozenset[tuple[str, str]]
    refusal: Refusal | None
    odd_hour: str | None


@dataclass(frozen=True, kw_only=True)
class Enrolling:
    """The way into a sequence for people, hooks and other sequences. No window keeps them out; they open one."""

    database: Database
    records: Records
    versions: Versions
    runs: Runs
    starting: StartRun
    windows: WindowStarter
    eligibility: Eligibility
    clock: Callable[[], datetime]

    async def enroll(self, asked: EntryRequest) -> Accepted:
        """Enrolls a person, or one of their placements, in the newest version of a sequence.

        Raises:
            NotFoundError: no such sequence, person or placement.
            NotNowError: the rules do not allow it now; the refusal is a row as well.
            RefusedError: it is not said which record is meant.
        """
        now, sequence = self.clock(), asked.sequence
        await self._close_what_is_gone(asked, now)
        refusal: Refusal | None = None
        window: str | None = None
        async with self.database.transaction() as connection:
            version = await self.versions.get(connection, sequence)
            record, person = await self._record(connection, version, asked.person, asked.record_id)
            enrollment = ids.enrollment_id(sequence, record, asked.nonce)
            known = await queries.enrollment_row(connection, id=enrollment)
            if known is not None:
                state = known.state
                return Accepted(enrollment, known.workflow_id, known.version, state != "starting", repeated=True)
            kind = version.definition.record
            shared = await self.records.shared_views(connection, kind, {record: person})
            # One that is being changed at this moment is read all the same, and its run is planned by its workflow.
            view = shared[record] if shared else await self.records.view(connection, kind, record)
            candidate = Candidate(version, view, now)
            judged = await self.eligibility.by_hand(connection, candidate, lineage=asked.lineage, again=asked.again)
            refusal = judged.refusal
            if refusal is None and not await self._add(connection, candidate, enrollment, asked):
                refusal = Refusal(Refused.ALREADY_ENROLLED, "another request enrolled this record at the same moment")
            if refusal is None:
                await plan_shared(connection, version, {enrollment: view} if shared else {}, now)
                opened = NewWindow(version, enrollment, view.person_id, record, asked.via, now)
                window = await WindowLedger().open_by_hand(connection, opened)
                await note(connection, enrollment, judged.lacks, now)
                await queries.refusals_entered(connection, sequence=sequence, records=[record])
            if refusal is not None:
                await queries.add_refusal(
                    connection,
                    sequence=sequence,
                    person_id=view.person_id,
                    record_id=record,
                    reason=refusal.reason,
                    detail=refusal.detail,
                    via=asked.via,
                    at=now,
                )
        if refusal is not None:
            raise NotNowError(refusal)
        problem = None
        try:
            started = await self.start(enrollment)
        except SettingsError as error:
            # Accepted all the same: the dispatcher starts it as soon as somebody has done what the message says.
            started, problem = False, str(error)
        if started and window is not None:
            await self.windows.tell_if_possible(window)
        plans = plan_of_entry(version, view, now)
        warnings = [
            *self.eligibility.warnings(version, view, judged.lacks),
            *entry_warnings(version.timings, plans, view, version.definition.day_zero, now),
        ]
        return Accepted(
            enrollment,
            ids.enrollment_workflow_id(sequence, record),
            version.version,
            started,
            tuple(warnings),
            problem=problem,
        )

    async def odd_hour(self, sequence: str, person: str | None, record_id: str | None = None) -> str | None:
        """When the first message would go, if that is at night or on a weekend; reads only.

        Raises:
            NotFoundError: no such sequence, person or placement.
            RefusedError: it is not said which record is meant.
        """
        now = self.clock()
        async with self.database.transaction() as connection:
            version, view = await self._about(connection, sequence, person, record_id)
        return first_hour(version, view, now)

    async def prospect(
        self, sequence: str, person: str | None, *, record_id: str | None = None, again: bool = True
    ) -> Prospect:
        """What ``enroll`` would do now; reads only.

        Raises:
            NotFoundError: no such sequence, person or placement.
            RefusedError: it is not said which record is meant.
        """
        now = self.clock()
        async with self.database.transaction() as connection:
            version, view = await self._about(connection, sequence, person, record_id)
            judged = await self.eligibility.by_hand(connection, Candidate(version, view, now), again=again)
        return Prospect(
            view.person_id, self.eligibility.addresses(version, view), judged.refusal, first_hour(version, view, now)
        )

    async def _about(
        self, connection: Connection, sequence: str, person: str | None, record_id: str | None
    ) -> tuple[Version, RecordView]:
        version = await self.versions.get(connection, sequence)
        record, _ = await self._record(connection, version, person, record_id)
        return version, await self.records.view(connection, version.definition.record, record)

    async def start(self, enrollment: str) -> bool:
        """Starts the workflow of an accepted enrollment; False when Temporal is away (the dispatcher repeats).

        Raises:
            SettingsError: Temporal lacks something that every run needs; the message says what to do.
        """
        try:
            await self.starting.start(enrollment)
        except UnavailableError:
            _log.warning("Temporal does not answer; the enrollment will start later", extra={"enrollment": enrollment})
            return False
        return True

    async def _close_what_is_gone(self, asked: EntryRequest, now: datetime) -> None:
        """A row whose workflow was terminated in Temporal, or is unknown there, must not keep its record out."""
        # Which of the two ids is the record's the version says; both are of this person.
        keys = [key for key in (asked.person, asked.record_id) if key]
        async with self.database.statement() as connection:
            found = await queries.open_runs_among(connection, sequence=asked.sequence, record_ids=keys)
        outside = Outside(self.database, self.runs)
        for row in found:
            try:
                await outside.close_if_gone(RunRow.of(row), now)
            except UnavailableError:
                _log.info("Temporal does not answer; an open run counts as open", extra={"enrollment": row.id})

    async def _add(self, connection: Connection, candidate: Candidate, enrollment: str, asked: EntryRequest) -> bool:
        version, view = candidate.version, candidate.view
        added = await queries.add_enrollment(
            connection,
            id=enrollment,
            workflow_id=ids.enrollment_workflow_id(version.sequence, view.record_id),
            sequence=version.sequence,
            version=version.version,
            record_type=view.record_type,
            record_id=view.record_id,
            person_id=view.person_id,
            owner_id=view.owner_id,
            via=asked.via,
            lineage=list(asked.lineage),
            enrolled_at=candidate.at,
        )
        return added is not None

    async def _record(
        self, connection: Connection, version: Version, person: str | None, record_id: str | None
    ) -> tuple[str, str]:
        """The record that is meant, and the person who would receive."""
        if version.definition.record == "placement":
            if not record_id:
                rows = await queries.explain_placements(connection, person_id=person) if person else []
                known = f": there are {', '.join(row for row in rows)}" if rows else ""
                raise RefusedError(
                    RequestRefused.AMBIGUOUS,
                    f"record: {version.sequence} is about placements; give the id of the placement as record" + known,
                )
            placement = await queries.placement_row(connection, id=record_id)
            if placement is None:
                raise NotFoundError(f"no placement has the id {record_id}")
            if person is not None and placement.person_id != person:
                raise RefusedError(RequestRefused.WRONG_PERSON, "record: that placement belongs to another person")
            return record_id, placement.person_id
        found = person or record_id
        if not found:
            raise RefusedError(RequestRefused.AMBIGUOUS, "record: name the person")
        return found, found
