"""The values that say *when* a step goes: what the planner reads and a sequence file compiles to.

Nothing here decides; see ``sequences.planning.planner`` for the rules of time.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime

from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR
from sequences.planning.wallclock import ClockRange


class Unit(enum.StrEnum):
    """A unit in ``when:``. Minutes and hours are elapsed time, the others calendar time."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    BUSINESS_DAYS = "business days"
    WEEKS = "weeks"
    MONTHS = "months"


class Channel(enum.StrEnum):
    """Names of what steps do: the channels that Relance comes with, or actions without sending.

    What a channel is, and which others there are, is known to ``sequences.channels``.
    """

    EMAIL = "email"
    SMS = "sms"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Immediately:
    """No ``when:``: at enrollment for the first step, else right after the step above."""


@dataclass(frozen=True, slots=True)
class AfterEnrollment:
    """``N unit after enrollment``. ``amount`` is at least 0."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class AfterStep:
    """``N unit after STEP``, counted from that step's actual send (or the decision to skip it)."""

    amount: int
    unit: Unit
    step: str


@dataclass(frozen=True, slots=True)
class AroundDayZero:
    """``N days|weeks|months|business days before|after day zero``, or ``on day zero``.

    ``amount`` is signed: negative before, 0 on, positive after. Minutes and hours are refused.
    """

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class OnDate:
    """``on 2027-05-04``: a fixed calendar date in the step's zone."""

    day: date


When = Immediately | AfterEnrollment | AfterStep | AroundDayZero | OnDate


class IfPast(enum.StrEnum):
    """What happens to a step around day zero or on a date whose time had passed when it became known."""

    SKIP = "skip"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The schedule of one step, the step's own keys already laid over the sequence's.

    Attributes:
        timezone: IANA name for everybody, or None for the recipient's own (``recipient``).
        windows: sorted, not overlapping; empty means the whole day.
        weekdays_only: no Saturday, no Sunday.
        holidays: ``holidays`` package code: a country (``GB``) or ISO 3166-2 part (``GB-ENG``), or None.
        if_past: for day-zero steps and fixed dates.
        texting_hours: the hours in which texts may go, recipient local; never wider than ``LEGAL_QUIET_FLOOR``.
    """

    timezone: str | None = None
    windows: tuple[ClockRange, ...] = ()
    weekdays_only: bool = False
    holidays: str | None = None
    if_past: IfPast = IfPast.SKIP
    texting_hours: ClockRange = LEGAL_QUIET_FLOOR


@dataclass(frozen=True, slots=True)
class StepTiming:
    """What the planner needs to know of one step. ``at`` is minutes after local midnight (0..1439)."""

    id: str
    channel: str
    when: When = field(default_factory=Immediately)
    at: int | None = None
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What is known of the recipient's zone, best source first. Values are as the CRM gave them (may be unknown names).

    Attributes:
        person: ``person.timezone``.
        phone: the person's number in E.164, from whose country a zone may follow.
        placement: ``placement.timezone``.
        client: ``client.timezone``.
        organisation: the setting; always a valid IANA name.
    """

    person: str | None = None
    phone: str | None = None
    placement: str | None = None
    client: str | None = None
    organisation: str = "UTC"


@dataclass(frozen=True, slots=True)
class Decided:
    """A step that is behind us: sent (or action done) or skipped, at ``at`` (aware, UTC)."""

    step: str
    at: datetime
    sent: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """A finished pause (aware, UTC).

    Attributes:
        shifts: ``on_resume: shift``: what counts from enrollment or a step moves by ``end - start``. Steps around day
            zero and on fixed dates never move; those that passed in any pause follow ``if_past``.
    """

    start: datetime
    end: datetime
    shifts: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """When it was judged whether the own instant of a step around day zero, or on a date, had passed.

    Attributes:
        own: what ``when`` and ``at`` said then (aware, UTC). None: whatever they say now was judged at ``at``.
        at: aware, UTC. A step whose own instant is another one by now is judged anew.
    """

    step: str
    own: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A step that was begun and waits for a person: the run goes on at ``until`` (aware, UTC) at the latest."""

    step: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything about one run that its plan depends on.

    Attributes:
        enrolled_at: aware, UTC.
        day_zero: the record's date, or date-time (aware or as written without offset), or None.
        zones: sources of the recipient's zone.
        decided: the steps behind us, in the order of the sequence. ``plan`` takes a future step to be sent when due.
        pauses: finished pauses.
        judged: of the steps around day zero and on dates that were planned before. None for a step that waited.
        closed: days on which nothing goes, for this run; of holidays each schedule knows itself.
        under_way: steps that wait for a person. A plan takes each to wait to its end.
    """

    enrolled_at: datetime
    day_zero: date | datetime | None = None
    zones: ZoneFacts = field(default_factory=ZoneFacts)
    decided: tuple[Decided, ...] = ()
    pauses: tuple[Pause, ...] = ()
    judged: tuple[Judged, ...] = ()
    closed: frozenset[date] = frozenset()
    under_way: tuple[UnderWay, ...] = ()


NO_DAY_ZERO = "no_day_zero"
"""Why a step has no instant yet: it counts from a date that nobody knows. A run waits for it; it is not skipped."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """When one step goes, or why it does not.

    Attributes:
        step: its id.
        due_at: aware UTC instant, or None when skipped or waiting.
        local: the same instant in ``timezone``, or None.
        timezone: IANA name used for the day and the clock.
        timezone_source: ``sequence | person | phone | placement | client | organisation``.
        moved_by: rules that moved it, in the order they did: ``weekend | holiday | closed | window | quiet_hours |
            gap | if_past | order``; ``task`` alone for a step that waits for a person.
        skipped: reason (``no_day_zero | if_past | order | no_allowed_instant``) or None.
        unknown_zones: names that were passed over because no such zone exists.
        own: what ``when`` and ``at`` say of a step around day zero or on a date (UTC), before anything moved it.
        judged_at: UTC; ``own`` had passed by then, or had not.
        past: its own time had passed: what is said of it now is final, whatever moves later.
    """

    step: str
    due_at: datetime | None
    local: datetime | None
    timezone: str
    timezone_source: str
    moved_by: tuple[str, ...] = ()
    skipped: str | None = None
    unknown_zones: tuple[str, ...] = ()
    own: datetime | None = None
    judged_at: datetime | None = None
    past: bool = False

    @property
    def waits(self) -> bool:
        """It has no instant yet, because it counts from a day zero that nobody knows."""
        return self.skipped == NO_DAY_ZERO
