from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sequences.checking.template_fields import fields_in
from sequences.definition.clock_text import join_ranges, parse_clock, parse_range
from sequences.definition.durations import Duration, DurationUnit, parse_duration, parse_duration_or_zero
from sequences.definition.reactions import Then, ThenKind, parse_then
from sequences.definition.rules import Age, History, parse_history
from sequences.definition.when_text import parse_when
from sequences.errors import GrammarError
from sequences.planning.values import AfterEnrollment, AfterStep, AroundDayZero, OnDate, Unit
from sequences.planning.wallclock import ClockRange

WHENS = [
    ("7 days before day zero", AroundDayZero(-7, Unit.DAYS)),
    ("1 day before day zero", AroundDayZero(-1, Unit.DAYS)),
    ("on day zero", AroundDayZero(0, Unit.DAYS)),
    ("On  Day Zero", AroundDayZero(0, Unit.DAYS)),
    ("3 days after day zero", AroundDayZero(3, Unit.DAYS)),
    ("2 business days before day zero", AroundDayZero(-2, Unit.BUSINESS_DAYS)),
    ("1 business day after day zero", AroundDayZero(1, Unit.BUSINESS_DAYS)),
    ("2 weeks before day zero", AroundDayZero(-2, Unit.WEEKS)),
    ("1 month after day zero", AroundDayZero(1, Unit.MONTHS)),
    ("3 business days after introduce", AfterStep(3, Unit.BUSINESS_DAYS, "introduce")),
    ("1 week after thank-you-anyway", AfterStep(1, Unit.WEEKS, "thank-you-anyway")),
    ("6 months after a", AfterStep(6, Unit.MONTHS, "a")),
    ("0 days after a", AfterStep(0, Unit.DAYS, "a")),
    ("30 minutes after a", AfterStep(30, Unit.MINUTES, "a")),
    ("2 hours after enrollment", AfterEnrollment(2, Unit.HOURS)),
    ("1 day after enrollment", AfterEnrollment(1, Unit.DAYS)),
    ("on 2027-05-04", OnDate(date(2027, 5, 4))),
    ("on 2028-02-29", OnDate(date(2028, 2, 29))),
]


@pytest.mark.parametrize(("text", "when"), WHENS, ids=[text for text, _ in WHENS])
def test_when(text: str, when: object) -> None:
    assert parse_when(text) == when


NOT_WHENS = [
    "",
    "on",
    "after a",
    "day zero",
    "1 day",
    "1 day after",
    "days after a",
    "-1 days after a",
    "1.5 days after a",
    "١ day after a",
    "1 day after a b",
    "1 hour after day zero",
    "0 minutes before day zero",
    "1 day before enrollment",
    "on 2027-5-4",
    "on 2027-02-29",
    "on 0001-01-01",
    "on 9999-12-31",
    "on monday",
    "1 year after a",
    "999999999 days after a",
    "99999999999999999999 days after a",
]


@pytest.mark.parametrize("text", NOT_WHENS)
def test_no_when(text: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_when(text)
    assert caught.value.allowed


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("9:05", 545), ("09:05", 545), ("23:59", 1439)])
def test_clock(text: str, minutes: int) -> None:
    assert parse_clock(text) == minutes


@pytest.mark.parametrize("text", ["24:00", "9", "9:5", "12:60", "-1:00", "noon", "09:00:00", "٠٩:٠٠"])
def test_no_clock(text: str) -> None:
    with pytest.raises(GrammarError):
        parse_clock(text)


def test_ranges_reach_midnight_and_touching_ones_join() -> None:
    assert parse_range("20:00-24:00") == ClockRange(1200, 1440)
    assert join_ranges([ClockRange(600, 700), ClockRange(0, 60), ClockRange(60, 90)]) == (
        ClockRange(0, 90),
        ClockRange(600, 700),
    )


def test_durations_count_calendar_months() -> None:
    start = datetime(2027, 8, 31, 12, tzinfo=UTC)
    assert parse_duration("6 months").after(start) == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert parse_duration("6 months").before(start) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert parse_duration("1 year").before(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2027, 2, 28, tzinfo=UTC)
    assert parse_duration("1 Day").after(start) == datetime(2027, 9, 1, 12, tzinfo=UTC)
    assert str(parse_duration("1 weeks")) == "1 week"
    assert str(parse_duration("30 day")) == "30 days"
    assert parse_duration_or_zero("0 days") == Duration(0, DurationUnit.DAYS)


@pytest.mark.parametrize("text", ["0 days", "a day", "1", "days", "11 years", "1 fortnight", "1 day ago"])
def test_no_duration(text: str) -> None:
    with pytest.raises(GrammarError):
        parse_duration(text)


def test_history() -> None:
    year = Duration(1, DurationUnit.YEARS)
    assert parse_history("more than 1 year ago") == History(Age.MORE_THAN, year, never=False)
    assert parse_history("more than 1 year ago or never") == History(Age.MORE_THAN, year, never=True)
    assert parse_history("less than 1 year ago") == History(Age.LESS_THAN, year, never=False)
    assert parse_history("never") == History(None, None, never=True)
    for text in ("less than 1 year ago or never", "1 year ago", "more than 1 year", "more than 0 days ago"):
        with pytest.raises(GrammarError):
            parse_history(text)


def test_then() -> None:
    assert parse_then("stop") == Then(ThenKind.STOP)
    assert parse_then("pause 2 weeks") == Then(ThenKind.PAUSE, Duration(2, DurationUnit.WEEKS))


def test_fields_of_a_title() -> None:
    text = "Call {{ person.first_name | default('there') }} of {{client.name|upper}}, {{- name -}}"
    assert fields_in(text) == {"person.first_name", "client.name", "name"}
    assert fields_in("plain") == set()
    for bad in ("{{ a", "a }}", "{% if x %}", "{{ a.b() }}", "{{ a['b'] }}", "{{ 1 + 1 }}", "{{ }}", "{# x #}"):
        with pytest.raises(GrammarError):
            fields_in(bad)
