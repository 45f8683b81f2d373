"""Bounce notices without a machine-readable part, as servers and languages word them. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail

_ID = "<step1.abc@mail.agency.example>"
_HEAD = f"From: dana@agency.example\nTo: sam@firm.example\nSubject: A role\nMessage-ID: {_ID}\n\nHi Sam\n"


def _plain(sender: str, subject: str, text: str, extra: str = "") -> bytes:
    return f"Return-Path: <>\nFrom: {sender}\nTo: dana@agency.example\nSubject: {subject}\n{extra}\n{text}\n\n{_HEAD}".encode()


NOTICES: dict[str, tuple[bytes, str]] = {
    "qmail_no_mailbox": (
        _plain(
            "MAILER-DAEMON@mx.agency.example",
            "failure notice",
            "Hi. This is the qmail-send program at mx.agency.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<sam@firm.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n",
        ),
        "hard_bounce",
    ),
    "qmail_no_host": (
        _plain(
            "MAILER-DAEMON@mx.agency.example",
            "failure notice",
            "Hi. This is the qmail-send program at mx.agency.example.\n\n<sam@firm.example>:\nSorry, I couldn't find any host named firm.example. (#5.1.2)\n\n--- Below this line is a copy of the message.\n",
        ),
        "hard_bounce",
    ),
    "qmail_expired": (
        _plain(
            "MAILER-DAEMON@mx.agency.example",
            "failure notice",
            "Hi. This is the qmail-send program at mx.agency.example.\n\n<sam@firm.example>:\nI'm not going to try again; this message has been in the queue too long.\n\n--- Below this line is a copy of the message.\n",
        ),
        "soft_bounce",
    ),
    "exim_unrouteable": (
        _plain(
            "Mail Delivery System <Mailer-Daemon@mx.agency.example>",
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  sam@firm.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n",
            "X-Failed-Recipients: sam@firm.example\nAuto-Submitted: auto-replied\n",
        ),
        "hard_bounce",
    ),
    "exim_frozen": (
        _plain(
            "Mail Delivery System <Mailer-Daemon@mx.agency.example>",
            "Warning: message 1kXy-000 delayed 24 hours",
            "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.agency.example.\n\nThe address to which the message has not yet been delivered is:\n\n  sam@firm.example\n    Delay reason: Connection timed out\n\nNo action is required on your part.",
        ),
        "soft_bounce",
    ),
    "yahoo_old": (
        _plain(
            "MAILER-DAEMON@yahoo.example",
            "Failure Notice",
            "Sorry, we were unable to deliver your message to the following address.\n\n<sam@firm.example>:\nRemote host said: 550 5.1.1 User unknown [RCPT_TO]\n\n--- Below this line is a copy of the message.\n",
        ),
        "hard_bounce",
    ),
    "exchange_2003": (
        _plain(
            "System Administrator <postmaster@firm.example>",
            "Undeliverable: A role",
            "Your message\n\n  To:      sam@firm.example\n  Subject: A role\n  Sent:    Mon, 4 May 2026 09:12:00 +0200\n\ndid not reach the following recipient(s):\n\nsam@firm.example on Mon, 4 May 2026 09:13:00 +0200\n    The recipient name is not recognized\n",
        ),
        "hard_bounce",
    ),
    "spanish": (
        _plain(
            "Mail Delivery System <mailer-daemon@mx.example>",
            "No se pudo entregar: Un puesto",
            "<sam@firm.example>: host mx.firm.example said: 550 5.1.1 Usuario desconocido (in reply to RCPT TO command)\n\n",
        ),
        "hard_bounce",
    ),
    "french_soft": (
        _plain(
            "Mail Delivery System <mailer-daemon@mx.example>",
            "Échec de la remise : Un poste",
            "Le message n'a pas pu être remis à :\n\nsam@firm.example\n\n552 5.2.2 boîte pleine\n\n",
        ),
        "soft_bounce",
    ),
    "italian": (
        _plain(
            "postmaster@firm.example",
            "Mancato recapito: Un posto",
            "Non è stato possibile recapitare il messaggio a:\n\nsam@firm.example\n\n550 5.1.1 utente sconosciuto (RCPT TO)\n\n",
        ),
        "hard_bounce",
    ),
    "dutch": (
        _plain(
            "postmaster@firm.example",
            "Onbestelbaar: Een baan",
            "Uw bericht kan niet worden bezorgd bij:\n\nsam@firm.example\n\n550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n\n",
        ),
        "hard_bounce",
    ),
    "swedish": (
        _plain(
            "postmaster@firm.example",
            "Olevererbart: Ett jobb",
            "Det gick inte att leverera till följande mottagare:\n\nsam@firm.example\n\n550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n\n",
        ),
        "hard_bounce",
    ),
    "polish": (
        _plain(
            "postmaster@firm.example",
            "Niedostarczone: Praca",
            "Dostarczanie nie powiodło się do następujących adresatów:\n\nsam@firm.example\n\n550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n\n",
        ),
        "hard_bounce",
    ),
    "portuguese": (
        _plain(
            "postmaster@firm.example",
            "Não é possível entregar: Vaga",
            "A entrega falhou para estes destinatários:\n\nsam@firm.example\n\n550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n\n",
        ),
        "hard_bounce",
    ),
    "danish": (
        _plain(
            "postmaster@firm.example",
            "Kan ikke leveres: Et job",
            "Levering mislykkedes til disse modtagere:\n\nsam@firm.example\n\n550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n\n",
        ),
        "hard_bounce",
    ),
    "finnish": (
        _plain(
            "postmaster@firm.example",
            "Ei voi toimittaa: Työ",
            "Toimitus epäonnistui seuraaville vastaanottajille:\n\nsam@firm.example\n\n550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n\n",
        ),
        "hard_bounce",
    ),
    "german_exchange": (
        _plain(
            "Postmaster <postmaster@firm.example>",
            "Unzustellbar: Eine Stelle",
            "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\nsam@firm.example\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\n",
        ),
        "hard_bounce",
    ),
    "html_only": (
        (
            "Return-Path: <>\nFrom: Postmaster <postmaster@firm.example>\nTo: dana@agency.example\nSubject: Undeliverable: A role\nIn-Reply-To: "
            + _ID
            + "\nContent-Type: text/html\n\n"
            "<html><body><p>Delivery has failed to these recipients or groups:</p><a href=\"mailto:sam@firm.example\">sam@firm.example</a><p>The email address you entered couldn't be found.</p><p>Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'</p></body></html>\n"
        ).encode(),
        "hard_bounce",
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_notices(name: str) -> None:
    raw, event = NOTICES[name]
    mail = parse_mail(raw)
    assert (mail.event.value, mail.recipient) == (event, "sam@firm.example"), mail.reasons
    assert mail.original_message_id == _ID


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["crlf", "cr"])
@pytest.mark.parametrize("name", NOTICES)
def test_every_line_end_gives_the_same_answer(name: str, end: bytes) -> None:
    raw = NOTICES[name][0]
    assert parse_mail(raw.replace(b"\n", end)) == parse_mail(raw)
