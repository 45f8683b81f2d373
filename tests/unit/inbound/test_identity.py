"""The key of a mail: the same for every way it may take, another one for every other mail."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.inbound import parse_mail
from sequences.inbound.identity import content_key, of_one_id, same_mail

HEAD = (
    "From: Sam Example <sam@firm.example>\r\nTo: answers@agency.example,\r\n r1@reply.agency.example\r\n"
    "Subject: Re: =?utf-8?q?A_r=C3=B4le?=\r\nDate: Mon, 3 May 2027 10:00:00 +0000\r\nMessage-ID: <1@firm.example>\r\n"
    "In-Reply-To: <a@x>\r\n"
)
BODY = "Yes please.\r\nCall me at nine, or at ten.\r\n"


def made(head: str = HEAD, body: str = BODY, *, trace: str = "") -> bytes:
    return f"{trace}{head}\r\n{body}".encode()


BY_LMTP = made(trace="Received: from a by b; Mon, 3 May 2027 10:00:01 +0000\r\n")
_QUOPRI = quopri.encodestring(BODY.replace("\r\n", "\n").encode()).decode().replace("\n", "\r\n")
SAME = {
    "imap": made(
        trace="Return-Path: <sam@firm.example>\r\nDelivered-To: answers@agency.example\r\nReceived: from c\r\n"
        "\tby d; Mon, 3 May 2027 10:00:02 +0000\r\nReceived: from a by b; Mon, 3 May 2027 10:00:01 +0000\r\n"
    ),
    "traces below": made(HEAD + "Delivered-To: x@y.example\r\nX-Spam-Status: No\r\nDKIM-Signature: v=1; b=abc\r\n"),
    "order": made("".join(reversed(HEAD.replace(",\r\n ", ", ").splitlines(keepends=True)))),
    "lf": BY_LMTP.replace(b"\r\n", b"\n"),
    "empty lines at the end": BY_LMTP + b"\r\n\r\n",
    "mbox": b"From sam@firm.example Mon May 3 10:00:00 2027\n" + BY_LMTP.replace(b"\r\n", b"\n"),
    "refolded": made(HEAD.replace("To: answers@agency.example,\r\n ", "To: answers@agency.example, ")),
    "zone by name": made(HEAD.replace("+0000", "GMT")),
    "zone with a comment": made(HEAD.replace("+0000", "+0000 (UTC)")),
    "name in quotes": made(HEAD.replace("Sam Example <", '"Sam Example" <')),
    "name encoded": made(HEAD.replace("Sam Example <", "=?utf-8?B?U2FtIEV4YW1wbGU=?= <")),
    "address in capitals": made(HEAD.replace("sam@firm.example", "Sam@FIRM.example")),
    "subject in base64": made(HEAD.replace("=?utf-8?q?A_r=C3=B4le?=", "=?iso-8859-1?B?QSBy9Gxl?=")),
    "subject in eight bits": made(HEAD.replace("=?utf-8?q?A_r=C3=B4le?=", "A rôle")),
    "no space between ids": made(HEAD.replace("In-Reply-To: <a@x>", "In-Reply-To:<a@x>  ")),
    "8bit to quoted-printable": made(
        HEAD + "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n", _QUOPRI
    ),
    "8bit to base64": made(HEAD + "Content-Transfer-Encoding: base64\r\n", base64.encodebytes(BODY.encode()).decode()),
}
OTHER = {
    "body": made(body=BODY + "No, on second thoughts.\r\n"),
    "subject": made(HEAD.replace("Re: ", "Fwd: ")),
    "author": made(HEAD.replace("sam@firm", "ann@firm")),
    "recipient": made(HEAD.replace("r1@reply", "r2@reply")),
    "date": made(HEAD.replace("10:00:00", "10:00:01")),
    "thread": made(HEAD.replace("<a@x>", "<b@x>")),
    "Message-ID": made(HEAD.replace("<1@firm", "<2@firm")),
    "kind of body": made(HEAD + "Content-Type: text/html\r\n"),
}


_FORM = "Content-Type: text/plain; charset={}\r\nContent-Transfer-Encoding: {}\r\n\r\n"


@pytest.mark.parametrize("words", ["Nein, schöne Grüße", "Не пишите мне", "興味はありません"])
def test_another_charset_is_the_same_mail(words: str) -> None:
    charsets = [charset for charset in ("utf-8", "iso-8859-1", "koi8-r", "iso-2022-jp") if _encodes(words, charset)]
    keys = set()
    for charset in charsets:
        raw = words.encode(charset)
        for encoding, body in (
            ("8bit", raw),
            ("base64", base64.encodebytes(raw)),
            ("quoted-printable", quopri.encodestring(raw)),
        ):
            keys.add(content_key(HEAD.encode() + _FORM.format(charset, encoding).encode() + body))
    assert len(charsets) > 1
    assert len(keys) == 1


def _encodes(words: str, charset: str) -> bool:
    try:
        words.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


_VIA = HEAD.replace("Sam Example <sam@firm.example>", "Sam via Hiring <hiring@x.example>")
BY_LIST = {
    "footer": made(body=f"{BODY}\r\nYou get this as a member of a group, see https://lists.example/hiring\r\n"),
    "signature": made(body=f"{BODY}\r\n-- \r\nTo unsubscribe from this list see https://lists.example/hiring\r\n"),
    "tag": made(HEAD.replace("Subject: Re:", "Subject: [Hiring] Re:")),
    "warning": made(HEAD.replace("Subject: Re:", "Subject: [EXTERNAL] Re:")),
    "from": made(f"{_VIA}X-Original-From: sam@firm.example\r\n"),
    "from hidden": made(f"{_VIA}List-Id: <hiring.x.example>\r\n"),
    "to": made(HEAD.replace("r1@reply.agency.example", "hiring@x.example")),
    "no date": made(HEAD.replace("Date: Mon, 3 May 2027 10:00:00 +0000\r\n", "")),
    "html": made(HEAD + "Content-Type: text/html\r\n", "<p>Yes please.<br>Call me at nine, or at ten.</p>"),
}


@pytest.mark.parametrize("name", BY_LIST)
def test_what_a_list_does_to_a_mail_makes_no_other_of_it(name: str) -> None:
    assert content_key(BY_LIST[name]) != content_key(BY_LMTP)
    assert of_one_id(content_key(BY_LIST[name])) == of_one_id(content_key(BY_LMTP)) != ""
    assert same_mail(parse_mail(BY_LIST[name]), parse_mail(BY_LMTP))
    assert same_mail(parse_mail(BY_LMTP), parse_mail(BY_LIST[name]))


@pytest.mark.parametrize("name", ["body", "author", "date", "Message-ID"])
def test_other_words_authors_instants_or_ids_are_other_mails(name: str) -> None:
    assert not same_mail(parse_mail(OTHER[name]), parse_mail(BY_LMTP))
    assert not same_mail(parse_mail(BY_LMTP), parse_mail(OTHER[name]))


def test_mails_without_an_id_have_nothing_in_common() -> None:
    without = BY_LMTP.replace(b"Message-ID", b"X-ID")
    assert of_one_id(content_key(without)) == ""
    assert not same_mail(parse_mail(without), parse_mail(without))


@pytest.mark.parametrize("name", SAME)
def test_one_mail_has_one_key_whatever_way_it_took(name: str) -> None:
    assert content_key(SAME[name]) == content_key(BY_LMTP)


@pytest.mark.parametrize("name", OTHER)
def test_another_mail_has_another_key_also_with_the_same_message_id(name: str) -> None:
    assert content_key(OTHER[name]) != content_key(BY_LMTP)


def test_a_mail_without_message_id_is_known_by_its_content() -> None:
    without = BY_LMTP.replace(b"Message-ID: <1@firm.example>\r\n", b"")
    assert content_key(without) == content_key(b"Return-Path: <a@b>\r\n" + without)
    assert content_key(without) != content_key(without.replace(b"nine", b"noon"))


@pytest.mark.slow
def test_attachments_count_also_beyond_what_is_read() -> None:
    big = (
        HEAD
        + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: image/png\r\n\r\n"
    )
    rest = "QUJD" * 4_000_000
    one, two = (f"{big}{rest}{end}\r\n--b--\r\n".encode() for end in ("AAAA", "BBBB"))
    assert content_key(one) != content_key(two)
    assert content_key(one) == content_key(b"Received: from x by y\r\n" * 50 + one)


@given(st.binary(max_size=2_000))
def test_any_bytes_have_a_key_that_line_ends_do_not_change(raw: bytes) -> None:
    lf = raw.replace(b"\r", b"")
    assert content_key(lf) == content_key(lf.replace(b"\n", b"\r\n"))
    content_key(raw)
