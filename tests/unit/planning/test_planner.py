"""The planner's doors: one step, a changed day zero, a held-up send, the forecast's JSON, and checks at publish."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from sequences.errors import DefinitionError
from sequences.planning.forecast import as_json, unknown_zones
from sequences.planning.phone_country_zone import zones_of_country
from sequences.planning.planner import next_step, plan, postpone
from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR
from sequences.planning.values import (
    AfterStep,
    AroundDayZero,
    Channel,
    Decided,
    IfPast,
    OnDate,
    RunFacts,
    Schedule,
    StepTiming,
    Unit,
    ZoneFacts,
)
from sequences.planning.wallclock import ClockRange, share_a_moment
from sequences.planning.workdays import add_units, has_holidays, holiday_codes, parts_that_differ, public_holidays

Parser = Callable[[str, str], Any]
OFFICE = Schedule(windows=(ClockRange(480, 1080),), weekdays_only=True)
FACTS = RunFacts(datetime(2027, 3, 1, 9, tzinfo=UTC), date(2027, 3, 8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_next_step_is_the_first_undecided(parsed: Parser) -> None:
    case = parsed("enrolled 2027-03-01T09:00Z; sent a 2027-03-01T09:00Z", "a email\nb email\nc email 1 days after b")
    planned = next_step(case.steps, case.facts)
    assert planned == plan(case.steps, case.facts)[0]
    assert planned is not None
    assert planned.step == "b"


def test_all_decided_leaves_nothing() -> None:
    done = RunFacts(FACTS.enrolled_at, decided=(Decided("a", FACTS.enrolled_at, True),))
    assert next_step([StepTiming("a", Channel.EMAIL)], done) is None
    assert plan([StepTiming("a", Channel.EMAIL)], done) == ()


def test_counting_from_a_step_that_is_not_above_is_refused() -> None:
    steps = [StepTiming("a", Channel.EMAIL, AfterStep(1, Unit.DAYS, "b")), StepTiming("b", Channel.EMAIL)]
    with pytest.raises(DefinitionError, match="'b', which is not above"):
        plan(steps, FACTS)


def test_a_step_decided_under_another_version_can_still_be_counted_from() -> None:
    facts = RunFacts(FACTS.enrolled_at, decided=(Decided("gone", at("2027-03-02T09:00Z"), True),))
    planned = next_step([StepTiming("b", Channel.EMAIL, AfterStep(1, Unit.DAYS, "gone"))], facts)
    assert planned is not None
    assert planned.due_at == at("2027-03-03T09:00Z")


@pytest.mark.parametrize(
    ("if_past", "due", "skipped"),
    [
        (IfPast.SKIP, None, "if_past"),
        (IfPast.SEND, at("2027-03-04T12:00Z"), None),
    ],
)
def test_what_a_change_of_day_zero_puts_into_the_past_follows_if_past(
    if_past: IfPast, due: datetime | None, skipped: str | None
) -> None:
    step = StepTiming("a", Channel.EMAIL, AroundDayZero(-5, Unit.DAYS), None, Schedule(if_past=if_past))
    without = next_step([step], FACTS)
    assert without is not None
    assert without.due_at == at("2027-03-03T09:00Z")
    planned = next_step([step], FACTS, replanned_at=at("2027-03-04T12:00Z"))
    assert planned is not None
    assert (planned.due_at, planned.skipped) == (due, skipped)


def test_a_send_held_up_until_the_night_waits_for_the_opening() -> None:
    planned = postpone(StepTiming("a", Channel.EMAIL, schedule=OFFICE), FACTS, at("2027-03-05T23:00Z"))
    assert planned.due_at == at("2027-03-08T08:00Z")
    assert planned.moved_by == ("window", "weekend")


def test_a_send_held_up_over_day_zero_is_skipped() -> None:
    step = StepTiming("a", Channel.EMAIL, AroundDayZero(-1, Unit.DAYS), None, OFFICE)
    assert postpone(step, FACTS, at("2027-03-05T23:00Z")).skipped == "no_allowed_instant"


def test_the_forecast_is_plain_json() -> None:
    schedule = Schedule(windows=(ClockRange(480, 1080),))
    steps = [
        StepTiming("a", Channel.EMAIL, OnDate(date(2027, 5, 4)), 19 * 60, schedule),
        StepTiming("b", Channel.EMAIL, AroundDayZero(0, Unit.DAYS)),
    ]
    facts = RunFacts(FACTS.enrolled_at, None, ZoneFacts(person="Europe/London"))
    zone = {"timezone": "Europe/London", "timezone_source": "person"}
    assert json.loads(json.dumps([as_json(planned) for planned in plan(steps, facts)])) == [
        {
            "step": "a",
            "due_at": "2027-05-05T07:00:00Z",
            "local": "2027-05-05T08:00:00+01:00",
            **zone,
            "moved_by": ["window"],
            "skipped": None,
        },
        {"step": "b", "due_at": None, "local": None, **zone, "moved_by": [], "skipped": "no_day_zero"},
    ]


def test_unknown_zones_are_reported_once() -> None:
    facts = RunFacts(FACTS.enrolled_at, zones=ZoneFacts(person="Mars/Olympus", client="europe/london"))
    plans = plan([StepTiming("a", Channel.EMAIL), StepTiming("b", Channel.SMS)], facts)
    assert unknown_zones(plans) == ("Mars/Olympus", "europe/london")


def test_a_text_reports_the_recipients_unknown_zone_under_a_fixed_one() -> None:
    facts = RunFacts(FACTS.enrolled_at, zones=ZoneFacts(person="Mars/Olympus"))
    schedule = Schedule(timezone="Europe/London")
    steps = [StepTiming("a", Channel.EMAIL, schedule=schedule), StepTiming("b", Channel.SMS, schedule=schedule)]
    assert [planned.unknown_zones for planned in plan(steps, facts)] == [(), ("Mars/Olympus",)]


def test_every_country_with_numbers_has_hours_that_are_quiet_nowhere_in_it() -> None:
    instant = datetime(2027, 3, 1, tzinfo=UTC)
    for country in phonenumbers.SUPPORTED_REGIONS:
        hours = [(ZoneInfo(name), LEGAL_QUIET_FLOOR) for name in zones_of_country(country)]
        assert not hours or share_a_moment(hours, instant), country


def test_hours_meet_or_do_not() -> None:
    instant, day = datetime(2027, 3, 1, tzinfo=UTC), ClockRange(480, 1260)
    zone = {name: ZoneInfo(name) for name in ("Pacific/Kiritimati", "Pacific/Honolulu", "Europe/London", "Asia/Tokyo")}
    # +14 and -10 show the same clock, a day apart.
    assert share_a_moment([(zone["Pacific/Kiritimati"], day), (zone["Pacific/Honolulu"], day)], instant)
    assert share_a_moment([(zone["Europe/London"], day), (zone["Asia/Tokyo"], day)], instant)
    assert not share_a_moment([(zone["Europe/London"], ClockRange(900, 1020)), (zone["Asia/Tokyo"], day)], instant)
    assert not share_a_moment([(zone["Europe/London"], ClockRange(600, 600))], instant)


def test_a_code_is_known_by_the_tables_of_its_country_alone() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    guesses = {first + second for first in letters for second in letters}
    guesses |= {"", "-", "gb", "UK", "GB-", "GB-XX", "GB-eng", "UK-ENG", "ECB", "NYSE", "list_supported_countries"}
    assert {code for code in guesses | holiday_codes() if has_holidays(code)} == holiday_codes()


def test_parts_that_differ_are_named() -> None:
    assert "GB-ENG" in parts_that_differ("GB", 2027)
    assert date(2027, 3, 29) in public_holidays("GB-ENG", 2027) - public_holidays("GB", 2027)


def test_elapsed_units_count_no_days() -> None:
    with pytest.raises(DefinitionError):
        add_units(date(2027, 3, 1), 1, Unit.HOURS, None)


@pytest.mark.slow
def test_the_same_plan_in_another_process() -> None:
    program = (
        "import datetime as d, sequences.planning.planner as p, sequences.planning.values as t;"
        "f = t.RunFacts(d.datetime(2027, 3, 5, 22, tzinfo=d.UTC), d.date(2027, 3, 29),"
        " t.ZoneFacts(person='Mars/Olympus', phone='+4915112345678'));"
        "s = t.Schedule(windows=(t.ClockRange(480, 1080),), weekdays_only=True, holidays='GB-ENG');"
        "print(p.plan([t.StepTiming(str(n), t.Channel.SMS, t.AroundDayZero(n, t.Unit.DAYS), None, s)"
        " for n in range(-9, 9)], f))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "America/New_York"))
    }
    assert len(answers) == 1
    assert "Europe/Berlin" in answers.pop()


def test_planning_one_step_is_fast() -> None:
    schedule = Schedule(windows=(ClockRange(480, 1080),), weekdays_only=True, holidays="GB-ENG")
    steps = [StepTiming("a", Channel.SMS, AroundDayZero(-1, Unit.DAYS), 9 * 60, schedule)]
    zones = ZoneFacts(phone="+442079460958")
    runs = [RunFacts(FACTS.enrolled_at + timedelta(minutes=n), date(2027, 3, 29), zones) for n in range(200)]
    next_step(steps, runs[0])
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for facts in runs:
            next_step(steps, facts)
        best = min(best, (time.process_time() - start) / len(runs))
    assert best < 200e-6
