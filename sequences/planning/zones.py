"""Which zone a step's day and clock are read in, and where that zone was found (rule 3 of time)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from sequences.planning.phone_country_zone import clocks_of_number, zone_of_number
from sequences.planning.values import ZoneFacts

LAST_RESORT = "UTC"
ORGANISATION = "organisation"
# Files beside the zones that zoneinfo would load: the machine's own setting, and a placeholder for "not configured".
_NO_ZONES = frozenset({"localtime", "Factory"})


@dataclass(frozen=True, slots=True)
class Found:
    """A zone and why it is this one.

    Attributes:
        name: IANA name.
        zone: its rules.
        source: ``sequence | person | phone | placement | client | organisation``.
        unknown: names that came first and were passed over because no such zone exists.
    """

    name: str
    zone: ZoneInfo
    source: str
    unknown: tuple[str, ...] = ()

    @property
    def guessed(self) -> bool:
        """Nothing is known of where the recipient is: this is only the organisation's own clock."""
        return self.source == ORGANISATION


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return the names of the IANA database, deprecated ones too."""
    return frozenset(available_timezones()) - _NO_ZONES


def is_zone(name: str) -> bool:
    """Say whether ``name`` is a zone of the IANA database."""
    return name in zone_names()


def recipient_zone(facts: ZoneFacts, instant: datetime) -> Found:
    """Return the recipient's own zone.

    Args:
        facts: what is known of the recipient.
        instant: UTC; the zones of a country that agree from then on count as one.
    """
    return _first(_own(facts, instant))


def recipient_clocks(facts: ZoneFacts, own: Found, instant: datetime) -> tuple[ZoneInfo, ...]:
    """Return every clock that the recipient's may be: the law asks for quiet by theirs, not by a guess of ours.

    Args:
        facts: what is known of the recipient.
        own: their zone, as ``recipient_zone`` found it.
        instant: UTC.
    """
    if own.guessed and facts.phone:
        return tuple(ZoneInfo(name) for name in clocks_of_number(facts.phone, instant)) or (own.zone,)
    return (own.zone,)


def step_zone(timezone: str | None, facts: ZoneFacts, instant: datetime) -> Found:
    """Return the zone of a step: ``timezone`` of its schedule when that is a zone, else the recipient's own."""
    if timezone is None:
        return recipient_zone(facts, instant)
    if is_zone(timezone):
        return Found(timezone, ZoneInfo(timezone), "sequence")
    own = recipient_zone(facts, instant)
    return Found(own.name, own.zone, own.source, (timezone, *own.unknown))


def _own(facts: ZoneFacts, instant: datetime) -> Iterator[tuple[str, str]]:
    if facts.person:
        yield "person", facts.person
    if facts.phone and (zone := zone_of_number(facts.phone, instant)):
        yield "phone", zone
    if facts.placement:
        yield "placement", facts.placement
    if facts.client:
        yield "client", facts.client
    yield ORGANISATION, facts.organisation


def _first(candidates: Iterator[tuple[str, str]]) -> Found:
    unknown: list[str] = []
    for source, name in candidates:
        if is_zone(name):
            return Found(name, ZoneInfo(name), source, tuple(unknown))
        unknown.append(name)
    return Found(LAST_RESORT, ZoneInfo(LAST_RESORT), ORGANISATION, tuple(unknown))
