"""The interval against published figures, and what must hold of every rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.statistics.wilson import LEAST, interval, rate


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998),
        # table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(count: int, of: int, low: float, high: float) -> None:
    found = interval(count, of)
    assert found[0] == pytest.approx(low, abs=5e-5)
    assert found[1] == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_share_is_within_its_interval_and_that_within_0_and_1(counted: tuple[int, int]) -> None:
    count, of = counted
    found = rate(count, of)
    assert found is not None
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.low < found.high
    assert found.enough is (of >= LEAST)
    mirrored = rate(of - count, of)
    assert mirrored is not None
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-9)


@given(st.integers(1, 1000), st.integers(2, 50))
def test_more_people_make_it_narrower(count: int, times: int) -> None:
    low, high = interval(count, 2 * count)
    lower, higher = interval(count * times, 2 * count * times)
    assert higher - lower < high - low


def test_of_nobody_there_is_no_rate() -> None:
    assert rate(0, 0) is None


@pytest.mark.parametrize(("count", "of"), [(2, 1), (-1, 5), (1, 0)])
def test_what_is_no_share_is_an_error(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        rate(count, of)
