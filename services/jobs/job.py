"""What a job is: its kind, its state, and what the work of a kind gets and gives."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from sequences.access.act import Act

if TYPE_CHECKING:
    from adapters.postgres import queries


class JobState(enum.StrEnum):
    """Where a job is. The last three are ends."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Something may still come of it."""
        return self in (JobState.WAITING, JobState.RUNNING)


class JobKind(enum.StrEnum):
    """What is done. A kind needs work in the process that serves, and ``job.kind_NAME`` among the console's texts."""

    MOVE_RUNS = "move_runs"
    """Open runs of a sequence move to a version."""
    PAUSE_RUNS = "pause_runs"
    """The runs of a hold are paused one by one; nothing is sent from the hold on, whether this has ended or not."""
    RESUME_RUNS = "resume_runs"
    STOP_RUNS = "stop_runs"
    """Open runs of an archived sequence are stopped."""
    PLAN_AGAIN = "plan_again"
    """Open runs are asked for new plans after days were closed or opened."""
    IMPORT_PEOPLE = "import_people"
    """The people of an uploaded file are imported, and enrolled."""
    SCAN = "scan"
    """Temporal scans for people who match a rule by now; nobody need look on."""
    REHEARSE = "rehearse"
    """Months of a sequence are played on a copy."""
    ERASE_PERSON = "erase_person"
    """What is stored about a person is erased; what has begun cannot be cancelled."""
    CRM_BACKFILL = "crm_backfill"
    """All records of the CRM are read."""


CAN_CANCEL: Final[Mapping[str, Act]] = {
    JobKind.MOVE_RUNS: Act.PUBLISH,
    JobKind.STOP_RUNS: Act.PUBLISH,
    JobKind.IMPORT_PEOPLE: Act.APPROVE,
    JobKind.REHEARSE: Act.WRITE_SEQUENCE,
    JobKind.CRM_BACKFILL: Act.MANAGE_WEBHOOKS,
}
"""What somebody must be allowed to do who cancels another user's job; a kind that is not here cannot be cancelled."""


@dataclass(frozen=True)
class NewJob:
    """What somebody asks for.

    Attributes:
        subject: what it is about: kind and id, such as ``sequence:new-services``.
        request: as the work reads it; ids and numbers, no personal data.
        key: of the request; the same key again asks for nothing new.
        user_id: who asks; None: not known.
    """

    kind: JobKind
    subject: str
    key: str
    request: Mapping[str, Any] = field(default_factory=dict)
    user_id: str | None = None


@dataclass(frozen=True)
class Job:
    """A job as its work gets it.

    Attributes:
        done: how far earlier tries came.
    """

    id: str
    kind: str
    subject: str
    request: Mapping[str, Any]
    done: int

    @classmethod
    def of(cls, row: queries.JobRow) -> Job:
        """From its row."""
        return cls(row.id, row.kind, row.subject, row.request, row.done)


@dataclass
class JobProgress:
    """How far a job is: the work counts, and its runner stores it every second.

    Attributes:
        done: of ``total``; earlier tries count.
        total: None: not counted yet.
    """

    done: int = 0
    total: int | None = None

    def step(self) -> None:
        """One more."""
        self.done += 1


@dataclass(frozen=True)
class JobOutcome:
    """What came of it.

    Attributes:
        result: one line.
        notes: what somebody should look at, such as what was refused and why, each once with its number.
    """

    result: str
    notes: tuple[str, ...] = ()


class Work(Protocol):
    """What is done for the jobs of one kind. A job may be carried out again from the beginning at any time."""

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Does it all.

        Raises:
            PermanentError: it cannot be done; the message says why.
            UnavailableError: a server does not answer; it is tried again.
        """
        ...
