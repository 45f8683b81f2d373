"""The sentences of a note, folded: where a dot ends one, among so many dates and short forms."""

from __future__ import annotations

import re
from itertools import pairwise

from sequences.inbound.absence.calendar_words import fold, names

# Behind a number a dot may be the number's. These words begin sentences, where they are written large.
_NEXT_SENTENCE = re.compile(
    r"(\d\.)\s+(?=(?:Ich|In|Im|Bei|Bis|Danach|Ab|Ihre|Bitte|Während|Meine|Für|Wir|Sie|Es|Ein|Eine|Mit|Vielen|Wenn|"
    r"Unser|Unsere|"
    r"I|I'm|I’m|I'll|Please|For|If|My|Your|Our|We|During|In|The|This|Thank|Thanks|Should|You|Until|Je|En|Pour|"
    r"Merci|Mes|"
    r"Votre|Veuillez|Por|Para|Si|Mi|Su|Gracias|Per|Il|La|Se|Voor|Bij|Voi|Mit|Ik|Jag|Jeg|För|Ved|Vid|Olen|W|Proszę|"
    r"V|В|По|За|Если|Я|При|У|З)(?![\w.]))"
)
# Notes are short; what has more sentences is a newsletter, or made to cost time.
_MOST = 150
_BOUND = re.compile(r"[!?;。！？；|]|\n\s*\n|\n(?=\s*[-*•·])")
_DOT = re.compile(r"(?P<word>[^\s.]{0,20})\.(?=\s+(?P<next>\S))")
_SHORT = frozenset(
    {
        "ca",
        "approx",
        "aprox",
        "inkl",
        "incl",
        "einschl",
        "vsl",
        "vrs",
        "bzw",
        "env",
        "cca",
        "ok",
        "ung",
        "dr",
        "nr",
        "no",
        "kl",
        "d",
        "st",
        "nd",
        "rd",
        "th",
        "resp",
        "z",
        "b",
        "evtl",
        "zzt",
        "tel",
        "p",
        "a",
        "m",
        "u",
        "т",
        "д",
        "г",
        "прим",
        "ref",
        "mr",
        "mrs",
        "ms",
    }
)


def sentences(text: str) -> list[str]:
    """The sentences of a text that went through ``plain``. No dot behind a short form, or before a number, ends one."""
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
    bounds = [0, *sorted(set(ends)), len(text)]
    found = (text[low:high] for low, high in pairwise(bounds))
    return [piece for piece in found if any(char.isalnum() for char in piece)][:_MOST]


def _month_follows(text: str, start: int) -> bool:
    found = re.match(r"\s*(\w+)", text[start : start + 30])
    return found is not None and (found.group(1) in names().months or found.group(1)[0].isdigit())


def plain(text: str) -> str:
    """Folded, and the dotted short forms of the North and the Low Countries written out."""
    text = fold(_NEXT_SENTENCE.sub(r"\1\n\n", text))
    text = re.sub(r"(?<!\w)(?:t\.\s?o\.\s?m\.?|t o m|tom\.?(?=\s+\d)|t\.o\.m\b)(?!\w)", "till och med", text)
    text = re.sub(r"(?<!\w)(?:f\.\s?o\.\s?m\.?|f o m|fom\.?(?=\s+\d))(?!\w)", "fran och med", text)
    return re.sub(r"(?<!\w)t\.?e\.?m\.?(?=\s+\d)", "tot en met", text)
