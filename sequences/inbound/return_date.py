"""When an absent person is back, read from the words of an auto-reply, relative to its Date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sequences.inbound.absence_cues import SLAVIC, cues, length_of
from sequences.inbound.calendar_words import fold, names
from sequences.inbound.date_mentions import Mention, Order, Told, bare_day, find_mentions

_MAX_TEXT = 8_000
_CUE = 90
_AFTER = 60
_FARTHEST = timedelta(days=400)
# Parents are away for years, and say the year.
_FARTHEST_LEAVE = timedelta(days=1_150)
# An absence that seems to begin later than this is an old text whose year was left out.
_FARTHEST_BEGIN = timedelta(days=150)
_DAY = timedelta(days=1)
# Letters in a line that says no more than the dates: "Until Monday, 21 September 2026".
_FEW = 34
# Two ends that lie this near are one: "until Friday, back on Monday".
_SAME = timedelta(days=4)
_LONG_LINE = 45

# Folded, like all that is searched with them.
_ENGLISH = re.compile(r"(?<!\w)(?:i'm|i'll|the|will|of|my|and|back|until|returning|return|out|office|away)(?!\w)")
_OTHER_LATIN = re.compile(
    r"(?<!\w)(?:ich|bin|bis|wieder|zuruck|und|je|suis|jusqu'au|retour|le|du|au|serai|estoy|hasta|vuelvo|el|del|sono|"
    r"fino|rientro|dal|al|il|estou|ate|volto|ik|ben|tot|terug|van|jag|tillbaka|jeg|tilbage|tilbake|jestem|wracam|"
    r"olen|palaan|jsem|vratim|regreso|sara|regresso|torno|vuelta|weer|revin|pana)(?!\w)"
)
_MONTH_FIRST_TONGUE = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]|(?<!\w)(?:szabadsag\w*|vagyok|leszek|irod\w*|elerhet\w*|ismet|ujra|"
    r"visszater\w*|udvozlettel|tisztelt)(?!\w)"
)
_EAST = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_AMERICAN = re.compile(r"(?<!\w)pto(?!\w)|\+1[ (.-]|\(\d{3}\) ?\d{3}-\d{4}|(?<![\d-])\d{3}-\d{3}-\d{4}(?![\d-])")
_NOT_AMERICAN = re.compile(r"\+(?!1\D)\d\d|(?<!\w)(?:annual leave|bank holiday|mobile|fortnight)(?!\w)")
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})[/-](\d{1,2})(?:[/-](?:20)?\d\d)?(?![\d/])")

# Behind a number a dot may be the number's. These words begin sentences, where they are written large.
_NEXT_SENTENCE = re.compile(
    r"(\d\.)\s+(?=(?:Ich|In|Im|Bei|Bis|Danach|Ab|Ihre|Bitte|Während|Meine|Für|Wir|Sie|Es|Ein|Eine|Mit|Vielen|Wenn|Unser|Unsere|"
    r"I|I'm|I’m|I'll|Please|For|If|My|Your|Our|We|During|In|The|This|Thank|Thanks|Should|You|Until|Je|En|Pour|Merci|Mes|"
    r"Votre|Veuillez|Por|Para|Si|Mi|Su|Gracias|Per|Il|La|Se|Voor|Bij|Voi|Mit|Ik|Jag|Jeg|För|Ved|Vid|Olen|W|Proszę|"
    r"V|В|По|За|Если|Я|При|У|З)(?![\w.]))"
)
_BOUND = re.compile(r"[!?;。！？；|]|\n\s*\n|\n(?=\s*[-*•·])")
_DOT = re.compile(r"(?P<word>[^\s.]{0,20})\.(?=\s+(?P<next>\S))")
_CLAUSE = re.compile(
    r"[,、，;(]|\s[-~]\s|(?<!\w)(?:and|und|et|og|och|oraz|sowie|but|aber|mais|pero|dann|then|но|але|και)(?!\w)"
)
# The same between two times: these are other words elsewhere, among them the English I.
_CLAUSE_BETWEEN = re.compile(rf"{_CLAUSE.pattern}|(?<!\w)(?:y|e|en|i|a|si|ja|es|ve|та|и|і)(?!\w)")
_ANSWERED = re.compile(r"(?<!\w)(?:re|aw|antw|sv|vs|odp|fw|fwd|tr|wg)\s?:")
_CUE_AT_ONCE = re.compile(
    r"\W*(?:until|till|til|through|bis|jusqu|hasta|ate|fino|tot|t/m|do|до|по|μεχρι|εως|asti|back|return\w*|zuruck|wieder|"
    r"retour|de retour|vuelvo|regreso|rientro|terug|tillbaka|ater|tilbage|tilbake|wracam|zpet|revin|вернусь|palaan|from|"
    r"vom|von|ab|du|del|dal|van|od|с|\d)"
)
_MONTH_LEAD = re.compile(
    r"(?<!\w)(?:in|im|en|em|w|we|v|ve|в|у|til|i|ab|from|since|a|as of|until|till|to|op|tot|bis|hasta|ate|fino a|fino|do|до|"
    r"jusqu'en|jusqu'a|pana in|through|thru|indtil|med|since|par|mois de|month of|om|monat|μεχρι τον|εως τον|τον|"
    r"back|returning|in late|late|della|di|od|с|з|din|mid)\s*:?\s*$"
)


_NOT_BEFORE_MAY = frozenset({"i", "a", "om", "it", "par", "back", "s"})


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
    subject, text = _plain(subject), _plain(text[:_MAX_TEXT])
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


def _plain(text: str) -> str:
    """Folded, and the dotted short forms of the North and the Low Countries written out."""
    text = fold(_NEXT_SENTENCE.sub(r"\1\n\n", text))
    text = re.sub(r"(?<!\w)(?:t\.\s?o\.\s?m\.?|t o m|tom\.?(?=\s+\d)|t\.o\.m\b)(?!\w)", "till och med", text)
    text = re.sub(r"(?<!\w)(?:f\.\s?o\.\s?m\.?|f o m|fom\.?(?=\s+\d))(?!\w)", "fran och med", text)
    return re.sub(r"(?<!\w)t\.?e\.?m\.?(?=\s+\d)", "tot en met", text)


def _read(text: str, sent: datetime | None) -> Iterator[_Said]:
    """Every end of an absence that the text tells and that can be believed."""
    begun: date | None
    previous: Mention | None
    bounds = _bounds(text)
    order = _order(text, sent)
    day = sent.date() if sent else None
    long_leave = cues().long_leave.search(text) is not None
    for sentence in range(len(bounds) - 1):
        low, high = bounds[sentence], bounds[sentence + 1]
        piece = text[low:high]
        mentions = find_mentions(piece, Told(day, _order_here(piece, order, sent)))
        begun, previous, bound, ended = None, None, 0, False
        for place, mention in enumerate(mentions):
            following = mentions[place + 1] if place + 1 < len(mentions) else None
            way = _way(piece, bound, mention, following, previous)
            if way == "begin":
                begun = _begin(mention, day)
            elif way:
                said = _said(way, mention, begun if mention.begun is None else mention.begun, previous, piece)
                ended = ended or way.startswith("until")
                if said is not None and _believable(said, mention, day, long_leave=long_leave):
                    yield said
            previous = mention
            bound = mention.end
        length = cues().length.search(piece)
        if begun is not None and not ended and length is not None:
            back = begun + timedelta(days=length_of(length))
            if day is None or day <= back <= day + _FARTHEST:
                yield _Said(back, "until", begun)


def _bounds(text: str) -> list[int]:
    """Where sentences end. A dot ends none behind a number or a short form, nor before a number."""
    known = names()
    ends = [match.end() for match in _BOUND.finditer(text)]
    for match in _DOT.finditer(text):
        last = match.group("word").rpartition("(")[2]
        short = last in known.short_weekdays or (last in known.months and last not in known.whole_months)
        # Hungarians write "2026. május"; elsewhere a year before a dot ends its sentence.
        year = re.fullmatch(r"20\d\d", last) is not None and not _month_follows(text, match.end())
        number = not year and (match.group("next").isdigit() or last[-1:].isdigit())
        if not (number or short or last in _SHORT):
            ends.append(match.end())
    return [0, *sorted(set(ends)), len(text)]


def _month_follows(text: str, start: int) -> bool:
    found = re.match(r"\s*(\w+)", text[start : start + 30])
    return found is not None and (found.group(1) in names().months or found.group(1)[0].isdigit())


_SHORT = frozenset({
    "ca", "approx", "aprox", "inkl", "incl", "einschl", "vsl", "vrs", "bzw", "env", "cca", "ok", "ung", "dr", "nr", "no",
    "kl", "d", "st", "nd", "rd", "th", "resp", "z", "b", "evtl", "zzt", "tel", "p", "a", "m", "u", "т", "д", "г", "прим",
    "ref", "mr", "mrs", "ms",
})  # fmt: skip


def _order(text: str, sent: datetime | None) -> Order:
    """How the writer writes 5/6: by dates that can be read in one way only, then by the tongue and the offset."""
    pairs = [(int(match.group(1)), int(match.group(2))) for match in _SLASHED.finditer(text)]
    day_first = any(12 < one <= 31 and two <= 12 for one, two in pairs)
    month_first = any(one <= 12 < two <= 31 for one, two in pairs)
    if _MONTH_FIRST_TONGUE.search(text):
        return "mdy"
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    offset = sent.utcoffset() if sent else None
    hours = None if offset is None else int(offset.total_seconds() // 3600)
    if not _ENGLISH.search(text):
        return "dmy"
    if hours is not None and hours in range(-10, -3):
        return "mdy"
    if hours:
        return "dmy"
    american, other = _AMERICAN.search(text) is not None, _NOT_AMERICAN.search(text) is not None
    return "unknown" if american == other else "mdy" if american else "dmy"


def _order_here(sentence: str, order: Order, sent: datetime | None) -> Order:
    """In a mail of two languages only the English sentences write as Americans do."""
    if order == "dmy" or _MONTH_FIRST_TONGUE.search(sentence) or _ENGLISH.search(sentence):
        return order
    return "dmy" if _OTHER_LATIN.search(sentence) else order


def _way(text: str, bound: int, mention: Mention, following: Mention | None, previous: Mention | None) -> str:
    """What the words beside a time make of it: ``back``, ``weak``, ``until``, ``until open``, ``begin``, or nothing.

    Args:
        text: the sentence.
        bound: end of the time named before.
        mention: the time.
        following: the next time, or None.
        previous: the time before, or None.
    """
    known = cues()
    low = max(bound, mention.start - _CUE)
    lead = text[low : mention.start]
    before = _line_before(lead)
    after = text[mention.end : mention.end + _AFTER]
    weekday = known.weekday_after.match(after)
    after = after[weekday.end() :] if weekday else after
    own = text[mention.end : following.start] if following else text[mention.end :]
    led = known.filled.sub("", before)
    if led[-1:] > "\u3000" and before[len(led) :].startswith((",", "、")):
        led = ""
    clause = (_CLAUSE_BETWEEN if bound else _CLAUSE).split(led)[-1] + " " + _clause_after(after, own, following)
    if not mention.placed and not _names_month(text, mention, lead):
        return ""
    if known.since.search(lead):
        return ""
    if known.first_day.search(lead):
        return "begin"
    if known.last_day.search(lead):
        return "until"
    if following is not None and _joined(text, mention, following, lead):
        return "begin"
    joined = previous is not None and _joined(
        text, previous, mention, text[max(0, previous.start - _CUE) : previous.start]
    )
    if mention.begun is not None or joined:
        return _range_way(text, mention, lead, _line(text, mention))
    back = _has_back(clause)
    if known.before_after.match(after):
        return ""
    if known.later.search(lead) or known.later_after.match(after):
        # "Back after 2 May": the day after.
        told = back or known.reply.search(clause) or known.available.search(clause)
        return "until" if told and not known.negated.search(clause) and mention.kind != "near" else ""
    if known.before.search(lead):
        return "back" if back and known.negated.search(before) else ""
    ending = known.until_after.match(after)
    open_end = known.until_open.search(lead)
    closed_end = known.until_closed.search(lead) or (known.until_slavic.search(lead) and SLAVIC.search(text))
    if ending or open_end or closed_end:
        if not _of_absence(text, _line(text, mention)):
            return ""
        return _until_way(clause, before, exclusive=open_end is not None and not closed_end)
    begins = known.begin_after.match(after) or known.begin.search(lead)
    return _day_way(mention, clause, begins=begins is not None, alone=following is None and previous is None)


def _range_way(text: str, mention: Mention, lead: str, line: str) -> str:
    known = cues()
    if not _of_absence(text, line):
        return ""
    if mention.kind == "weekday" and not known.away.search(text):
        # "Monday to Friday" are working hours.
        return ""
    open_end = known.until_open.search(lead)
    return "until open" if open_end and not known.until_closed.search(lead) else "until"


def _line(text: str, mention: Mention) -> str:
    """The line of the sentence that holds a time."""
    return text[text.rfind("\n", 0, mention.start) + 1 :].partition("\n")[0]


def _of_absence(sentence: str, line: str) -> bool:
    """Whether an end told here is that of an absence, and not of an offer, a fair or a course.

    Somebody is away, says "I am", "not", or who helps meanwhile; or nothing else is said at all.
    """
    known = cues()
    if known.away.search(sentence) or known.own.search(sentence):
        return True
    if known.other_things.search(sentence):
        return False
    if known.negated.search(sentence) or known.contact.search(sentence):
        return True
    return sum(char.isalpha() for char in line) <= _FEW and not _EAST.search(line)


def _until_way(clause: str, before: str, *, exclusive: bool) -> str:
    known = cues()
    away = known.away.search(clause) is not None
    negated = known.negated.search(clause) is not None
    if known.elsewhere.search(clause):
        return ""
    if away and known.colleague.search(clause) and not (
        known.own.search(clause) or known.contact.search(clause) or negated
    ):
        # "My colleague is on leave until Monday."
        return ""
    present = known.available.search(clause) is not None
    if not away and present and (not negated or known.only_until.search(before)):
        # "Reachable until Friday": then the absence begins.
        return ""
    if not away and not negated and known.reply.search(clause):
        return ""
    if negated and not present and _has_back(clause):
        # "No volveré hasta el lunes": the Monday itself.
        return "back"
    return "until open" if exclusive else "until"


def _day_way(mention: Mention, clause: str, *, begins: bool, alone: bool) -> str:
    known = cues()
    away = known.away.search(clause) is not None
    if _has_back(clause):
        colleague = known.colleague.search(clause) is not None and not re.search(
            r"(?<!\w)(?:i|ich|je|my|me|jeg|jag|ik|io|yo|eu|я|mon|mein\w*|mijn|ben)(?!\w)", clause
        )
        other = known.other_things.search(clause) is not None and not away and known.own.search(clause) is None
        return "" if colleague or other else "back"
    if known.elsewhere.search(clause) or "@" in clause:
        return "begin" if begins else ""
    if known.available.search(clause) and not known.negated.search(clause) and not away:
        return "" if known.colleague.search(clause) else "back"
    if away and known.ends.search(clause):
        return "until"
    if begins:
        return "weak" if known.reply.search(clause) and not away else "begin"
    if mention.kind == "weekday" and not alone:
        # "I answer on Mondays and Thursdays" are working days.
        return ""
    if known.reply.search(clause) and not away and not known.other_things.search(clause):
        return "weak"
    if mention.kind in ("near", "week") and mention.first != mention.last and away:
        return "until"
    return ""


def _has_back(clause: str) -> bool:
    known = cues()
    clause = known.not_back.sub(" ", clause)
    if known.away.search(clause) and not known.available.search(clause) and not _THERE.search(clause):
        # "Again on leave", and no "back from leave".
        clause = known.again.sub(" ", clause)
    return known.back.search(clause) is not None


# German: "wieder für Sie da".
_THERE = re.compile(r"(?<!\w)(?:da|fur sie|fur euch|zur verfugung|zuruck)(?!\w)")


def _line_before(lead: str) -> str:
    """What stands before on the same line, or on the one above where that is long enough to have been wrapped."""
    above, newline, line = lead.rpartition("\n")
    if not newline or not line.strip(" :*-"):
        return lead
    last = above.rpartition("\n")[2]
    return f"{last} {line}" if len(last) >= _LONG_LINE else line


def _clause_after(after: str, own: str, following: Mention | None) -> str:
    """The words behind a time that are about it, up to the next clause."""
    after = after[: len(own)].lstrip(" ,:.)*_" if following is None else " *_")
    line, newline, below = after.partition("\n")
    if newline and len(line) >= _LONG_LINE:
        line = f"{line} {below}"
    return (_CLAUSE if following is None else _CLAUSE_BETWEEN).split(line)[0]


def _names_month(text: str, mention: Mention, lead: str) -> bool:
    """Whether the bare name of a month means the month, and not "I may"."""
    led = _MONTH_LEAD.search(lead)
    return led is not None and not (
        text.startswith("may", mention.start) and led.group().strip(" :") in _NOT_BEFORE_MAY
    )


def _joined(text: str, one: Mention, two: Mention, lead: str) -> bool:
    """Whether the two times are the ends of one stretch: "4 May to 15 May", "between 4 and 15 May"."""
    known = cues()
    between = text[one.end : two.start]
    if not between.strip() and one.kind == two.kind == "day" and known.away.search(text):
        # A table: the first and the last day, one behind the other.
        return one.first is not None and two.first is not None and one.first < two.first
    if len(between) > 60 or two.begun is not None:
        return False
    weekday = known.weekday_after.match(between)
    between = between[weekday.end() :] if weekday else between
    if known.join.fullmatch(between):
        return True
    until = known.until_open.search(between) or known.until_closed.search(between)
    if until is None and known.until_slavic.search(between) and SLAVIC.search(text):
        return True
    if until is not None and not known.filled.sub("", between[: until.start()]).strip():
        return True
    if known.join_and.fullmatch(between) is None:
        return False
    near = one.last is not None and two.first is not None and two.first - one.last == _DAY
    if near or known.between.search(lead) is not None:
        return True
    weekday = known.weekday_after.match(text, two.end)
    return known.between_after.match(text, weekday.end() if weekday else two.end) is not None


def _said(way: str, mention: Mention, begun: date | None, previous: Mention | None, text: str) -> _Said | None:
    first, last = mention.first, mention.last
    if first is None or last is None:
        return None
    if (
        mention.kind == "bare"
        and previous is not None
        and previous.kind in ("day", "bare")
        and previous.first
        and way[0] == "u"
    ):
        # "May 4 to the 15th": the next 15th after that day.
        first = last = bare_day(first.day, frozenset(), previous.first) or first
    if not mention.year_told and previous is not None and previous.year_told and previous.first and way[0] == "u":
        begin = previous.first
        if begin > first or begin.year != first.year:
            moved = _after(first, begin)
            first = last = moved or first
    if way in ("back", "weak"):
        return _Said(last + _DAY if mention.closing else first, "back" if way == "back" else "weak")
    before, after = text[max(0, mention.start - 40) : mention.start], text[mention.end : mention.end + 30]
    whole_month = mention.kind == "month" and not mention.closing
    told = cues().inclusive.search(before + " | " + after) is not None
    clock = cues().clock.search(before[-25:]) or cues().clock.match(after.lstrip(" ,(at|um|kl.") or after)
    if mention.closing or told or (way == "until" and not whole_month):
        back = last + _DAY
        if clock and not told and not mention.closing and mention.kind != "week" and _hour(clock.group()) < 16:
            back = first
    else:
        back = last + _DAY if clock and mention.kind == "day" and _hour(clock.group()) >= 17 else first
    begin = begun if begun is None or begun < back else None
    return _Said(back, "until", begin)


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
    hour = int(re.match(r"\d{1,2}", clock).group())  # type: ignore[union-attr]  # a clock begins with its hour
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
            return backs[0]
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
