"""A mail seen from the send that it was matched to. All mails here are made up."""

from __future__ import annotations

import pytest

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.about_send import OTHER_RECIPIENT, OTHER_SENDER, REPLY_ALL, AboutSend, ParentMail, about_send


def about(raw: str, parent: str = "Hi Sam, we have an opening in Leeds.") -> AboutSend:
    return about_send(
        parse_mail(raw.encode()),
        ParentMail("Sam@firm.example", "dana@agency.example", parent),
        reply_domain="reply.agency.example",
    )


def reply(sender: str, to: str, cc: str = "") -> AboutSend:
    return about(
        f"From: {sender}\nTo: {to}\nCc: {cc}\nSubject: Re: A role\n\nYes\n\nHi Sam, we have an opening in Leeds.\n"
    )


@pytest.mark.parametrize(
    ("sender", "to", "cc", "flags"),
    [
        ("sam@firm.example", "r1x@reply.agency.example", "", ()),
        ("SAM@FIRM.example", "dana@agency.example", "boss@agency.example", ()),
        ("sam@home.example", "dana@agency.example", "", (OTHER_SENDER,)),
        ("sam@firm.example", "dana@agency.example", "ann@firm.example", (REPLY_ALL,)),
        ("ann@firm.example", "dana@agency.example, sam@firm.example", "", (OTHER_SENDER,)),
        ("ann@firm.example", "dana@agency.example", "bob@firm.example", (OTHER_SENDER, REPLY_ALL)),
    ],
)
def test_who_answers_and_to_whom(sender: str, to: str, cc: str, flags: tuple[str, ...]) -> None:
    found = reply(sender, to, cc)
    assert (found.event, found.flags, found.reply_text) == (InboundEvent.HUMAN, flags, "Yes")


def test_the_absence_of_somebody_else_is_flagged() -> None:
    found = about(
        "From: ann@firm.example\nTo: dana@agency.example\nSubject: Automatic reply: A role\n\nBack on 18 May 2026"
    )
    assert (found.event, found.flags) == (InboundEvent.AUTO_REPLY, (OTHER_SENDER,))


def report(*blocks: str) -> AboutSend:
    fields = "\n\n".join(blocks)
    return about(
        "From: MAILER-DAEMON@mx.example\nTo: b1@mail.agency.example\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nfailed\n'
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}\n--b--\n"
    )


def _block(address: str, status: str, original: str = "") -> str:
    named = f"Original-Recipient: rfc822; {original}\n" if original else ""
    action = "delivered" if status[0] == "2" else "failed"
    said = "550 user unknown" if status == "5.1.1" else "said"
    return (
        f"Final-Recipient: rfc822; {address}\n{named}Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}"
    )


@pytest.mark.parametrize(
    ("blocks", "event", "status", "flags"),
    [
        ((_block("sam@firm.example", "5.1.1"),), "hard_bounce", "5.1.1", ()),
        ((_block("ann@firm.example", "5.1.1"), _block("sam@firm.example", "5.2.2")), "soft_bounce", "5.2.2", ()),
        ((_block("ann@firm.example", "5.1.1"), _block("sam@firm.example", "2.0.0")), "delivered", "2.0.0", ()),
        ((_block("gone@home.example", "5.1.1", "sam@firm.example"),), "hard_bounce", "5.1.1", ()),
        ((_block("gone@home.example", "5.1.1"),), "hard_bounce", "5.1.1", (OTHER_RECIPIENT,)),
        ((_block("s.example@mail.firm.example", "5.1.1"),), "hard_bounce", "5.1.1", ()),
    ],
)
def test_the_fate_of_our_address(blocks: tuple[str, ...], event: str, status: str, flags: tuple[str, ...]) -> None:
    found = report(*blocks)
    assert (found.event.value, found.status, found.flags) == (event, status, flags)


def test_a_report_that_names_nobody_is_about_ours() -> None:
    found = about("From: MAILER-DAEMON@mx.example\nSubject: Returned mail\n\nIt could not be delivered: mailbox full\n")
    assert (found.event, found.flags) == (InboundEvent.SOFT_BOUNCE, ())


@pytest.mark.parametrize("ours", ["Sam@Bücher.example", "sam@xn--bcher-kva.example"])
@pytest.mark.parametrize("theirs", ["sam@xn--bcher-kva.example", "sam@bücher.example"])
def test_an_international_domain_is_one_in_both_spellings(ours: str, theirs: str) -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example\nTo: b1@mail.agency.example\nSubject: Undelivered\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nfailed\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {theirs}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 unknown\n\n--b--\n"
    )
    found = about_send(
        parse_mail(raw.encode()), ParentMail(ours, "dana@agency.example", ""), reply_domain="reply.agency.example"
    )
    assert (found.event, found.flags) == (InboundEvent.HARD_BOUNCE, ())
    answer = about_send(
        parse_mail(f"From: {theirs}\nTo: r1@reply.agency.example\nSubject: Re: A role\n\nYes\n".encode()),
        ParentMail(ours, "dana@agency.example", ""),
        reply_domain="reply.agency.example",
    )
    assert answer.flags == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("jörg@client.example", "jörg@client.example"),
        ("Jörg Müller <Jörg@Bücher.example>", "jörg@xn--bcher-kva.example"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
        ("Jörg <jo@client.example>", "jo@client.example"),
    ],
)
def test_a_sender_beyond_ascii_is_read(written: str, read: str) -> None:
    assert parse_mail(f"From: {written}\nTo: r@reply.example\nSubject: s\n\nYes\n".encode()).sender == read


TITLES = [
    "Out of office cover wanted",
    "Automatic reply engineer",
    "Abwesend: Vertretung gesucht",
    "On leave: cover for May",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_subject_that_is_ours_word_for_word_makes_no_machine(title: str) -> None:
    def seen(raw: str, ours: str) -> str:
        return about_send(
            parse_mail(raw.encode()),
            ParentMail("sam@firm.example", "dana@agency.example", "Hi", ours),
            reply_domain="r.example",
        ).event

    raw = f"From: sam@firm.example\nTo: dana@agency.example\nSubject: {title}\n\nYes, call me.\n"
    assert parse_mail(raw.encode()).event is InboundEvent.AUTO_REPLY
    assert seen(raw, title.upper()) == "human"
    assert seen(raw, "Another role") == "auto_reply"
    assert seen(f"Auto-Submitted: auto-replied\n{raw}", title) == "auto_reply"
