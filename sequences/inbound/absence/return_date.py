"""When an absent person is back, read from the words of an auto-reply, relative to its Date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta
from typing import Literal

from sequences.inbound.absence.cues import cues, length_of
from sequences.inbound.absence.date_mentions import DateContext, Mention, bare_day, find_mentions
from sequences.inbound.absence.date_order import order_of
from sequences.inbound.absence.note_sentences import plain, sentences
from sequences.inbound.absence.time_phrases import way_of

_MAX_TEXT = 8_000
_LAST_YEAR = MAXYEAR - 10
_FARTHEST = timedelta(days=400)
# Parents are away for years, and say the year.
_FARTHEST_LEAVE = timedelta(days=1_150)
# An absence that seems to begin later than this is an old text whose year was left out.
_FARTHEST_BEGIN = timedelta(days=150)
_DAY = timedelta(days=1)
# Two ends that lie this near are one: "until Friday, back on Monday".
_SAME = timedelta(days=4)


_ANSWERED = re.compile(r"(?<!\w)(?:re|aw|antw|sv|vs|odp|fw|fwd|tr|wg)\s?:")
_CUE_AT_ONCE = re.compile(
    r"\W*(?:until|till|til|through|bis|jusqu|hasta|ate|fino|tot|t/m|do|до|по|μεχρι|εως|asti|back|return\w*|zuruck|"
    r"wieder|"
    r"retour|de retour|vuelvo|regreso|rientro|terug|tillbaka|ater|tilbage|tilbake|wracam|zpet|revin|вернусь|"
    r"palaan|from|"
    r"vom|von|ab|du|del|dal|van|od|с|\d)"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """One end of an absence, as one place of the text says it.

    Attributes:
        back: the first day on which the person is back.
        how: ``back`` says it of that day; ``until`` of the days before; ``weak`` may speak of somebody else.
        begin: first day of the absence, where it is told.
    """

    back: date
    how: Literal["back", "until", "weak"]
    begin: date | None = None


def find_return_date(subject: str, text: str, sent: datetime | None) -> date | None:
    """The first day on which the person is back, or None when the words do not say, or say two things.

    A date after "back on" counts itself; one after "until" counts itself in English and Dutch ("away until Monday"),
    and the day after it elsewhere or when the words say "inclusive". A date without year is the next one after
    ``sent``; past dates and dates over 400 days ahead are not believed (parents who write the year: three years).
    5/6 is read by what else the text shows, by its language and by the offset of ``sent``; where two readings stay,
    there is none.

    Args:
        subject: of the auto-reply.
        text: of the auto-reply, without what it quotes.
        sent: its Date; without it only dates with a year count.
    """
    if sent is not None and not 1971 <= sent.year <= _LAST_YEAR:
        # A clock that is wrong tells nothing, and the calendar has no room for what is added to its days.
        sent = None
    subject, text = plain(subject), plain(text[:_MAX_TEXT])
    found = _judge(list(_read(text, sent)), sent)
    if found is not None:
        return found
    subject = _ANSWERED.split(subject)[0]
    label, colon, rest = subject.partition(":")
    if colon and not any(char.isdigit() for char in label):
        # Behind "Automatic reply:" our own subject stands, of a maternity cover until May; or else a cue at once.
        if "?" in rest or not _CUE_AT_ONCE.match(rest):
            return None
        subject = rest
    return _judge(list(_read(subject, sent)), sent)


def _read(text: str, sent: datetime | None) -> Iterator[_Said]:
    """Every end of an absence that the text tells and that can be believed."""
    begun: date | None
    previous: Mention | None
    day = sent.date() if sent else None
    long_leave = cues().long_leave.search(text) is not None
    for piece in sentences(text):
        mentions = find_mentions(piece, DateContext(day, order_of(piece, text, sent)))
        begun, previous, bound, ended = None, None, 0, False
        for place, mention in enumerate(mentions):
            following = mentions[place + 1] if place + 1 < len(mentions) else None
            way = way_of(piece, bound, mention, following, previous)
            if way == "begin":
                begun = _begin(mention, day)
            elif way:
                said = _said(way, mention, begun if mention.begun is None else mention.begun, previous, piece)
                if way.startswith("until"):
                    begun, ended = None, True
                if said is not None and _believable(said, mention, day, long_leave=long_leave):
                    yield said
            previous = mention
            bound = mention.end
        length = cues().length.search(piece)
        if begun is not None and not ended and length is not None:
            back = begun + timedelta(days=length_of(length))
            if day is None or day <= back <= day + _FARTHEST:
                yield _Said(back, "until", begun)


def _said(way: str, mention: Mention, begun: date | None, previous: Mention | None, text: str) -> _Said | None:
    """What a time says by the words beside it (``way_of``), as the first day back."""
    first, last = mention.first, mention.last
    if first is None or last is None:
        return None
    if way in ("back", "weak"):
        return _Said(last + _DAY if mention.closing else first, "back" if way == "back" else "weak")
    if mention.kind in ("bare", "day") and previous is not None and previous.first is not None:
        first = last = _end_after(mention, first, previous, begun)
    before, after = text[max(0, mention.start - 40) : mention.start], text[mention.end : mention.end + 30]
    told = cues().inclusive.search(f"{before} | {after}") is not None
    clock = cues().clock_after.match(after) or cues().clock.search(_since_range(before, mention, previous)[-25:])
    hour = _hour(clock.group()) if clock and mention.kind != "week" and not mention.closing else None
    if mention.closing or told:
        back = last + _DAY
    elif way == "until" and (mention.kind != "month" or mention.closing):
        back = first if hour is not None and hour < 16 else last + _DAY
    else:
        back = last + _DAY if hour is not None and hour >= 17 else first
    return _Said(back, "until", begun if begun is None or begun < back else None)


def _since_range(before: str, mention: Mention, previous: Mention | None) -> str:
    """What stands before the end of a stretch without the hour of its beginning: "21.4. 08:00 - 23.4."."""
    if previous is None:
        return before
    between = before[max(0, len(before) - (mention.start - previous.end)) :]
    began = cues().clock_after.match(between)
    return between[began.end() :] if began else between


def _end_after(mention: Mention, end: date, previous: Mention, begun: date | None) -> date:
    """The end of an absence, read relative to its beginning: "May 4 to the 15th", "1 July 2026 to 12 July"."""
    begin = previous.first
    if begin is None:
        return end
    if mention.kind == "bare":
        return (bare_day(end.day, frozenset(), begin) if previous.kind in ("day", "bare") else None) or end
    if begun == begin and previous.year_told and not mention.year_told:
        return _after(end, begin) or end
    return end


def _after(day: date, begin: date) -> date | None:
    """The same day of the year, in the year in which it follows ``begin``."""
    for year in (begin.year, begin.year + 1):
        try:
            moved = day.replace(year=year)
        except ValueError:
            continue
        if moved >= begin:
            return moved
    return None


def _hour(clock: str) -> int:
    """The hour of the day in words such as ``at 5 pm``."""
    digits = re.search(r"\d{1,2}", clock)
    hour = int(digits.group()) if digits else 0
    return hour + 12 if "p" in clock and hour < 12 else hour


def _begin(mention: Mention, day: date | None) -> date | None:
    """The first day of an absence: a day without a year is lately past rather than far ahead."""
    first, lately = mention.first, mention.lately
    if lately is None or day is None:
        return first
    return lately if first is None or first - day > day - lately else first


def _believable(said: _Said, mention: Mention, day: date | None, *, long_leave: bool) -> bool:
    if day is None:
        return True
    farthest = _FARTHEST_LEAVE if mention.year_told and (long_leave or mention.kind == "month") else _FARTHEST
    if not day <= said.back <= day + farthest:
        return False
    return said.begin is None or said.begin - day <= _FARTHEST_BEGIN


def _judge(said: list[_Said], sent: datetime | None) -> date | None:
    """The one day that the ends agree on. "Back on" goes before "until"; where two of a kind disagree there is none."""
    backs = sorted({one.back for one in said if one.how == "back"})
    untils = [one for one in said if one.how == "until"]
    if backs:
        if backs[-1] - backs[0] <= _DAY:
            back = backs[0]
            longer = [one for one in untils if one.back - back > _DAY and (one.begin is None or one.begin < back)]
            return None if longer else back
        confirmed = [back for back in backs if any(timedelta() <= back - one.back <= _SAME for one in untils)]
        return confirmed[0] if len(confirmed) == 1 else None
    if untils:
        return _end(untils, sent)
    weak = sorted({one.back for one in said})
    return weak[0] if weak and weak[-1] - weak[0] <= _DAY else None


def _end(untils: list[_Said], sent: datetime | None) -> date | None:
    ends = sorted({one.back for one in untils})
    if ends[-1] - ends[0] <= _SAME:
        return ends[-1]
    begun = [one for one in untils if one.begin is not None]
    if sent is None or len(begun) < len(untils):
        return None
    # Several absences are told: the one that the mail was sent in, else the first to come.
    day = sent.date()
    now = sorted({one.back for one in begun if one.begin is not None and one.begin <= day < one.back})
    return now[0] if len(now) == 1 else ends[0] if not now else None
