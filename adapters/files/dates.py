"""Dates as spreadsheets and CRMs write them, as ISO 8601: 04/05/2027 is the fourth of May, or the fifth of April."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

from sequences.errors import SettingsError
from sequences.records.country_names import LANGUAGES
from sequences.records.equal_values import folded, seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CLOCK = (
    r"(?:,?[ T]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_WRITTEN = re.compile(
    rf"(?P<one>[0-9]{{1,2}})(?P<mark>[/.\-]) ?(?P<two>[0-9]{{1,2}})(?P=mark) ?(?P<year>[0-9]{{4}}){_CLOCK}"
)
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.]) ?([0-9]{{1,2}})\2 ?([0-9]{{1,2}})\.?{_CLOCK}")
_WEEKDAY = re.compile(r"(?P<day>[^\W\d_]+(?:-feira)?)\.?,? +(?=\w)")
_LETTERS = r"(?P<month>[^\W\d_]+)\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:\.|st|nd|rd|th)?"
_NAMED = tuple(
    re.compile(rf"{begins},?[ \-/]*(?P<year>[0-9]{{4}}){_CLOCK}", re.IGNORECASE)
    for begins in (rf"{_DAY}[ \-/]*(?:de )?{_LETTERS}(?: de)?", rf"{_LETTERS}[ \-/]*{_DAY}")
)
_TWELVE = 12


class Order(enum.StrEnum):
    """Which of the first two numbers of a date is the day."""

    DMY = "dmy"
    MDY = "mdy"


@dataclass(frozen=True)
class Dates:
    """How the dates of one file are read.

    Attributes:
        order: of dates between strokes.
        pointed: of dates between points.
    """

    order: Order
    pointed: Order = Order.DMY

    def read(self, text: str) -> str:
        """The cell in ISO 8601 when it is a date or a date-time; else the cell as it is."""
        plain = _bare(text)
        if (found := _YEAR_FIRST.fullmatch(plain)) is not None:
            return _iso(text, int(found[1]), int(found[3]), int(found[4]), found)
        found = _WRITTEN.fullmatch(plain)
        if found is None:
            return _named(text, plain)
        one, two = int(found["one"]), int(found["two"])
        order = self.pointed if found["mark"] == "." else self.order
        day, month = (one, two) if order is Order.DMY else (two, one)
        return _iso(text, int(found["year"]), month, day, found)


def _bare(text: str) -> str:
    """The cell without marks that nobody sees, and without the weekday that spreadsheets put before a long date."""
    plain = seen(text)
    found = _WEEKDAY.match(plain)
    return plain[found.end() :] if found is not None and folded(found["day"]) in _weekdays() else plain


@lru_cache(maxsize=1)
def _weekdays() -> frozenset[str]:
    from babel import Locale  # noqa: PLC0415 - only for who meets such a date

    return frozenset(
        folded(name).rstrip(".")
        for language in LANGUAGES
        for form in Locale(language).days.values()
        for width in ("wide", "abbreviated")
        for name in form[width].values()
    )


def _named(text: str, bare: str) -> str:
    """``4 May 2027``, ``04-May-2027``, ``May 4, 2027``, and the same in other languages."""
    # As it stands first: "Mar 4, 2027" begins with a month, though "mar" is a weekday elsewhere.
    for plain in (seen(text), bare):
        for pattern in _NAMED:
            found = pattern.fullmatch(plain)
            month = _months().get(folded(found["month"])) if found is not None else None
            if found is not None and month is not None:
                return _iso(text, int(found["year"]), month, int(found["day"]), found)
    return text


@lru_cache(maxsize=1)
def _months() -> Mapping[str, int]:
    """Months by name and short name; a name that means two in two languages is left out."""
    from babel import Locale  # noqa: PLC0415 - only for who meets such a date

    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for form in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in form[width].items():
                    found.setdefault(folded(name).rstrip("."), set()).add(number)
    return {name: next(iter(each)) for name, each in found.items() if len(each) == 1} | {"sept": 9}


def _iso(text: str, year: int, month: int, day: int, clock: re.Match[str]) -> str:
    try:
        found = date(year, month, day)
        if clock["hour"] is None:
            return found.isoformat()
        hour = int(clock["hour"])
        if clock["half"]:
            hour = hour % _TWELVE + (_TWELVE if clock["half"] in "pP" else 0)
        at = time(hour, int(clock["minute"]), int(clock["second"] or 0))
    except ValueError:
        return text
    return datetime.combine(found, at).isoformat()


@dataclass
class _Seen:
    """The first line that can only be read in an order, and the first that can be read in both."""

    only: dict[Order, int] = field(default_factory=dict)
    either: tuple[int, str] | None = None


def dates_of(cells: Iterable[tuple[int, str, str]], told: Order | None) -> Dates:
    """The order of a file's dates: as told, else where its dates leave no doubt.

    Between points the day stands first unless somebody says otherwise: nobody writes months first so.

    Args:
        cells: line, name of the column, and what stands there, of all columns that hold dates.
        told: by somebody who knows.

    Raises:
        SettingsError: the dates can be read either way, or some of them in one and some in the other only.
    """
    if told is not None:
        return Dates(told, told)
    seen_so_far = _Seen()
    for line, name, cell in cells:
        found = _WRITTEN.fullmatch(_bare(cell))
        if found is None or found["mark"] == ".":
            continue
        one, two = int(found["one"]), int(found["two"])
        if one > _TWELVE >= two > 0:
            seen_so_far.only.setdefault(Order.DMY, line)
        elif two > _TWELVE >= one > 0:
            seen_so_far.only.setdefault(Order.MDY, line)
        elif one != two and seen_so_far.either is None:
            seen_so_far.either = (line, name)
    return Dates(_decided(seen_so_far))


def _decided(found: _Seen) -> Order:
    say = "say which comes first in this file: --dates dmy (day) or --dates mdy (month)"
    if len(found.only) > 1:
        raise SettingsError(
            f"the dates of line {found.only[Order.DMY]} start with the day, those of line {found.only[Order.MDY]} "
            f"with the month; {say}"
        )
    if found.only:
        return next(iter(found.only))
    if found.either is not None:
        line, name = found.either
        raise SettingsError(
            f"the dates can be read in two ways, as in line {line}, column {name!r} (04/05/2027 is 4 May or 5 April); "
            f"{say}"
        )
    return Order.DMY
