from datetime import UTC, datetime

import pytest

from adapters.sms.http_progress import Progress
from sequences.sending.outcome import HandOver

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("0", 0.0),
        ("1.5", None),
        ("Mon, 01 Mar 2027 12:00:30 GMT", 30.0),
        ("Mon, 01 Mar 2027 11:00:00 GMT", 0.0),
        ("-4", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("1 Dec 9 3:9999999999", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert Progress(HandOver(), retry_after=header).retry_after_seconds(NOW) == seconds
