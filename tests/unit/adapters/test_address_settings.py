"""Addresses and hosts in settings and sequence files are read at the start, and not by the first mail."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.mail.incoming.imap_account import parse_folders
from adapters.settings import Settings
from sequences.checking import InvalidSequenceError, load_file
from tests.support.settings import SECRETS


def settings(**more: Any) -> Settings:
    needed = {"database_url": "postgresql://x", **SECRETS}
    return Settings(**(needed | more), _env_file=None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sender_address", "recruiting@agency.example;"),
        ("sender_address", "Recruiting <recruiting@agency.example>"),
        ("sender_address", "recruiting"),
        ("mail_domain", "no domain"),
        ("reply_domain", "agency"),
        ("reply_domain", "https://reply.agency.example"),
    ],
)
def test_what_no_mail_could_be_built_with_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**{name: value})
    assert caught.value.errors()[0]["loc"] == (name,)


def test_hosts_are_kept_as_dns_has_them() -> None:
    found = settings(
        reply_domain="reply.straße.example",
        mail_domain="Bücher.example",
        smtp_host="mail.straße.example",
        public_url="https://straße.example/",
        sender_address=" jo@agency.example ",
    )
    assert found.reply_domain == "reply.xn--strae-oqa.example"
    assert found.mail_domain == "xn--bcher-kva.example"
    assert found.smtp_host == "mail.xn--strae-oqa.example"
    assert found.public_url == "https://xn--strae-oqa.example"
    assert found.sender_address == "jo@agency.example"
    (folder,) = parse_folders("imaps://jo%40x.example@imap.straße.example/INBOX")
    assert folder.host == "imap.xn--strae-oqa.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "mail_server", "::1"])
def test_what_is_ascii_is_left_alone(host: str) -> None:
    assert settings(smtp_host=host).smtp_host == host


@pytest.mark.parametrize("sender", ["jobs@agency.example;", "<jobs@agency.example>", "jobs@agency", "a@b.c,d@e.f"])
def test_a_sequences_own_mailbox_is_an_address(sender: str) -> None:
    text = f'sequence: s\nname: S\nrecord: person\nsender: "{sender}"\nsteps:\n  - {{id: one, email: t/one}}\n'
    with pytest.raises(InvalidSequenceError) as caught:
        load_file(text, "s.yaml")
    assert "It cannot be used as an address" in caught.value.report()


@pytest.mark.parametrize("sender", ["jobs@agency.example", "jobs@bücher.example", "jörg@agency.example"])
def test_and_an_international_one_is_one_too(sender: str) -> None:
    text = f'sequence: s\nname: S\nrecord: person\nsender: "{sender}"\nsteps:\n  - {{id: one, email: t/one}}\n'
    assert load_file(text, "s.yaml").sequence.sender == sender
