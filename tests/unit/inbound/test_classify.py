"""Bounces, complaints, auto-replies and people told apart. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import json

import pytest

from sequences.inbound import InboundEvent, parse_mail

_ORIGINAL = (
    "From: dana@agency.example\nTo: sam@firm.example\nSubject: A role\nMessage-ID: "
    "<step1.abc@mail.agency.example>\n\nHi Sam\n"
)


def dsn(
    action: str, status: str, said: str, *, notice: str = "It failed.", recipient: str = "sam@firm.example"
) -> bytes:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.agency.example (Mail Delivery System)\nTo: b1@mail.agency.example\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{notice}\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.agency.example\n\nFinal-Recipient: "
        f"rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}\n\n--b\nContent-Type: message/rfc822\n\n{_ORIGINAL}\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("action", "status", "said", "event"),
    [
        ("failed", "5.1.1", "550 5.1.1 <sam@firm.example>: Recipient address rejected: User unknown", "hard_bounce"),
        ("failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", "hard_bounce"),
        ("failed", "5.4.4", "Host or domain name not found", "hard_bounce"),
        ("failed", "5.0.0", "550 No such user here", "hard_bounce"),
        ("failed", "5.1.1", "552 5.1.1 mailbox full", "soft_bounce"),
        ("failed", "5.2.2", "552 5.2.2 Over quota", "soft_bounce"),
        ("failed", "5.2.1", "550 5.2.1 mailbox disabled", "soft_bounce"),
        ("failed", "5.7.1", "550 5.7.1 Message rejected due to policy", "soft_bounce"),
        ("failed", "5.7.26", "550 5.7.26 unauthenticated, DMARC", "soft_bounce"),
        ("failed", "5.7.1", "554 5.7.1 blocked using a block list", "soft_bounce"),
        ("failed", "5.1.8", "550 5.1.8 Sender address rejected: Domain not found", "soft_bounce"),
        ("failed", "4.4.7", "delivery time expired", "soft_bounce"),
        ("failed", "5.3.4", "552 5.3.4 message too large", "soft_bounce"),
        ("delayed", "4.4.1", "connect: no route to host", "soft_bounce"),
        ("delivered", "2.0.0", "250 2.0.0 Ok", "delivered"),
        ("relayed", "2.1.5", "250 Ok", "delivered"),
    ],
)
def test_delivery_reports(action: str, status: str, said: str, event: str) -> None:
    mail = parse_mail(dsn(action, status, said))
    assert mail.event == event
    assert (mail.recipient, mail.status) == ("sam@firm.example", status)
    assert mail.original_message_id == "<step1.abc@mail.agency.example>"
    assert "delivery_report" in mail.reasons
    if action == "delayed":
        assert "delayed" in mail.reasons


def test_unknown_user_after_data_is_a_filter_and_not_a_dead_address() -> None:
    raw = dsn("failed", "5.0.0", "550 user unknown (in reply to end of DATA command)")
    assert parse_mail(raw).event is InboundEvent.SOFT_BOUNCE


def test_a_full_mailbox_that_only_the_notice_tells() -> None:
    raw = dsn("failed", "5.1.1", "550 5.1.1 refused", notice="Not enough disk space in the mailbox")
    assert parse_mail(raw).event is InboundEvent.SOFT_BOUNCE


def test_several_recipients_of_a_report() -> None:
    raw = dsn("failed", "5.1.1", "550 5.1.1 user unknown").replace(
        b"\n\n--b\nContent-Type: message/rfc822",
        b"\n\nFinal-Recipient: rfc822;ann@firm.example\nAction: failed\nStatus: "
        b"5.2.2\n\n--b\nContent-Type: message/rfc822",
    )
    mail = parse_mail(raw)
    assert [(each.address, each.event.value) for each in mail.failures] == [
        ("sam@firm.example", "hard_bounce"),
        ("ann@firm.example", "soft_bounce"),
    ]


_NOTICES = {
    "qmail": (
        "From: MAILER-DAEMON@mx.agency.example\nReturn-Path: <>\nTo: dana@agency.example\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at mx.agency.example.\nI'm afraid I wasn't able to deliver "
        "your message to the following addresses.\n\n"
        "<sam@firm.example>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 no mailbox "
        "here by that name\nGiving up on 192.0.2.7.\n\n"
        "--- Below this line is a copy of the message.\n\nReturn-Path: <dana@agency.example>\n" + _ORIGINAL,
        "hard_bounce",
    ),
    "exim": (
        "From: Mail Delivery System <Mailer-Daemon@mx.agency.example>\nX-Failed-Recipients: "
        "sam@firm.example\nTo: dana@agency.example\n"
        "Subject: Mail delivery failed: returning message to sender\n\nThis message was created "
        "automatically by mail delivery software.\n\n"
        "  sam@firm.example\n    host mx.firm.example [192.0.2.7]\n    SMTP error from remote mail "
        "server after RCPT TO:<sam@firm.example>:\n    550 5.1.1 User unknown\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n" + _ORIGINAL,
        "hard_bounce",
    ),
    "gmail_delay": (
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: dana@agency.example\nSubject: "
        "Delivery Status Notification (Delay)\n\n"
        "THIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n    "
        " sam@firm.example\n\n"
        "Message will be retried for 2 more day(s)\n\n----- Original message -----\n\n" + _ORIGINAL,
        "soft_bounce",
    ),
    "exchange": (
        "From: postmaster@firm.example\nX-MS-Exchange-Message-Is-Ndr:\nAuto-Submitted: auto-replied\nTo: "
        "dana@agency.example\nSubject: Undeliverable: A role\n\n"
        "Delivery has failed to these recipients or groups:\n\nsam@firm.example\nThe email address wasn't found.\n\n"
        "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n\nOriginal message headers:\n\n"
        + _ORIGINAL,
        "hard_bounce",
    ),
    "german": (
        "From: Mail Delivery System <mailer-daemon@mx.example>\nTo: dana@agency.example\nSubject: "
        "Unzustellbar: A role\n\n"
        "<sam@firm.example>: 452 4.2.2 mailbox full\n\n" + _ORIGINAL,
        "soft_bounce",
    ),
}


@pytest.mark.parametrize("name", _NOTICES)
def test_notices_without_a_report(name: str) -> None:
    text, event = _NOTICES[name]
    mail = parse_mail(text.encode())
    assert (mail.event, mail.recipient) == (event, "sam@firm.example")
    assert mail.original_message_id == "<step1.abc@mail.agency.example>"


def _arf(kind: str) -> bytes:
    return (
        "From: fbl@provider.example\nTo: abuse@agency.example\nSubject: complaint\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\n\nThis is a report.\n'
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: "
        f"1\nOriginal-Rcpt-To: <sam@firm.example>\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{_ORIGINAL}\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("abuse", "complaint"),
        ("opt-out", "complaint"),
        ("auth-failure", "auth_failure_report"),
        ("not-spam", "delivered"),
    ],
)
def test_feedback_reports(kind: str, event: str) -> None:
    mail = parse_mail(_arf(kind))
    assert (mail.event, mail.recipient) == (event, "sam@firm.example")
    assert mail.original_message_id == "<step1.abc@mail.agency.example>"


def test_ses_events_by_mail() -> None:
    event = {
        "notificationType": "Bounce",
        "mail": {"messageId": "010", "commonHeaders": {"messageId": "<step1.abc@mail.agency.example>"}},
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": "sam@firm.example",
                    "status": "5.1.1",
                    "action": "failed",
                    "diagnosticCode": "smtp; 550 5.1.1 unknown",
                }
            ],
        },
    }
    head = "From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message\n\n"
    assert parse_mail((head + json.dumps(event)).encode()).event is InboundEvent.HARD_BOUNCE
    event["bounce"]["bounceType"] = "Transient"  # type: ignore[index]
    mail = parse_mail((head + json.dumps(event)).encode())
    assert (mail.event, mail.recipient) == (InboundEvent.SOFT_BOUNCE, "sam@firm.example")
    assert mail.original_message_id == "<step1.abc@mail.agency.example>"
    assert parse_mail((head + "{" * 5_000).encode()).event is InboundEvent.HUMAN


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=y",
        "X-Autoreply: yes",
        "X-Autorespond: A role",
        "Precedence: auto_reply",
        "X-POST-MessageClass: 9; Autoresponder",
    ],
)
def test_auto_reply_headers(header: str) -> None:
    assert parse_mail(f"From: s@firm.example\nSubject: Re: A role\n{header}\n\nHello".encode()).event == "auto_reply"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: A role",
        "Auto: Out of Office",
        "Out of office Re: A role",
        "Automatische Antwort: Stelle",
        "Abwesenheitsnotiz: Stelle",
        "Réponse automatique : Poste",
        "Respuesta automática: Puesto",
        "Risposta automatica: Posizione",
        "Automatisch antwoord: Baan",
        "Afwezig: Baan",
        "Away until May 18",
        "Abwesend bis 15.05.",
        "Absent jusqu'au 15 mai",
        "Im Urlaub",
        "On leave: A role",
        "Autosvar: Jobb",
        "Resposta automática: Vaga",
        "Odpowiedź automatyczna: Praca",
        "=?utf-8?q?R=C3=A9ponse_automatique_=3A_Poste?=",
    ],
)
def test_auto_reply_subjects(subject: str) -> None:
    assert parse_mail(f"From: s@firm.example\nSubject: {subject}\n\nHello".encode()).event == "auto_reply"


@pytest.mark.parametrize(
    "head",
    [
        "Subject: Re: A role",
        "Subject: Re: Undeliverable: A role",
        "Subject: Fwd: failure notice",
        "Subject: Re: Automation engineer",
        "Subject: Automotive role",
        "Subject: Re: role\nX-Auto-Response-Suppress: All",
        "Subject: Re: role\nPrecedence: bulk",
        "Subject: Re: role\nAuto-Submitted: no",
        "Subject: Out of ideas",
        "Subject: On holiday next week, can we talk after?",
        "Subject: Re: Automatic reply: A role",
        "Subject: AW: Abwesenheitsnotiz",
        "Subject: Absence de réponse",
        "Subject: Auto parts role",
        "Subject: Automatic messages are annoying",
        "Subject: Holiday plans",
    ],
)
def test_people_are_never_taken_for_machines(head: str) -> None:
    body = "Your mail to bob@firm.example bounced: 550 5.1.1 user unknown, could not be delivered."
    assert parse_mail(f"From: Sam <sam@firm.example>\n{head}\n\n{body}".encode()).event is InboundEvent.HUMAN


def test_a_person_who_attaches_a_bounce_is_a_person() -> None:
    raw = (
        b'From: sam@firm.example\nSubject: see this\nContent-Type: multipart/mixed; boundary="o"\n\n--o\n\nLook, it came back.\n'
        b"--o\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n"
        + dsn("failed", "5.1.1", "550 5.1.1 unknown")
        + b"\n--o--\n"
    )
    mail = parse_mail(raw)
    assert (mail.event, mail.reply_text) == (InboundEvent.HUMAN, "Look, it came back.")


def test_a_read_receipt_proves_delivery_and_is_no_reply() -> None:
    raw = (
        b'From: sam@firm.example\nSubject: Read: A role\nContent-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
        b"--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nOriginal-Message-ID: "
        b"<step1.abc@mail.agency.example>\nDisposition: manual-action/MDN-sent-manually; "
        b"displayed\n--b--\n"
    )
    assert parse_mail(raw).event is InboundEvent.DELIVERED


def test_a_calendar_answer() -> None:
    raw = (
        b'From: sam@firm.example\nSubject: Accepted: Interview\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n\nSee you there\n'
        b"--b\nContent-Type: text/calendar; "
        b"method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nATTENDEE;PARTSTAT=ACCEPTED;CN=Sam:mailto:sam@firm.example\nEND:VCALENDAR\n--b--\n"
    )
    mail = parse_mail(raw)
    assert (mail.event, mail.calendar_answer, mail.reply_text) == (InboundEvent.HUMAN, "accepted", "See you there")


def test_a_calendar_answer_that_calls_itself_automatic_is_still_a_persons() -> None:
    raw = (
        b"From: sam@firm.example\nSubject: Declined: Interview\nAuto-Submitted: auto-generated\n"
        b"Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nATTENDEE;PARTSTAT=DECLINED:mailto:sam@firm.example\n"
    )
    mail = parse_mail(raw)
    assert (mail.event, mail.calendar_answer) == (InboundEvent.HUMAN, "declined")


def test_the_envelope_of_a_reply() -> None:
    raw = (
        b'From: =?utf-8?q?S=C3=A4m?= <Sam@Firm.example>\nTo: "Recruiter, Dana" <r1Token@mail.agency.example>, other@x.example\nCc: <cc@x.example>\nDelivered-To: box@agency.example\n'
        b"X-Original-To: r2token@mail.agency.example\nMessage-ID: <m1@firm.example>\nIn-Reply-To: "
        b"<step1.abc@mail.agency.example>\nReferences: <step0@a>\n <step1.abc@mail.agency.example>\n"
        b"Subject: =?utf-8?b?UmU6IEbDvHI=?= you\nDate: Mon, 4 May 2026 09:12:00 +0200\n\nYes\n"
    )
    mail = parse_mail(raw)
    assert mail.sender == "sam@firm.example"
    assert mail.recipients == (
        "r1token@mail.agency.example",
        "other@x.example",
        "cc@x.example",
        "box@agency.example",
        "r2token@mail.agency.example",
    )
    assert (mail.message_id, mail.in_reply_to) == ("<m1@firm.example>", ("<step1.abc@mail.agency.example>",))
    assert mail.references == ("<step0@a>", "<step1.abc@mail.agency.example>")
    assert mail.subject == "Re: Für you"
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-05-04T09:12:00+02:00"
