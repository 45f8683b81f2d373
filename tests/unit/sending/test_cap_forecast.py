"""Which messages of a person's plans go later because of the limit of messages to one person."""

from datetime import UTC, datetime, timedelta

import pytest

from sequences.definition.compile import FrequencyLimit
from sequences.definition.durations import Duration, DurationUnit
from sequences.sending.cap_forecast import MessageAhead, SentMessage, put_off

NINE = datetime(2027, 5, 3, 9, tzinfo=UTC)
DAY = FrequencyLimit(1, Duration(1, DurationUnit.DAYS))
TWO_A_WEEK = FrequencyLimit(2, Duration(1, DurationUnit.WEEKS))
HOUR = timedelta(hours=1)


def message(
    run: str, hours: float, channel: str = "email", limit: FrequencyLimit | None = DAY, zone: str = "UTC"
) -> MessageAhead:
    return MessageAhead(run, "one", channel, NINE + hours * HOUR, zone, limit)


@pytest.mark.parametrize(
    ("planned", "sent", "later"),
    [
        pytest.param([message("a", 0)], [], {}, id="one"),
        pytest.param([message("b", 2), message("a", 0)], [], {"b": 15}, id="the second of a day, until midnight"),
        pytest.param([message("a", 0), message("b", 24)], [], {}, id="one a day"),
        pytest.param([message("a", 0), message("b", 2, "sms")], [], {}, id="each channel has its own limit"),
        pytest.param([message("a", 0), message("b", 2, limit=None)], [], {}, id="an exempt one goes"),
        pytest.param([message("a", 0, limit=None), message("b", 2)], [], {"b": 15}, id="an exempt one counts"),
        pytest.param([message("a", 2)], [SentMessage("email", NINE)], {"a": 15}, id="what went out today counts"),
        pytest.param(
            [message("a", 2)], [SentMessage("email", NINE - 10 * HOUR)], {}, id="what went out yesterday does not"
        ),
        pytest.param(
            # 09:00 and 22:30 in London are two days in Auckland.
            [message("a", -1, zone="Pacific/Auckland"), message("b", 12.5, zone="Pacific/Auckland")],
            [],
            {},
            id="the day is the recipient's",
        ),
        pytest.param(
            [message("a", 0, limit=TWO_A_WEEK), message("b", 24, limit=TWO_A_WEEK), message("c", 72, limit=TWO_A_WEEK)],
            [],
            {"c": 96},
            id="of a week it is tried again after a day",
        ),
        pytest.param(
            [message("a", 0), message("b", 1), message("c", 2)], [], {"b": 15, "c": 15}, id="all but the first"
        ),
    ],
)
def test_what_goes_later(planned: list[MessageAhead], sent: list[SentMessage], later: dict[str, float]) -> None:
    assert put_off(planned, sent) == {(run, "one"): NINE + hours * HOUR for run, hours in later.items()}
