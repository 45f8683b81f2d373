"""The key of a mail: the same for every way it may take, another one for every other mail."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.inbound.identity import content_key

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
    "8bit to quoted-printable": made(
        HEAD + "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n", _QUOPRI
    ),
    "8bit to base64": made(
        HEAD + "Content-Transfer-Encoding: base64\r\n", base64.encodebytes(BODY.encode()).decode()
    ),
}  # fmt: skip
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
