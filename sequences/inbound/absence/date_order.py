"""How the writer of a text writes 5/6: the day first, or the month."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from typing import Literal

Order = Literal["dmy", "mdy", "unknown"]

# Folded, like all that is searched with them.
_ENGLISH = re.compile(
    r"(?<!\w)(?:i'm|i'll|the|will|of|my|and|back|until|returning|return|out|office|away|from|leave|through)(?!\w)"
)
_OTHER_LATIN = re.compile(
    r"(?<!\w)(?:ich|bin|bis|wieder|zuruck|und|je|suis|jusqu'au|retour|le|du|au|serai|estoy|hasta|vuelvo|el|del|sono|"
    r"fino|rientro|dal|al|il|estou|ate|volto|ik|ben|tot|terug|van|jag|tillbaka|jeg|tilbage|tilbake|jestem|wracam|"
    r"olen|palaan|jsem|vratim|regreso|sara|regresso|torno|vuelta|weer|revin|pana)(?!\w)"
)
_MONTH_FIRST_LANGUAGE = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]|(?<!\w)(?:szabadsag\w*|vagyok|leszek|irod\w*|elerhet\w*|ismet|ujra|"
    r"visszater\w*|udvozlettel|tisztelt)(?!\w)"
)
_AMERICAN = re.compile(r"(?<!\w)pto(?!\w)|\+1[ (.-]|\(\d{3}\) ?\d{3}-\d{4}|(?<![\d-])\d{3}-\d{3}-\d{4}(?![\d-])")
_NOT_AMERICAN = re.compile(r"\+(?!1\D)\d\d|(?<!\w)(?:annual leave|bank holiday|mobile|fortnight)(?!\w)")
_NUMBERS = re.compile(r"\d\s?[./-]\s?\d")
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})[/-](\d{1,2})(?:[/-](?:20)?\d\d)?(?![\d/])")


def order_of(sentence: str, text: str, sent: datetime | None) -> Order:
    """By the language of the sentence, by dates of the text that can be read in one way only, then by the offset.

    Only English is written both ways. Its offset tells: UTC-10 to UTC-4 writes the month first, others the day. A mail
    server that writes UTC tells nothing; then telephone numbers and some words may.

    Args:
        sentence: folded; of a mail of two languages only the English sentences write as Americans do.
        text: the whole, folded.
        sent: the Date of the mail.
    """
    if not _NUMBERS.search(sentence):
        return "dmy"
    if _MONTH_FIRST_LANGUAGE.search(sentence):
        return "mdy"
    english = _ENGLISH.search(sentence) is not None
    if not english and _OTHER_LATIN.search(sentence):
        return "dmy"
    pairs = [(int(match.group(1)), int(match.group(2))) for match in _SLASHED.finditer(text)]
    day_first = any(12 < one <= 31 and two <= 12 for one, two in pairs)
    month_first = any(one <= 12 < two <= 31 for one, two in pairs)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    if not english and not _ENGLISH.search(text):
        return "mdy" if _MONTH_FIRST_LANGUAGE.search(text) and not _OTHER_LATIN.search(text) else "dmy"
    order = _english(text, sent)
    return "unknown" if order != "unknown" and _stretched(pairs, order) else order


def _stretched(pairs: list[tuple[int, int]], order: Order) -> bool:
    """Whether "5/1 to 5/9" would be months in that order, and days of one month in the other: then it is not sure."""
    month, other = (1, 0) if order == "dmy" else (0, 1)
    return any(
        one[other] == two[other] and one[month] < two[month] - 1 and two[month] <= 12
        for one, two in itertools.pairwise(pairs)
    )


def _english(text: str, sent: datetime | None) -> Order:
    offset = sent.utcoffset() if sent else None
    hours = int(offset.total_seconds() // 3600) if offset else 0
    if hours:
        return "mdy" if hours in range(-10, -3) else "dmy"
    american, other = _AMERICAN.search(text) is not None, _NOT_AMERICAN.search(text) is not None
    return "unknown" if american == other else "mdy" if american else "dmy"
