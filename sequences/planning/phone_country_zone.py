"""The one zone of a telephone number's country, where the country has exactly one.

Countries and their zones come from the IANA database's ``zone.tab``, which the ``tzdata`` package brings along.
"""

# ruff: noqa: PLC0415 - the numbering plans are imported where there is a number, never to check a file.
from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR
from sequences.planning.wallclock import ClockRange, share_a_moment

_YEARS_AHEAD = 20
_STEP = timedelta(days=7)
_LAST_START = 9999 - _YEARS_AHEAD - 1


Changes = tuple[tuple[datetime, timedelta], ...]


def zone_of_number(number: str, instant: datetime) -> str | None:
    """Return the zone of the country of ``number`` (E.164) if it has exactly one from ``instant`` (UTC) on, else None.

    Zones whose clocks agree from ``instant`` on count as one: the one that ``zone.tab`` lists first.
    """
    names = tuple(name for country in _countries(number) for name in zones_of_country(country))
    return _first_if_same(names, min(instant.year, _LAST_START), instant) if names else None


def clocks_of_number(number: str, instant: datetime) -> tuple[str, ...]:
    """Return zones whose clocks are all that people with ``number`` (E.164) may have from ``instant`` (UTC) on.

    They are the zones of the number's country, one for each clock. A number that belongs to no country may be any
    country's of its calling code; where these span the globe (+1 has Guam as well as New York), the main one's. None
    for what is no number.
    """
    return _clocks(_countries(number), min(instant.year, _LAST_START), _main_country(number))


@lru_cache(maxsize=1024)
def _clocks(countries: tuple[str, ...], year: int, main: str | None) -> tuple[str, ...]:
    start = datetime(max(year, 2), 1, 1, tzinfo=UTC)
    found = _distinct((name for country in countries for name in zones_of_country(country)), start)
    if len(countries) > 1 and main is not None and not share_a_moment(_legal_hours(found), start):
        found = _distinct(zones_of_country(main), start)
    return found


def _legal_hours(names: Iterable[str]) -> list[tuple[ZoneInfo, ClockRange]]:
    return [(ZoneInfo(name), LEGAL_QUIET_FLOOR) for name in names]


def _distinct(names: Iterable[str], start: datetime) -> tuple[str, ...]:
    by_clock: dict[Changes, str] = {}
    for name in names:
        by_clock.setdefault(_offsets(name, start), name)
    return tuple(by_clock.values())


@lru_cache(maxsize=8192)
def _main_country(number: str) -> str | None:
    import phonenumbers

    try:
        code = phonenumbers.parse(number, None).country_code or 0
    except phonenumbers.NumberParseException:
        return None
    return next(iter(phonenumbers.phonenumberutil.region_codes_for_country_code(code)), None)


@lru_cache(maxsize=1)
def _zone_tab() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in _zone_tab_text().splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            found.setdefault(country, []).append(name.strip())
    return {country: tuple(names) for country, names in found.items()}


def _zone_tab_text() -> str:
    try:
        return (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        # Distributions that patch zoneinfo to the system's own database may leave the package out.
        for folder in TZPATH:
            table = Path(folder) / "zone.tab"
            if table.is_file():
                return table.read_text(encoding="utf-8")
        raise


def zones_of_country(country: str) -> tuple[str, ...]:
    """Return the zones of an ISO 3166-1 country in the order of ``zone.tab``; none for an unknown one."""
    return _zone_tab().get(country, ())


@lru_cache(maxsize=8192)
def _countries(number: str) -> tuple[str, ...]:
    """Return the country of a number; all that share its calling code when the number itself does not tell."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ()
    country = phonenumbers.region_code_for_number(parsed)
    if country is not None:
        return (country,)
    # Ranges not in use (Ofcom's numbers for drama, say) belong to no country. Where every country that shares the
    # code keeps the same clock, as all of +44 do, the zone is known all the same; for +1 it is not.
    return tuple(phonenumbers.phonenumberutil.region_codes_for_country_code(parsed.country_code or 0))


def _first_if_same(names: tuple[str, ...], year: int, instant: datetime) -> str | None:
    since = _same_since(names, year)
    return names[0] if since is not None and since <= instant else None


@lru_cache(maxsize=1024)
def _same_since(names: tuple[str, ...], year: int) -> datetime | None:
    """Return the first instant from which all zones agree, looking from January of ``year`` on; None for never."""
    start = datetime(max(year, 2), 1, 1, tzinfo=UTC)
    first = _offsets(names[0], start)
    since = start
    for name in names[1:]:
        agreed = _agree_since(first, _offsets(name, start))
        if agreed is None:
            return None
        since = max(since, agreed)
    return since


def _agree_since(one: Changes, other: Changes) -> datetime | None:
    since = None
    for (mine, my_offset), (theirs, their_offset) in zip(reversed(one), reversed(other), strict=False):
        if my_offset != their_offset:
            return since
        since = max(mine, theirs)
        if mine != theirs:
            return since
    return since


@lru_cache(maxsize=1024)
def _offsets(name: str, start: datetime) -> Changes:
    """Return ``(instant, offset from UTC since)`` pairs from ``start`` over the coming years."""
    zone = ZoneInfo(name)
    found = [(start, _offset(zone, start))]
    for instant in _steps(start):
        if _offset(zone, instant) != found[-1][1]:
            low, high = instant - _STEP, instant
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if _offset(zone, middle) == found[-1][1] else (low, middle)
            found.append((high.replace(microsecond=0), _offset(zone, high)))
    return tuple(found)


def _steps(start: datetime) -> Iterable[datetime]:
    end = start.replace(year=start.year + _YEARS_AHEAD)
    while start < end:
        start += _STEP
        yield start


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
