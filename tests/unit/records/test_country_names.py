"""Where somebody is, from a number as people write it and from the name of a country."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sequences.phone import in_full
from sequences.planning.zones import recipient_zone
from sequences.records.country_names import country_of
from sequences.records.record_view import RecordView

NOW = datetime(2027, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phone", "region", "zone", "source"),
    [
        ("07700 900123", "GB", "Europe/London", "phone"),
        ("(020) 7946-0123", "GB", "Europe/London", "phone"),
        ("020 7946 0123 ext. 7", "GB", "Europe/London", "phone"),
        ("0044 20 7946 0123", "GB", "Europe/London", "phone"),
        ("0171 1234567", "DE", "Europe/Berlin", "phone"),
        ("0171 1234567", "de", "Europe/Berlin", "phone"),
        ("06 12 34 56 78", "FR", "Europe/Paris", "phone"),
        ("+81 3 1234 5678", "GB", "Asia/Tokyo", "phone"),
        # Ten digits without a trunk prefix may be of any country; an American's is no British number.
        ("212-555-0100", "GB", "America/Bogota", "organisation"),
        # A country of several clocks does not say which.
        ("(212) 555-0100", "US", "America/Bogota", "organisation"),
        ("12345", "GB", "America/Bogota", "organisation"),
        ("call the office", "GB", "America/Bogota", "organisation"),
        ("4.47E+11", "GB", "America/Bogota", "organisation"),
        ("", "GB", "America/Bogota", "organisation"),
    ],
)
def test_a_national_number_gives_its_zone(phone: str, region: str, zone: str, source: str) -> None:
    view = RecordView(
        "person", "p1", {"id": "p1", "phone": phone}, organisation_timezone="America/Bogota", phone_region=region
    )
    found = recipient_zone(view.zones, NOW)
    assert (found.name, found.source) == (zone, source)


def test_a_zone_of_their_own_comes_first() -> None:
    person = {"id": "p1", "phone": "07700 900123", "timezone": "Asia/Tokyo"}
    found = recipient_zone(RecordView("person", "p1", person, phone_region="GB").zones, NOW)
    assert (found.name, found.source) == ("Asia/Tokyo", "person")


@pytest.mark.parametrize(
    ("raw", "region", "number"),
    [
        ("020 7946 0123", "GB", "+442079460123"),
        ("+49 171 1234567", "GB", "+491711234567"),
        ("x", "GB", None),
        ("0171", "DE", None),
        ("00 49 171 1234567", "FR", "+491711234567"),
    ],
)
def test_a_number_in_full(raw: str, region: str, number: str | None) -> None:
    assert in_full(raw, region) == number


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Germany", "DE"),
        (" deutschland\u200b ", "DE"),
        ("ALLEMAGNE", "DE"),
        ("DE", "DE"),
        ("de", "DE"),
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        ("England", "GB"),
        ("U.S.A.", "US"),
        ("États-Unis", "US"),
        ("Vereinigte Staaten", "US"),
        ("Österreich", "AT"),
        ("España", "ES"),
        ("Ireland", "IE"),
        ("Polska", "PL"),
        ("Europe", None),
        ("EU", None),
        ("", None),
        ("Atlantis", None),
        ("Dana", None),
    ],
)
def test_a_country_by_its_code_or_name(words: str, code: str | None) -> None:
    assert country_of(words) == code
