"""Mails that several tests start from. All are made up."""

# ruff: noqa: E501 - mails as they came

from __future__ import annotations

from sequences.inbound import parse_mail

SEEDS = [
    (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\n<s@f.example>: 550 5.1.1 x\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; s@f.example\n"
        "Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <a@b>\nTo: s@f.example\n\nHi\n--b--\n"
    ),
    (
        "From: =?utf-8?b?U8OkbQ==?= <s@f.example>\nSubject: =?iso-8859-1?q?R=E9ponse?= automatique\nDate: Mon, 4 May 2026 "
        "09:00:00 +0200\nContent-Type: text/plain; charset=iso-8859-15\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Je suis absent jusqu'au 15 mai 2026 =E0 midi.=\n\n-- \nSam\n"
    ),
    (
        'From: s@f.example\nSubject: Re: x\nContent-Type: multipart/alternative; boundary="q"\n\n--q\nContent-Type: '
        "text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nWWVzLgoKT24gNCBNYXkgMjAyNiwgRCB3cm90ZToKPiBIaQo=\n"
        '--q\nContent-Type: text/html\n\n<div>Yes.</div><div class="gmail_quote"><blockquote>Hi</blockquote></div>\n--q--\n'
    ),
    (
        "From: s@f.example\nSubject: Accepted: x\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n"
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:s@f.example\nEND:VCALENDAR\n"
    ),
    (
        'From: fbl@p.example\nSubject: FW: x\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\n\nreport\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: s@f.example\n"
        "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <a@b>\n--b--\n"
    ),
]


WORDS = "I do not take mail from recruiters. Please remove me from your list."


DELETED = "automatic-action/MDN-sent-automatically; deleted"


def receipt(
    said: str,
    *,
    subject: str = "Rejected: A role",
    submitted: str = "auto-replied (rejected)",
    disposition: str = DELETED,
) -> bytes:
    auto = f"Auto-Submitted: {submitted}\n" if submitted else ""
    return (
        f"Return-Path: <>\nFrom: Mail Delivery Subsystem <postmaster@firm.example>\nTo: b1@mail.agency.example\n{auto}"
        f"Subject: {subject}\nPrecedence: bulk\nMIME-Version: 1.0\nContent-Type: multipart/report;\n"
        " report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n"
        f"{said}\n--b\nContent-Type: message/disposition-notification\n\nReporting-UA: mx; Dovecot\nFinal-Recipient: "
        f"rfc822; sam@firm.example\nOriginal-Message-ID: <1@agency.example>\nDisposition: {disposition}\n\n"
        "--b\nContent-Type: message/rfc822\n\nMessage-ID: <1@agency.example>\nSubject: A role\n\n--b--\n"
    ).encode()


def read(body: str, *, subject: str = "Re: A quick hello", kind: str = "text/plain") -> str:
    """The words of a reply with this body, white space folded."""
    raw = (
        "From: Ana Example <ana@client.example>\nTo: r.token@reply.agency.example\n"
        f"Subject: {subject}\nIn-Reply-To: <ours@agency.example>\nContent-Type: {kind}; charset=utf-8\n\n{body}\n"
    )
    return " ".join(parse_mail(raw.encode()).reply_text.split())


def mail(
    words: str, *, to: str = "jobs@agency.example", sender: str = "p1@client.example", ident: str = "1", head: str = ""
) -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nMessage-ID: <{ident}@client.example>\r\nSubject: Re: Hello\r\n{head}\r\n{words}\r\n"
    ).encode()
