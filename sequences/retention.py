"""How long each class of data is kept, since when that has been announced, and what one pass of removing has done."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sequences.definition.durations import Duration, parse_duration
from sequences.errors import GrammarError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

FOREVER: Final = "forever"
"""The value of a setting that keeps a class without an end."""
NOTICE: Final = timedelta(days=14)
"""From the announcement of a shorter period to the first removal by it."""


class RetentionClass(enum.StrEnum):
    """What is kept for one and the same time. Its setting is ``RELANCE_RETAIN_<NAME>``."""

    RAW_MAIL = "raw_mail"
    """Incoming messages as they came, byte for byte. Their words are kept."""
    BODIES = "bodies"
    """The words of messages, replies, answers, and mails to owners. That they were sent, and when, is kept."""
    HITS = "hits"
    """Requests of tracked links, with addresses and programs. What was made of them (opened, clicked) is kept."""
    CRM_EVENTS = "crm_events"
    """Events of the CRM, and changes of records before and after. The records are kept."""
    DELIVERIES = "deliveries"
    """The log of tries of webhooks, and the event stream. What was delivered is kept."""
    AUDIT = "audit"
    """The audit log."""
    PEOPLE_FILES = "people_files"
    """Files of people that were uploaded, and are not being imported."""
    REHEARSALS = "rehearsals"
    """Results of rehearsals."""
    JOBS = "jobs"
    """Background work that is over."""
    PRESSES = "presses"
    """What forms of the console were answered, for those who press twice."""
    SESSIONS = "sessions"
    """Sessions and sign-in links that are over."""

    @property
    def is_announced(self) -> bool:
        """A shorter period is told of before it removes anything. The others never were kept for longer."""
        return self not in _NEVER_KEPT


_NEVER_KEPT: Final = frozenset(
    {
        RetentionClass.DELIVERIES,
        RetentionClass.PEOPLE_FILES,
        RetentionClass.REHEARSALS,
        RetentionClass.PRESSES,
    }
)
DEFAULTS: Final[Mapping[RetentionClass, str]] = {
    RetentionClass.RAW_MAIL: "180 days",
    RetentionClass.BODIES: "2 years",
    RetentionClass.HITS: "1 year",
    RetentionClass.CRM_EVENTS: "180 days",
    RetentionClass.DELIVERIES: "30 days",
    RetentionClass.AUDIT: "3 years",
    RetentionClass.PEOPLE_FILES: "1 day",
    RetentionClass.REHEARSALS: "30 days",
    RetentionClass.JOBS: "180 days",
    RetentionClass.PRESSES: "1 hour",
    RetentionClass.SESSIONS: "90 days",
}


def parse_period(text: str) -> Duration | None:
    """Reads a setting; None keeps without an end.

    >>> str(parse_period("180 days")), parse_period("forever")
    ('180 days', None)

    Raises:
        SettingsError: it is no period.
    """
    if text.strip().lower() == FOREVER:
        return None
    try:
        return parse_duration(text)
    except GrammarError as error:
        raise SettingsError(f"not a period: write {FOREVER}, or {error.allowed}") from error


def cutoff(period: str, now: datetime) -> datetime | None:
    """What is older than this is removed; None: nothing is.

    Args:
        period: as of ``parse_period``.
        now: UTC.

    Raises:
        SettingsError: as there.
    """
    parsed = parse_period(period)
    return None if parsed is None else parsed.before(now)


@dataclass(frozen=True)
class PeriodInForce:
    """What is known of the period of a class.

    Attributes:
        in_force: the period by which rows are removed.
        period: the one that is announced; the same as ``in_force`` where nothing is to come.
        since: when it was first seen, UTC.
    """

    in_force: str
    period: str
    since: datetime

    @property
    def starts_at(self) -> datetime | None:
        """When the announced period comes into force; None: it is."""
        return None if self.in_force == self.period else self.since + NOTICE


def period_in_force(kind: RetentionClass, known: PeriodInForce | None, period: str, now: datetime) -> PeriodInForce:
    """What is in force now, and what is to come.

    A longer period is in force at once; a shorter one after ``NOTICE``, and until then the longer one. An installation
    that has kept everything so far has kept it without an end.

    Args:
        kind: the class.
        known: as it was stored last; None: the class is new here.
        period: the setting as it is now.
        now: UTC.

    Raises:
        SettingsError: it is no period.
    """
    if not kind.is_announced:
        return PeriodInForce(period, period, now if known is None or known.period != period else known.since)
    found = known or PeriodInForce(FOREVER, period, now)
    if found.starts_at is not None and now >= found.starts_at:
        found = replace(found, in_force=found.period)
    if period == found.period:
        return found
    if _at_least(period, found.in_force, now):
        return PeriodInForce(period, period, now)
    # Longer than what was announced: who had read that is not surprised by it.
    since = found.since if found.starts_at is not None and _at_least(period, found.period, now) else now
    return PeriodInForce(found.in_force, period, since)


def _at_least(period: str, other: str, now: datetime) -> bool:
    """Whether the first keeps everything that the second keeps."""
    mine, theirs = cutoff(period, now), cutoff(other, now)
    return mine is None or (theirs is not None and mine <= theirs)


@dataclass(frozen=True)
class Cursor:
    """Where a pass is in a table: behind the row with this instant and key. ``at`` is None for tables by number."""

    key: str
    at: datetime | None = None


@dataclass(frozen=True)
class RemovalCall:
    """Argument of the activity.

    Attributes:
        now: the time of the pass, which all its batches share.
        table: the number of the table in the list of all.
        after: where to go on; None: at the beginning.
    """

    now: datetime
    table: int = 0
    after: Cursor | None = None


@dataclass(frozen=True)
class RemovalPage:
    """What some batches did.

    Attributes:
        removed: rows.
        table: where to go on; None: everything is done.
        after: as of ``RemovalCall``.
    """

    removed: int
    table: int | None
    after: Cursor | None = None


@dataclass
class RetentionState:
    """The state of a pass; also what it continues with as new, and its result.

    Attributes:
        started_at: the time of the pass; None: it has not begun.
        table: as of ``RemovalCall``.
        after: as there.
        removed: rows so far.
        pages: activities so far.
        done: everything was looked at.
        failed: why it stopped early.
    """

    started_at: datetime | None = None
    table: int = 0
    after: Cursor | None = None
    removed: int = 0
    pages: int = 0
    done: bool = False
    failed: str = ""
