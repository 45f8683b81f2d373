"""Names of time zones and of holiday calendars, as data known to this installation.

The checks at publish use them; the models do not, so that a version stored long ago still loads after either data set
has dropped a name.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import holidays

from sequences.planning import workdays

YEARS = (2026, 2027, 2028)
"""The years in which the parts of a country are compared. Fixed, so that the answer does not depend on the day."""


@cache
def timezone_names() -> frozenset[str]:
    """The IANA names in the tz database."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


@cache
def holiday_codes() -> frozenset[str]:
    """Two-letter countries (``GB``) and their ISO 3166-2 parts (``GB-ENG``)."""
    codes: set[str] = set()
    for country, parts in holidays.list_supported_countries(include_aliases=False).items():
        if len(country) == 2:
            codes.add(country)
            codes.update(f"{country}-{part}" for part in parts)
    return frozenset(codes)


@cache
def parts_that_differ(country: str) -> tuple[str, ...]:
    """The parts of a country whose holidays are not the country's own list in some year, sorted."""
    return tuple(sorted({part for year in YEARS for part in workdays.parts_that_differ(country, year)}))
