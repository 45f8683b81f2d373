"""The days, weeks and months that a folded text names, resolved relative to the day on which it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from sequences.inbound.absence.calendar_words import CROATIAN, names
from sequences.inbound.absence.date_grammar import SURE_SHORT, grammar, near_words
from sequences.inbound.absence.date_order import Order

# A day without a year that seems to lie farther off has just passed.
FARTHEST_GUESS = timedelta(days=300)
# Of two readings of 5/6 a near one wins over a far one: absences are short.
_NEAR = timedelta(days=30)
_FAR = timedelta(days=90)
_BARE = timedelta(days=62)
# No note of an absence names more times in a sentence; what does is a table, or made to cost time.
_MOST = 40
_DAY = timedelta(days=1)
_CROATIAN = re.compile(r"(?<!\w)(?:sam|nisam|biti|godisnj\w*|odmor\w*|vracam|vratit\w*|ured\w*|odsut\w*|ponovno)(?!\w)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a text that names a time.

    Attributes:
        start: of the stretch.
        end: of the stretch.
        first: first day of the time; None when it cannot be known, or when two readings of it disagree.
        last: last day of it.
        kind: ``day``; ``bare`` (a day of a month that is not named); ``weekday``; ``week``; ``month``; ``near``
            (tomorrow, next week).
        begun: first day of an absence of which this is the last day ("4 - 15 May"), else None.
        lately: a day without a year, read as the last such day before the mail.
        closing: "the end of": the time is over when it counts.
        placed: nothing need stand before it; False for the bare name of a month, which may be another word.
        year_told: a year is written.
    """

    start: int
    end: int
    first: date | None
    last: date | None
    kind: Literal["day", "bare", "weekday", "week", "month", "near"]
    begun: date | None = None
    lately: date | None = None
    closing: bool = False
    placed: bool = True
    year_told: bool = False


class DateContext(NamedTuple):
    """What must be known to read a day: when it was said, and how its speaker writes 5/6."""

    sent: date | None
    order: Order


def find_mentions(text: str, told: DateContext) -> list[Mention]:
    """What the text names, from left to right; where two stretches overlap the more exact reading stands.

    Args:
        text: folded.
        told: when and by whom; without the day of sending only what has a year can be resolved.
    """
    taken: list[Mention] = []
    patterns = grammar()
    for found in (
        _days(patterns.day, text, told),
        _bare_days(patterns.bare, text, told),
        _weeks(patterns.week, text, told),
        _near(text, told),
        _weekdays(patterns.weekday, text, told),
        _months(patterns.month, text, told),
    ):
        fresh = [
            one for one in islice(found, _MOST) if not any(one.start < two.end and two.start < one.end for two in taken)
        ]
        taken.extend(fresh)
    taken.sort(key=lambda mention: mention.start)
    taken = _weekdays_of_weeks(text, taken)
    return [one for place, one in enumerate(taken) if one.kind != "weekday" or not _beside_day(text, taken, place)]


def _weekdays_of_weeks(text: str, mentions: list[Mention]) -> list[Mention]:
    """A weekday beside a week is that day of it: "Wednesday next week"."""
    joined: list[Mention] = []
    for mention in mentions:
        last = joined[-1] if joined else None
        if last is not None and _OF_WEEK.fullmatch(text[last.end : mention.start]):
            weekday, whole = (last, mention) if last.kind == "weekday" else (mention, last)
            week_told = whole.kind == "week" or (whole.kind == "near" and whole.first != whole.last)
            name = re.search(r"[^\W\d_]+", text[weekday.start : weekday.end])
            number = names().weekdays.get(text[weekday.start : weekday.end].rsplit(maxsplit=1)[-1]) if name else None
            if weekday.kind == "weekday" and week_told and not whole.closing and whole.first and number is not None:
                day = whole.first + number * _DAY
                joined[-1] = Mention(last.start, mention.end, day, day, "day", year_told=whole.year_told)
                continue
        joined.append(mention)
    return joined


def _beside_day(text: str, mentions: list[Mention], place: int) -> bool:
    """Whether a weekday only belongs to a day that stands before or behind it: "Monday, 4 May", "5/4 (Monday)"."""
    one = mentions[place]
    exact = ("day", "bare")
    before = mentions[place - 1] if place else None
    behind = mentions[place + 1] if place + 1 < len(mentions) else None
    if behind is not None and behind.kind in exact and _BETWEEN.fullmatch(text[one.end : behind.start]):
        return True
    return before is not None and before.kind in exact and _BESIDE.fullmatch(text[before.end : one.start]) is not None


def make(year: int, month: int, day: int) -> date | None:
    """That day, or None when there is none; the last year of the calendar has no room for a day after."""
    try:
        return date(year, month, day) if year < MAXYEAR else None
    except ValueError:
        return None


def _days(pattern: re.Pattern[str], text: str, told: DateContext) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        group = match.groupdict()
        if group["year3"] or group["year4"]:
            year = int(group["year3"]) if group["year3"] else 2018 + int(group["year4"])
            day = make(year, int(group["month3"] or group["month4"]), int(group["day3"] or group["day4"]))
            yield Mention(match.start(), match.end(), day, day, "day", year_told=True)
        elif group["month5"]:
            day = _dated(int(group["month5"]), int(group["day5"]), None, told.sent)
            lately = _lately(int(group["month5"]), int(group["day5"]), told.sent)
            yield Mention(match.start(), match.end(), day, day, "day", lately=lately)
        elif group["one6"]:
            yield _numbers(match, text, told)
        else:
            yield _named(match, text, told)


def _named(match: re.Match[str], text: str, told: DateContext) -> Mention:
    group = match.groupdict()
    name = group["month1"] or group["month2"]
    month = names().months[name]
    if name in CROATIAN and _CROATIAN.search(text):
        month = CROATIAN[name]
    written = group["year1"] or group["year2"] or group["year2b"]
    year = None if written is None else int(written.lstrip("'")) + (2000 if written.startswith("'") else 0)
    day = _dated(month, int(group["to2"] or group["day1"] or group["day2"]), year, told.sent)
    begun = group["from1"] or (group["day2"] if group["to2"] else None)
    return Mention(
        match.start(),
        match.end(),
        day if begun else _agreed(day, match.start(), text),
        day,
        "day",
        begun=make(day.year, month, int(begun)) if begun and day else None,
        lately=_lately(month, int(group["day1"] or group["day2"]), told.sent) if year is None else None,
        year_told=year is not None,
    )


def _numbers(match: re.Match[str], text: str, told: DateContext) -> Mention:
    group = match.groupdict()
    one, two = int(group["one6"]), int(group["two6"])
    year = None if group["year6"] is None else int(group["year6"]) + (0 if len(group["year6"]) == 4 else 2000)
    order = told.order
    if group["sep6"].startswith(".") and order == "unknown":
        order = "dmy"
    readings = []
    if order != "mdy" or (one > 12 and two <= 12):
        readings.append(_dated(two, one, year, told.sent))
    if order != "dmy" or (two > 12 and not group["sep6"].startswith(".")):
        readings.append(_dated(one, two, year, told.sent))
    day = _one_of([reading for reading in readings if reading is not None], match.start(), text, told.sent)
    begun = make(day.year, day.month, int(group["from6"])) if day and group["from6"] else None
    if begun is None and group["from6"]:
        day = None
    lately = None
    if year is None and order != "unknown":
        lately = _lately(one, two, told.sent) if order == "mdy" else _lately(two, one, told.sent)
    return Mention(match.start(), match.end(), day, day, "day", begun=begun, lately=lately, year_told=year is not None)


def _one_of(readings: list[date], start: int, text: str, sent: date | None) -> date | None:
    """The reading that its weekday, or the day of the mail, confirms; None when two stay that disagree."""
    readings = [day for day in readings if sent is None or day >= sent] or readings[:1]
    if len(readings) > 1:
        told = _weekday_before(text, start)
        readings = [day for day in readings if day.weekday() in told] or readings
    if len(readings) > 1 and sent is not None:
        near, far = min(readings), max(readings)
        readings = [near] if near - sent <= _NEAR and far - sent >= _FAR else readings
    if not readings or max(readings) - min(readings) > _DAY:
        return None
    return _agreed(readings[0], start, text)


_OF_WEEK = re.compile(r"[\s,]*(?:(?:on|of|in|am|der|den|de|la|el|di|da|av|i|na|w|v|op)\s+)?")
_BETWEEN = re.compile(
    r"[\s,.:(/]*(?:(?:the|on|den|dem|der|d\.|le|el|il|l'|o|dia|o dia|de|la|am|dnia|dne|a|τις|morning|afternoon|"
    r"evening)[\s.,]+)*"
)
_BESIDE = re.compile(r"[\s,.]{0,3}[(\[]?\s?|['-]?\w{0,4},?\s+[(\[]?")


def _weekday_before(text: str, start: int) -> frozenset[int]:
    known = names()
    found = re.search(
        r"(\w[\w'-]*)([.,]?)\s*(?:den|the|dem|le|el|il|d\.|o dia|,)?\s*$", text[max(0, start - 24) : start]
    )
    if not found:
        return frozenset()
    name = found.group(1)
    if name in known.weekdays:
        return frozenset({known.weekdays[name]})
    if found.group(2) or name in SURE_SHORT:
        return known.short_weekdays.get(name, frozenset())
    return frozenset()


def _agreed(day: date | None, start: int, text: str) -> date | None:
    """The day, unless a weekday stands before it that is neither its own nor a neighbour of it: an old text."""
    told = _weekday_before(text, start)
    if day is None or not told:
        return day
    return day if any((day.weekday() - one) % 7 in (0, 1, 6) for one in told) else None


def _dated(month: int, day: int, year: int | None, sent: date | None) -> date | None:
    if year is not None:
        return make(year, month, day)
    if sent is None:
        return None
    this = make(sent.year, month, day)
    found = this if this and this >= sent else make(sent.year + 1, month, day)
    return found if found and found - sent <= FARTHEST_GUESS else None


def _lately(month: int, day: int, sent: date | None) -> date | None:
    if sent is None:
        return None
    this = make(sent.year, month, day)
    return this if this is None or this <= sent else make(sent.year - 1, month, day)


def _bare_days(pattern: re.Pattern[str], text: str, told: DateContext) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        group = match.groupdict()
        key = next(key for key in ("day7", "day8", "day9", "day10", "day11", "day12") if group[key])
        number = int(group[key])
        known = names()
        weekdays: frozenset[int] = frozenset()
        if group["named"]:
            weekdays = known.short_weekdays.get(group["named"], frozenset())
            weekdays = frozenset({known.weekdays[group["named"]]}) if group["named"] in known.weekdays else weekdays
        day = bare_day(number, weekdays or _weekday_before(text, match.start()), told.sent, later=bool(group["nextm"]))
        # The word before it may be the one that says until: "jusqu'au 26".
        yield Mention(match.start(key) if key == "day9" else match.start(), match.end(), day, day, "bare")


def bare_day(number: int, weekdays: frozenset[int], since: date | None, *, later: bool = False) -> date | None:
    """The next day with that number, and with one of these weekdays if any is told, within two months.

    Args:
        number: of the day in its month.
        weekdays: those that were said with it; Monday is 0.
        since: the first day that may be meant.
        later: the month after this one was said.
    """
    if since is None:
        return None
    month = since.replace(day=1)
    for step in range(4):
        day = make(month.year, month.month, number)
        fits = day is not None and day >= since and (not later or step == 1)
        if day is not None and fits and day - since <= _BARE and (not weekdays or day.weekday() in weekdays):
            return day
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def _weekdays(pattern: re.Pattern[str], text: str, told: DateContext) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        group = match.groupdict()
        if group["name"]:
            number = names().weekdays[group["name"]]
        elif group["cjk"]:
            number = "一二三四五六日天".index(group["cjk"]) % 7 if group["cjk"] != "天" else 6
        else:
            number = "月火水木金土日".index(group["jp"]) if group["jp"] else "월화수목금토일".index(group["kr"])
        day = None
        if told.sent is not None:
            day = told.sent + timedelta(days=(number - told.sent.weekday() - 1) % 7 + 1)
            # "Next Friday" said on a Monday: this week's to some, next week's to others.
            if group["next"] and day.isocalendar()[:2] == told.sent.isocalendar()[:2]:
                day = day + timedelta(days=7) if group["next"] in ("下", "来", "來", "다음") else None
        yield Mention(match.start(), match.end(), day, day, "weekday")


def _weeks(pattern: re.Pattern[str], text: str, told: DateContext) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        group = match.groupdict()
        year = group["wyear"] or group["wyear2"]
        monday = week(int(group["number"] or group["number2"]), int(year) if year else None, told.sent)
        first = group["wfrom"] or group["wfrom2"]
        begun = week(int(first), monday.year, None) if monday and first else None
        yield Mention(
            match.start(),
            match.end(),
            monday,
            monday + timedelta(days=6) if monday else None,
            "week",
            begun=begun,
            closing=bool(group["ending"] or group["ending2"]),
            year_told=year is not None,
        )


def week(number: int, year: int | None, sent: date | None) -> date | None:
    """Monday of that week of the calendar (ISO 8601), the next one when no year is told."""
    years = (year,) if year is not None else () if sent is None else (sent.year, sent.year + 1)
    for one in years:
        try:
            monday = date.fromisocalendar(one, number, 1)
        except ValueError:
            continue
        if sent is None or year is not None or sent - timedelta(days=6) <= monday <= sent + FARTHEST_GUESS:
            return monday
    return None


def _near(text: str, told: DateContext) -> Iterator[Mention]:
    sent = told.sent
    if sent is None:
        return
    monday = sent + timedelta(days=7 - sent.weekday())
    month = (sent.replace(day=1) + timedelta(days=32)).replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    periods = {
        "after_tomorrow": (sent + 2 * _DAY, sent + 2 * _DAY),
        "tomorrow": (sent + _DAY, sent + _DAY),
        "end_of_next_week": (monday, monday + 6 * _DAY),
        "end_of_week": (monday - 7 * _DAY, monday - _DAY),
        "next_week": (monday, monday + 6 * _DAY),
        "end_of_next_month": (month, after - _DAY),
        "end_of_month": (sent.replace(day=1), month - _DAY),
        "next_month": (month, after - _DAY),
        "end_of_year": (sent.replace(month=1, day=1), sent.replace(month=12, day=31)),
    }
    for match in near_words().finditer(text):
        key = match.lastgroup or ""
        first, last = periods[key]
        yield Mention(match.start(), match.end(), first, last, "near", closing=key.startswith("end_of"))


def _months(pattern: re.Pattern[str], text: str, told: DateContext) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        group = match.groupdict()
        written = group["myear"] or group["cyear"] or group["ayear"]
        name = group["whole"] or group["abbr"]
        month = names().months[name] if name else int(group["cmonth"] or group["cmonth2"])
        closing = bool(group["mending"] or group["cending"] or group["cending2"])
        last = _dated(month, 28, int(written) if written else None, told.sent)
        first = last.replace(day=15 if group["mid"] else 1) if last else None
        last = (last + timedelta(days=4)).replace(day=1) - _DAY if last else None
        if group["mid"] or group["early"]:
            last = first
        if first and told.sent and not written and not closing and first < told.sent and not group["mid"]:
            first = _dated(month, first.day, None, told.sent)
        yield Mention(
            match.start(),
            match.end(),
            first,
            last,
            "month",
            closing=closing,
            year_told=written is not None,
            placed=closing or not name or bool(group["loc"] or group["early"] or group["mid"]),
        )
