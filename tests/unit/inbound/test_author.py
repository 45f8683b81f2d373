"""Whose mail it is when a group, a list or a forwarder has put its own address into From. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.author import credible_author
from sequences.inbound.mime.headers import addresses, recipient_in
from sequences.inbound.model import InboundMail

SAM = "sam@firm.example"
GROUP = "From: 'Sam Example' via Hiring <hiring@agency.example>"


def mail(head: str) -> InboundMail:
    raw = f"To: r1@reply.agency.example\nSubject: Re: A role\nMessage-ID: <1@firm.example>\n{head}\n\nYes.\n"
    return parse_mail(raw.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    "head",
    [
        f"{GROUP}\nX-Original-Sender: {SAM}\nX-Original-From: Sam <{SAM}>\nReply-To: Sam <{SAM}>\nPrecedence: list\nMailing-list: list hiring@agency.example; contact hiring+owners@agency.example",
        f"{GROUP}\nX-Original-Sender: {SAM}\nPrecedence: list",
        f"{GROUP}\nX-Original-From: Sam Example <{SAM}>",
        f"{GROUP}\nReply-To: Sam <{SAM}>",
        f"{GROUP}\nAuthor: Sam <{SAM}>",
        f"From: Sam via Jobs <jobs@lists.agency.example>\nReply-To: Sam <{SAM}>, jobs@lists.agency.example\nList-Post: <mailto:jobs@lists.agency.example>",
        f"From: Sam Example <jobs@lists.agency.example>\nReply-To: {SAM}\nList-Post: <mailto:jobs@lists.agency.example>",
        'From: "Sam via a list" <sam=firm.example@lists.example>\nReply-To: all@lists.example\nList-Id: <all.lists.example>',
        f'From: "{SAM} via Jobs" <jobs@agency.example>\nList-Id: <jobs.agency.example>',
        f'From: "{SAM} [via a relay]" <x1@relay.example>',
        f"From: Sam Example über Jobs <jobs@agency.example>\nReply-To: {SAM}",
        f"From: Jobs im Auftrag von Sam <jobs@agency.example>\nReply-To: {SAM}",
        f"From: =?utf-8?Q?=27S=C3=A4m=27_via_Jobs?= <jobs@agency.example>\nX-Original-Sender: {SAM}\nReply-To: {SAM}",
        f"From: Dana <dana@agency.example>\nX-Original-From: Sam <{SAM}>",
    ],
)
def test_the_author_is_who_wrote_and_not_the_group(head: str) -> None:
    found = mail(head)
    assert found.sender == SAM
    assert found.from_address != SAM


@pytest.mark.parametrize(
    "head",
    [
        f"From: Sam <{SAM}>\nReply-To: private@home.example",
        f"From: Sam <{SAM}>\nX-Original-Sender: www@web.example",
        f"From: Sam <{SAM}>\nReply-To: jobs@agency.example\nList-Id: <jobs.agency.example>\nPrecedence: list\nX-Original-Sender: {SAM}",
        f"From: Sam Via <{SAM}>\nReply-To: other@home.example",
        f"From: Via Olivia <{SAM}>\nReply-To: other@home.example",
        f"From: Sam <{SAM}>\nAuthor: ghost@writer.example",
        f"From: {SAM}, ann@firm.example",
        f"Sender: {SAM}",
        f"Return-Path: <{SAM}>",
    ],
)
def test_a_from_that_nobody_rewrote_counts(head: str) -> None:
    assert (mail(head).sender, mail(head).from_address) == (SAM, SAM)


def test_what_a_group_hides_is_nobodys() -> None:
    found = mail(
        "From: Sam via Jobs <jobs@agency.example>\nReply-To: jobs@agency.example\nList-Post: <mailto:jobs@agency.example>"
    )
    assert (found.sender, found.from_address) == ("", "jobs@agency.example")


@pytest.mark.parametrize(
    ("head", "author"),
    [
        (f"From: Sam <{SAM}>", SAM),
        (f"{GROUP}\nX-Original-From: {SAM}", SAM),
        (f"From: Sam via Jobs <jobs@sub.reply.agency.example>\nReply-To: {SAM}", SAM),
        (f"From: Mallory <m@evil.example>\nX-Original-From: {SAM}", ""),
        (
            f"From: Mallory via X <m@evil.example>\nX-Original-From: {SAM}\nReply-To: {SAM}\nList-Id: <reply.agency.example>",
            "",
        ),
        (f"From: M via X <m@otheragency.example>\nReply-To: {SAM}", ""),
        (f"From: M via X <m@example>\nReply-To: {SAM}", ""),
    ],
)
def test_what_only_the_mail_says_proves_nothing(head: str, author: str) -> None:
    assert credible_author(mail(head), "reply.agency.example") == author


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("=?utf-8?Q?Sam_Example_=3Csam=40firm=2Eexample=3E?=", [SAM]),
        ("=?utf-8?B?U2FtIDxzYW1AZmlybS5leGFtcGxlPg==?=", [SAM]),
        ("Sam <=?utf-8?Q?sam?=@firm.example>", [SAM]),
        ("Sam (at (the) mill) <sam(work)@firm.example(main)>", [SAM]),
        ("sam@firm.example (Sam <other@x.example>)", [SAM]),
        ("Sam :( <sam@firm.example>", [SAM]),
        ('"Sam (Sales" <sam@firm.example>', [SAM]),
        ('"other@x.example" <sam@firm.example>', [SAM]),
        ('"Sam \\"S\\" <x@y>" <sam@firm.example>', [SAM]),
        (
            "Example, Sam <sam@firm.example>, Ann <ann@firm.example>; bob@firm.example",
            [SAM, "ann@firm.example", "bob@firm.example"],
        ),
        ("Team: sam@firm.example, ann@firm.example;", [SAM, "ann@firm.example"]),
        ("undisclosed-recipients:;", []),
        ("'sam@firm.example'", [SAM]),
        ('"sam"@firm.example', [SAM]),
        ("SAM@FIRM.EXAMPLE", [SAM]),
        ('Sam <"sam e."@firm.example>', ['"sam e."@firm.example']),
        ('"Example, Sam" <"Sam@Home"@firm.example>', ['"sam@home"@firm.example']),
        ('"Sam @ Home" <sam@firm.example>', [SAM]),
        ("sam@[192.0.2.7]", ["sam@[192.0.2.7]"]),
        ("<sam . example @ firm . example>", ["sam.example@firm.example"]),
        ("<@relay.example:sam@firm.example>", [SAM]),
        ("<mailto:sam@firm.example>", [SAM]),
        ("Sam <sam@firm.example", [SAM]),
        ("sam.o'hara@firm.example", ["sam.o'hara@firm.example"]),
        ("sam+a/b=c@firm.example", ["sam+a/b=c@firm.example"]),
        ("meet @ noon", []),
        ("Sam Example", []),
        ("", []),
    ],
)
def test_addresses_as_they_are_written(value: str, found: list[str]) -> None:
    assert list(addresses(value)) == found


@pytest.mark.parametrize(
    "written",
    [
        "jörg@müller.example",
        "JÖRG@MÜLLER.example",
        "jo\u0308rg@mu\u0308ller.example",
        "Jörg <jörg@xn--mller-kva.example>",
        "jörg@XN--MLLER-KVA.EXAMPLE",
        '"jörg"@müller.example',
        "j%C3%B6rg@müller.example",
        "j\\x{F6}rg@m\\x{FC}ller.example",
        "J\\x{D6}RG@müller.example",
        "jörg@müller\u3002example",
        "=?utf-8?Q?j=C3=B6rg=40m=C3=BCller=2Eexample?=",
        "=?iso-8859-1?Q?J=F6rg_=3Cj=F6rg=40m=FCller=2Eexample=3E?=",
        "<jörg@müller.example> (Jörg)",
        "Jörg (jörg) <jörg@müller.example>",
    ],
)
def test_every_spelling_of_an_address_beyond_ascii_is_one(written: str) -> None:
    key = "jörg@xn--mller-kva.example"
    assert addresses(written) == (key,)
    found = parse_mail(f"From: {written}\nTo: {written}\nSubject: Re: A role\n\nYes.\n".encode())
    assert (found.sender, found.recipients) == (key, (key,))


@pytest.mark.parametrize("written", ["jörg@müller.example", "Jörg <jörg@müller.example>"])
def test_eight_bits_that_are_not_utf8(written: str) -> None:
    assert (
        parse_mail(f"From: {written}\nSubject: Re: A role\n\nYes.\n".encode("latin-1")).sender
        == "jörg@xn--mller-kva.example"
    )


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("rfc822; sam@firm.example", SAM),
        ("rfc822;<SAM@firm.example>", SAM),
        ("sam@firm.example", SAM),
        ("unknown; sam@firm.example (Sam)", SAM),
        ("rfc822; sam+2Bjobs@firm.example", "sam+jobs@firm.example"),
        ("rfc822; sam+jobs@firm.example", "sam+jobs@firm.example"),
        ("rfc822; sam+2b@firm.example", "sam+2b@firm.example"),
        ("utf-8; jörg@müller.example", "jörg@xn--mller-kva.example"),
        ("utf-8; j\\x{F6}rg@firm.example", "jörg@firm.example"),
        ("UTF-8;J\\x{D6}RG@M\\x{DC}LLER.example", "jörg@xn--mller-kva.example"),
        ("rfc822; jo\u0308rg@firm.example", "jörg@firm.example"),
        ("utf-8; \\x{1F431}@firm.example", "\U0001f431@firm.example"),
        ("utf-8; \\x{D800}@firm.example", ""),
        ("rfc822; =?utf-8?Q?j=C3=B6rg=40firm=2Eexample?=", "jörg@firm.example"),
        ("x400; /S=Sam/", ""),
        ("", ""),
    ],
)
def test_recipients_of_reports(field: str, address: str) -> None:
    assert recipient_in(field) == address


@pytest.mark.parametrize("kind", ["message/delivery-status", "message/global-delivery-status"])
def test_a_report_on_an_address_beyond_ascii(kind: str) -> None:
    report = (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nfailed\n--b\n'
        f"Content-Type: {kind}\n\nOriginal-Recipient: utf-8; jörg@müller.example\n"
        "Final-Recipient: utf-8; j\\x{F6}rg.m@m\\x{FC}ller.example\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--b--\n"
    )
    found = parse_mail(report.encode())
    assert (found.event.value, found.recipient) == ("hard_bounce", "jörg.m@xn--mller-kva.example")
    assert found.failures[0].original == "jörg@xn--mller-kva.example"
