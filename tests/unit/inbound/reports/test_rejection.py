"""A Sieve ``reject`` is a person's word; a receipt for a mail that was thrown away is none. All mails are made up."""

from __future__ import annotations

import pytest

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.about_send import OTHER_SENDER, ParentMail, about_send
from sequences.inbound.opt_out_wish import wish_in_mail
from tests.support.mails import DELETED, WORDS, receipt


@pytest.mark.parametrize(
    ("said", "more"),
    [
        (f"Your message to <sam@firm.example> was automatically rejected:\n{WORDS}", {}),
        (
            "Your message was automatically rejected by Sieve, a mail\nfiltering language.\n\n"
            f"The following reason was given:\n{WORDS}",
            {"subject": "Automatically rejected mail"},
        ),
        (f"Your message to <sam@firm.example> was automatically rejected:\n{WORDS}", {"submitted": "auto-replied"}),
        (WORDS, {"submitted": ""}),
        (WORDS, {"submitted": "auto-generated (rejected)", "disposition": "automatic-action/MDN-sent; dispatched"}),
    ],
)
def test_a_refusal_by_a_filter_has_the_persons_words(said: str, more: dict[str, str]) -> None:
    mail = parse_mail(receipt(said, **more))
    assert (mail.event, mail.reply_text) == (InboundEvent.HUMAN, WORDS)
    assert mail.reasons[0] == "rejected"
    assert (mail.recipient, mail.original_message_id) == ("sam@firm.example", "<1@agency.example>")
    assert wish_in_mail(mail.reply_text, mail.text, certain="no_own_words" not in mail.reasons)
    about = about_send(mail, ParentMail("sam@firm.example", "dana@agency.example", ""), reply_domain="reply.x")
    assert OTHER_SENDER not in about.flags


@pytest.mark.parametrize(
    ("subject", "submitted", "disposition"),
    [
        ("Not read: A role", "", DELETED),
        ("Gelesen: A role", "", "manual-action/MDN-sent-manually; displayed"),
        ("Read: Rejected: our offer", "", "manual-action/MDN-sent-manually; displayed"),
        ("Not read: A role", "auto-replied", DELETED),
    ],
)
def test_a_read_receipt_stays_one(subject: str, submitted: str, disposition: str) -> None:
    said = "Your message\n\nTo: Sam\nSubject: A role\n\nwas deleted without being read on Monday."
    mail = parse_mail(receipt(said, subject=subject, submitted=submitted, disposition=disposition))
    assert mail.event is InboundEvent.DELIVERED


def test_an_expiry_is_not_about_our_reputation() -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report;"
        " report-type=delivery-status; boundary=b\n\n--b\n\nexpired\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; sam@late.example\nAction: failed\nStatus: 4.4.1\n"
        "Diagnostic-Code: X-Postfix; connect to late.example[192.0.2.1]:25: Connection refused\n\n--b--\n"
    )
    assert parse_mail(raw.encode()).reasons == ("delivery_report", "expired")
