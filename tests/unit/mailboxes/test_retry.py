"""When the login of a disconnected mailbox is tried again, and when people hear of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sequences.mailboxes.retry import RETRIED_FOR, next_retry, notifies

SINCE = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


def tries(every: timedelta) -> list[timedelta]:
    """When it is tried, as long as it is refused, if somebody looks so often."""
    found, now, due = [], SINCE, next_retry(SINCE, SINCE)
    while due is not None:
        now += every
        if due <= now:
            found.append(now - SINCE)
            due = next_retry(SINCE, now)
    return found


@given(st.integers(30, 3600))
def test_it_is_tried_soon_then_seldom_and_not_for_ever(seconds: int) -> None:
    every = timedelta(seconds=seconds)
    found = tries(every)
    assert found[0] < timedelta(minutes=5) + every
    pauses = [later - earlier for earlier, later in pairwise(found)]
    assert all(timedelta(minutes=5) <= pause <= timedelta(hours=6) + every for pause in pauses)
    assert RETRIED_FOR <= found[-1] <= RETRIED_FOR + timedelta(hours=6) + every
    assert len(found) <= 45, "few enough for no provider to lock the account"


def test_one_trouble_is_told_once_a_day() -> None:
    assert notifies(None, SINCE)
    assert not notifies(SINCE, SINCE + timedelta(hours=23))
    assert notifies(SINCE, SINCE + timedelta(days=1))
