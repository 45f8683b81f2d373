"""When a delivery is tried again, what a status means, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.sending.deliveries import DeliveryVerdict, asked_wait, delivery_verdict, lasts_words, next_try

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_means_something(status: int) -> None:
    verdict = delivery_verdict(status).verdict
    if 200 <= status < 300:
        assert verdict is DeliveryVerdict.DONE
    elif status >= 500 or status in (408, 425, 429):
        assert verdict is DeliveryVerdict.AGAIN
    else:
        assert verdict is DeliveryVerdict.NEVER


def test_what_asks_us_to_wait_is_kept_short() -> None:
    assert delivery_verdict(429, "9" * 500).retry_after == "9" * 64
    assert delivery_verdict(404, "60").retry_after == ""


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("Tue, 04 May 2027 10:00:00 GMT", timedelta(hours=1)),
        ("Tue, 04 May 2027 08:00:00 GMT", timedelta(0)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("9" * 60, DAY),
    ],
)
def test_how_long_a_receiver_asks_us_to_wait(header: str, wait: timedelta | None) -> None:
    assert asked_wait(header, NOW) == wait


@given(st.text(max_size=70))
def test_no_header_breaks_the_reading(header: str) -> None:
    wait = asked_wait(header, NOW)
    assert wait is None or wait >= timedelta(0)


@given(
    tries=st.integers(1, 10_000),
    gone=st.integers(0, 400_000),
    hours=st.integers(1, 500),
    asked=st.none() | st.integers(0, 10**9),
    seed=st.text(max_size=5),
)
def test_there_is_always_an_end_and_always_a_last_try_at_it(
    tries: int, gone: int, hours: int, asked: int | None, seed: str
) -> None:
    lasts, now = timedelta(hours=hours), NOW + timedelta(seconds=gone)
    wait = None if asked is None else timedelta(seconds=asked)
    again = next_try(tries, now, NOW + lasts, seed=seed, asked=wait)
    if now >= NOW + lasts:
        assert again is None
        return
    assert again is not None
    assert now < again <= NOW + lasts
    if again < NOW + lasts:
        assert again - now >= timedelta(seconds=5)
        assert again - now <= max(timedelta(hours=1.25), min(wait or timedelta(0), DAY))


@pytest.mark.parametrize(
    ("hours", "words"), [(72, "3 days"), (1, "1 hour"), (24, "24 hours"), (48, "2 days"), (0.5, "0.5 hours")]
)
def test_spans_in_words(hours: float, words: str) -> None:
    assert lasts_words(timedelta(hours=hours)) == words
