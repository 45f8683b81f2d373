"""A run with the rows of its plan and its sends, locked and read in one message to Postgres."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.row import from_json, row_from_json
from sequences.errors import NotFoundError
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class EarlierSend:
    """What a step asks of a send of its run: its own, one that was not delivered, one of the thread it goes on with."""

    step: str
    channel: str
    state: str
    sender: str
    message_id: str | None
    subject: str | None
    handed_at: datetime | None
    undelivered_at: datetime | None
    undelivered_reason: str | None


@dataclass(frozen=True)
class WholeRun:
    """A run as it was when it was locked.

    Attributes:
        steps: in listed order.
        pauses: the oldest first.
        sends: the oldest first; those that never left us last.
        mark: of steps and pauses: another one when any of them has changed.
    """

    run: RunRow
    steps: tuple[queries.EnrollmentStepRow, ...]
    pauses: tuple[queries.EnrollmentPauseRow, ...]
    sends: tuple[EarlierSend, ...]
    mark: str

    @classmethod
    async def lock(cls, connection: Connection, enrollment: str) -> WholeRun:
        """Locks the run until the end of the transaction, and reads it.

        Raises:
            NotFoundError: there is no such enrollment.
        """
        found = await queries.lock_whole_run(connection, id=enrollment)
        if found is None:
            raise NotFoundError(f"unknown enrollment {enrollment}")
        return cls.of(found)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> WholeRun:
        """From what was read as JSON."""
        return cls(
            run=_run(found["run"]),
            steps=tuple(row_from_json(queries.EnrollmentStepRow, row) for row in found["steps"]),
            pauses=tuple(row_from_json(queries.EnrollmentPauseRow, row) for row in found["pauses"]),
            sends=tuple(
                EarlierSend(**{name: from_json(name, value) for name, value in row.items()}) for row in found["sends"]
            ),
            mark=found["mark"],
        )


def _run(found: Mapping[str, Any]) -> RunRow:
    values = {each.name: from_json(each.name, found[each.name]) for each in fields(RunRow)}
    return RunRow(**{**values, "lineage": tuple(values["lineage"])})
