"""Enrolls a record in a sequence: row first, Temporal after, a refusal with its reason otherwise."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences import ids
from sequences.auto_enroll.messages import Refusal, Refused
from sequences.enrolling.refusals import sentence
from sequences.enrolling.warnings import entry_warnings
from sequences.errors import NotFoundError, RefusedError, RequestRefused, SettingsError, UnavailableError
from services.enrolling.archived import archived_error
from services.enrolling.eligibility import Candidate
from services.enrolling.first_message import first_hour, plan_of_entry
from services.enrolling.plan_entries import planned_rows
from services.enrolling.preflight import lack_events
from services.enrolling.window_ledger import NewWindow, WindowLedger
from services.privacy.erased_addresses import write_out
from services.runs.end_run import Outside
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version, Versions
    from sequences.records.record_view import RecordView
    from services.enrolling.eligibility import Eligibility
    from services.enrolling.preflight import Lack
    from services.enrolling.window_starter import WindowStarter
    from services.ports import Runs
    from services.runs.start_run import StartRun
    from services.runs.started_by_workers import StartedByWorkers

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


@dataclass(frozen=True)
class _Asked:
    """What a request means.

    Attributes:
        person: who would receive.
    """

    version: Version
    record: str
    person: str


@dataclass(frozen=True)
class _Entering:
    """Who enters, with the rows of a plan; without any where the workflow has to plan."""

    enrollment: str
    candidate: Candidate
    steps: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    lacks: Sequence[Lack]


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
    """The way into a sequence for people, hooks and other sequences. No window keeps them out; they open one.

    Attributes:
        workers: who starts runs where there is any; None: each run is started here.
    """

    database: Database
    records: Records
    versions: Versions
    runs: Runs
    starting: StartRun
    windows: WindowStarter
    eligibility: Eligibility
    clock: Callable[[], datetime]
    workers: StartedByWorkers | None = None

    async def enroll(self, asked: EntryRequest) -> Accepted:
        """Enrolls a person, or one of their placements, in the newest version of a sequence.

        Raises:
            NotFoundError: no such sequence, person or placement.
            NotNowError: the rules do not allow it now; the refusal is a row as well.
            RefusedError: it is not said which record is meant.
        """
        now, sequence = self.clock(), asked.sequence
        entry = await self._asked(asked, now)
        if isinstance(entry, Accepted):
            return entry
        version, record, person = entry.version, entry.record, entry.person
        enrollment, kind = ids.enrollment_id(sequence, record, asked.nonce), version.definition.record
        refusal: Refusal | None = None
        window: str | None = None
        async with self.database.transaction() as connection:
            shared = await self.records.shared_view(connection, kind, record, person)
            # One that is being changed at this moment is read all the same, and its run is planned by its workflow.
            view = shared or await self.records.view(connection, kind, record)
            candidate = Candidate(version, view, now)
            judged = await self.eligibility.by_hand(connection, candidate, lineage=asked.lineage, again=asked.again)
            refusal = judged.refusal
            if refusal is None:
                planned = planned_rows(version, enrollment, view, now) if shared else ([], [])
                entering = _Entering(enrollment, candidate, *planned, judged.lacks)
                if not await self._enter(connection, entering, asked):
                    refusal = Refusal(
                        Refused.ALREADY_ENROLLED, "another request enrolled this record at the same moment"
                    )
            if refusal is None and version.definition.auto_enroll is not None:
                opened = NewWindow(version, enrollment, view.person_id, record, asked.via, now)
                window = await WindowLedger().open_by_hand(connection, opened)
                await queries.refusals_entered(connection, sequence=sequence, records=[record])
            if refusal is not None:
                await write_out(connection, judged.recognised, now)
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
            started = await self._started_by_a_worker(enrollment, asked.via) or await self.start(enrollment)
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
        async with self.database.transaction() as connection:
            return await self.prospect_in(connection, EntryRequest(sequence, "", person, record_id, again=again))

    async def prospect_in(self, connection: Connection, asked: EntryRequest) -> Prospect:
        """As ``prospect``, of what this transaction sees: also of what it will take back."""
        now = self.clock()
        version, view = await self._about(connection, asked.sequence, asked.person, asked.record_id)
        judged = await self.eligibility.by_hand(connection, Candidate(version, view, now), again=asked.again)
        return Prospect(
            view.person_id, self.eligibility.addresses(version, view), judged.refusal, first_hour(version, view, now)
        )

    async def _about(
        self, connection: Connection, sequence: str, person: str | None, record_id: str | None
    ) -> tuple[Version, RecordView]:
        asked = EntryRequest(sequence, "", person, record_id)
        found = await _asked_of(connection, asked)
        version = await self.versions.get(connection, sequence, found.newest)
        if found.archived:
            raise archived_error(sequence)
        record, _ = await _record(connection, version, found, asked)
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

    async def _started_by_a_worker(self, enrollment: str, via: str) -> bool:
        """Workers are rung for by what people enroll; who has a worker in their own process starts at once."""
        return via == "hand" and self.workers is not None and await self.workers.started(enrollment)

    async def _asked(self, asked: EntryRequest, now: datetime) -> Accepted | _Asked:
        """What is meant; the answer of before, if the same request was accepted before.

        A row whose workflow was terminated in Temporal, or is unknown there, must not keep its record out.
        """
        async with self.database.statement() as connection:
            found = await _asked_of(connection, asked)
            if not found.running:
                return await self._meant(connection, asked, found)
        await self._close_what_is_gone(asked, now)
        async with self.database.statement() as connection:
            return await self._meant(connection, asked, await _asked_of(connection, asked))

    async def _meant(
        self, connection: Connection, asked: EntryRequest, found: queries.AskedEntryRow
    ) -> Accepted | _Asked:
        version = await self.versions.get(connection, asked.sequence, found.newest)
        record, person = await _record(connection, version, found, asked)
        known = found.known
        if known is None or known != ids.enrollment_id(asked.sequence, record, asked.nonce):
            if found.archived:
                raise archived_error(asked.sequence)
            return _Asked(version, record, person)
        return Accepted(known, str(found.workflow_id), found.version or 0, found.state != "starting", repeated=True)

    async def _close_what_is_gone(self, asked: EntryRequest, now: datetime) -> None:
        # Which of the two ids is the record's the version says; both are of this person.
        keys = [key for key in (asked.person, asked.record_id) if key]
        async with self.database.statement() as connection:
            rows = await queries.open_runs_among(connection, sequence=asked.sequence, record_ids=keys)
        outside = Outside(self.database, self.runs)
        for row in rows:
            try:
                await outside.close_if_gone(RunRow.of(row), now)
            except UnavailableError:
                _log.info("Temporal does not answer; an open run counts as open", extra={"enrollment": row.id})

    async def _enter(self, connection: Connection, entering: _Entering, asked: EntryRequest) -> bool:
        version, view = entering.candidate.version, entering.candidate.view
        entered = await queries.enter_with_plan(
            connection,
            id=entering.enrollment,
            workflow_id=ids.enrollment_workflow_id(version.sequence, view.record_id),
            sequence=version.sequence,
            version=version.version,
            record_type=view.record_type,
            record_id=view.record_id,
            person_id=view.person_id,
            owner_id=view.owner_id,
            via=asked.via,
            lineage=list(asked.lineage),
            enrolled_at=entering.candidate.at,
            steps=entering.steps,
            events=[*entering.events, *lack_events(entering.lacks)],
            settles=version.definition.auto_enroll is None,
        )
        return bool(entered)


async def _asked_of(connection: Connection, asked: EntryRequest) -> queries.AskedEntryRow:
    def enrollment_of(key: str | None) -> str | None:
        return ids.enrollment_id(asked.sequence, key, asked.nonce) if key else None

    # Which of the two is the record the version says.
    found = await queries.asked_entry(
        connection,
        sequence=asked.sequence,
        person=asked.person,
        record_id=asked.record_id,
        of_person=enrollment_of(asked.person),
        of_record=enrollment_of(asked.record_id),
    )
    assert found is not None, "there is always a row"
    return found


async def _record(
    connection: Connection, version: Version, found: queries.AskedEntryRow, asked: EntryRequest
) -> tuple[str, str]:
    """The record that is meant, and the person who would receive."""
    person, record_id = asked.person, asked.record_id
    if version.definition.record == "placement":
        if not record_id:
            rows = await queries.explain_placements(connection, person_id=person) if person else []
            known = f": there are {', '.join(row for row in rows)}" if rows else ""
            raise RefusedError(
                RequestRefused.AMBIGUOUS,
                f"record: {version.sequence} is about placements; give the id of the placement as record" + known,
            )
        if found.placement_person is None:
            raise NotFoundError(f"no placement has the id {record_id}")
        if person is not None and found.placement_person != person:
            raise RefusedError(RequestRefused.WRONG_PERSON, "record: that placement belongs to another person")
        return record_id, found.placement_person
    meant = person or record_id
    if not meant:
        raise RefusedError(RequestRefused.AMBIGUOUS, "record: name the person")
    return meant, meant
