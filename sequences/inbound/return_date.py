"""When an absent person is back, read from the words of an auto-reply in nine languages, relative to its Date."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

_MONTHS = {
    "jan": 1, "januar": 1, "january": 1, "jänner": 1, "janvier": 1, "janv": 1, "enero": 1, "ene": 1, "januari": 1,
    "gennaio": 1, "gen": 1, "janeiro": 1, "stycznia": 1,
    "feb": 2, "februar": 2, "february": 2, "février": 2, "fevrier": 2, "févr": 2, "febrero": 2, "februari": 2,
    "febbraio": 2, "fevereiro": 2, "fev": 2, "lutego": 2,
    "mar": 3, "mär": 3, "märz": 3, "maerz": 3, "march": 3, "mars": 3, "marzo": 3, "maart": 3, "março": 3, "mrt": 3,
    "marca": 3, "marts": 3,
    "apr": 4, "april": 4, "avril": 4, "avr": 4, "abril": 4, "abr": 4, "aprile": 4, "kwietnia": 4,
    "may": 5, "mai": 5, "mayo": 5, "mei": 5, "maggio": 5, "mag": 5, "maio": 5, "maj": 5, "maja": 5,
    "jun": 6, "juni": 6, "june": 6, "juin": 6, "junio": 6, "giugno": 6, "giu": 6, "junho": 6, "czerwca": 6,
    "jul": 7, "juli": 7, "july": 7, "juillet": 7, "juil": 7, "julio": 7, "luglio": 7, "lug": 7, "julho": 7, "lipca": 7,
    "aug": 8, "august": 8, "août": 8, "aout": 8, "agosto": 8, "ago": 8, "augustus": 8, "augusti": 8, "sierpnia": 8,
    "sep": 9, "sept": 9, "september": 9, "septembre": 9, "septiembre": 9, "settembre": 9, "set": 9, "setembro": 9,
    "września": 9,
    "oct": 10, "okt": 10, "october": 10, "oktober": 10, "octobre": 10, "octubre": 10, "ottobre": 10, "ott": 10,
    "outubro": 10, "out": 10, "października": 10,
    "nov": 11, "november": 11, "novembre": 11, "noviembre": 11, "novembro": 11, "listopada": 11,
    "dec": 12, "dez": 12, "december": 12, "dezember": 12, "décembre": 12, "decembre": 12, "déc": 12, "diciembre": 12,
    "dic": 12, "dicembre": 12, "dezembro": 12, "grudnia": 12,
}  # fmt: skip
_WEEKDAYS = {
    "monday": 0, "montag": 0, "lundi": 0, "lunes": 0, "maandag": 0, "lunedì": 0, "segunda-feira": 0, "måndag": 0,
    "mandag": 0,
    "tuesday": 1, "dienstag": 1, "mardi": 1, "martes": 1, "dinsdag": 1, "martedì": 1, "terça-feira": 1, "tisdag": 1,
    "tirsdag": 1,
    "wednesday": 2, "mittwoch": 2, "mercredi": 2, "miércoles": 2, "woensdag": 2, "mercoledì": 2, "quarta-feira": 2,
    "onsdag": 2,
    "thursday": 3, "donnerstag": 3, "jeudi": 3, "jueves": 3, "donderdag": 3, "giovedì": 3, "quinta-feira": 3,
    "torsdag": 3,
    "friday": 4, "freitag": 4, "vendredi": 4, "viernes": 4, "vrijdag": 4, "venerdì": 4, "sexta-feira": 4, "fredag": 4,
}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?<![\d.])(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|"
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?\s{{1,3}}(?:of |de |"
    rf"d')?(?P<month>{_NAMES})\b\.?(?:,?\s{{1,3}}(?:de |del )?(?P<year>\d{{4}}))?|"
    rf"\b(?P<month2>{_NAMES})\b\.?\s{{1,3}}(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?(?::|h\b|am\b|"
    rf"pm\b))(?:,?\s{{1,3}}(?P<year2>\d{{4}}))?|"
    r"(?P<first>\d{1,2})(?P<sep>[./-])(?P<second>\d{1,2})(?:(?P=sep)(?P<year3>\d{4}|\d{2})?)?(?![\d/]|\.\d))",
    re.I,
)
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b", re.I)
_BACK = re.compile(
    r"\b(?:back|return\w*|resum\w+|available again|in the office again|reachable (?:again )?from|"
    r"zurück|wieder|ab dem|ab|de retour|retour(?:ne)?|reviens|"
    r"reprend\w*|regres\w+|vuelvo|volver\w*|vuelta|reincorpor\w+|rientr\w+|torn\w+|terug|weer|"
    r"regresso|retorn\w+|volto|de volta|tillbaka|tilbage|tilbake|wracam|z powrotem)\b",
    re.I,
)
_UNTIL = re.compile(
    r"\b(?:until|till|til|through|thru|to|and|bis(?: zum| einschließlich| inklusive)?|jusqu'?(?:au|à|"
    r"en)?|au|hasta|al|tot(?: en met)?|t/m|fino (?:al|a)|até|a|à|till|til og med|do)\b|[–—-]",
    re.I,
)
_EXCLUSIVE = re.compile(r"\b(?:until|till|til|tot)\s*(?!en met)[^\w]{0,3}$|\b(?:until|till|til|tot)\b", re.I)
_INCLUSIVE = re.compile(
    r"inclusive|including|einschließlich|inklusive|inclus|incluid|en met|t/m|through|thru|compreso|og med", re.I
)
_CUE = 60
_MAX_TEXT = 8_000
_FARTHEST = timedelta(days=400)


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
    text = f"{subject}\n{text[:_MAX_TEXT]}".replace("\xa0", " ")
    backs: list[date] = []
    untils: list[date] = []
    for match in _DATE.finditer(text):
        day = _read(match, sent)
        if day is None or not _believable(day, sent):
            continue
        before = text[max(0, match.start() - _CUE) : match.start()].rpartition(". ")[2]
        after = text[match.end() : match.end() + 30].partition(".")[0]
        if _nearest(_BACK, before) > _nearest(_UNTIL, before) or _told_after(before, after):
            backs.append(day)
        elif _UNTIL.search(before[-25:]):
            tail = before[-25:]
            closed = _INCLUSIVE.search(tail + after) is not None or _EXCLUSIVE.search(tail) is None
            untils.append(day + timedelta(days=1) if closed else day)
    if backs or untils:
        return backs[0] if backs else max(untils)
    return _weekday(text, sent)


def _told_after(before: str, after: str) -> bool:
    """For "on 18 May I am back": the cue stands behind the date, and no other date between."""
    cue = _BACK.search(after)
    return cue is not None and not _UNTIL.search(before) and not any(char.isdigit() for char in after[: cue.start()])


def _nearest(pattern: re.Pattern[str], before: str) -> int:
    return max((found.start() for found in pattern.finditer(before)), default=-1)


def _believable(day: date, sent: datetime | None) -> bool:
    return sent is None or sent.date() <= day <= sent.date() + _FARTHEST


def _read(match: re.Match[str], sent: datetime | None) -> date | None:
    groups = match.groupdict()
    if groups["iso"]:
        return _make(*(int(piece) for piece in groups["iso"].split("-")))
    name = groups["month"] or groups["month2"]
    if name:
        year = groups["year"] or groups["year2"]
        return _dated(_MONTHS[name.lower()], int(groups["day"] or groups["day2"]), year, sent)
    first, second = int(groups["first"]), int(groups["second"])
    if groups["sep"] == "-" and not groups["year3"]:
        return None
    # 5/6 is May 6 to an American only; the offset of the mail tells (UTC-10 to UTC-4).
    american = groups["sep"] == "/" and _offset_hours(sent) in range(-10, -3)
    month, day = (first, second) if (american or second > 12) and first <= 12 else (second, first)
    return _dated(month, day, groups["year3"], sent)


def _offset_hours(sent: datetime | None) -> int:
    offset = sent.utcoffset() if sent else None
    return int(offset.total_seconds() // 3600) if offset else 0


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dated(month: int, day: int, year: str | None, sent: datetime | None) -> date | None:
    if year:
        return _make(int(year) + (2000 if len(year) == 2 else 0), month, day)
    if sent is None:
        return None
    this = _make(sent.year, month, day)
    return this if this and this >= sent.date() else _make(sent.year + 1, month, day)


def _weekday(text: str, sent: datetime | None) -> date | None:
    """For "back on Monday": the next such day after the mail was sent."""
    if sent is None:
        return None
    for match in _WEEKDAY.finditer(text):
        before = text[max(0, match.start() - 30) : match.start()]
        if _BACK.search(before) or _EXCLUSIVE.search(before):
            ahead = (_WEEKDAYS[match.group(1).lower()] - sent.weekday() - 1) % 7 + 1
            return sent.date() + timedelta(days=ahead)
    return None
