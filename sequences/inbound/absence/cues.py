"""What stands beside a date in the note of an absent person: patterns over folded text, made of ``cue_words``."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from sequences.inbound.absence import cue_words as words
from sequences.inbound.absence.calendar_words import any_of, names, word

SLAVIC = re.compile(word(words.SLAVIC))
"""Words of languages in which "do" is "until"."""


def length_of(match: re.Match[str]) -> int:
    """Days that a match of ``Cues.length`` tells."""
    number = int(match["digits"]) if match["digits"] else next(n for n in words.LENGTHS if match[f"n{n}"])
    return number * (7 if match["weeks"] else 1)


class Cues(NamedTuple):
    """Compiled patterns over folded text; those that end in ``$`` are for what stands before a date."""

    until_open: re.Pattern[str]
    until_closed: re.Pattern[str]
    until_slavic: re.Pattern[str]
    begin: re.Pattern[str]
    since: re.Pattern[str]
    before: re.Pattern[str]
    until_after: re.Pattern[str]
    begin_after: re.Pattern[str]
    before_after: re.Pattern[str]
    later: re.Pattern[str]
    later_after: re.Pattern[str]
    length: re.Pattern[str]
    join: re.Pattern[str]
    join_and: re.Pattern[str]
    between: re.Pattern[str]
    between_after: re.Pattern[str]
    inclusive: re.Pattern[str]
    back: re.Pattern[str]
    back_next: re.Pattern[str]
    not_back: re.Pattern[str]
    reply: re.Pattern[str]
    available: re.Pattern[str]
    negated: re.Pattern[str]
    away: re.Pattern[str]
    first_day: re.Pattern[str]
    last_day: re.Pattern[str]
    again: re.Pattern[str]
    elsewhere: re.Pattern[str]
    own: re.Pattern[str]
    contact: re.Pattern[str]
    ends: re.Pattern[str]
    only_until: re.Pattern[str]
    other_things: re.Pattern[str]
    colleague: re.Pattern[str]
    long_leave: re.Pattern[str]
    clock: re.Pattern[str]
    clock_after: re.Pattern[str]
    filled: re.Pattern[str]
    weekday_after: re.Pattern[str]


@cache
def cues() -> Cues:
    """All cues, compiled when first asked for."""
    known = names()
    days = "|".join(sorted((re.escape(name) for name in (*known.weekdays, *known.short_weekdays)), key=len)[::-1])
    weekdays = "|".join(sorted((re.escape(name) for name in known.weekdays), key=len)[::-1])
    fill = rf"(?:[\s,.:()'\"*_]|(?<!\w)(?:{any_of(words.FILL)}|{days}|{words.CLOCK})(?!\w))*"
    less = rf"(?:[\s:*_]|(?:dnia|dne|konca|polowy|{days})(?!\w)|[.,])*"
    numbers = "|".join(f"(?P<n{number}>{any_of(phrases)})" for number, phrases in words.LENGTHS.items())

    def tight(phrases: str) -> re.Pattern[str]:
        # Chinese words touch the date and whatever stands before them.
        return re.compile(rf"(?:(?<!\w)|(?<=[\u3040-\u9fff年月日]))(?P<cue>{any_of(phrases)})(?!\w)(?P<fill>{fill})$")

    return Cues(
        until_open=tight(words.UNTIL_OPEN),
        until_closed=re.compile(
            tight(words.UNTIL_CLOSED).pattern.replace("(?!\\w)(?P<fill>", "(?![^\\W\\d])(?P<fill>")
        ),
        until_slavic=re.compile(rf"(?<!\w){any_of(words.DO)}(?!\w){less}$"),
        begin=re.compile(tight(words.FROM).pattern.replace("(?!\\w)(?P<fill>", "(?![^\\W\\d])(?P<fill>")),
        since=tight(words.SINCE),
        before=tight(words.BEFORE),
        until_after=re.compile(rf"\s?(?:{words.UNTIL_AFTER})"),
        begin_after=re.compile(rf"\s?(?:{words.FROM_AFTER})"),
        before_after=re.compile(rf"\s?(?:{words.BEFORE_AFTER})"),
        later=re.compile(tight(words.LATER).pattern.replace("(?!\\w)(?P<fill>", "(?![\\w.,])(?P<fill>")),
        later_after=re.compile(
            r"\s?(?:之后|之後|以后|以後|后(?!天)|後(?!天)|の後|이후|'?[td][ae]n\s+sonra|utan(?!\w))"
        ),
        length=re.compile(
            rf"(?<!\w)(?:(?P<digits>\d{{1,2}})|{numbers})\s+"
            rf"(?:(?P<days>{any_of(words.DAYS)})|(?P<weeks>{any_of(words.WEEKS)}))(?!\w)"
        ),
        join=re.compile(rf"{fill}(?:[-~]|(?<!\w){any_of(words.RANGE)}(?!\w)|から|より|부터|至|到){fill}"),
        join_and=re.compile(rf"{fill}(?:(?<!\w){any_of(words.AND)}(?!\w)|[,&]|和|と){fill}"),
        between=re.compile(word(words.BETWEEN) + rf"{fill}$"),
        between_after=re.compile(rf"[\s.,']*(?:\w{{1,3}}\s+)?{any_of(words.BETWEEN_AFTER)}(?!\w)"),
        inclusive=re.compile(word(words.INCLUSIVE)),
        back=re.compile(
            rf"{word(words.BACK)}|{any_of(words.BACK_CJK)}|(?<![次今前毎数一二三\d])回(?![复覆信邮郵答电電数目線线])"
        ),
        back_next=re.compile(rf"{word(words.BACK)}{fill}$"),
        not_back=re.compile(word(words.NOT_BACK)),
        reply=re.compile(word(words.REPLY)),
        available=re.compile(rf"{word(words.AVAILABLE)}|{any_of(words.AVAILABLE_CJK)}"),
        negated=re.compile(rf"{word(words.NOT)}|n't(?!\w)|{any_of(words.NOT_CJK)}"),
        away=re.compile(rf"{word(words.AWAY)}|{any_of(words.AWAY_CJK)}"),
        first_day=re.compile(rf"(?<!\w){any_of(words.FIRST_DAY)}\s*(?::|is|ist|est|es|er|war|was)?{fill}$"),
        last_day=re.compile(
            rf"(?<!\w)(?:{any_of(words.LAST_DAY)}\s*(?::|is|ist|est|es|è|é|er|war|was)?|{any_of(words.END_LABEL)}\s*:){fill}$"
        ),
        again=re.compile(word(words.AGAIN)),
        elsewhere=re.compile(word(words.ELSEWHERE)),
        own=re.compile(word(words.OWN)),
        contact=re.compile(word(words.CONTACT)),
        ends=re.compile(word(words.ENDS)),
        only_until=re.compile(words.ONLY_UNTIL),
        other_things=re.compile(rf"{word(words.OTHER_THINGS)}|{any_of(words.OTHER_THINGS_CJK)}"),
        colleague=re.compile(word(words.COLLEAGUE)),
        long_leave=re.compile(rf"{word(words.LONG)}|育休|産休|产假|육아휴직"),
        clock=re.compile(words.CLOCK),
        clock_after=re.compile(rf"[\s,(]*(?:(?:at|um|kl\.?|a|om|alle|as|o|g\.|ve|в)\s+)?(?:{words.CLOCK})"),
        filled=re.compile(rf"{fill}$"),
        weekday_after=re.compile(
            rf"(?:-(?!ig|t[oe]l)\w{{1,3}})?[\s,]{{0,2}}(?:\((?:[^)\d]{{1,14}})\)|(?:{weekdays})(?!\w))"
        ),
    )
