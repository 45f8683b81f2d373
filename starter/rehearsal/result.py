"""What a rehearsal found: who got what when, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.reading.run_story import timeline

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from services.reading.run_story import StepLine
    from starter.rehearsal.play import Part


@dataclass(frozen=True)
class PlayedStep:
    """One step of one run.

    Attributes:
        state: ``sent``, ``done``, ``skipped``, ``cancelled`` and so on; ``planned`` or ``waiting`` if the rehearsal
            ended before.
        at: UTC; when it happened, or is planned.
        timezone: in which its day and hour were chosen.
        moved_by: the rules of time that moved it.
        reason: of its state.
    """

    step: str
    channel: str
    state: str
    at: datetime | None
    timezone: str | None
    moved_by: tuple[str, ...]
    reason: str | None
    subject: str | None
    variant: str | None


@dataclass(frozen=True)
class PlayedRun:
    """One record.

    Attributes:
        refused: why it would not enter; empty: it entered.
        state: of the run at the end.
        follow_ups: what would be done for it in Relance and elsewhere, by kind.
    """

    record: str
    person: str
    name: str | None
    refused: str
    state: str
    reason: str | None
    ended_at: datetime | None
    steps: tuple[PlayedStep, ...]
    follow_ups: tuple[str, ...]


@dataclass(frozen=True)
class Rehearsal:
    """All of it.

    Attributes:
        version: None: the file is not published as it is.
        until: nothing later was played.
        mails: of steps that would have been sent, and so with ``texts``.
        mails_to_owners: replies that would have been forwarded, and so on.
        webhooks: URLs that would have been posted to.
    """

    sequence: str
    version: int | None
    began: datetime
    until: datetime
    runs: tuple[PlayedRun, ...]
    mails: int
    mails_to_owners: int
    texts: int
    webhooks: tuple[str, ...]


async def played(connection: Connection, part: Part) -> PlayedRun:
    """What became of one player."""
    player = part.player
    if part.refused:
        return PlayedRun(player.record, player.person, player.name, part.refused, "refused", part.refused, None, (), ())
    story = await timeline(connection, part.enrollment)
    follow_ups = await queries.follow_ups_of(connection, enrollment_id=part.enrollment)
    return PlayedRun(
        record=player.record,
        person=player.person,
        name=player.name,
        refused="",
        state=story.state,
        reason=story.reason,
        ended_at=story.ended_at,
        steps=tuple(map(_step, story.steps)),
        follow_ups=tuple(each.kind for each in follow_ups),
    )


def _step(line: StepLine) -> PlayedStep:
    return PlayedStep(
        step=line.step,
        channel=line.channel,
        state=line.state,
        at=line.decided_at if line.state in ("sent", "done") else line.due_at,
        timezone=line.timezone,
        moved_by=line.moved_by,
        reason=line.reason,
        subject=line.subject if line.state == "sent" else None,
        variant=line.variant,
    )
