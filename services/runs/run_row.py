"""One enrollment row as activities see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError
from sequences.runs.state import Due

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

CLOSED = frozenset({"stopped", "finished"})
"""States of a run that is over; in SQL: ``NOT run_is_open(state)``."""


@dataclass(frozen=True)
class RunRow:
    """The columns of ``enrollment`` that decisions need.

    Attributes:
        mailbox_id: of the mailbox that its mail goes out from, once that was decided.
    """

    id: str
    workflow_id: str
    sequence: str
    version: int
    record_type: str
    record_id: str
    person_id: str
    owner_id: str | None
    lineage: tuple[str, ...]
    state: str
    reason: str | None
    enrolled_at: datetime
    plan_revision: int
    mailbox_id: str | None = None

    @property
    def closed(self) -> bool:
        """Stopped or finished."""
        return self.state in CLOSED

    @property
    def over(self) -> Due:
        """What a run that is closed answers to everything."""
        return Due(closed=True, state=self.state, reason=self.reason or "")

    @classmethod
    async def load(cls, connection: Connection, enrollment: str) -> RunRow:
        """Reads the row.

        Raises:
            NotFoundError: there is no such enrollment.
        """
        return cls._found(await queries.enrollment_row(connection, id=enrollment), enrollment)

    @classmethod
    async def lock(cls, connection: Connection, enrollment: str) -> RunRow:
        """Reads and locks the row, until the end of the transaction: who plans a run does so alone.

        Raises:
            NotFoundError: there is no such enrollment.
        """
        return cls._found(await queries.lock_enrollment_row(connection, id=enrollment), enrollment)

    @classmethod
    def _found(cls, row: queries.EnrollmentRow | None, enrollment: str) -> RunRow:
        if row is None:
            raise NotFoundError(f"unknown enrollment {enrollment}")
        return cls.of(row)

    @classmethod
    def of(cls, row: queries.EnrollmentRow | queries.OpenRunsOfRow) -> RunRow:
        """From a row that was read already."""
        return cls(
            id=row.id,
            workflow_id=row.workflow_id,
            sequence=row.sequence,
            version=row.version,
            record_type=row.record_type,
            record_id=row.record_id,
            person_id=row.person_id,
            owner_id=row.owner_id,
            lineage=tuple(row.lineage),
            state=row.state,
            reason=row.reason,
            enrolled_at=row.enrolled_at,
            plan_revision=row.plan_revision,
            mailbox_id=row.mailbox_id,
        )
