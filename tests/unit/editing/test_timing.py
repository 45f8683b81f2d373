"""The choices of a form, and the words that a file says."""

import pytest

from sequences.editing.timing import Timing, timing_of, when_of

WORDS = {
    "2 hours after enrollment": Timing("enrollment", 2, "hours"),
    "1 day after one": Timing("step:one", 1, "days"),
    "3 business days after one": Timing("step:one", 3, "business days"),
    "7 days before day zero": Timing("before", 7, "days"),
    "1 business day after day zero": Timing("after", 1, "business days"),
    "on day zero": Timing("day_zero"),
    "on 2027-05-04": Timing("date", day="2027-05-04"),
}


@pytest.mark.parametrize("words", WORDS)
def test_round(words: str) -> None:
    assert timing_of(words) == WORDS[words]
    assert when_of(WORDS[words]) == words


def test_of_nothing_and_of_what_cannot_be_read() -> None:
    assert when_of(Timing()) is None
    assert timing_of("") == timing_of("some day") == Timing()
