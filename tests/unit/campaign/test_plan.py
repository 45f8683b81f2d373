"""The script of a campaign is made from its seed alone, and has what it promises to have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.campaign.plan import PARTS, day_zones, plan_faults, plan_inputs

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


def test_the_same_seed_makes_the_same_script_and_another_one_another() -> None:
    assert plan_inputs(7, 50, 20, NOW) == plan_inputs(7, 50, 20, NOW)
    assert plan_faults(7, 40) == plan_faults(7, 40)
    assert plan_inputs(7, 50, 20, NOW) != plan_inputs(8, 50, 20, NOW)
    assert plan_faults(7, 40) != plan_faults(8, 40)


def test_a_hundred_faults_kill_freeze_and_slow_every_part() -> None:
    faults = plan_faults(1, 100)
    assert [fault.number for fault in faults] == list(range(100))
    for kind in ("kill", "freeze", "slow"):
        assert {fault.part for fault in faults if fault.kind == kind} == set(PARTS)


def test_a_thousand_people_do_everything() -> None:
    inputs = plan_inputs(1, 1000, 100, NOW)
    kinds = {each.kind for each in inputs}
    assert kinds == {"hook", "enroll", "answer", "opt_out", "unsubscribe", "stop", "bounce", "click"}
    assert len({each.id for each in inputs}) == len(inputs)
    assert {each.person for each in inputs} == {"dana", *(f"p{number:04d}" for number in range(1, 1001))}
    assert any(each.copies > 1 for each in inputs if each.kind == "hook")
    assert {each.channel for each in inputs if each.kind in ("answer", "opt_out")} == {"email", "sms"}
    # What nobody owes or forbids could get lost without a word.
    assert all(each.quiets for each in inputs if each.kind in ("answer", "opt_out", "unsubscribe", "stop", "bounce"))
    assert {owed[:2] for each in inputs for owed in each.owes} == {
        ("reach", "hello"),
        ("care", "first"),
        ("work", "booked"),
        ("work", "first-day"),
    }


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 10**6))
def test_nothing_comes_after_the_last_fault(people: int, turns: int, seed: int) -> None:
    assert all(0 <= each.turn < turns for each in plan_inputs(seed, people, turns, NOW))


@pytest.mark.parametrize("hour", range(24))
def test_at_any_hour_there_is_a_zone_where_texts_may_go_for_hours(hour: int) -> None:
    now = NOW.replace(hour=hour)
    zones = day_zones(now)
    assert zones
    for zone in zones:
        local = now.astimezone(ZoneInfo(zone))
        assert local.hour > 8
        assert (local + timedelta(hours=3)).hour < 21
