"""Job titles that read like a bounce or an absence decide nothing, whatever kind of mail holds them. All are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import itertools

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.mime.body import take_apart
from sequences.inbound.reports.own_subject import after_lead, answers, without_our_subject

TITLES = [
    "Delivery Reporting Analyst",
    "Delivery Failure Engineer",
    "Mail Delivery System Administrator",
    "Security Engineer",
    "Program on hold manager",
    "Firmware 5.1.1 engineer",
    "Node 2.0.12 developer",
    "Bounce house operator",
    "Undeliverable goods clerk",
    "Out of office cover",
    "Fahrer für Zustellung",
    "Spam filter developer",
    "User unknown? A role",
    "mailbox full stack developer",
    "Returned mail clerk",
    "Blocked accounts officer",
    "550 5.1.1 user unknown",
    "Postmaster wanted",
    "Delivery Status Coordinator",
    "Quota 4.2.2 planner",
]
ANSWERS = [
    "Re: ",
    "AW: ",
    "RES: ",
    "RIF: ",
    "Odp.: ",
    "VS: ",
    "SV: ",
    "Antw: ",
    "Ynt: ",
    "回复: ",
    "答复：",
    "Ответ: ",
    "[EXTERNAL] Re: ",
    "Re[2]: ",
    "Vá: ",
    "Antwort: ",
    "ΑΠ: ",
    "תגובה: ",
    "رد: ",
]


def _mail(head: str, body: str, sender: str = "Sam <sam@firm.example>") -> bytes:
    return f"From: {sender}\nTo: dana@agency.example\n{head}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()


@pytest.mark.parametrize("title", TITLES)
def test_a_person_who_answers_is_a_person(title: str) -> None:
    quoted = f"Yes, call me.\n\nOn Tue, 20 Apr 2027 at 09:00, Dana <dana@agency.example> wrote:\n> {title}\n> It could not be delivered: 550 5.1.1 user unknown"
    for prefix, path, body in itertools.product(ANSWERS, ("", "Return-Path: <>\n"), ("Yes, call me.", quoted)):
        mail = parse_mail(_mail(f"{path}Subject: {prefix}{title}", body))
        assert (mail.event.value, mail.reply_text) == ("human", "Yes, call me."), (prefix, path, mail.reasons)


@pytest.mark.parametrize(
    "body", ["It did not arrive, please send it again.", "Your mail to me was not delivered in full, what does it say?"]
)
def test_an_empty_return_path_and_such_words_are_not_enough(body: str) -> None:
    for title in ("Delivery problem with your brochure", "Delivery Failure Engineer", "Mail not delivered"):
        assert parse_mail(_mail(f"Return-Path: <>\nSubject: {title}", body)).event.value == "human"


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "X-Auto-Reply: 1"]
)
@pytest.mark.parametrize("title", TITLES)
def test_an_absence_that_repeats_it_is_an_absence(title: str, header: str) -> None:
    for lead in ("Automatic reply: ", "Automatische Antwort: ", "Réponse automatique : ", "", "Re: "):
        mail = parse_mail(_mail(f"Return-Path: <>\n{header}\nSubject: {lead}{title}", "I am away until 3 May 2027."))
        assert mail.event.value == "auto_reply", (lead, mail.reasons)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(
    ("said", "event"),
    [
        ("The recipient name is not recognized", "hard_bounce"),
        ("The recipient's mailbox is full", "soft_bounce"),
        ("Delivery failed for a reason unknown to this system", "soft_bounce"),
    ],
)
def test_a_notice_that_repeats_it_says_what_it_says_without(title: str, said: str, event: str) -> None:
    fields = f"  To:      sam@firm.example\n  Subject: {title}\n  Sent:    Mon, 4 Jan 2027 09:59:00 +0000"
    for lead, repeated in (
        ("Undeliverable", fields),
        ("Unzustellbar", f'Ihre Nachricht "{title}" kam nicht an.\n\nBetreff: {title}'),
    ):
        raw = _mail(
            f"Return-Path: <>\nSubject: {lead}: {title}",
            f"Your message\n\n{repeated}\n\ndid not reach the following recipient(s):\n\nsam@firm.example on Mon, 4 Jan 2027 10:00:00 +0000\n    {said}",
            "System Administrator <postmaster@mx.firm.example>",
        )
        mail = parse_mail(raw)
        assert (mail.event.value, mail.recipient) == (event, "sam@firm.example"), mail.reasons


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(
    ("status", "said", "event"),
    [
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard_bounce"),
        ("5.0.0", "550 no such user", "hard_bounce"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft_bounce"),
        ("5.7.1", "", "soft_bounce"),
    ],
)
def test_a_report_that_repeats_it_says_what_it_says_without(title: str, status: str, said: str, event: str) -> None:
    raw = (
        f"From: Microsoft Outlook <postmaster@firm.example>\nTo: dana@agency.example\nSubject: Undeliverable: {title}\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Your message to sam@firm.example couldn't be delivered.\n\nRecipient Address: sam@firm.example\nSubject: {title}\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx.firm.example\n\nFinal-recipient: RFC822;sam@firm.example\n"
        f"Action: failed\nStatus: {status}\nDiagnostic-code: smtp;{said} ({title})\n\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: dana@agency.example\nTo: sam@firm.example\nSubject: {title}\nMessage-ID: <1@agency.example>\n\nHi\n--b--\n"
    ).encode()
    mail = parse_mail(raw)
    assert (mail.event.value, mail.status, mail.recipient) == (event, status, "sam@firm.example"), mail.reasons


@pytest.mark.parametrize(
    ("subject", "answer", "behind"),
    [
        ("RES: A role", True, "A role"),
        ("Re : A role", True, "A role"),
        ("[tag] {x} ** Vl: A role", True, "A role"),
        ("回复：A role", True, "A role"),
        ("Undeliverable: A role", False, "A role"),
        ("NDR: A role", False, "A role"),
        ("OOO: A role", False, "A role"),
        ("A role", False, ""),
        ("Release engineer", False, ""),
    ],
)
def test_the_lead_of_a_subject(subject: str, answer: bool, behind: str) -> None:
    assert (answers(subject), after_lead(subject)) == (answer, behind)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Subject: On hold\nsam@on.hold.example is full", "Subject: \nsam@on.hold.example is full"),
        ("Oggetto: On hold", "Oggetto: "),
        ("Thema: On hold", "Thema: "),
        ("The mail “On hold” is gone", "The mail   is gone"),
        ("  On hold\nmailbox on hold", "\nmailbox on hold"),
        ("Reason: mailbox full", "Reason: mailbox full"),
        ("Subject: =?utf-8?q?On_hold?=\nfull", "Subject: \nfull"),
    ],
)
def test_what_is_taken_out_of_a_notice(said: str, left: str) -> None:
    mail = take_apart(_mail("Subject: Undeliverable: On hold", "x"))
    assert without_our_subject(mail, said) == left


def test_the_subject_of_the_mail_that_came_back_is_taken_out_wherever_it_stands() -> None:
    raw = (
        b'From: MAILER-DAEMON@mx.example\nSubject: failure notice\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nx\n'
        b"--b\nContent-Type: message/rfc822\n\nSubject: On\n hold\n\nHi\n--b--\n"
    )
    mail = take_apart(raw)
    assert (
        without_our_subject(mail, "We got on hold from you@on.hold, for on-hold")
        == "We got   from you@on.hold, for on-hold"
    )


LOCALS = [
    "security",
    "delivery",
    "spam.fighter",
    "on.hold",
    "policy",
    "quota",
    "virus",
    "blocked",
    "disabled",
    "ptr",
    "mailbox.full",
]


@pytest.mark.parametrize("local", LOCALS)
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("550 5.1.1 <{0}>: Recipient address rejected: User unknown in virtual mailbox table", "5.1.1"),
        ("550 {0} no such user", "5.0.0"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {0} not found by SMTP address lookup", "5.1.10"),
        (
            "host mx.spamfilter.example[192.0.2.1] said: 550 5.1.1 <{0}> User unknown (in reply to RCPT TO command)",
            "5.1.1",
        ),
    ],
)
def test_what_an_address_or_a_host_is_called_is_no_evidence(local: str, said: str, status: str) -> None:
    address = f"{local}@firm.example"
    raw = (
        "From: MAILER-DAEMON@mx.agency.example\nTo: b1@agency.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n<{address}>: {said.format(address)}\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; {address}\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said.format(address)}\n\n--b--\n"
    ).encode()
    mail = parse_mail(raw)
    assert (mail.event.value, mail.recipient) == ("hard_bounce", address), mail.reasons
