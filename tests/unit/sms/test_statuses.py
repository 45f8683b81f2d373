import itertools
from typing import Any

import pytest

from sequences.sms.statuses import MessageStatus, advance, is_failure, parse_status, rank

S = MessageStatus


def settle(*words: Any) -> MessageStatus | None:
    status = None
    for word in words:
        status = advance(status, parse_status(word))
    return status


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sending", "sent", "delivered"])))
def test_any_order_of_callbacks_ends_in_the_latest_status(order: Any) -> None:
    assert settle(*order) is S.DELIVERED


def test_no_sequence_of_callbacks_ever_goes_back() -> None:
    for words in itertools.product(S, repeat=3):
        status: S | None = None
        for word in words:
            after = advance(status, word)
            assert after is not None
            assert status is None or rank(after) >= rank(status)
            status = after


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["sent", "undelivered", "sent"], S.UNDELIVERED),
        (["delivered", "undelivered"], S.DELIVERED),
        (["failed", "delivered"], S.FAILED),
        (["delivered", "read", "delivered"], S.READ),
        (["failed", "read"], S.FAILED),
        (["sent", "beamed"], S.SENT),
        (["beamed"], None),
        (["beamed", " Queued "], S.QUEUED),
        (["accepted", "queued", "accepted"], S.QUEUED),
    ],
)
def test_final_statuses_stay_and_unknown_words_change_nothing(words: list[str], kept: Any) -> None:
    assert settle(*words) is kept


def test_every_status_has_a_rank_and_failures_are_final() -> None:
    assert all(rank(status) > 0 for status in S)
    assert {status for status in S if is_failure(status)} == {S.UNDELIVERED, S.FAILED, S.CANCELED}
    final = [status for status in S if advance(status, S.FAILED) is status]
    assert all(status in final for status in S if is_failure(status))
    assert not any(status in final for status in (S.ACCEPTED, S.SCHEDULED, S.QUEUED, S.SENDING, S.SENT))
