"""Whose word it is: the signatures of both calendars, against vectors that another implementation made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sequences.bookings.signatures import check_cal_com, check_calendly, sign_cal_com, sign_calendly
from sequences.errors import TokenError

BODY = b'{"event":"invitee.created","payload":{"name":"Zo\xc3\xab"}}'
AT = 1809421200
NOW = datetime.fromtimestamp(AT, UTC)
# printf '%s' "1809421200.$BODY" | openssl dgst -sha256 -hmac calendly-key, and the body alone with cal-secret.
CALENDLY = "b2c101aa570600cdf2f22e552c90a9e32d424f2e012b461accf4cb865d14d3a1"
CAL_COM = "5c82adce5dfd588fedc5087a46a8f41172f5a29bf1b3e39b651503628834fd08"


def test_the_vectors_of_openssl() -> None:
    assert sign_calendly(b"calendly-key", AT, BODY) == f"t={AT},v1={CALENDLY}"
    assert sign_cal_com(b"cal-secret", BODY) == CAL_COM


@pytest.mark.parametrize("off", [0, 300, -300])
def test_calendly_within_five_minutes_and_by_any_key(off: int) -> None:
    header = f"t={AT + off},v1={sign_calendly(b'calendly-key', AT + off, BODY).partition('v1=')[2]}"
    check_calendly(header, BODY, (b"newer", b"calendly-key"), NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"v1={CALENDLY}",
        f"t={AT}",
        f"t=,v1={CALENDLY}",
        f"t=-{AT},v1={CALENDLY}",
        f"t={'9' * 5000},v1={CALENDLY}",
        f"t={AT},t={AT},v1={CALENDLY}",
        f"t={AT},v1={CALENDLY[:-1]}",
        f"t={AT + 1},v1={CALENDLY}",
        f"t={AT},v1=\u00e9\udc80",
    ],
)
def test_anything_else_of_calendly_is_refused(header: str) -> None:
    with pytest.raises(TokenError):
        check_calendly(header, BODY, (b"calendly-key",), NOW)


@pytest.mark.parametrize("off", [301, -301])
def test_an_old_or_early_telling_of_calendly_is_refused(off: int) -> None:
    with pytest.raises(TokenError, match="5 minutes"):
        check_calendly(sign_calendly(b"calendly-key", AT + off, BODY), BODY, (b"calendly-key",), NOW)


def test_another_body_or_key_is_refused() -> None:
    with pytest.raises(TokenError):
        check_calendly(sign_calendly(b"calendly-key", AT, BODY), BODY + b" ", (b"calendly-key",), NOW)
    with pytest.raises(TokenError):
        check_calendly(sign_calendly(b"calendly-key", AT, BODY), BODY, (), NOW)
    for header in ("", sign_cal_com(b"other", BODY), "\u00e9", CAL_COM.upper()[:-1]):
        with pytest.raises(TokenError):
            check_cal_com(header, BODY, (b"cal-secret",))


def test_cal_com_by_any_secret() -> None:
    check_cal_com(CAL_COM, BODY, (b"another recruiter's", b"cal-secret"))
    check_cal_com(f" sha256={CAL_COM} ", BODY, (b"cal-secret",))
