"""The demo must be true on every day of the year: its expectations hold for each start date."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.console import Console

from sequences.checking import load_file
from sequences.definition.compile import step_timings
from sequences.planning.planner import plan
from sequences.planning.values import RunFacts, ZoneFacts
from starter.demo.people import EXAMPLES, start_date
from starter.demo.report import Expectation, Telling

FILE = EXAMPLES / "sequences" / "placement-onboarding.yaml"
RE_REGISTER = EXAMPLES / "sequences" / "re-register.yaml"


@pytest.mark.parametrize("month", range(1, 13))
def test_the_onboarding_of_the_demo_fits_its_expectations_all_year(month: int) -> None:
    timings = step_timings(load_file(FILE.read_text(), FILE.name).sequence)
    day = date(2027, month, 1)
    while day.month == month:
        first = start_date(day)
        enrolled = datetime(day.year, day.month, day.day, 21, tzinfo=UTC)
        plans = plan(timings, RunFacts(enrolled, first, ZoneFacts(person="Europe/London")))
        due = [step.local for step in plans]
        assert None not in due, day
        days = [(local.date() - first).days for local in due if local is not None]
        assert -7 <= days[0] <= -2, day
        assert -5 <= days[1] <= -1, day
        assert days[2] == 0, day
        assert 3 <= days[3] <= 7, day
        day += timedelta(days=1)


@pytest.mark.parametrize("month", range(1, 13))
def test_the_re_registration_of_the_demo_is_over_in_three_weeks_all_year(month: int) -> None:
    timings = step_timings(load_file(RE_REGISTER.read_text(), RE_REGISTER.name).sequence)
    day = date(2027, month, 1)
    while day.month == month:
        enrolled = datetime(day.year, day.month, day.day, 21, tzinfo=UTC)
        due = [step.local for step in plan(timings, RunFacts(enrolled, None, ZoneFacts(person="Europe/London")))]
        _, remind, call, after = (local for local in due if local is not None)
        assert remind < call < after, day
        # A weekend moves it to the opening on Monday.
        assert call.hour in (9, 10), day
        assert call - remind < timedelta(days=5), day
        assert after.date() - day < timedelta(days=21), day
        day += timedelta(days=1)


def test_what_was_found_instead_is_shown_as_it_is() -> None:
    console = Console(width=80, file=io.StringIO(), record=True)
    Telling(console, datetime.now(UTC)).verdict([Expectation("Her resume", "HTTP", met=False, found="[b'x'] [/]")])
    assert "found: [b'x'] [/]" in console.export_text()
