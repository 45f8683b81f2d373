"""Bounces as the servers and providers of the world word them. All mails here are made up in their manner."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail

_ID = "<step1.abc@mail.agency.example>"
_HEAD = f"From: dana@agency.example\nTo: sam@firm.example\nSubject: A role\nMessage-ID: {_ID}\n\nHi Sam\n"


def _report(sender: str, subject: str, notice: str, fields: str, *, original: str = "message/rfc822") -> bytes:
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: b1@mail.agency.example\nSubject: {subject}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type="delivery-status";\n\tboundary="=_b"\n\n'
        f"--=_b\nContent-Type: text/plain; charset=utf-8\n\n{notice}\n\n"
        f"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.agency.example\n\n{fields}\n\n"
        f"--=_b\nContent-Type: {original}\n\n{_HEAD}\n--=_b--\n"
    ).encode()


_MAILER = "MAILER-DAEMON@mx.agency.example (Mail Delivery System)"
_FINAL = "Final-Recipient: rfc822; sam@firm.example\n"

REPORTS: dict[str, tuple[bytes, str, str]] = {
    "office365_unknown": (
        _report(
            "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@agency.example>",
            "Undeliverable: A role",
            "Your message to sam@firm.example couldn't be delivered.\n\nsam wasn't found at firm.example.\n\nUnknown To address",
            _FINAL
            + "Action: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient sam@firm.example not found by SMTP address lookup",
        ),
        "hard_bounce",
        "5.1.10",
    ),
    "office365_access_denied": (
        _report(
            "postmaster@agency.example",
            "Undeliverable: A role",
            "Your message to sam@firm.example couldn't be delivered.\n\nRecipient address rejected: Access denied",
            _FINAL
            + "Action: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR01FT010.eop-EUR01.prod.protection.outlook.com]",
        ),
        "hard_bounce",
        "5.4.1",
    ),
    "office365_restricted": (
        _report(
            "postmaster@agency.example",
            "Undeliverable: A role",
            "Your message wasn't delivered because the recipient's email provider rejected it.",
            _FINAL
            + "Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp;550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized",
        ),
        "soft_bounce",
        "5.7.1",
    ),
    "office365_sender_authentication_required": (
        _report(
            "postmaster@agency.example",
            "Undeliverable: A role",
            "You can't send to this group.",
            _FINAL
            + "Action: failed\nStatus: 5.7.133\nDiagnostic-Code: smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group",
        ),
        "soft_bounce",
        "5.7.133",
    ),
    "exchange_full": (
        _report(
            "postmaster@firm.example",
            "Undeliverable: A role",
            "The recipient's mailbox is full and can't accept messages now.",
            _FINAL
            + "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message",
        ),
        "soft_bounce",
        "5.2.2",
    ),
    "exchange_loop": (
        _report(
            "postmaster@firm.example",
            "Undeliverable: A role",
            "A mail loop was detected.",
            _FINAL
            + "Action: failed\nStatus: 5.4.14\nDiagnostic-Code: smtp;554 5.4.14 Hop count exceeded - possible mail loop ATTR34",
        ),
        "soft_bounce",
        "5.4.14",
    ),
    "office365_expired": (
        _report(
            "postmaster@agency.example",
            "Undeliverable: A role",
            "Delivery has failed to these recipients or groups:\n\nsam@firm.example\n\nThe server has tried to deliver this message, without success, and has stopped trying.",
            _FINAL + "Action: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp;550 4.4.7 QUEUE.Expired; message expired",
        ),
        "soft_bounce",
        "4.4.7",
    ),
    "office365_no_domain": (
        _report(
            "postmaster@agency.example",
            "Undeliverable: A role",
            "The domain firm.example couldn't be found.",
            _FINAL
            + "Action: failed\nStatus: 5.4.310\nDiagnostic-Code: smtp;550 5.4.310 DNS domain firm.example does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=firm.example]",
        ),
        "hard_bounce",
        "5.4.310",
    ),
    "sendmail_other_problem_at_rcpt": (
        _report(
            _MAILER,
            "Returned mail",
            "failed",
            _FINAL
            + "Action: failed\nStatus: 5.3.0\nDiagnostic-Code: smtp; 553 5.3.0 <sam@firm.example>... No such user here (in reply to RCPT TO command)",
        ),
        "hard_bounce",
        "5.3.0",
    ),
    "name_server_broken": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "failed",
            _FINAL
            + "Action: failed\nStatus: 5.4.4\nDiagnostic-Code: X-Postfix; Name service error for name=firm.example type=MX: Malformed or unexpected name server reply",
        ),
        "soft_bounce",
        "5.4.4",
    ),
    "gmail_address_not_found": (
        _report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Address not found **\n\nYour message wasn't delivered to sam@firm.example because the address couldn't be found, or is unable to receive mail.\n\nThe response from the remote server was:\n550 5.1.1 The email account that you tried to reach does not exist.",
            _FINAL
            + "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n 550-5.1.1 double-checking the recipient's email address for typos or\n 550 5.1.1 unnecessary spaces. For more information, go to\n 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser - gsmtp",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "gmail_domain_not_found": (
        _report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Address not found **\n\nYour message wasn't delivered to sam@firm.example because the domain firm.example couldn't be found. Check for typos or unnecessary spaces and try again.",
            _FINAL
            + "Action: failed\nStatus: 4.0.0\nDiagnostic-Code: smtp; DNS Error: DNS type 'mx' lookup of firm.example responded with code NXDOMAIN\n Domain name not found: firm.example",
        ),
        # The class says temporary: a name server that errs for an hour must not cost a person.
        "soft_bounce",
        "4.0.0",
    ),
    "gmail_blocked": (
        _report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Message blocked **\n\nYour message to sam@firm.example has been blocked. See technical details below for more information.",
            _FINAL
            + "Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
        ),
        "soft_bounce",
        "5.7.1",
    ),
    "gmail_disabled": (
        _report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Account disabled **",
            _FINAL
            + "Action: failed\nStatus: 5.2.1\nDiagnostic-Code: smtp; 550 5.2.1 The email account that you tried to reach is disabled. - gsmtp",
        ),
        "soft_bounce",
        "5.2.1",
    ),
    "gmail_delayed": (
        _report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Delay)",
            "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to sam@firm.example. Gmail will retry for 45 more hours.",
            _FINAL
            + "Action: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; The recipient server did not accept our requests to connect.\nWill-Retry-Until: Wed, 6 May 2026 09:00:00 -0700 (PDT)",
        ),
        "soft_bounce",
        "4.4.1",
    ),
    "postfix_unknown": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "This is the mail system at host mx.agency.example.\n\n<sam@firm.example>: host mx.firm.example[192.0.2.7] said: 550 5.1.1\n    <sam@firm.example>: Recipient address rejected: User unknown in virtual mailbox\n    table (in reply to RCPT TO command)",
            _FINAL
            + "Original-Recipient: rfc822;sam@firm.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.firm.example\nDiagnostic-Code: smtp; 550 5.1.1 <sam@firm.example>: Recipient address rejected:\n    User unknown in virtual mailbox table",
            original="text/rfc822-headers",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "postfix_no_host": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "<sam@firm.example>: Host or domain name not found. Name service error for\n    name=firm.example type=A: Host not found",
            _FINAL
            + "Action: failed\nStatus: 5.4.4\nDiagnostic-Code: X-Postfix; Host or domain name not found. Name service\n    error for name=firm.example type=A: Host not found",
        ),
        "hard_bounce",
        "5.4.4",
    ),
    "postfix_relay_denied": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "<sam@firm.example>: host mx.firm.example[192.0.2.7] said: 554 5.7.1 <sam@firm.example>: Relay access denied (in reply to RCPT TO command)",
            _FINAL
            + "Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 554 5.7.1 <sam@firm.example>: Relay access denied",
        ),
        "soft_bounce",
        "5.7.1",
    ),
    "postfix_expired": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "<sam@firm.example>: connect to mx.firm.example[192.0.2.7]:25: Connection timed out",
            _FINAL
            + "Action: failed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect to mx.firm.example[192.0.2.7]:25:\n    Connection timed out",
        ),
        "soft_bounce",
        "4.4.1",
    ),
    "postfix_null_mx": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "<sam@firm.example>: Domain firm.example does not accept mail (nullMX)",
            _FINAL
            + "Action: failed\nStatus: 5.1.0\nDiagnostic-Code: X-Postfix; Domain firm.example does not accept mail (nullMX)",
        ),
        "hard_bounce",
        "5.1.0",
    ),
    "postfix_delayed": (
        _report(
            _MAILER,
            "Delayed Mail (still being retried)",
            "THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE.",
            _FINAL
            + "Action: delayed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect to mx.firm.example[192.0.2.7]:25: Connection refused",
        ),
        "soft_bounce",
        "4.4.1",
    ),
    "postfix_delivered": (
        _report(
            _MAILER,
            "Successful Mail Delivery Report",
            "Your message was successfully delivered to the destination(s) listed below.",
            _FINAL + "Action: relayed\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 2.0.0 Ok: queued as 4F",
        ),
        "delivered",
        "2.0.0",
    ),
    "expanded_to_a_list": (
        _report(_MAILER, "Delivery report", "Expanded", _FINAL + "Action: expanded\nStatus: 2.1.5\n"),
        "delivered",
        "2.1.5",
    ),
    "sendmail": (
        _report(
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.agency.example>",
            "Returned mail: see transcript for details",
            "   ----- The following addresses had permanent fatal errors -----\n<sam@firm.example>\n    (reason: 550 5.1.1 <sam@firm.example>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.firm.example.:\n>>> DATA\n<<< 550 5.1.1 <sam@firm.example>... User unknown\n550 5.1.1 <sam@firm.example>... User unknown\n<<< 503 5.0.0 Need RCPT (recipient)",
            _FINAL
            + "Action: failed\nStatus: 5.1.1\nRemote-MTA: DNS; mx.firm.example\nDiagnostic-Code: SMTP; 550 5.1.1 <sam@firm.example>... User unknown",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "ses": (
        _report(
            "MAILER-DAEMON@amazonses.com",
            "Delivery Status Notification (Failure)",
            "An error occurred while trying to deliver the mail to the following recipients:\nsam@firm.example",
            _FINAL + "Action: failed\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\nStatus: 5.1.1",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "yahoo": (
        _report(
            "MAILER-DAEMON@yahoo.example",
            "Failure Notice",
            "Sorry, we were unable to deliver your message to the following address.\n\n<sam@firm.example>:\n554: delivery error: dd This user doesn't have a yahoo.example account (sam@firm.example) [0] - mta1.yahoo.example",
            _FINAL
            + "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 554 delivery error: dd This user doesn't have a yahoo.example account (sam@firm.example) [0]",
        ),
        "hard_bounce",
        "5.0.0",
    ),
    "mimecast": (
        _report(
            "<postmaster@eu-smtp-1.mimecast.example>",
            "[Postmaster] Email Delivery Failure",
            "This is a system-generated message to inform you that your email could not\nbe delivered to one or more recipients. Details of the email and the error are as follows:",
            _FINAL
            + "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550",
        ),
        "hard_bounce",
        "5.0.0",
    ),
    "mimecast_policy": (
        _report(
            "<postmaster@eu-smtp-1.mimecast.example>",
            "[Postmaster] Email Delivery Failure",
            "Your email could not be delivered.",
            _FINAL
            + "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 554 Email rejected due to security policies - MCSpamSignature.sa.1.1",
        ),
        "soft_bounce",
        "5.0.0",
    ),
    "barracuda": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "<sam@firm.example>: host d1.ess.barracuda.example said: 550 permanent failure for one or more recipients (sam@firm.example:blocked)",
            _FINAL
            + "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 permanent failure for one or more recipients (sam@firm.example:blocked)",
        ),
        "soft_bounce",
        "5.0.0",
    ),
    "domino": (
        _report(
            "sam.admin@firm.example",
            "DELIVERY FAILURE: User sam (sam@firm.example) not listed in Domino Directory",
            "Your message\n\n  Subject: A role\n\nwas not delivered to:\n\n  sam@firm.example\n\nbecause:\n\n  User sam (sam@firm.example) not listed in Domino Directory",
            _FINAL
            + "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: X-Notes; User sam (sam@firm.example) not listed in Domino Directory",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "zoho": (
        _report(
            "mailer-daemon@mail.zoho.example",
            "Undelivered Mail Returned to Sender",
            "This message was created automatically by mail delivery software.\n\n sam@firm.example, ERROR CODE :550 - 5.1.1 <sam@firm.example>: Recipient address rejected: User unknown",
            _FINAL
            + "Status: 5.1.1\nAction: failed\nDiagnostic-Code: 550 5.1.1 <sam@firm.example>: Recipient address rejected: User unknown",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "utf8_addresses": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "failed",
            "Final-Recipient: utf-8; sam@firm.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown user",
        ),
        "hard_bounce",
        "5.1.1",
    ),
    "policy_with_user_words": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "failed",
            _FINAL
            + "Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 Your IP is listed; recipient sam@firm.example does not exist for you",
        ),
        "soft_bounce",
        "5.7.1",
    ),
    "icloud_full": (
        _report(
            _MAILER,
            "Undelivered Mail Returned to Sender",
            "failed",
            _FINAL
            + "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2 <sam@firm.example>: user is over quota",
        ),
        "soft_bounce",
        "5.2.2",
    ),
    "translated_notice": (
        _report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Adresse nicht gefunden **\n\nIhre Nachricht wurde nicht an sam@firm.example zugestellt, weil die Adresse nicht gefunden wurde.",
            _FINAL
            + "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 The email account that you tried to reach does not exist",
        ),
        "hard_bounce",
        "5.1.1",
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports(name: str) -> None:
    raw, event, status = REPORTS[name]
    mail = parse_mail(raw)
    assert (mail.event.value, mail.status, mail.recipient) == (event, status, "sam@firm.example"), mail.reasons
    assert mail.original_message_id == _ID


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["crlf", "cr"])
@pytest.mark.parametrize("name", REPORTS)
def test_every_line_end_gives_the_same_answer(name: str, end: bytes) -> None:
    raw = REPORTS[name][0]
    assert parse_mail(raw.replace(b"\n", end)) == parse_mail(raw)


def test_several_recipients_with_different_fates() -> None:
    raw = _report(
        _MAILER,
        "Undelivered Mail Returned to Sender",
        "<sam@firm.example>: user unknown\n\n<ann@firm.example>: mailbox full\n\n<bob@firm.example>: queued",
        _FINAL + "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n\n"
        "Final-Recipient: rfc822; ann@firm.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 over quota\n\n"
        "Final-Recipient: rfc822; bob@firm.example\nAction: relayed\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 ok",
    )
    assert [(each.address, each.event.value) for each in parse_mail(raw).failures] == [
        ("sam@firm.example", "hard_bounce"),
        ("ann@firm.example", "soft_bounce"),
        ("bob@firm.example", "delivered"),
    ]


def test_a_delivered_recipient_first_does_not_hide_the_one_that_failed() -> None:
    raw = _report(
        _MAILER,
        "Delivery report",
        "mixed",
        "Final-Recipient: rfc822; bob@firm.example\nAction: relayed\nStatus: 2.0.0\n\n"
        + _FINAL
        + "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown",
    )
    mail = parse_mail(raw)
    assert (mail.event.value, mail.recipient) == ("hard_bounce", "sam@firm.example")
