"""The first page: what waits for a person, what goes out next, and what stands still and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.access.authorize import sees_mailbox
from services.console.tasks import day_around
from services.console.whose import Whose, whose_people
from services.reading.health import KNOWN_FOR

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

MOST: Final = 5_000
"""Numbers are counted up to this; more are "more than"."""
FIRST: Final = 10
"""Of the next steps, so many are named."""
AHEAD: Final = timedelta(hours=24)
_CLOSED_AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True)
class NextStep:
    """A step that goes soon; ``timezone`` is the recipient's."""

    due_at: datetime
    timezone: str | None
    step: str
    enrollment_id: str
    sequence: str
    sequence_name: str
    person_id: str
    person_name: str | None


@dataclass(frozen=True)
class MailboxBackOff:
    """A mailbox that waits because its server asked for it; ``code`` is what the server said."""

    channel: str
    address: str
    since: datetime
    until: datetime
    code: str | None


@dataclass(frozen=True)
class DisconnectedMailbox:
    """A mailbox whose server does not let us in any more: what it would send waits until somebody connects it.

    Attributes:
        has_page: the viewer may look at it.
    """

    id: str
    address: str
    reason: str | None
    since: datetime
    has_page: bool


@dataclass(frozen=True)
class Standstill:
    """A hold: everything of it is paused.

    Attributes:
        id: of the hold.
        scope: such as ``sequence`` or ``owner``.
        name: of the sequence or the owner; None: it has none.
        runs: how many were paused by it.
    """

    id: str
    scope: str
    key: str
    name: str | None
    reason: str
    since: datetime
    runs: int


@dataclass(frozen=True)
class ClosedDay:
    """A day on which nothing goes; without an owner for everybody."""

    day: date
    owner_id: str | None
    owner_name: str | None


@dataclass(frozen=True)
class Outage:
    """A server that cannot be used now."""

    service: str
    since: datetime
    reason: str


@dataclass(frozen=True)
class FirstSteps:
    """What there is before anybody was enrolled: people, mailboxes of somebody's own, a published sequence."""

    people: bool
    mailboxes: bool
    published: bool


@dataclass(frozen=True)
class Today:
    """What the first page shows. Numbers are counted up to ``MOST``.

    Attributes:
        at: when it was asked; UTC.
        whose: people it is about.
        replies: that a person must read.
        unmatched: messages that belong to no run.
        batches: that await approval.
        matches: people in them.
        unknown: sends of which nobody knows whether they went out.
        due: open tasks that are due today, were due before, or have no date.
        overdue: of them, those that were due on a day before today.
        goes: steps of the next 24 hours that nothing but the clock holds.
        waits: of the same hours, those that a hold, a pause or an unhandled reply holds.
        first: the first of those that go.
        first_steps: None: somebody was enrolled.
    """

    at: datetime
    whose: Whose
    replies: int
    unmatched: int
    batches: int
    matches: int
    unknown: int
    due: int
    overdue: int
    goes: int
    waits: int
    first: tuple[NextStep, ...]
    back_offs: tuple[MailboxBackOff, ...]
    standstills: tuple[Standstill, ...]
    closed_days: tuple[ClosedDay, ...]
    outages: tuple[Outage, ...]
    disconnected: tuple[DisconnectedMailbox, ...] = ()
    first_steps: FirstSteps | None = None

    @property
    def nothing_waits(self) -> bool:
        """Nobody has to do anything."""
        return not (self.replies or self.unmatched or self.batches or self.unknown or self.due)

    @property
    def nothing_stands_still(self) -> bool:
        """Nothing holds anything up."""
        held = self.back_offs or self.standstills or self.closed_days or self.outages or self.disconnected
        return not (held or self.waits)


async def today(connection: Connection, viewer: Viewer, now: datetime, *, mine: bool) -> Today:
    """The first page.

    Args:
        connection: of ``looking``.
        viewer: who looks.
        now: UTC.
        mine: only their own people.
    """
    whose = await whose_people(connection, viewer, mine=mine)
    owners, until = whose.scope.owner_ids, now + AHEAD
    morning, tonight = day_around(now, viewer.timezone)
    numbers = await queries.console_numbers(
        connection,
        owners=owners,
        by_runs=whose.scope.is_team,
        overdue_before=morning,
        due_before=tonight,
        until=until,
        most=MOST,
    )
    steps = await queries.console_next_steps(
        connection, owners=owners, by_runs=whose.scope.is_team, until=until, limit=FIRST
    )
    holds = await queries.console_standstills(connection, owners=owners)
    day = morning.date()
    begun = await queries.console_first_steps(connection)
    closed = await queries.console_closed_days(connection, owners=owners, first=day, last=day + _CLOSED_AHEAD)
    return Today(
        at=now,
        whose=whose,
        replies=numbers.replies,
        unmatched=numbers.unmatched,
        batches=numbers.batches,
        matches=numbers.matches,
        unknown=numbers.unknown,
        due=numbers.due,
        overdue=numbers.overdue,
        goes=numbers.goes,
        waits=numbers.waits,
        first=tuple(_next_step(row) for row in steps),
        back_offs=tuple(
            MailboxBackOff(row.channel, row.address, row.since, row.until, row.code)
            for row in await queries.console_back_offs(connection, now=now)
        ),
        standstills=tuple(
            Standstill(row.id, row.scope, row.key, row.name, row.reason, row.since, row.runs) for row in holds
        ),
        closed_days=tuple(ClosedDay(row.day, row.owner_id, row.owner_name) for row in closed),
        outages=tuple(
            Outage(row.service, row.since, ", ".join(filter(None, (row.stage, row.code, row.reason))))
            for row in await queries.outages_now(connection, seen_after=now - KNOWN_FOR)
        ),
        disconnected=tuple(
            DisconnectedMailbox(
                row.id, row.address, row.state_reason, row.state_since, sees_mailbox(viewer, row.owner_id)
            )
            for row in await queries.console_disconnected_mailboxes(connection, owners=owners)
        ),
        first_steps=None if begun.enrolled else FirstSteps(begun.people, begun.mailboxes, begun.published),
    )


def _next_step(row: queries.ConsoleNextStepsRow) -> NextStep:
    return NextStep(
        due_at=row.due_at,
        timezone=row.timezone,
        step=row.step,
        enrollment_id=row.enrollment_id,
        sequence=row.sequence,
        sequence_name=row.sequence_name or row.sequence,
        person_id=row.person_id,
        person_name=row.person_name,
    )
