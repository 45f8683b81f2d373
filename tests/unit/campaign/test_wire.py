"""The relay in front of a mail server and of Twilio sees when a message began to leave, however the bytes come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.campaign.wire import Conversation, SmtpConversation, TwilioConversation

MAIL = b"Message-ID: <one@agency.example>\r\nSubject: Hello\r\n\r\nMAIL is a word too\r\n..\r\nBye\r\n.\r\n"
REQUEST = (
    b"POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\nHost: x\r\nContent-Length: 44\r\n\r\n"
    b"To=%2B44&StatusCallback=http%3A%2F%2Fx%2Fone"
)


def _notes(kind: Callable[[Callable[[dict[str, Any]], None]], Conversation]) -> tuple[Conversation, list[str]]:
    found: list[str] = []

    def note(what: dict[str, Any]) -> None:
        assert what["began"] <= what["handed"]
        found.append(what["key"])

    return kind(note), found


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_mails_are_told_apart(size: int) -> None:
    heard, found = _notes(SmtpConversation)
    for name in (b"one", b"two"):
        for said, answered in (
            (b"MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", b"250 OK\r\n250 OK\r\n354 go on\r\n"),
            (MAIL.replace(b"one", name), b"250 2.0.0 OK\r\n"),
        ):
            for at in range(0, len(said), size):
                heard.from_client(said[at : at + size])
            heard.from_server(answered)
    assert found == ["<one@agency.example>", "<two@agency.example>"]


def test_what_was_refused_before_its_content_is_no_mail() -> None:
    heard, found = _notes(SmtpConversation)
    heard.from_client(b"MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n")
    heard.from_server(b"250 OK\r\n451 later\r\n503 no recipients\r\n")
    heard.from_client(b"RSET\r\n")
    heard.from_server(b"250 OK\r\n")
    assert found == []


@pytest.mark.parametrize("size", [1, 11, 10_000])
def test_texts_are_told_apart_and_other_requests_are_not_noted(size: int) -> None:
    heard, found = _notes(TwilioConversation)
    said = REQUEST + b"GET /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n\r\n" + REQUEST.replace(b"Fone", b"Ftwo")
    for at in range(0, len(said), size):
        heard.from_client(said[at : at + size])
    assert found == ["http://x/one", "http://x/two"]
