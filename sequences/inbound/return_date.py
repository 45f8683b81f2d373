"""When an absent person is back, read from the words of an auto-reply, relative to its Date."""

from __future__ import annotations

import re
from datetime import MAXYEAR, date, datetime, timedelta

from sequences.inbound import calendar_words as words

_CUE = 60
_MAX_TEXT = 8_000
_FARTHEST = timedelta(days=400)
# A day without a year that seems to lie farther off has just passed.
_FARTHEST_GUESS = timedelta(days=300)
# Not the dot of "15. Mai", nor of an abbreviation before a number.
_SENTENCE = re.compile(r"(?<!\d)[.!?]\s+(?!\d)|\n\s*\n")


def find_return_date(subject: str, text: str, sent: datetime | None) -> date | None:
    """The first day on which the person is back, or None when the words do not say.

    A date after "back on" counts itself; one after "until" counts itself in English and Dutch ("away until Monday"),
    and the day after it elsewhere or when the words say "inclusive". A date without year is the next one after
    ``sent``; past dates and dates over 400 days ahead are not believed.

    Args:
        subject: of the auto-reply.
        text: of the auto-reply.
        sent: its Date; without it only dates with a year count.
    """
    text = f"{subject}\n{text[:_MAX_TEXT]}".replace("\xa0", " ").replace("t.o.m.", "t/m").replace("T.o.m.", "t/m")
    american = _offset_hours(sent) in range(-10, -3) and words.ENGLISH.search(text) is not None
    backs: list[date] = []
    untils: list[date] = []
    for match in words.DATE.finditer(text):
        day = _read(match, sent, american=american)
        if day is None or not _believable(day, sent):
            continue
        before = _SENTENCE.split(text[max(0, match.start() - _CUE) : match.start()])[-1]
        after = _SENTENCE.split(text[match.end() : match.end() + 30])[0]
        if words.SINCE.search(before):
            continue
        ranged = words.RANGE.search(before) is not None
        if not ranged and (_nearest(words.BACK, before) > _nearest(words.UNTIL, before) or _told_after(before, after)):
            backs.append(day)
        elif ranged or words.UNTIL.search(before[-25:]) or words.UNTIL_AFTER.match(after):
            closed = words.INCLUSIVE.search(before[-25:] + after) is not None
            closed = closed or ranged or words.EXCLUSIVE.search(before[-25:]) is None
            untils.append(day + timedelta(days=1) if closed else day)
    if backs or untils:
        return backs[0] if backs else max(untils)
    return _month(text, sent) or _near_day(text, sent)


def _told_after(before: str, after: str) -> bool:
    """For "on 18 May I am back": the cue stands behind the date, and no other date between."""
    cue = words.BACK.search(after)
    free = words.UNTIL.search(before) is None
    return cue is not None and free and not any(char.isdigit() for char in after[: cue.start()])


def _nearest(pattern: re.Pattern[str], before: str) -> int:
    return max((found.start() for found in pattern.finditer(before)), default=-1)


def _believable(day: date, sent: datetime | None) -> bool:
    return sent is None or sent.date() <= day <= sent.date() + _FARTHEST


def _read(match: re.Match[str], sent: datetime | None, *, american: bool) -> date | None:
    groups = match.groupdict()
    if groups["iso"]:
        return _make(*(int(piece) for piece in groups["iso"].split("-")))
    name = groups["month"] or groups["month2"]
    if name:
        year = groups["year"] or groups["year2"]
        return _dated(words.MONTHS[name.lower()], int(groups["day"] or groups["day2"]), year, sent)
    first, second = int(groups["first"]), int(groups["second"])
    # 5/6 is May 6 to an American only; the offset of the mail tells (UTC-10 to UTC-4).
    swapped = ((american and groups["sep"] == "/") or second > 12) and first <= 12
    month, day = (first, second) if swapped else (second, first)
    return _dated(month, day, groups["year3"], sent)


def _offset_hours(sent: datetime | None) -> int:
    offset = sent.utcoffset() if sent else None
    return int(offset.total_seconds() // 3600) if offset else 0


def _make(year: int, month: int, day: int) -> date | None:
    try:
        # Days are added to it: the last year of the calendar has no room for that.
        return date(year, month, day) if year < MAXYEAR else None
    except ValueError:
        return None


def _dated(month: int, day: int, year: str | None, sent: datetime | None) -> date | None:
    if year:
        return _make(int(year) + (2000 if len(year) == 2 else 0), month, day)
    if sent is None:
        return None
    this = _make(sent.year, month, day)
    found = this if this and this >= sent.date() else _make(sent.year + 1, month, day)
    return found if found and found - sent.date() <= _FARTHEST_GUESS else None


def _month(text: str, sent: datetime | None) -> date | None:
    """For "back in June" its first day, for "until the end of May" the day after it."""
    for match in words.MONTH.finditer(text):
        before = _SENTENCE.split(text[max(0, match.start() - _CUE) : match.start() + 3])[-1]
        number = words.MONTHS[match.group("month").lower()]
        year = match.group("year")
        ending = match.group("end") is not None
        if not ending and not (words.BACK.search(before) or words.UNTIL.search(before[-15:])):
            continue
        if ending and not (words.UNTIL.search(before) or words.BACK.search(before)):
            continue
        day = _dated(number, 28 if ending else 1, year, sent)
        if day is not None and ending:
            day = (day + timedelta(days=4)).replace(day=1)
        if day is not None and _believable(day, sent):
            return day
    return None


def _near_day(text: str, sent: datetime | None) -> date | None:
    """For "back on Monday", "back tomorrow", "back next week", "back in week 21": that day, after the mail was sent."""
    if sent is None:
        return None
    today = sent.date()
    for match in words.WEEKDAY.finditer(text):
        before = _SENTENCE.split(text[max(0, match.start() - 30) : match.start()])[-1]
        if words.BACK.search(before) or words.EXCLUSIVE.search(before) or _back_after(text, match):
            return today + timedelta(days=(words.WEEKDAYS[match.group(1).lower()] - today.weekday() - 1) % 7 + 1)
    for pattern, days in ((words.TOMORROW, 1), (words.NEXT_WEEK, 7 - today.weekday())):
        for match in pattern.finditer(text):
            before = _SENTENCE.split(text[max(0, match.start() - 30) : match.start()])[-1]
            if words.BACK.search(before) or _back_after(text, match):
                return today + timedelta(days=days)
    for match in words.WEEK.finditer(text):
        before = _SENTENCE.split(text[max(0, match.start() - 30) : match.start()])[-1]
        if words.BACK.search(before) or _back_after(text, match):
            return _week(int(match.group(1)), today)
    return None


def _back_after(text: str, match: re.Match[str]) -> bool:
    after = _SENTENCE.split(text[match.end() : match.end() + 30])[0].partition("\n")[0]
    cue = words.BACK.search(after)
    return cue is not None and not any(char.isdigit() for char in after[: cue.start()])


def _week(number: int, today: date) -> date | None:
    """Monday of the next such week of the calendar (ISO 8601)."""
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            return None
        if today < monday <= today + _FARTHEST_GUESS:
            return monday
    return None
