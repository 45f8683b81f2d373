"""Signatures of webhooks, against the example of the specification's libraries."""

import pytest

from sequences.errors import SettingsError
from sequences.sending.webhook_signature import webhook_headers, webhook_key, webhook_secret


def test_it_is_that_of_the_libraries() -> None:
    key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert webhook_headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_key_signs() -> None:
    both = webhook_headers([b"a" * 32, b"b" * 32], "f1", 1, b"{}")["webhook-signature"].split(" ")
    alone = [webhook_headers([key], "f1", 1, b"{}")["webhook-signature"] for key in (b"a" * 32, b"b" * 32)]
    assert both == alone
    assert len(set(both)) == 2


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "whsec_MfKQ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(SettingsError, match="no secret"):
        webhook_key(secret)


def test_a_secret_comes_back() -> None:
    assert webhook_key(webhook_secret(b"k" * 32)) == b"k" * 32
