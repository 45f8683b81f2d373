"""Jobs: background work that was asked for, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.access.authorize import may
from sequences.access.role import Role
from sequences.errors import NotFoundError
from sequences.ids import hold_id
from sequences.runs.bulk import HoldScope
from services.jobs.job import CAN_CANCEL, JobKind, JobState

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class JobLine:
    """One job.

    Attributes:
        subject: what people call it; of a sequence its name.
        sequence: name of the sequence that it is about; empty: another subject.
        hold: id of the hold that the order made; None: it is about none, or found another one that was on already.
        total: None: not counted yet.
        may_cancel: by the viewer.
    """

    id: str
    kind: str
    subject: str
    sequence: str
    request: Mapping[str, Any]
    by: str | None
    state: JobState
    total: int | None
    done: int
    result: str | None
    notes: tuple[str, ...]
    problem: str | None
    created_at: datetime
    ended_at: datetime | None
    cancelling: bool
    may_cancel: bool
    hold: str | None = None

    @property
    def lists(self) -> Iterator[tuple[str, str]]:
        """Name and path of each list that its numbers are about. It shows what is there now: work goes on meanwhile."""
        if self.hold is not None:
            # Exactly those that this order paused, and also of an owner or of everything.
            yield "held_by_it", f"/holds/{self.hold}"
            return
        if not self.sequence:
            return
        runs = f"/sequences/{self.sequence}?view=people"
        match self.kind:
            case JobKind.MOVE_RUNS:
                yield "moved", f"/jobs/{self.id}/runs"
                yield "open", runs
            case JobKind.PAUSE_RUNS:
                yield "paused", f"{runs}&state=paused"
            case JobKind.STOP_RUNS:
                yield "stopped", f"/jobs/{self.id}/runs"
            case JobKind.RESUME_RUNS:
                yield "open", runs
            case JobKind.SCAN:
                yield "open", runs
                yield "refused", f"/sequences/{self.sequence}/rules/people?outcome=refused"
                yield "held", "/approvals"
            case _:
                pass


@dataclass(frozen=True)
class JobLines:
    """A page of jobs, the newest first; ``next`` is the cursor of the following one."""

    lines: tuple[JobLine, ...]
    next: str | None


@dataclass(frozen=True)
class JobsView:
    """Which jobs.

    Attributes:
        mine: only those that the viewer asked for.
        subject: only those about this, such as ``sequence:new-services``; empty: any.
        only_open: only those that have not ended.
    """

    mine: bool = False
    subject: str = ""
    only_open: bool = False
    cursor: str = ""


async def jobs_page(connection: Connection, viewer: Viewer, asked: JobsView) -> JobLines:
    """A page of jobs.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    filters = {
        "user": viewer.user_id if asked.mine else None,
        "subject": asked.subject or None,
        "open": True if asked.only_open else None,
    }
    found = await page(connection, listings.JOBS, filters, cursor=asked.cursor or None, limit=PAGE)
    return JobLines(tuple(_line(row, viewer) for row in found.rows), found.next)


async def one_job(connection: Connection, viewer: Viewer, identity: str) -> JobLine:
    """One job.

    Raises:
        NotFoundError: there is none of that id.
    """
    found = await page(connection, listings.JOBS, {"id": identity}, limit=1)
    if not found.rows:
        raise NotFoundError(f"there is no job {identity}")
    line = _line(found.rows[0], viewer)
    if line.kind != JobKind.PAUSE_RUNS:
        return line
    hold = hold_id(line.request["order"])
    return line if await queries.console_one_hold(connection, id=hold) is None else replace(line, hold=hold)


def _line(row: queries.ListedJobsRow, viewer: Viewer) -> JobLine:
    scope, _, key = row.subject.partition(":")
    state, act = JobState(row.state), CAN_CANCEL.get(row.kind)
    # Who is an auditor by now looks only.
    is_own = row.user_id == viewer.user_id and viewer.role is not Role.AUDITOR
    return JobLine(
        id=row.id,
        kind=row.kind,
        subject=row.sequence_name or ("everything" if scope == HoldScope.EVERYTHING else key),
        sequence=key if scope == "sequence" else "",
        request=row.request,
        by=row.user_name,
        state=state,
        total=row.total,
        done=row.done,
        result=row.result,
        notes=tuple(row.notes),
        problem=row.problem,
        created_at=row.created_at,
        ended_at=row.ended_at,
        cancelling=row.cancel_asked_at is not None,
        may_cancel=state.is_open and act is not None and (is_own or may(viewer, act)),
    )
