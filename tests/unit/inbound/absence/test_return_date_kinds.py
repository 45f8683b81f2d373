"""Return dates by kind, in the languages of Europe and the East: beginnings, bare days, weeks, ranges, other things."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sequences.inbound.absence.return_date import find_return_date

_TABLES = tomllib.loads(Path(__file__).with_name("return_dates.toml").read_text())

# Wednesdays, and a Tuesday in April.
_OCTOBER = datetime(2026, 10, 14, 9, 0, tzinfo=timezone(timedelta(hours=2)))
_APRIL = datetime(2027, 4, 20, 11, 0, tzinfo=timezone(timedelta(hours=1)))
_JUNE = datetime(2027, 6, 16, 10, 0, tzinfo=timezone(timedelta(hours=2)))
_DECEMBER = datetime(2026, 12, 16, 10, 0, tzinfo=timezone(timedelta(hours=1)))


def rows(table: str) -> list[Any]:
    """The rows of one table of ``return_dates.toml``; ``none`` is None there, which TOML has no word for."""
    return [
        row if isinstance(row, str) else tuple(None if cell == "none" else cell for cell in row)
        for row in _TABLES[table]
    ]


@pytest.mark.parametrize(("text", "back"), rows("beside"))
def test_what_stands_between_the_cue_and_the_day(text: str, back: date | None) -> None:
    assert find_return_date("Automatic reply: A role", text, _APRIL) == back


@pytest.mark.parametrize(("text", "back"), rows("october"))
def test_sent_on_wednesday_14_october_2026(text: str, back: date | None) -> None:
    assert find_return_date("Automatic reply: A role", text, _OCTOBER) == back


@pytest.mark.parametrize(("text", "back"), rows("april"))
def test_sent_on_tuesday_20_april_2027(text: str, back: date | None) -> None:
    assert find_return_date("Automatic reply: A role", text, _APRIL) == back


@pytest.mark.parametrize(("text", "back"), rows("june"))
def test_sent_on_wednesday_16_june_2027(text: str, back: date | None) -> None:
    assert find_return_date("Automatic reply: A role", text, _JUNE) == back


@pytest.mark.parametrize(("text", "back"), rows("december"))
def test_sent_on_wednesday_16_december_2026(text: str, back: date | None) -> None:
    assert find_return_date("Automatic reply: A role", text, _DECEMBER) == back


@pytest.mark.parametrize("text", rows("other_things"))
def test_dates_of_other_things_are_not_taken(text: str) -> None:
    assert find_return_date("Automatic reply: A role", text, _APRIL) is None


@pytest.mark.parametrize(("text", "back"), rows("american_october"))
def test_an_american_in_october(text: str, back: date | None) -> None:
    sent = _OCTOBER.replace(tzinfo=timezone(timedelta(hours=-4)))
    assert find_return_date("Automatic reply: A role", text, sent) == back


@pytest.mark.parametrize(("text", "back"), rows("american_april"))
def test_an_american_in_april(text: str, back: date | None) -> None:
    sent = _APRIL.replace(tzinfo=timezone(timedelta(hours=-5)))
    assert find_return_date("Automatic reply: A role", text, sent) == back


@pytest.mark.parametrize(("text", "back"), rows("by_a_server_in_utc"))
def test_utc_tells_nothing_of_how_an_englishman_or_an_american_writes(text: str, back: date | None) -> None:
    sent = _OCTOBER.replace(tzinfo=UTC)
    assert find_return_date("Automatic reply: A role", text, sent) == back


@pytest.mark.parametrize(("subject", "text", "back"), rows("subjects"))
def test_the_subject_tells_only_what_the_person_wrote_there(subject: str, text: str, back: date | None) -> None:
    assert find_return_date(subject, text, _APRIL) == back


def test_two_readings_that_disagree_are_none() -> None:
    assert find_return_date("", "I am away until 30 May.\n\nI am away until 3 May.", _APRIL) is None
    assert find_return_date("", "Back on 3 May.\n\nBack on 10 May.", _APRIL) is None
    assert find_return_date("", "I am away until 30 May. I am back on 3 May.", _APRIL) is None
    assert find_return_date("", "I am away until 3 May. I am back on 4 May.", _APRIL) == date(2027, 5, 4)


def test_a_weekday_that_does_not_fit_tells_of_an_old_text() -> None:
    assert find_return_date("", "I am back on Thursday 6 May.", _APRIL) == date(2027, 5, 6)
    assert find_return_date("", "I am back on Monday 6 May.", _APRIL) is None


def test_far_dates_want_a_year_and_a_long_leave() -> None:
    assert find_return_date("", "I am on parental leave until 1 February 2029.", _APRIL) == date(2029, 2, 1)
    assert find_return_date("", "I am away until 1 February 2029.", _APRIL) is None
    assert find_return_date("", "I am on parental leave until 1 February 2035.", _APRIL) is None


def test_without_the_day_of_sending_nothing_is_guessed() -> None:
    for text in ("Back on Monday.", "Back on the 26th.", "Back in week 18.", "Back tomorrow.", "Back next week."):
        assert find_return_date("", text, None) is None
    assert find_return_date("", "Ich bin bis 3.5.2027 im Urlaub.", None) == date(2027, 5, 4)
