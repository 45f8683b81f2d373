"""Notifications as mails to owners: when they are due, which go together, and their words."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sequences.planning.wallclock import occurrences
from sequences.sending.email_content import EmailContent

NotifyBy = Literal["none", "email", "digest"]
"""How an owner hears of notifications besides the table: not at all, by a mail each at once, by one mail a day."""

MOST_AT_ONCE: Final = 20
"""More than this for one owner in one pass become one mail with a list."""

_MOST_LINES: Final = 50
_LONGEST_SUBJECT: Final = 150
_NO_SEQUENCE: Final = "Everything else"


class MailKind(enum.StrEnum):
    """What one mail to an owner holds."""

    SINGLE = "single"
    LIST = "list"
    DIGEST = "digest"
    REPLY = "reply"


@dataclass(frozen=True)
class MailedNotification:
    """One notification, as a mail tells it.

    Attributes:
        id: of the row.
        title: what happened, one line; may name a person, so it is for the owner's eyes only.
        sequence: name of the sequence for people, or None.
        at: when it was written, aware UTC.
    """

    id: str
    title: str
    sequence: str | None
    at: datetime


@dataclass(frozen=True)
class Bundle:
    """What goes into one mail."""

    kind: MailKind
    notifications: tuple[MailedNotification, ...]


@dataclass(frozen=True)
class DigestTime:
    """The latest digest that is due: its day in the organisation's zone, and its instant, UTC."""

    day: date
    at: datetime


@dataclass(frozen=True)
class OwnerMailCall:
    """Argument of the activity.

    Attributes:
        now: the time of the workflow.
        replies_only: no notification is mailed.
    """

    now: datetime
    replies_only: bool = False


@dataclass(frozen=True)
class OwnerMailPass:
    """What one pass did, in mails. ``away``: the mail server did not answer, and the rest waits for the next pass.

    ``replies``: of so many it was decided how their owners hear of them. ``answers``: so many of recruiters' answers
    went out.
    """

    written: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    put_off: int = 0
    unreachable: int = 0
    away: bool = False
    replies: int = 0
    answers: int = 0


def latest_digest(now: datetime, at: time, zone: ZoneInfo) -> DigestTime:
    """The latest digest that is due at ``now``; a time that the clock skips counts as the first instant after it.

    >>> from datetime import UTC
    >>> latest_digest(datetime(2027, 5, 4, 6, 29, tzinfo=UTC), time(7, 30), ZoneInfo("Europe/London")).day
    datetime.date(2027, 5, 3)
    """
    day = now.astimezone(zone).date()
    today = occurrences(zone, day, at).first
    if today <= now:
        return DigestTime(day, today)
    before = day - timedelta(days=1)
    return DigestTime(before, occurrences(zone, before, at).first)


def bundles(notifications: Sequence[MailedNotification], way: NotifyBy) -> list[Bundle]:
    """Which notifications go together: a mail each, a list when they are too many, one digest."""
    if not notifications or way == "none":
        return []
    if way == "digest":
        return [Bundle(MailKind.DIGEST, tuple(notifications))]
    if len(notifications) > MOST_AT_ONCE:
        return [Bundle(MailKind.LIST, tuple(notifications))]
    return [Bundle(MailKind.SINGLE, (notification,)) for notification in notifications]


def mail_of(bundle: Bundle, company: str, zone: ZoneInfo) -> EmailContent:
    """Subject and text of one mail; times are those of ``zone``.

    Args:
        bundle: at least one notification.
        company: ours, as the mail signs.
        zone: the organisation's.
    """
    if bundle.kind is MailKind.SINGLE:
        notification = bundle.notifications[0]
        lines = [_line(notification.title), "", f"{_sequence(notification)}, {_when(notification.at, zone)}"]
        why = "immediately, one mail each"
        subject = _line(notification.title)
    else:
        lines = _grouped(bundle.notifications, zone)
        why = (
            "once a day" if bundle.kind is MailKind.DIGEST else f"immediately; more than {MOST_AT_ONCE} come as a list"
        )
        subject = _headline(bundle.notifications)
    foot = ["", "--", f"{_line(company)} sends you this because you get notifications by e-mail ({why})."]
    foot.append("Replies to this mail are not read.")
    return EmailContent(_short(subject), "\n".join([*lines, *foot]) + "\n")


def _grouped(notifications: Sequence[MailedNotification], zone: ZoneInfo) -> list[str]:
    groups: dict[str, list[MailedNotification]] = {}
    for notification in sorted(notifications, key=lambda one: (one.at, one.id)):
        groups.setdefault(_sequence(notification), []).append(notification)
    lines: list[str] = []
    # The sequences by name, and at the end what belongs to none.
    for name in sorted(groups, key=lambda one: (one == _NO_SEQUENCE, one.casefold())):
        group = groups[name]
        lines += ["", f"{name} ({len(group)})"] if lines else [f"{name} ({len(group)})"]
        lines += [f"- {_when(one.at, zone)}  {_line(one.title)}" for one in group[:_MOST_LINES]]
        if len(group) > _MOST_LINES:
            lines.append(f"- and {len(group) - _MOST_LINES} more, in your list of notifications")
    return lines


def _headline(notifications: Sequence[MailedNotification]) -> str:
    number = f"{len(notifications)} notification{'' if len(notifications) == 1 else 's'}"
    names = sorted({one.sequence for one in notifications if one.sequence}, key=str.casefold)
    return f"{number}: {', '.join(_line(name) for name in names)}" if names else number


def _sequence(notification: MailedNotification) -> str:
    return _line(notification.sequence) if notification.sequence else _NO_SEQUENCE


def _when(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %d %b %Y %H:%M %Z}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _short(subject: str) -> str:
    return subject if len(subject) <= _LONGEST_SUBJECT else subject[: _LONGEST_SUBJECT - 3].rstrip() + "..."
