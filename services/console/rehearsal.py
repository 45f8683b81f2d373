"""What came of a rehearsal that somebody asked for in the console: who would get what when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.errors import NotFoundError
from sequences.records.record_view import full_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.queries import PersonRow
    from sequences.access.viewer import Viewer


@dataclass(frozen=True)
class RehearsedStep:
    """One step of one run.

    Attributes:
        state: ``sent``, ``done``, ``skipped``, ``cancelled`` and so on; ``planned`` or ``waiting`` if the rehearsal
            ended before.
        at: UTC; when it would happen; None: it has no time.
        timezone: of the person.
        moved_by: the rules of time that moved it.
        reason: of its state.
        subject: of a mail; None: the viewer does not see the words of this person's messages, or it has none.
    """

    step: str
    channel: str
    state: str
    at: datetime | None
    timezone: str | None
    moved_by: tuple[str, ...]
    reason: str | None
    subject: str | None


@dataclass(frozen=True)
class RehearsedRun:
    """One record.

    Attributes:
        refused: why it would not enter; empty: it entered.
        state: of the run at the end.
        reason: of that state.
        steps: in the order of time.
        follow_ups: what would be done besides, by kind.
    """

    record_id: str
    person_id: str
    name: str | None
    refused: str
    state: str
    reason: str | None
    ended_at: datetime | None
    steps: tuple[RehearsedStep, ...]
    follow_ups: tuple[str, ...]


@dataclass(frozen=True)
class RehearsalResult:
    """All of it.

    Attributes:
        version: None: a draft was rehearsed.
        until: nothing later was played.
        mails: that would have been sent to people, and so with ``texts``.
        mails_to_owners: such as replies that are forwarded.
        webhooks: how many.
    """

    job_id: str
    sequence: str
    version: int | None
    began: datetime
    until: datetime
    runs: tuple[RehearsedRun, ...]
    mails: int
    texts: int
    mails_to_owners: int
    webhooks: int

    @property
    def entered(self) -> int:
        """How many of them would enter."""
        return sum(not run.refused for run in self.runs)


async def rehearsal_result(connection: Connection, viewer: Viewer, job_id: str) -> RehearsalResult:
    """What came of the rehearsal of a job.

    Raises:
        NotFoundError: there is none, or it is too long ago.
    """
    row = await queries.rehearsal_of_job(connection, job_id=job_id)
    if row is None:
        raise NotFoundError("the result of this rehearsal is not kept any more; rehearse again")
    found = row.result
    ids = sorted({run["person"] for run in found["runs"]})
    people = {each.id: each for each in await queries.people_rows(connection, ids=ids)}
    return RehearsalResult(
        job_id=job_id,
        sequence=found["sequence"],
        version=found["version"],
        began=datetime.fromisoformat(found["began"]),
        until=datetime.fromisoformat(found["until"]),
        runs=tuple(_run(run, people.get(run["person"]), viewer) for run in found["runs"]),
        mails=found["mails"],
        texts=found["texts"],
        mails_to_owners=found["mails_to_owners"],
        webhooks=len(found["webhooks"]),
    )


def _run(run: Mapping[str, Any], person: PersonRow | None, viewer: Viewer) -> RehearsedRun:
    visible = person is not None and viewer.sees.holds(person.owner_id)
    steps = [_step(step, visible=visible) for step in run["steps"]]
    return RehearsedRun(
        record_id=run["record"],
        person_id=run["person"],
        name=full_name(person.first_name, person.last_name) if person is not None else None,
        refused=run["refused"],
        state=run["state"],
        reason=run["reason"],
        ended_at=_instant(run["ended_at"]),
        # What has no time comes last.
        steps=tuple(sorted(steps, key=lambda step: (step.at is None, step.at.timestamp() if step.at else 0.0))),
        follow_ups=tuple(run["follow_ups"]),
    )


def _step(step: Mapping[str, Any], *, visible: bool) -> RehearsedStep:
    return RehearsedStep(
        step=step["step"],
        channel=step["channel"],
        state=step["state"],
        at=_instant(step["at"]),
        timezone=step["timezone"],
        moved_by=tuple(step["moved_by"]),
        reason=step["reason"],
        subject=step["subject"] if visible else None,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
