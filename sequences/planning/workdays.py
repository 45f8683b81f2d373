"""Counting calendar days: months that clip, business days, and the public holidays of a country or part of one."""

# ruff: noqa: PLC0415 - the tables of holidays take their time: imported where a sequence keeps holidays.
from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import cache, lru_cache

from sequences.errors import DefinitionError
from sequences.planning.values import Unit

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=1024)
def public_holidays(code: str, year: int) -> frozenset[date]:
    """Return the public holidays of ``code`` (``GB``) or of a part (``GB-ENG``, ISO 3166-2) in one year.

    Raises:
        DefinitionError: the ``holidays`` package knows no such country or part.
    """
    import holidays as holiday_tables

    country, _, part = code.partition("-")
    try:
        table = holiday_tables.country_holidays(country, subdiv=part or None, years=year, categories=("public",))
    except NotImplementedError as error:
        raise DefinitionError(f"holidays: no such country or part: {code!r}") from error
    return frozenset(day for day in table if day.year == year)


def read_holidays() -> None:
    """Loads what the first question about a holiday would wait for, in a process that will be asked."""
    public_holidays("GB", 2026)


def is_holiday(code: str | None, day: date) -> bool:
    """Say whether ``day`` is a public holiday; never when ``code`` is None."""
    return code is not None and day in public_holidays(code, day.year)


@cache
def has_holidays(code: str) -> bool:
    """Say whether ``code`` is one of ``holiday_codes``; reads the tables of its country, not those of the world."""
    import holidays as holiday_tables

    country, _, part = code.partition("-")
    table = getattr(holiday_tables, country, None) if len(country) == 2 and country.isalpha() else None
    # An alias such as UK is a table as well; its country is GB.
    if table is None or table.country != country:
        return False
    return code == country or part in table.subdivisions


@cache
def holiday_codes() -> frozenset[str]:
    """Return the codes that ``public_holidays`` knows: two-letter countries (``GB``) and their ISO 3166-2 parts."""
    import holidays as holiday_tables

    supported = holiday_tables.list_supported_countries(include_aliases=False)
    countries = {country: parts for country, parts in supported.items() if len(country) == 2}
    return frozenset(countries) | {f"{country}-{part}" for country, parts in countries.items() for part in parts}


@lru_cache(maxsize=256)
def parts_that_differ(code: str, year: int) -> tuple[str, ...]:
    """Return the parts (``GB-ENG``) of country ``code`` whose holidays in ``year`` are not the country's own list.

    Raises:
        DefinitionError: no such country.
    """
    import holidays as holiday_tables

    if "-" in code:
        return ()
    whole = public_holidays(code, year)
    parts = holiday_tables.country_holidays(code, years=year).subdivisions
    return tuple(f"{code}-{part}" for part in parts if public_holidays(f"{code}-{part}", year) != whole)


def add_units(day: date, amount: int, unit: Unit, holidays: str | None) -> date:
    """Return the day ``amount`` (negative: back) calendar units from ``day``.

    Months clip to the last day; business days are Monday to Friday less ``holidays``; 0 is always ``day`` itself.

    Raises:
        OverflowError: the answer lies outside the years 1 to 9999.
        DefinitionError: no such holidays, or a unit of elapsed time, which counts no days.
    """
    match unit:
        case Unit.DAYS:
            return day + timedelta(days=amount)
        case Unit.WEEKS:
            return day + timedelta(weeks=amount)
        case Unit.MONTHS:
            return _add_months(day, amount)
        case Unit.BUSINESS_DAYS:
            return _add_business_days(day, amount, holidays)
        case Unit.MINUTES | Unit.HOURS:
            raise DefinitionError(f"{unit} are elapsed time and count no days")


def _add_months(day: date, amount: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(year)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _add_business_days(day: date, amount: int, holidays: str | None) -> date:
    step = ONE_DAY if amount >= 0 else -ONE_DAY
    left = abs(amount)
    day + step * left  # overflows at once instead of after a walk to the year 9999
    while left:
        day += step
        if day.weekday() < SATURDAY and not is_holiday(holidays, day):
            left -= 1
    return day
