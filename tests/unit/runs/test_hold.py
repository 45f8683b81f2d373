"""What people read about holds, and when one ends automatically."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sequences.runs.bulk import BulkOrder, ends_now
from sequences.runs.hold import Hold, hold_words, holds_summary, whole_words

NOW = datetime(2027, 5, 4, 9, 30, tzinfo=UTC)
EVERYTHING = Hold("everything", "all", "wrong template", NOW, "Dana")
SEQUENCE = Hold("sequence", "hello", "holiday", NOW)


def test_a_hold_says_what_since_when_by_whom_why_and_until_when() -> None:
    assert (
        hold_words(EVERYTHING) == "everything has been paused since Tue 04 May 2027 09:30 UTC by Dana (wrong template)"
    )
    until = Hold("owner", "dana", "holiday", NOW, None, NOW + timedelta(days=1))
    assert hold_words(until) == (
        "the whole owner dana has been paused since Tue 04 May 2027 09:30 UTC, until Wed 05 May 2027 09:30 UTC "
        "(holiday)"
    )
    assert whole_words("sequence", "hello") == "the whole sequence hello"


def test_the_hold_on_everything_is_told_first_and_others_are_named() -> None:
    assert holds_summary([SEQUENCE, EVERYTHING], NOW) == (
        True,
        f"{hold_words(EVERYTHING)}; nothing is sent; paused: sequence hello",
    )
    many = [Hold("owner", f"o{number}", "x", NOW) for number in range(7)]
    assert holds_summary(many, NOW) == (True, "paused: owner o0, owner o1, owner o2, owner o3, owner o4 and 2 more")
    assert holds_summary([], NOW) == (True, "")


def test_a_hold_that_should_be_over_is_wrong_after_a_while() -> None:
    late = Hold("everything", "all", "x", NOW, "Dana", NOW + timedelta(hours=1))
    assert holds_summary([late], NOW + timedelta(hours=1, minutes=5))[0]
    good, words = holds_summary([SEQUENCE, late], NOW + timedelta(hours=1, minutes=11))
    assert not good
    assert words == f"{hold_words(late)}; it did not end automatically: resume it"


@pytest.mark.parametrize(
    ("ordered_for", "until", "ends"),
    [
        (None, None, True),
        (None, NOW, True),
        (NOW, NOW, True),
        (NOW, NOW - timedelta(hours=1), True),
        (NOW, NOW + timedelta(seconds=1), False),
        (NOW, None, False),
    ],
)
def test_a_resume_by_time_leaves_a_hold_that_lasts_longer_by_now(
    ordered_for: datetime | None, until: datetime | None, ends: bool
) -> None:
    assert ends_now(BulkOrder("k", "resume", until=ordered_for), until) is ends
