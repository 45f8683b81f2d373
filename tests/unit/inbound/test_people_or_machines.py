"""Mails that are one word away from being something else. All are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.model import InboundMail

ANA = "Ana Example <ana@client.example>"
EMPTY, HERS, REPLY = "Return-Path: <>\n", "Return-Path: <ana@client.example>\n", "\nIn-Reply-To: <ours@agency.example>"


def mail(path: str, head: str, body: str, sender: str = ANA) -> InboundMail:
    return parse_mail(
        f"{path}From: {sender}\nTo: r.token@reply.agency.example\nSubject: {head}\nDate: Tue, 20 Apr 2027 11:00:00 +0100\n"
        f"Message-ID: <x1@client.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
    )


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Undeliverable parcel - can you help?", "Hi, could you call me about it?"),
        ("Your message bounced" + REPLY, "I saw your mail bounced yesterday. Yes, please call me on 555 0100."),
        ("Mail delivery role" + REPLY, "Interested, 5 years of experience at 550 Main St."),
        ("Re: Automatic reply: A quick hello" + REPLY, "I am back, let us talk."),
        ("Delivery delayed?", "Did your CV get delayed? Please send again."),
        (
            "Message blocked by our filter",
            "Sorry, your message was blocked by our filter, I found it in spam. Yes, interested!",
        ),
        ("Your mail was quarantined", "Hi Dana, your mail was quarantined by our system; I released it. Call me."),
        ("AW: Ihre Nachricht konnte nicht zugestellt werden" + REPLY, "Ja, bitte rufen Sie an."),
        ("Return receipt printer technician" + REPLY, "Yes I am interested"),
        ("Gelesen: A quick hello" + REPLY, "Hab es gelesen, rufen Sie mich am 3. Mai um 9:00 an."),
        ("Read: A quick hello" + REPLY, "Read it. Call me tomorrow at 9:05."),
        ("Lu: A quick hello" + REPLY, "Lu, merci. Appelez-moi."),
        ("Recall notice manager" + REPLY, "I'm interested"),
        ("Rappel : entretien demain à 9h" + REPLY, "Bonjour, je confirme notre entretien."),
        ("Out sick today, call tomorrow?" + REPLY, "I'm out sick today. Can we talk tomorrow?"),
        ("Re: A quick hello\nPrecedence: bulk\nList-Unsubscribe: <mailto:x@y.example>" + REPLY, "Yes, via our list."),
        ("Ticket to ride" + REPLY, "Great idea, call me."),
        ("Postmaster position", "I was a postmaster for years; mail could not be delivered without me."),
        (
            "Verify my references" + REPLY,
            "Please confirm that you are contacting Bob to verify the details before Monday.",
        ),
        ("Re: role" + REPLY, "Please verify your address before we meet, is it 5 Main St?"),
        ("Re: role" + REPLY, "I no longer work here, but my private address is a@b.example. Call me!"),
    ],
)
def test_people(head: str, body: str) -> None:
    assert mail(HERS, head, body).event.value == "human"
    if "sick" not in body and "no longer" not in body:
        assert mail(EMPTY, head, body).event.value == "human"


@pytest.mark.parametrize(
    ("sender", "head", "body"),
    [
        (
            "Bounce Studio <hello@bounce.example>",
            "Your delivery failed us",
            "The mail could not be delivered in time. Call me.",
        ),
        (
            "Ana <ana@noreplyagency.example>",
            "Delivery status of my application?",
            "Any news? The letter was not delivered.",
        ),
        ('"Symantec Recruiting, Jane" <jane@client.example>', "Re: A role", "Yes"),
        (
            "Jane (Barracuda Networks) <jane@client.example>",
            "Our talk",
            "Your mail was blocked by our filter, sorry. Yes, call me.",
        ),
    ],
)
def test_people_whose_name_or_house_sounds_like_a_machine(sender: str, head: str, body: str) -> None:
    assert mail(HERS, head, body, sender).event.value == "human"


@pytest.mark.parametrize(
    ("path", "head", "body", "event", "sender"),
    [
        (
            EMPTY,
            "Automatic reply: A quick hello\nAuto-Submitted: auto-replied",
            "Mail delivery to me is delayed: I am away until 3 May.",
            "auto_reply",
            ANA,
        ),
        (
            EMPTY,
            "Delivery delayed: I am on leave\nAuto-Submitted: auto-replied",
            "I am on leave until 3 May. Undelivered post goes to bob@client.example.",
            "auto_reply",
            ANA,
        ),
        (
            HERS,
            "Ihre Anfrage wurde erhalten [#123]\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-replied",
            "Wir melden uns. Zustellung folgt.",
            "auto_reply",
            "support@client.example",
        ),
        (
            HERS,
            "We received your message\nAuto-Submitted: auto-generated",
            "Your mail was delivered to our team",
            "auto_reply",
            "no-reply@client.example",
        ),
        (HERS, "Re: A quick hello\nAuto-Submitted: auto-replied (zimbra; vacation)", "Bin weg", "auto_reply", ANA),
        (
            EMPTY,
            "Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied",
            "<ben@firm.example>: 550 5.1.1 user unknown (in reply to RCPT TO command)",
            "hard_bounce",
            "Mail Delivery System <MAILER-DAEMON@mx.firm.example>",
        ),
        (
            EMPTY,
            "Undeliverable: Out of office cover\nAuto-Submitted: auto-replied",
            "ben@firm.example: mailbox full",
            "soft_bounce",
            "postmaster@firm.example",
        ),
        (
            HERS,
            "Rejected: A quick hello",
            "Your message to ben@firm.example was rejected by our content filter.",
            "soft_bounce",
            "noreply@firm.example",
        ),
        (
            EMPTY,
            "Nachricht nicht zugestellt",
            "Die Nachricht an ben@firm.example konnte nicht zugestellt werden.",
            "soft_bounce",
            "Mailsystem <mail@firm.example>",
        ),
        (
            EMPTY,
            "Correo no entregado",
            "El mensaje no fue entregado a ben@firm.example",
            "soft_bounce",
            "correo@firm.example",
        ),
        (
            EMPTY,
            "Nie można dostarczyć wiadomości",
            "Nie można było dostarczyć do ben@firm.example",
            "soft_bounce",
            "poczta@firm.example",
        ),
        (
            EMPTY,
            "Сообщение не доставлено",
            "Не удалось доставить письмо ben@firm.example",
            "soft_bounce",
            "mailer@firm.example",
        ),
        (EMPTY, "Teslim edilemedi", "ben@firm.example adresine teslim edilemedi", "soft_bounce", "posta@firm.example"),
    ],
)
def test_machines(path: str, head: str, body: str, event: str, sender: str) -> None:
    found = mail(path, head, body, sender)
    assert found.event.value == event, found.reasons
    assert "bounce" not in event or found.recipient == "ben@firm.example"
