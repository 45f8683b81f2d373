"""What is read from the words of an SMTP server."""

from __future__ import annotations

import pytest

from adapters.mail.outgoing.smtp_answers import provider_id_in, says_dead_address, status_of, wait_named_in


@pytest.mark.parametrize(
    ("message", "host", "ident"),
    [
        ("2.0.0 Ok: queued as 4F2A1B9C0D", "mx.example.org", "4F2A1B9C0D"),
        ("OK id=1qPabc-0004Xy-2B", "mx.example.org", "1qPabc-0004Xy-2B"),
        ("2.0.0 OK  1700000000 d2e1a72f-a1.42 - gsmtp", "smtp.gmail.com", "d2e1a72f-a1.42"),
        ("2.6.0 <x1@AM0PR.example.org> [InternalId=5, Hostname=h] Queued mail", "o.example", "x1@AM0PR.example.org"),
        ("2.0.0 3A4BcDeF012345 Message accepted for delivery", "mx.example.org", "3A4BcDeF012345"),
        (
            "Ok 010f0189abcdef01-0a1b2c3d-000000",
            "email-smtp.eu-west-1.amazonaws.com",
            "010f0189abcdef01-0a1b2c3d-000000@eu-west-1.amazonses.com",
        ),
        (
            "Ok 010f0189abcdef01-0a1b2c3d-000000",
            "email-smtp.us-east-1.amazonaws.com",
            "010f0189abcdef01-0a1b2c3d-000000@email.amazonses.com",
        ),
        ("2.0.0 OK", "mx.example.org", None),
        ("thank you", "mx.example.org", None),
        ("", "mx.example.org", None),
    ],
)
def test_provider_id(message: str, host: str, ident: str | None) -> None:
    assert provider_id_in(message, host) == ident


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("4.7.1 Greylisted, try again in 5 minutes", 300.0),
        ("please retry after 90 seconds", 90.0),
        ("come back in 99999 minutes", 21600.0),
        ("4.2.1 mailbox busy", None),
    ],
)
def test_wait(message: str, seconds: float | None) -> None:
    assert wait_named_in(message) == seconds


def test_status() -> None:
    assert status_of(550, "5.1.1 no such user") == "550 5.1.1"
    assert status_of(421, "bye, see 5.1.1") == "421"
    assert says_dead_address(550, "5.1.1 x")
    assert not says_dead_address(450, "5.1.1 x")
    assert not says_dead_address(550, "user unknown, see 5.1.1")
