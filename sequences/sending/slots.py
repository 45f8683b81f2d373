"""When a mailbox may send its next message: rate, gap with jitter, daily cap and warm-up. Pure arithmetic.

A slot and the gap after it lie on one day of the organisation. That makes the days independent of each other: a run
that is weeks ahead (or another one's time in a test) takes slots of its own day and of no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sequences.errors import SettingsError

_NEAR: Final = timedelta(seconds=3)

LATE: Final = timedelta(minutes=1)
"""A slot missed by more than this is lost: everything that was due during an outage must not go in one flood."""

_LONGEST_GAP: Final = timedelta(hours=1)
_LONGEST_WARM_UP: Final = 365


@dataclass(frozen=True, slots=True)
class Limits:
    """What one mailbox may send.

    Attributes:
        per_minute: messages a minute, evenly spaced; None: no limit.
        gap: the least time between two messages.
        jitter: how much longer than the gap the time between two may get, as a fraction of it (0.5: by half).
        per_day: messages on one day of the organisation; None: no limit.
        warm_up_days: days until ``per_day`` is reached; 0: from the first day.
        warm_up_start: messages on the first day of the warm-up.
    """

    per_minute: int | None = None
    gap: timedelta = timedelta(0)
    jitter: float = 0.0
    per_day: int | None = None
    warm_up_days: int = 0
    warm_up_start: int = 0

    def __post_init__(self) -> None:
        """Refuses numbers without sense.

        Raises:
            SettingsError: one is negative or too large, or there is a warm-up without a daily limit to reach.
        """
        if (self.per_minute is not None and self.per_minute < 1) or (self.per_day is not None and self.per_day < 1):
            raise SettingsError("a limit is at least 1/minute or 1/day")
        if not timedelta(0) <= self.gap <= _LONGEST_GAP:
            raise SettingsError("a gap is at most one hour")
        if not 0.0 <= self.jitter <= 1.0:
            raise SettingsError("jitter is between 0% and 100%")
        if self.warm_up_days:
            if self.per_day is None or not 1 <= self.warm_up_start <= self.per_day:
                raise SettingsError("a warm-up needs a limit a day and starts between 1 and it")
            if not 0 < self.warm_up_days <= _LONGEST_WARM_UP:
                raise SettingsError(f"a warm-up takes at most {_LONGEST_WARM_UP} days")

    @property
    def least_gap(self) -> timedelta:
        """The least time between two messages, by gap and rate."""
        return max(self.gap, timedelta(minutes=1) / self.per_minute) if self.per_minute else self.gap

    def spacing(self, chance: float) -> timedelta:
        """The time until the next message; ``chance`` in [0, 1) says how much of the jitter. Never below the gap."""
        return self.least_gap * (1.0 + self.jitter * chance) if chance > 0 else self.least_gap

    def cap(self, day: int) -> int | None:
        """How many messages may go on the given day of the mailbox's life, 0 being the first; None: any number.

        Warm-up grows by the same factor each day.

        >>> [Limits(per_day=160, warm_up_days=4, warm_up_start=10).cap(day) for day in range(6)]
        [10, 20, 40, 80, 160, 160]
        """
        if self.per_day is None or day >= self.warm_up_days:
            return self.per_day
        # The small addition keeps 39.999999 from being 39.
        grown = self.warm_up_start * (self.per_day / self.warm_up_start) ** (max(day, 0) / self.warm_up_days)
        return min(int(grown + 1e-6), self.per_day)


# Google: 2,000 messages a day for a paid Workspace account. It names no rate; half a message a second is our own,
# so that a batch does not leave at once. Microsoft: 30 messages a minute and 10,000 recipients a day; one of our
# messages has one recipient.
PRESETS: Final[Mapping[str, Limits | None]] = {
    "none": None,
    "google-workspace": Limits(per_minute=30, jitter=0.5, per_day=2_000),
    "exchange-online": Limits(per_minute=30, jitter=0.25, per_day=10_000),
}

_PART: Final = re.compile(
    r"(?P<per_minute>\d{1,6}) ?/ ?minute|(?P<per_day>\d{1,7}) ?/ ?day|gap (?P<gap>\d{1,4}) ?s"
    r"|jitter (?P<jitter>\d{1,3}) ?%|warm-up (?P<warm_up_days>\d{1,4}) days? from (?P<warm_up_start>\d{1,7})"
)


def parse_limits(text: str) -> Limits | None:
    """Reads a setting: a preset, own values, or a preset with own values after it, separated by commas.

    Own values are ``30/minute``, ``2000/day``, ``gap 5 s``, ``jitter 20%`` and ``warm-up 14 days from 20``.

    Raises:
        SettingsError: a part cannot be read, or the limits make no sense.

    >>> parse_limits("google-workspace, 500/day").per_day
    500
    """
    limits: Limits | None = None
    own: dict[str, Any] = {}
    for position, part in enumerate(part.strip().lower() for part in text.split(",")):
        if position == 0 and part in PRESETS:
            limits = PRESETS[part]
            continue
        found = _PART.fullmatch(part)
        if found is None:
            raise SettingsError(
                f"{part!r} is not a limit; write one of {', '.join(PRESETS)}, or 30/minute, 2000/day, gap 5 s, "
                "jitter 20%, warm-up 14 days from 20"
            )
        own |= _values(found)
    return replace(limits or Limits(), **own) if own else limits


@lru_cache(maxsize=256)
def limits_of(text: str) -> Limits | None:
    """``parse_limits`` of what was checked when somebody wrote it, such as the limits of one mailbox."""
    return parse_limits(text)


def _values(found: re.Match[str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: int(value) for name, value in found.groupdict().items() if value is not None}
    if "gap" in values:
        values["gap"] = timedelta(seconds=values["gap"])
    if "jitter" in values:
        values["jitter"] /= 100
    return values


@dataclass(frozen=True, slots=True)
class MailboxDay:
    """What is taken of one day: how many slots, and from when the next may be (aware UTC)."""

    used: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class BackOff:
    """A time in which the mailbox sends nothing, as its server asked: ``since`` inclusive, ``until`` not."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """One reserved instant: ``day`` is the one that it counts for, ``next_at`` from when the one after it may be."""

    at: datetime
    day: date
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What is known of a mailbox while a slot is searched.

    Attributes:
        zone: the organisation's; its calendar days are what the daily limit counts.
        started_on: the first day of the mailbox; warm-up counts from it.
        days: what is taken, from the day of the search on.
        back_offs: those that have not ended.
    """

    zone: ZoneInfo
    started_on: date
    days: Mapping[date, MailboxDay]
    back_offs: Sequence[BackOff] = ()


def next_slot(limits: Limits, mailbox: Mailbox, now: datetime, chance: float, *, ahead: bool = False) -> Slot:
    """The first instant from ``now`` on at which the mailbox may send one more message.

    Args:
        limits: of the mailbox.
        mailbox: what is known of it.
        now: the time of the run that asks, aware.
        chance: in [0, 1), how much of the jitter comes after the slot.
        ahead: before all who queue, as for a person who waits for it. It counts for its day, and who comes next waits
            for as much longer.
    """
    day = day_of(now, mailbox.zone)
    while True:
        taken = mailbox.days.get(day)
        at = max(now.astimezone(UTC), _start(day, mailbox.zone))
        queued = max(at, taken.next_at) if taken else at
        at = clear_of(mailbox.back_offs, at if ahead else queued)
        last = max(at, queued)
        cap = limits.cap((day - mailbox.started_on).days)
        tomorrow = _start(day + timedelta(days=1), mailbox.zone)
        # The longest gap has to fit, whatever this one's chance: else a luckier run could go first.
        fits = last < tomorrow and last + limits.spacing(1.0) <= tomorrow
        if fits and (cap is None or taken is None or taken.used < cap):
            return Slot(at, day, last + limits.spacing(chance))
        day += timedelta(days=1)


def waits_on_the_spot(now: datetime, slot: datetime) -> bool:
    """True for a slot within three seconds and in the same minute; for any other the run sleeps durably.

    Windows and quiet hours end at whole minutes. A wait over the end of one would send outside of it.
    """
    return slot <= now or (slot <= now + _NEAR and slot.replace(second=0, microsecond=0) <= now)


def clear_of(back_offs: Sequence[BackOff], at: datetime) -> datetime:
    """The first instant from ``at`` on that lies in none of ``back_offs``."""
    while held := [each.until for each in back_offs if each.since <= at < each.until]:
        at = max(held)
    return at


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The organisation's calendar day of an aware instant."""
    return instant.astimezone(zone).date()


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


# A submission server answers so when it wants less from us (RFC 5321 section 4.2.3). Status x.1.y and x.2.y of
# RFC 3463 is about the recipient's address or mailbox: that one is full or greylists us, and no other mail of ours is.
# 429 is what providers say that take mail by HTTP (RFC 6585 section 4).
_ABOUT_US: Final = re.compile(r"429|(?:421|45[012])(?: 4\.(?![12]\.)\d+\.\d+)?")


def asks_for_less(code: str | None) -> bool:
    """True when a server's answer is a reason to back the whole mailbox off, not only the message that met it.

    >>> asks_for_less("421 4.7.0"), asks_for_less("452 4.2.2"), asks_for_less("550 5.7.1")
    (True, False, False)
    """
    return code is not None and _ABOUT_US.fullmatch(code) is not None
