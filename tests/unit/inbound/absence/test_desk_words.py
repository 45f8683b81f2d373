"""Desks that say in words alone that a mail became a ticket, and people who write nearly the same. All are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.model import InboundMail


def mail(subject: str, body: str, sender: str = "Support <support@firm.example>", head: str = "") -> InboundMail:
    return parse_mail(
        f"{head}From: {sender}\nTo: r.token@reply.agency.example\nSubject: {subject}\nIn-Reply-To: <1@agency.example>\n"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
    )


TICKETS = [
    (
        "Ticket Received - A quick hello",
        "Hi Dana,\n\nWe would like to acknowledge that we have received your request and a ticket has been created with Ticket ID - 55012. A representative will send you a personal response.",
    ),
    (
        "Support Ticket Opened [#123456]",
        "Dear Dana,\n\nA request for support has been created and assigned #123456. A representative will follow-up with you as soon as possible.",
    ),
    (
        "We've received your ticket",
        "Hi,\nThanks for reaching out. We've received your request and created a ticket for it. Your ticket number is 99812.",
    ),
    (
        "Re: A quick hello",
        "Your request (4711) has been received and is being reviewed by our support staff. Reference no. 4711",
    ),
    ("[HR-2093] A quick hello", "Your enquiry has been logged under case number HR-2093."),
    (
        "Ihre Anfrage",
        "Sehr geehrte Damen und Herren,\n\nIhre Anfrage ist bei uns eingegangen. Sie wird unter der Vorgangsnummer 20270420 bearbeitet.",
    ),
    ("Ticket #88123", "Für Ihr Anliegen wurde das Ticket mit der Ticketnummer 88123 erstellt."),
    ("Votre demande", "Bonjour,\n\nVotre demande a bien été enregistrée sous le numéro 4711."),
    ("Solicitud recibida", "Hemos recibido su solicitud y se ha creado el ticket n.º 4711. Referencia: ID 4711."),
    ("Richiesta ricevuta", "La sua richiesta è stata registrata con il numero 20417."),
    ("Uw vraag", "Uw aanvraag is goed ontvangen en geregistreerd onder nummer 20417."),
    ("Zgłoszenie [#20417]", "Twoje zgłoszenie zostało przyjęte."),
]
PEOPLE = [
    ("Re: A quick hello", "We have received your request, Joe and I. Ticket 4711 or not, call me tomorrow!"),
    (
        "Re: A quick hello",
        "Got your message. A ticket has been created for the parking garage, come to gate 3 on Monday.",
    ),
    (
        "Re: A quick hello",
        "I got ticket #4711 assigned because your message was received by our desk. Yes, interested.",
    ),
    ("Re: Your ticket has been created (no. 4711)", "Great idea, when can we talk?"),
    ("Re: A quick hello", "Your message has been received with thanks: yes!"),
    ("Re: A quick hello", "Meine Anfrage wurde unter der Nummer 4711 erfasst, aber ich habe noch Fragen."),
    ("Re: Role 4711", "Your message was received. Role no. 4711 sounds right for me."),
    ("Re: Welder (ref. 4711)", "Message was received, thanks. Call any time."),
    ("AW: Schweißer, Nr. 4711", "Nachricht ist eingegangen, danke! Bitte anrufen."),
    ("Re: A quick hello", "Please do not reply to this address, write to sam@home.example instead."),
]


@pytest.mark.parametrize(("subject", "body"), TICKETS)
def test_a_desk_that_says_so_in_no_header(subject: str, body: str) -> None:
    found = mail(subject, body)
    assert (found.event.value, found.reasons[0], found.return_date) == ("auto_reply", "ticket", None)


@pytest.mark.parametrize(("subject", "body"), PEOPLE)
def test_people_who_write_of_tickets(subject: str, body: str) -> None:
    assert mail(subject, body, "Sam <sam@firm.example>").event.value == "human"


def test_a_ticket_that_quotes_a_wish_keeps_it() -> None:
    found = mail("[#4711] A quick hello", "Your request has been received.\n\nPlease remove us from your list.")
    assert "remove us from your list" in found.reply_text


@pytest.mark.parametrize(
    ("sender", "body"),
    [
        (
            "No Reply <no-reply@firm.example>",
            "Thank you. Please do not reply to this e-mail, this mailbox is not monitored.",
        ),
        ("jobs.noreply@firm.example", "Thanks for your message. Please don't reply to this mail."),
        ("donotreply@firm.example", "Replies to this address are not read."),
        ("nicht-antworten@firm.example", "Vielen Dank. Bitte antworten Sie nicht auf diese Nachricht."),
    ],
)
def test_an_address_that_nobody_reads_and_that_says_so(sender: str, body: str) -> None:
    found = mail("Re: A quick hello", body, sender)
    assert (found.event.value, found.reasons[0]) == ("auto_reply", "no_reply")
    assert mail("Re: A quick hello", body, "Sam <sam@firm.example>").event.value == "human"
    # Portals pass on from such an address what people wrote.
    assert mail("Re: A quick hello", "Yes, call me tomorrow.", sender).event.value == "human"


def test_a_rule_of_the_mailbox_itself_answers_without_a_return_path() -> None:
    loop = "X-MS-Exchange-Inbox-Rules-Loop: careers@firm.example\n"
    body = "Your message is being looked at."
    assert (
        mail("RE: A quick hello", body, "careers@firm.example", f"Return-Path: <>\n{loop}").event.value == "auto_reply"
    )
    assert (
        mail("RE: A quick hello", "Yes, at nine.", "sam@firm.example", f"Return-Path: <>\n{loop}").event.value
        == "human"
    )
    assert mail("RE: A quick hello", "Yes, at nine.", "careers@firm.example", loop).event.value == "human"


@pytest.mark.parametrize(
    "body",
    [
        "Hello, sam@firm.example keeps the inbox clean. Follow this link to be added to the guest list: https://box.example/x",
        'Your message about "A role" was waitlisted. Please add yourself to my guest list so that it is delivered.',
    ],
)
def test_a_guest_list_wants_a_yes_first(body: str) -> None:
    assert mail("A role (Action Required)", body, "notify@box.example").event.value == "auto_reply"
