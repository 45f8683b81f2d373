"""Names of zones and forms of dates as other systems write them: what is stored, and why the rest is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from sequences.errors import RefusedError
from sequences.planning.zones import is_zone, zone_names
from sequences.records.catalogue import FieldType, catalogue
from sequences.records.record_view import RecordView, read_date
from sequences.records.zone_names import known_zone, read_zone
from services.records.crm_values import read_values

OFFSET, ABBREVIATION, UNKNOWN = (
    "an offset is not a time zone",
    "an abbreviation does not say",
    "unknown time zone",
)


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        ("Europe/London", "Europe/London"),
        ("  Europe/London ", "Europe/London"),
        ("europe/london", "Europe/London"),
        ("EUROPE/LONDON", "Europe/London"),
        ("America/New York", "America/New_York"),
        ("america/argentina/buenos aires", "America/Argentina/Buenos_Aires"),
        ("Eastern Standard Time", "America/New_York"),
        ("eastern  standard time", "America/New_York"),
        ("Eastern Daylight Time", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT Standard Time", "Europe/London"),
        ("Pacific Standard Time (Mexico)", "America/Tijuana"),
        ("US/Eastern", "US/Eastern"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("EST5EDT", "EST5EDT"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("utc", "UTC"),
        ("GMT", "GMT"),
        ("GB", "GB"),
    ],
)
def test_names_that_are_taken(told: str, stored: str) -> None:
    assert read_zone("person.timezone", told) == stored
    assert is_zone(stored)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("UTC+2", OFFSET),
        ("utc +2", OFFSET),
        ("GMT+1", OFFSET),
        ("gmt-05:00", OFFSET),
        ("+02:00", OFFSET),
        ("-5", OFFSET),
        ("UTC\u22123", OFFSET),
        ("UTC-11", OFFSET),
        ("UTC+12", OFFSET),
        ("Z+1", OFFSET),
        ("(UTC+01:00) Amsterdam, Berlin, Bern", OFFSET),
        ("(GMT-08:00) Pacific Time", OFFSET),
        ("PST", ABBREVIATION),
        ("cest", ABBREVIATION),
        ("BST", ABBREVIATION),
        ("IST", ABBREVIATION),
        ("CST5CDT", ABBREVIATION),
        ("Z", ABBREVIATION),
        ("Mars/Base", UNKNOWN),
        ("Europe/Atlantis", UNKNOWN),
        ("Eastern Time (US & Canada)", UNKNOWN),
        ("2", UNKNOWN),
        ("localtime", UNKNOWN),
        ("Factory", UNKNOWN),
        ("Europe/", UNKNOWN),
        ("../etc/passwd", UNKNOWN),
    ],
)
def test_names_that_are_refused_say_what_to_write(told: str, why: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_zone("person.timezone", told)
    assert str(refused.value).startswith(f"person.timezone: {why}")
    assert "America/New_York" in str(refused.value)


def test_a_near_miss_is_told() -> None:
    with pytest.raises(RefusedError, match="Did you mean `Europe/London`"):
        read_zone("person.timezone", "Europe/Lodnon")


@given(st.sampled_from(sorted(zone_names())), st.data())
def test_every_iana_name_is_itself_in_any_case(name: str, data: st.DataObject) -> None:
    assert known_zone(name) == name
    upper = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    odd = "".join(c.upper() if up else c.lower() for c, up in zip(name, upper, strict=True))
    assert known_zone(odd) == name


def test_every_windows_name_but_the_offsets_is_a_zone() -> None:
    for name, zone in get_global("windows_zone_mapping").items():
        if not name.startswith("UTC"):
            assert known_zone(name) == zone
            ZoneInfo(zone)


@pytest.mark.slow
@given(st.text(max_size=40))
def test_any_text_is_a_zone_or_refused(text: str) -> None:
    found = known_zone(text)
    if found is None:
        with pytest.raises(RefusedError):
            read_zone("f", text)
    else:
        assert is_zone(found)


DAY = date(2027, 7, 5)
LOOKS = "placement.start_date: a date such as 2027-05-04"


@pytest.mark.parametrize(
    "told",
    [
        "2027-07-05",
        "2027-07-05T00:00:00Z",
        "2027-07-05T00:00:00+02:00",
        "2027-07-05T00:00:00-11:00",
        "2027-07-05T00:00:00.000+0000",
        "2027-07-05T00:00:00.000Z",
        "2027-07-05 00:00:00",
        "2027-07-05T00:00",
        "2027-07-05 00:00:00+14:00",
        " 2027-07-05 ",
    ],
)
def test_a_date_told_as_midnight_is_the_date_as_written(told: str) -> None:
    assert read_date(told) == DAY
    known = catalogue({"visa_until": FieldType.DATE})
    assert read_values("placement", {"start_date": told}, known) == ({"start_date": "2027-07-05"}, {})
    values, problems = read_values("person", {"custom.visa_until": told, "available_from": told}, known)
    assert values == {"custom.visa_until": "2027-07-05", "available_from": "2027-07-05"}
    assert problems == {}
    # Also where it was stored before date fields had one form.
    view = RecordView("placement", "pl", {"id": "p"}, {"start_date": told})
    assert view.day_zero("placement.start_date") == DAY


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("2027-07-05T08:00:00Z", "a time of day"),
        ("2027-07-05T00:00:01+02:00", "a time of day"),
        ("2027-07-04T22:00:00Z", "a time of day"),
        ("2027-07-05 23:59", "a time of day"),
        ("05.07.2027", "2027-05-04"),
        ("5 July", "2027-05-04"),
        ("2027-02-30", "2027-05-04"),
        (1783209600, "2027-05-04"),
    ],
)
def test_anything_else_in_a_date_field_is_refused(told: object, why: str) -> None:
    values, problems = read_values("placement", {"start_date": told}, catalogue())
    assert values == {}
    assert problems["placement.start_date"].startswith(LOOKS)
    assert why in problems["placement.start_date"]


def test_an_instant_stays_one() -> None:
    known = catalogue({"called_at": FieldType.DATETIME})
    told = "2027-07-05T00:00:00Z"
    values, problems = read_values("person", {"custom.called_at": told, "created_at": told}, known)
    assert (values, problems) == ({"custom.called_at": told, "created_at": told}, {})
    view = RecordView("person", "p", {"id": "p", "created_at": told})
    assert view.day_zero("person.created_at") == datetime(2027, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stored", "read"),
    [("eastern standard time", "America/New_York"), ("UTC+2", "UTC+2"), ("Mars/Base", "Mars/Base"), ("", None)],
)
def test_zones_stored_before_they_were_refused(stored: str, read: str | None) -> None:
    assert RecordView("person", "p", {"id": "p", "timezone": stored}).zones.person == read


@pytest.mark.parametrize("entity", ["person", "placement", "client"])
def test_the_hook_and_the_import_store_the_iana_name_or_refuse(entity: str) -> None:
    assert read_values(entity, {"timezone": "europe/london"}, catalogue()) == ({"timezone": "Europe/London"}, {})
    values, problems = read_values(entity, {"timezone": "UTC+2"}, catalogue())
    assert values == {}
    assert problems[f"{entity}.timezone"].startswith(f"{entity}.timezone: an offset")
