"""When a provider is asked again to tell of new mail: in time, once a day, and less often while it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.mailboxes.push_renewal import renew_at, retry_at

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lasts", "after"),
    [
        (timedelta(days=7), timedelta(days=1)),
        (timedelta(days=3), timedelta(days=1)),
        (timedelta(hours=4), timedelta(hours=2)),
        (timedelta(seconds=10), timedelta(minutes=1)),
        (timedelta(days=-1), timedelta(minutes=1)),
    ],
)
def test_it_is_renewed_in_time(lasts: timedelta, after: timedelta) -> None:
    assert renew_at(NOW, NOW + lasts) == NOW + after


def test_a_refusal_is_tried_again_less_and_less_often() -> None:
    waits = [retry_at(NOW, failures) - NOW for failures in (0, 1, 2, 6, 7, 10_000)]
    assert waits == [timedelta(minutes=each) for each in (5, 10, 20, 320, 360, 360)]


@given(failures=st.integers(0, 10_000))
def test_no_wait_gets_shorter(failures: int) -> None:
    assert retry_at(NOW, failures) <= retry_at(NOW, failures + 1)
