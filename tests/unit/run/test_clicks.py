"""Human or machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sequences.clicks import Hit, is_human

SENT = datetime(2027, 5, 4, 9, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("seconds", "method", "agent", "human"),
    [
        (60, "GET", FIREFOX, True),
        (60, "HEAD", FIREFOX, False),
        (2, "GET", FIREFOX, False),
        (60, "GET", "", False),
        (60, "GET", "Mozilla/5.0", False),
        (60, "GET", "Barracuda Sentinel (EE)", False),
        (60, "GET", "python-requests/2.32", False),
        (60, "GET", "Mozilla/5.0 (compatible; Googlebot/2.1)", False),
        (60, "GET", "Mozilla/5.0 (Windows NT 10.0) BingPreview/1.0b", False),
        (-60, "GET", FIREFOX, True),
    ],
)
def test_hit(seconds: int, method: str, agent: str, human: bool) -> None:
    assert is_human(Hit(SENT + timedelta(seconds=seconds), method, agent, "192.0.2.1"), SENT) is human


def test_a_mail_that_was_never_sent_has_no_readers() -> None:
    assert not is_human(Hit(SENT, "GET", FIREFOX, "192.0.2.1"), None)
