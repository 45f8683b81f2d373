"""Periods, and since when a shorter one counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.errors import SettingsError
from sequences.retention import (
    DEFAULTS,
    FOREVER,
    NOTICE,
    PeriodInForce,
    RetentionClass,
    cutoff,
    parse_period,
    period_in_force,
)

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
BODIES = RetentionClass.BODIES
PERIODS = st.sampled_from(["1 day", "30 days", "6 months", "2 years", FOREVER])


@pytest.mark.parametrize("text", ["forever", " Forever "])
def test_forever_keeps_everything(text: str) -> None:
    assert parse_period(text) is None
    assert cutoff(text, NOW) is None


@pytest.mark.parametrize("text", ["", "never", "0 days", "180", "-1 day", "20 years", "2 yaers"])
def test_what_is_no_period_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(SettingsError, match=r"forever, or (a number and a unit|1 to \d+)"):
        parse_period(text)


def test_every_class_has_a_default_that_can_be_read() -> None:
    assert set(DEFAULTS) == set(RetentionClass)
    assert all(cutoff(period, NOW) is not None for period in DEFAULTS.values())


def test_an_installation_that_kept_everything_removes_nothing_before_the_notice_is_over() -> None:
    first = period_in_force(BODIES, None, "2 years", NOW)
    assert (first.in_force, first.starts_at) == (FOREVER, NOW + NOTICE)
    day_before = period_in_force(BODIES, first, "2 years", NOW + NOTICE - timedelta(seconds=1))
    assert day_before == first
    then = period_in_force(BODIES, first, "2 years", NOW + NOTICE)
    assert (then.in_force, then.starts_at) == ("2 years", None)


def test_a_shorter_period_waits_and_the_longer_one_goes_on_meanwhile() -> None:
    known = PeriodInForce("2 years", "2 years", NOW - timedelta(days=90))
    shorter = period_in_force(BODIES, known, "1 year", NOW)
    assert (shorter.in_force, shorter.period, shorter.starts_at) == ("2 years", "1 year", NOW + NOTICE)
    # Somebody thinks again: back at once.
    assert period_in_force(BODIES, shorter, "2 years", NOW + timedelta(days=3)).starts_at is None
    # Shorter still: a notice of its own.
    later = NOW + timedelta(days=3)
    assert period_in_force(BODIES, shorter, "30 days", later).starts_at == later + NOTICE
    # A little longer than what was announced: that notice counts.
    assert period_in_force(BODIES, shorter, "18 months", later).starts_at == NOW + NOTICE


def test_a_longer_period_counts_at_once() -> None:
    known = PeriodInForce("1 year", "1 year", NOW - timedelta(days=90))
    assert period_in_force(BODIES, known, FOREVER, NOW) == PeriodInForce(FOREVER, FOREVER, NOW)


def test_what_was_never_kept_for_longer_needs_no_notice() -> None:
    assert period_in_force(RetentionClass.PRESSES, None, "1 hour", NOW).in_force == "1 hour"


@given(st.lists(st.tuples(PERIODS, st.integers(0, 20)), min_size=1, max_size=12))
def test_nothing_is_removed_that_was_not_announced_for_fourteen_days(changes: list[tuple[str, int]]) -> None:
    known: PeriodInForce | None = None
    seen: list[tuple[datetime, str]] = []
    now = NOW
    for period, days in changes:
        now += timedelta(days=days)
        known = period_in_force(BODIES, known, period, now)
        seen.append((now, period))
        limit = cutoff(known.in_force, now)
        if limit is None:
            continue
        # At each moment of the last fourteen days the setting in force at that time removed as much, or somebody
        # had been told of a period that does.
        told = [p for at, p in seen if at <= now - NOTICE]
        assert told, "nothing had been announced for long enough"
        assert any((mine := cutoff(p, now)) is not None and limit <= mine for p in told)
