"""Enrolls a record in a sequence: row first, Temporal after, a refusal with its reason otherwise."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from activities.composing import address_problem
from activities.run_row import RunRow
from adapters.postgres import queries
from sequences import ids
from sequences.compile import channel_of
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.run import RunState
from sequences.timing import Channel
from sequences.verdicts import stop_reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from activities.ports import Runs
    from adapters.postgres.database import Database
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version, Versions
    from sequences.record_view import RecordView

_log = logging.getLogger("relance.enrolling")


@dataclass(frozen=True)
class Accepted:
    """An enrollment that will run, now or as soon as Temporal answers.

    Attributes:
        enrollment: its id.
        started: Temporal has it already; otherwise the dispatcher starts it within seconds of Temporal's return.
        warnings: steps that cannot go as the record is now, such as ``good-luck: no_phone``.
        repeated: the same request had been accepted before.
    """

    enrollment: str
    workflow_id: str
    version: int
    started: bool
    warnings: tuple[str, ...] = ()
    repeated: bool = False


@dataclass(frozen=True)
class _Refusal:
    reason: str
    detail: str


class Enrolling:
    """The one way into a sequence, whoever asks."""

    def __init__(
        self, database: Database, records: Records, versions: Versions, runs: Runs, clock: Callable[[], datetime],
        phone_region: str,
    ) -> None:  # fmt: skip
        self._database = database
        self._records = records
        self._versions = versions
        self._runs = runs
        self._clock = clock
        self._region = phone_region

    async def enroll(
        self, sequence: str, person: str | None, *, record_id: str | None = None, via: str = "hand", nonce: str,
        lineage: tuple[str, ...] = (),
    ) -> Accepted:  # fmt: skip
        """Enrolls ``person`` (or their placement ``record_id``) in the newest version of ``sequence``.

        Args:
            sequence: its name.
            person: id; may be None when ``record_id`` says enough.
            record_id: id of the placement, for sequences about placements.
            via: ``hand | hook | rule | sequence``.
            nonce: the caller's idempotency key, or something random: the same one again finds the same enrollment.
            lineage: the chain of sequences that led here.

        Raises:
            NotFoundError: no such sequence, person or placement.
            RefusedError: not now; the refusal is a row as well.
        """
        now = self._clock()
        refusal: _Refusal | None = None
        async with self._database.transaction() as connection:
            version = await self._versions.get(connection, sequence)
            record = await self._record_id(connection, version, person, record_id)
            enrollment = ids.enrollment_id(sequence, record, nonce)
            known = await queries.row(connection, "enrollment_row", id=enrollment)
            if known is not None:
                state = known["state"]
                return Accepted(enrollment, known["workflow_id"], known["version"], state != "starting", repeated=True)
            view = await self._records.view(connection, version.definition.record, record)
            refusal = await self._refusal(connection, version, view, record)
            warnings = self._warnings(version, view)
            if refusal is None:
                added = await queries.value(
                    connection, "add_enrollment", id=enrollment,
                    workflow_id=ids.enrollment_workflow_id(sequence, record), sequence=sequence,
                    version=version.version, record_type=view.record_type, record_id=record,
                    person_id=view.person_id, owner_id=view.owner_id, via=via, lineage=list(lineage), enrolled_at=now,
                )  # fmt: skip
                if added is None:
                    refusal = _Refusal("already_enrolled", "another request enrolled this record at the same moment")
            if refusal is not None:
                await queries.run(
                    connection, "add_refusal", sequence=sequence, person_id=view.person_id, record_id=record,
                    reason=refusal.reason, detail=refusal.detail, via=via, at=now,
                )  # fmt: skip
        if refusal is not None:
            raise RefusedError(f"{refusal.reason}: {refusal.detail}")
        started = await self.start(enrollment)
        return Accepted(
            enrollment, ids.enrollment_workflow_id(sequence, record), version.version, started, tuple(warnings)
        )

    async def start(self, enrollment: str) -> bool:
        """Starts the workflow of an accepted enrollment; False when Temporal is away (the dispatcher repeats)."""
        async with self._database.transaction() as connection:
            run = await RunRow.load(connection, enrollment)
        state = RunState(
            enrollment=run.id, sequence=run.sequence, version=run.version, record=run.record_id,
            owner=run.owner_id or "",
        )  # fmt: skip
        try:
            await self._runs.start(run.workflow_id, state)
        except UnavailableError:
            _log.warning("Temporal does not answer; the enrollment starts later", extra={"enrollment": enrollment})
            return False
        return True

    async def _record_id(self, connection: Any, version: Version, person: str | None, record_id: str | None) -> str:
        if version.definition.record == "placement":
            if not record_id:
                raise RefusedError(
                    f"record: {version.sequence} is about placements; say which with the placement's id as record"
                )
            placement = await queries.row(connection, "placement_row", id=record_id)
            if placement is None:
                raise NotFoundError(f"there is no placement with the id {record_id}")
            if person is not None and placement["person_id"] != person:
                raise RefusedError("record: that placement belongs to another person")
            return record_id
        found = person or record_id
        if not found:
            raise RefusedError("record: say which person")
        return found

    async def _refusal(self, connection: Any, version: Version, view: RecordView, record: str) -> _Refusal | None:
        definition = version.definition
        if view.deleted:
            return _Refusal("deleted", "the record was deleted in the CRM")
        if await queries.row(connection, "open_enrollment", sequence=version.sequence, record_id=record) is not None:
            return _Refusal("already_enrolled", "this record has an open run in this sequence")
        reason = stop_reason(definition.stop_when, view)
        if reason is not None:
            return _Refusal("stop_when", f"the record already meets {reason}")
        channels = {channel_of(step) for step in definition.steps} - {Channel.ACTION}
        suppressed = await self._suppressed(connection, view)
        blocked = {channel: suppressed.get(channel.value) or suppressed.get("all") for channel in channels}
        if channels and all(blocked.values()):
            return _Refusal("suppressed", ", ".join(sorted({str(why) for why in blocked.values()})))
        if "all" in suppressed:
            return _Refusal("suppressed", suppressed["all"])
        problems = {channel: address_problem(view.person, channel, self._region) for channel in channels}
        if channels and all(problems[channel] or blocked[channel] for channel in channels):
            return _Refusal("unreachable", ", ".join(sorted({str(why) for why in problems.values() if why})))
        return None

    async def _suppressed(self, connection: Any, view: RecordView) -> dict[str, str]:
        rows = await queries.rows(
            connection, "suppressions_of", person_id=view.person_id, email=view.person.get("email"),
            phone=view.person.get("phone"),
        )  # fmt: skip
        return {row["channel"]: f"{row['reason']} since {row['since']:%Y-%m-%d}" for row in rows}

    def _warnings(self, version: Version, view: RecordView) -> list[str]:
        found = []
        for step in version.definition.steps:
            problem = address_problem(view.person, channel_of(step), self._region)
            if problem is not None:
                found.append(f"{step.id}: {problem}")
        return found
