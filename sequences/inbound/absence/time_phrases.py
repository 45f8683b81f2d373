"""What the words beside a time make of it: the day of coming back, the end of an absence, or its beginning."""

from __future__ import annotations

import re
from datetime import timedelta

from sequences.inbound.absence.cues import SLAVIC, cues
from sequences.inbound.absence.date_mentions import Mention

_CUE = 90
_AFTER = 60
_DAY = timedelta(days=1)
# Letters in a line that says no more than the dates: "Until Monday, 21 September 2026".
_FEW = 34
_LONG_LINE = 45
_EAST = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_CLAUSE = re.compile(
    r"[,、，;(]|\s[-~]\s|(?<!\w)(?:and|und|et|og|och|oraz|sowie|but|aber|mais|pero|dann|then|но|але|και)(?!\w)"
)
# The same between two times: these are other words elsewhere, among them the English I.
_CLAUSE_BETWEEN = re.compile(rf"{_CLAUSE.pattern}|(?<!\w)(?:y|e|en|i|a|si|ja|es|ve|та|и|і)(?!\w)")
_MONTH_LEAD = re.compile(
    r"(?<!\w)(?:in|im|en|em|w|we|v|ve|в|у|til|i|ab|from|since|a|as of|until|till|to|op|tot|bis|hasta|ate|fino a|"
    r"fino|do|до|"
    r"jusqu'en|jusqu'a|pana in|through|thru|indtil|med|since|par|mois de|month of|om|monat|μεχρι τον|εως τον|τον|"
    r"back|returning|in late|late|della|di|od|с|з|din|mid)\s*:?\s*$"
)


_ABOUT = re.compile(
    r"(?:voraussichtlich|vsl\.?|wohl|etwa|ca\.?|circa|approx\w*\.?|about|around|probably|likely|at least|"
    r"mindestens|environ|"
    r"probablement|probablemente|aproximadamente|naar verwachting|ongeveer|cirka|omkring|okolo|przypuszczalnie)\s*$"
)
_NOT_BEFORE_MAY = frozenset({"i", "a", "om", "it", "par", "back", "s"})


def way_of(text: str, bound: int, mention: Mention, following: Mention | None, previous: Mention | None) -> str:
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
    if known.later.search(lead) or known.later_after.match(after):
        # "Back after 2 May": the day after.
        told = back or known.reply.search(clause) or known.available.search(clause)
        return "until" if told and not known.negated.search(clause) and mention.kind != "near" else ""
    if known.before.search(lead) or known.before_after.match(after):
        # "Not back before 5 July", "no answers before 5 July".
        about = back or known.reply.search(clause) or known.available.search(clause)
        return "back" if about and known.negated.search(f"{before} {after}") else ""
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
    if open_end and _NORTHERN_FROM.search(text[max(0, mention.start - _CUE) : mention.start]):
        # "Fra 28. september til 9. oktober" holds the last day; "til 9. oktober" alone may not.
        return "until"
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
    if (
        away
        and known.colleague.search(clause)
        and not (known.own.search(clause) or known.contact.search(clause) or negated)
    ):
        # "My colleague is on leave until Monday."
        return ""
    present = known.available.search(clause) is not None or _HERE.search(clause) is not None
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
            r"(?<!\w)(?:i|ich|je|me|jeg|jag|ik|io|yo|eu|я)(?!\w)", clause
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


_STOP = re.compile(r"[,.;:、，。]")
_NORTHERN_FROM = re.compile(r"(?<!\w)(?:fra|fran|mellem|mellom|mellan)\s")
_HERE = re.compile(r"(?<!\w)(?:ich|wir|bin|sind)(?!\w).*(?<!\w)da(?!\w)")
# "Wieder für Sie da", "ben ik er weer".
_THERE = re.compile(r"(?<!\w)(?:da|fur sie|fur euch|zur verfugung|zuruck|er weer|weer er)(?!\w)")


def _line_before(lead: str) -> str:
    """What stands before on the same line, or on the one above where that is long enough to have been wrapped."""
    above, newline, line = lead.rpartition("\n")
    if not newline or not line.strip(" :*-"):
        return lead
    last = above.rpartition("\n")[2]
    return f"{last} {line}" if len(last) >= _LONG_LINE else line


def _clause_after(after: str, own: str, following: Mention | None) -> str:
    """The words behind a time that are about it, up to the next clause."""
    if following is not None:
        # "From 4 May returning on 18 May": the word is the next time's.
        own = cues().back_next.sub("", own)
    after = after[: len(own)].lstrip(" ,:.)*_" if following is None else " *_")
    line, newline, below = after.partition("\n")
    if newline and len(line) >= _LONG_LINE:
        line = f"{line} {below}"
    return (_CLAUSE if following is None else _CLAUSE_BETWEEN).split(line)[0]


def _names_month(text: str, mention: Mention, lead: str) -> bool:
    """Whether the bare name of a month means the month, and not "I may"."""
    led = _MONTH_LEAD.search(_ABOUT.sub("", lead))
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
    if near and _has_back(_STOP.split(text[two.end : two.end + _AFTER])[0]):
        # "Closed 1 to 7 October, 8 October back to work".
        return False
    if near or known.between.search(lead) is not None:
        return True
    weekday = known.weekday_after.match(text, two.end)
    return known.between_after.match(text, weekday.end() if weekday else two.end) is not None
